"""Looks for a learning rate that suits the network: a button, progress, a plot, and the rate to take."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.document import Document
from app.i18n import said
from app.many.rate_plot import RatePlot
from app.many.study import Study
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, ProgressStrip, TextLabel
from app.workers import WorkerPool
from engine.graph.diagnostics import Severity
from engine.training.reports import Cancelled
from engine.training.studies import RatesTried
from engine.worker.messages import RatesJob


class RateFinder(QWidget):
    """Part of the training settings of one document."""

    def __init__(
        self, theme: Theme, document: Document, pool: WorkerPool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._suggested: float | None = None
        self.study = Study(pool, self)
        self.look = Button(theme, self.tr("Find a learning rate"))
        self.look.setToolTip(
            self.tr("Trains a copy of the network with growing rates and sees where its loss falls")
        )
        self.cancel = Button(theme, self.tr("Cancel"), kind="quiet")
        self.progress = ProgressStrip(theme)
        self.progress.setAccessibleName(self.tr("Learning rates tried"))
        self.plot = RatePlot(theme)
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.take = Button(theme, "", kind="primary")
        line = QHBoxLayout()
        line.setSpacing(2 * SPACE)
        line.addWidget(self.look)
        line.addWidget(self.take)
        line.addWidget(self.cancel)
        line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2 * SPACE, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.plot)
        column.addWidget(self.progress)
        column.addWidget(self.sentence)
        column.addLayout(line)
        for part in (self.plot, self.progress, self.sentence, self.take, self.cancel):
            part.hide()
        self.look.clicked.connect(self.begin)
        self.cancel.clicked.connect(self.study.cancel)
        self.take.clicked.connect(self.take_suggested)
        self.study.told.connect(self._on_study_told)
        self.study.ended.connect(self._on_study_ended)

    def begin(self) -> None:
        """Look for a rate; say why not where that can't be."""
        document = self._document
        errors = [d for d in document.inference.diagnostics if d.severity is Severity.ERROR]
        if errors or document.data_problem or document.data_spec is None:
            sentence = document.data_problem or (errors[0].sentence if errors else "")
            self._say(said(sentence) or self.tr("The data is being read."))
            return
        nodes, edges, _ = document.graph.snapshot()
        self._suggested = None
        self.plot.show_tried((), None)
        self._show(running=True)
        self._say("")
        self.progress.set_progress(0.0)
        self.study.begin(lambda job: RatesJob(job, nodes, edges, document.data, document.training))

    def take_suggested(self) -> None:
        """Train with the rate that is suggested."""
        if self._suggested is None:
            return
        training = self._document.training
        optimizer = training.optimizer.model_copy(update={"learning_rate": self._suggested})
        self._document.set_training(training.model_copy(update={"optimizer": optimizer}))
        self.take.hide()

    def close_study(self) -> None:
        """The document is closed."""
        self.study.close()

    def _on_study_told(self, report: object) -> None:
        if isinstance(report, Cancelled):
            self.plot.hide()
            self._say(self.tr("Cancelled; nothing has changed."))
            return
        if not isinstance(report, RatesTried):
            return
        self._suggested = report.suggested
        self.plot.show_tried(report.tried, report.suggested)
        self.progress.set_progress(len(report.tried) / max(1, report.steps))
        if report.over:
            self._say_found(report)

    def _say_found(self, report: RatesTried) -> None:
        if report.suggested is None:
            self._say(
                self.tr("The loss falls at none of these rates; look at the data and the network first.")
            )
            return
        self._say(
            self.tr("The loss falls well at {rate}. The weights of the project are as they were.").format(
                rate=f"{report.suggested:g}"
            )
        )
        self.take.setText(self.tr("Use {rate}").format(rate=f"{report.suggested:g}"))
        self.take.setAccessibleName(
            self.tr("Use the learning rate {rate}").format(rate=f"{report.suggested:g}")
        )

    def _on_study_ended(self, sentence: str) -> None:
        self._show(running=False)
        if sentence:
            self.plot.hide()
            self._say(said(sentence))

    def _show(self, *, running: bool) -> None:
        self.look.setVisible(not running)
        self.cancel.setVisible(running)
        self.progress.setVisible(running)
        self.take.setVisible(not running and self._suggested is not None)
        if running:
            self.plot.show()

    def _say(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
