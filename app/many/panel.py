"""The page on which variants of the network train side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from app.document import TRAINING, Document
from app.i18n import declared, said, together
from app.many.knob_row import KnobRow
from app.many.study import Study
from app.many.tiles import VariantGrid
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, ProgressStrip, TextLabel, ToggleSwitch
from app.workers import WorkerPool
from engine.graph.diagnostics import Severity
from engine.graph.document import ModelGraph
from engine.graph.edits import Compound, GraphEdit, SetSection, SetSettings
from engine.training.many.kept import KeptKnob, KeptStudy
from engine.training.many.knobs import (
    Knob,
    RangeError,
    Value,
    Variation,
    knobs_of,
    value_text,
    variations,
    varied,
)
from engine.training.many.reports import ManyEnded, ManyProgress, ManyStarted, ManyTaken
from engine.training.many.seeds import steadiest
from engine.training.reports import Snapshot
from engine.training.settings import TrainingSettings
from engine.worker.messages import ManyJob

Variant = tuple[ModelGraph, TrainingSettings]


class ManyPanel(QWidget):
    """Chooses what is varied, trains the variants, shows them live.

    `opened` carries the edit that makes the network that of a variant, and its `Snapshot`; `refused` a sentence.
    """

    opened = Signal(object, object)
    refused = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._document: Document | None = None
        self._study: Study | None = None
        self._pool: WorkerPool | None = None
        self._variants: list[Variant] = []
        self._found: list[Variation] = []
        self._titles: dict[str, str] = {}  # of what is varied, by key
        self._result = ""  # of the variants that are shown
        self._steps = 1
        self._started: ManyStarted | None = None
        self._ended: ManyEnded | None = None
        self._knobs: tuple[KeptKnob, ...] = ()  # that the variants which are shown differ in
        self.first = KnobRow(theme, self.tr("Vary"), optional=False)
        self.second = KnobRow(theme, self.tr("Vary also"), optional=True)
        self.start = Button(theme, self.tr("Train variants"), icon="play", kind="primary")
        self.cancel = Button(theme, self.tr("Cancel"), kind="quiet")
        self.cancel.hide()
        self.progress = ProgressStrip(theme)
        self.progress.setAccessibleName(self.tr("Variants trained"))
        self.progress.hide()
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.sort = ToggleSwitch(theme, self.tr("Best first"))
        self.grid = VariantGrid(theme)
        self._lay_out()
        self.first.changed.connect(self._on_choice_changed)
        self.second.changed.connect(self._on_choice_changed)
        self.start.clicked.connect(self.begin)
        self.cancel.clicked.connect(self._on_cancel_clicked)
        self.sort.toggled.connect(self._on_sort_toggled)
        self.grid.opened.connect(self._on_grid_opened)

    def _lay_out(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.first)
        column.addWidget(self.second)
        line = QHBoxLayout()
        line.setSpacing(2 * SPACE)
        line.addWidget(self.start)
        line.addWidget(self.cancel)
        line.addStretch(1)
        line.addWidget(TextLabel(self._theme, self.tr("Best first"), role=FontRole.SMALL, tone="dim"))
        line.addWidget(self.sort)
        column.addLayout(line)
        column.addWidget(self.progress)
        column.addWidget(self.sentence)
        column.addStretch(1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(side)
        split.addWidget(area)
        split.addWidget(self.grid)
        split.setStretchFactor(1, 1)
        split.setSizes([300, 900])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(split)

    def watch(self, document: Document, pool: WorkerPool) -> None:
        """Vary the network of this document."""
        self._document, self._pool = document, pool
        document.inferred.connect(self._on_document_changed)
        document.section_changed.connect(self._on_section_changed)
        self._on_document_changed()

    def close_study(self) -> None:
        """The document is closed."""
        if self._study is not None:
            self._study.close()

    # -- choosing -----------------------------------------------------------------------------------
    def _on_section_changed(self, key: str) -> None:
        if key == TRAINING:
            self._on_document_changed()

    def _on_document_changed(self, _inference: object = None) -> None:
        if self._document is None or not self.isVisible():
            return
        self._offer()

    def _offer(self) -> None:
        assert self._document is not None
        knobs = knobs_of(self._document.graph, self._document.training)
        for row in (self.first, self.second):
            row.offer(knobs)
        self._on_choice_changed()

    def _on_choice_changed(self) -> None:
        if self._study is not None and self._study.is_running:
            return
        try:
            count = len(self._chosen())
        except RangeError as error:
            self._say(said(str(error)), tone="warn")
            self.start.setEnabled(False)
            return
        self.start.setEnabled(True)
        self.start.setText(
            self.tr("Train %n variants", "", count) if count > 1 else self.tr("Train one variant")
        )
        invitation = self.tr(
            "All learn side by side from the same data. Click one to open it with its weights."
        )
        self._say(self._result or invitation)

    def _chosen(self) -> list[Variation]:
        """The variants that are chosen; raises RangeError."""
        if self._document is None:
            return []
        chosen: list[tuple[Knob, Sequence[Value]]] = [
            (row.knob, row.values()) for row in (self.first, self.second) if row.knob is not None
        ]
        return variations(self._document.graph, self._document.training, chosen)

    # -- training -----------------------------------------------------------------------------------
    def begin(self) -> None:
        """Train the variants that are chosen; say why not where that can't be."""
        document = self._document
        if document is None or self._pool is None:
            return
        errors = [d for d in document.inference.diagnostics if d.severity is Severity.ERROR]
        if document.data_problem or errors or document.data_spec is None:
            wrong = document.data_problem or (errors[0].sentence if errors else "")
            self._say(said(wrong) or self.tr("The data is being read."), tone="warn")
            return
        try:
            self._found = self._chosen()
        except RangeError as error:
            self._say(said(str(error)), tone="warn")
            return
        self._result, self._ended = "", None
        self._knobs = tuple(
            KeptKnob(row.knob.key, row.knob.title, row.fields)
            for row in (self.first, self.second)
            if row.knob
        )
        self._variants = varied(document.graph.copy(), document.training, self._found)
        self._begin_grid()
        self._show(running=True)
        self._say(self.tr("The variants are being prepared."))
        self._begin_study(_job(document, self._variants))

    def _begin_grid(self) -> None:
        """Show the variants, of which nothing is known yet."""
        self._titles = {knob.key: declared(knob.title) for knob in self._knobs}
        self.grid.variants.begin([v.words for v in self._found], [self._named(v.values) for v in self._found])

    def _begin_study(self, job: ManyJob) -> None:
        assert self._pool is not None
        if self._study is None:
            self._study = Study(self._pool, self)
            self._study.told.connect(self._on_study_told)
            self._study.ended.connect(self._on_study_ended)
        networks, variants, data = job.networks, job.variants, job.data
        self._study.begin(lambda number: ManyJob(number, networks, variants, data))

    def _on_cancel_clicked(self) -> None:
        if self._study is not None:
            self._study.cancel()

    def _on_study_told(self, report: object) -> None:
        if isinstance(report, ManyStarted):
            self._steps, self._started = max(1, report.steps), report
            self.grid.variants.metric = report.metric
            self._say(self._how(report))
        elif isinstance(report, ManyProgress):
            self.grid.show_report(report)
            if self.sort.isChecked():
                self.grid.variants.sort_best_first()
            caption = self.tr("step {step:,} of {steps:,}").format(step=report.step, steps=self._steps)
            self.progress.set_progress(report.step / self._steps, caption)
        elif isinstance(report, ManyEnded):
            self._show_ended(report)
        elif isinstance(report, ManyTaken):
            self._open(report.variant, report.snapshot)

    def _show_ended(self, ended: ManyEnded) -> None:
        self._ended, self._result = ended, self._outcome(ended)
        self._say(self._result)

    def _how(self, started: ManyStarted) -> str:
        if started.launches == 1:
            return self.tr(
                "%n variants side by side in one launch on {device}.", "", started.variants
            ).format(device=started.device)
        if started.launches < started.variants:
            return self.tr("{count} variants in {launches} launches on {device}.").format(
                count=started.variants, launches=started.launches, device=started.device
            )
        return self.tr(
            "%n variants one after the other, some steps each, on {device}.", "", started.variants
        ).format(device=started.device)

    def _outcome(self, ended: ManyEnded) -> str:
        best = self.grid.variants.best
        words = self.tr("No variant is better than the others yet.")
        if best is not None:
            words = self.tr("The best is {values}: {score}.").format(
                values=self._named(self._found[best].values), score=self.grid.variants.score_text(best)
            )
            here = self._study is not None
            further = (
                self.tr("Click one to open it with its weights.")
                if here
                else self.tr("Click one to take its settings; weights are not kept with the project.")
            )
            words = together(words, self._over_seeds(), further)
        done = (
            self.tr("Done after {step:,} steps.")
            if ended.reason == "done"
            else self.tr("Stopped at step {step:,}.")
        )
        return together(done.format(step=ended.step), words)

    def _named(self, values: Mapping[str, Value]) -> str:
        """Values with the names of their settings: a number alone says nothing."""
        return ", ".join(f"{self._titles[key]} {value_text(value)}" for key, value in values.items())

    def _over_seeds(self) -> str:
        """What is best on average, where several seeds were tried."""
        steady = steadiest(self._found, self.grid.variants.scores())
        if steady is None:
            return ""
        words = self.tr(
            "On average over {seeds} seeds, {values} is best: loss {mean} \N{PLUS-MINUS SIGN} {spread}."
        )
        mean, spread = f"{steady.mean:.3g}", f"{steady.spread:.2g}"
        values = self._named(steady.values)
        return words.format(seeds=steady.seeds, values=values, mean=mean, spread=spread)

    def _on_study_ended(self, sentence: str) -> None:
        self._show(running=False)
        if sentence:
            self._say(said(sentence), tone="warn")

    def _on_sort_toggled(self, best_first: bool) -> None:
        if best_first:
            self.grid.variants.sort_best_first()
        else:
            self.grid.variants.sort_as_chosen()

    # -- opening ------------------------------------------------------------------------------------
    def _on_grid_opened(self, variant: int) -> None:
        if self._study is None or not self._study.take(variant):
            self._open_settings(variant)

    def _open(self, variant: int, snapshot: Snapshot) -> None:
        """Make the document that of a variant, in one step that can be undone."""
        document = self._document
        if document is None or not 0 <= variant < len(self._variants):
            return
        edit = self._edit_to(document, variant)
        if edit is None:
            self.refused.emit(self.tr("The network has changed since; train the variants anew."))
            return
        self.opened.emit(edit, snapshot)

    def _open_settings(self, variant: int) -> None:
        """Take the settings of a variant whose weights are gone, in one step that can be undone."""
        document, values = self._document, self._found[variant].values
        if document is None:
            return
        offered = {knob.key: knob for knob in knobs_of(document.graph, document.training)}
        try:
            chosen = [(offered[key], [value]) for key, value in values.items()]
            edits = variations(document.graph, document.training, chosen)[0].edits
        except (KeyError, RangeError):
            self.refused.emit(self.tr("The network has changed since; train the variants anew."))
            return
        if not edits or document.push(Compound(edits, self._words_of(variant))):
            self.refused.emit(
                self.tr(
                    "Its settings are those of {values} now. Its weights were not kept: press Train."
                ).format(values=self._named(values))
            )

    def _words_of(self, variant: int) -> str:
        return self.tr("Open variant {values}").format(values=self._named(self._found[variant].values))

    def _edit_to(self, document: Document, variant: int) -> GraphEdit | None:
        graph, training = self._variants[variant]
        touched = {e.node for v in self._found for e in v.edits if isinstance(e, SetSettings)}
        edits: list[GraphEdit] = []
        if set(graph.nodes) != set(document.graph.nodes) or set(graph.edges) != set(document.graph.edges):
            return None
        for node in sorted(touched):
            layer = graph.nodes[node].layer
            if layer != document.graph.nodes[node].layer:
                edits.append(SetSettings(node, layer))  # type: ignore[arg-type]  # only known layers are varied
        if training != document.training:
            edits.append(SetSection(TRAINING, training))
        return Compound(tuple(edits), self._words_of(variant))

    # -- keeping ------------------------------------------------------------------------------------
    def kept(self) -> KeptStudy | None:
        """The variants that are shown, for the project's file; None where nothing is known of any."""
        last, curves = self.grid.variants.last, self.grid.variants.curves()
        if last is None or not self._found:
            return None
        ended = self._ended or ManyEnded("stopped", last.step, 0.0)
        return KeptStudy(
            self._knobs,
            tuple(v.values for v in self._found),
            ended.step,
            self._steps,
            ended.reason,
            last.losses,
            last.validation,
            last.metrics,
            curves,
            last.planes,
            self.grid.variants.metric,
        )

    def show_kept(self, study: KeptStudy) -> None:
        """Show variants that were trained before the project was opened."""
        if self._document is None or (self._study is not None and self._study.is_running):
            return
        self._offer()
        for row, knob in zip((self.first, self.second), study.knobs, strict=False):
            row.restore(knob.key, knob.fields)
        self._knobs, self._steps, self._variants = study.knobs, study.steps, []
        self._found = [Variation(values, ()) for values in study.values]
        self._begin_grid()
        self.grid.variants.metric = study.metric
        epochs = np.zeros(len(study.values))
        known = study.losses, study.validation, study.metrics
        report = ManyProgress(study.step, epochs, *known, study.planes, 0.0)
        self.grid.show_kept(report, study.curves)
        self._show_ended(ManyEnded(study.reason, study.step, 0.0))
        self._on_choice_changed()

    # -- what is seen -------------------------------------------------------------------------------
    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._document is not None:
            self._offer()

    def _show(self, *, running: bool) -> None:
        self.start.setVisible(not running)
        self.cancel.setVisible(running)
        self.progress.setVisible(running)
        for row in (self.first, self.second):
            row.setEnabled(not running)
        if running:
            self.progress.set_progress(None)

    def _say(self, sentence: str, *, tone: str = "dim") -> None:
        self.sentence.set_tone("warn" if tone == "warn" else "dim")
        self.sentence.setText(sentence)


def _job(document: Document, variants: Sequence[Variant]) -> ManyJob:
    graphs = list({id(graph): graph for graph, _ in variants}.values())
    places = {id(graph): place for place, graph in enumerate(graphs)}
    networks = tuple(graph.snapshot()[:2] for graph in graphs)
    return ManyJob(0, networks, tuple((places[id(g)], t) for g, t in variants), document.data)
