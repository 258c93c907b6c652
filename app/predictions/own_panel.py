"""An example of one's own beside what the network takes it for, at once and while it learns."""

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.i18n import said
from app.plots.chances import ChancesView
from app.plots.made import MadeView
from app.predictions.own_input import OwnInput
from app.predictions.own_inputs import input_for, title
from app.predictions.view import Question
from app.theme import SPACE, FontRole, Theme
from app.widgets import Heading, TextLabel
from engine.training.predictions import own
from engine.training.predictions.beside import made_of, makes_pictures
from engine.training.reports import Pictured, Probe

OWN = "own"
SETTLE_MS = 30
EVERY = 1 / 30  # seconds


class OwnExample(QWidget):
    """`wants_changed` says that another example is to be predicted."""

    wants_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._question: Question | None = None
        self._input: OwnInput | None = None
        self._version = 0
        self._answer = ChancesView(theme)
        self._made = MadeView(theme)
        self._made.hide()
        self._sentence = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self._sentence.hide()
        self._place = QVBoxLayout()
        right = QVBoxLayout()
        right.addWidget(self._answer, 1)
        right.addWidget(self._made, 1)
        right.addWidget(self._sentence)
        row = QHBoxLayout()
        row.setSpacing(3 * SPACE)
        row.addLayout(self._place)
        row.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(Heading(theme, title()), 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(row, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._on_settled)

    @property
    def input(self) -> OwnInput | None:
        """Where the example is given."""
        return self._input

    @property
    def answer(self) -> ChancesView:
        """What it is taken for."""
        return self._answer

    @property
    def made(self) -> MadeView:
        """The picture that is made of it, where the network makes pictures."""
        return self._made

    def set_question(self, question: Question | None) -> None:
        """Another network or other data; the example stays where the data is the same."""
        same = (
            question is not None and self._question is not None and question.bundle is self._question.bundle
        )
        self._question = question
        if not same:
            if self._input is not None:
                self._input.hide()
                self._input.deleteLater()
            self._input = input_for(self._theme, question) if question is not None else None
            if self._input is not None:
                self._place.addWidget(self._input)
                self._input.changed.connect(self._timer.start)
        self._answer.clear()
        self._made.clear()
        pictures = question is not None and makes_pictures(question.bundle.spec, question.answer)
        self._answer.setVisible(not pictures)
        self._made.setVisible(pictures)
        self._on_settled()

    def say_whether_trained(self, trained: bool) -> None:
        """What is said where there is no answer yet: it comes by itself once there is a run."""
        self._answer.set_empty_text(
            self.tr("What it is taken for appears here.")
            if trained
            else self.tr("Press Train: what it is taken for appears here.")
        )
        self._made.set_empty_text(
            self.tr("What is made of it appears here.")
            if trained
            else self.tr("Press Train: what is made of it appears here.")
        )

    def probes(self) -> tuple[Probe, ...]:
        """The example, where this is seen."""
        if self._input is None or self._question is None or not self.isVisible():
            return ()
        inputs = self._input.inputs()
        self._say(self._input.sentence)
        if self._input.is_blank:
            return ()
        return (Probe(OWN, inputs, every_s=EVERY, version=self._version),)

    def show_answer(self, pictured: Pictured) -> None:
        """What the network says to it."""
        if pictured.probe != OWN or pictured.version != self._version or self._question is None:
            return
        if pictured.sentence:
            self._answer.clear()
            self._made.clear()
            self._say(said(pictured.sentence))
            return
        question, answer = self._question, self._question.answer
        output = pictured.outputs.get(answer.output)
        if output is None or self._input is None:
            return
        if answer.is_class and len(answer.feature.shape) < 2:
            self._answer.set_chances(own.chances(answer, output, self._input.place))
        elif not makes_pictures(question.bundle.spec, answer):
            self._answer.set_numbers(own.numbers(question.bundle, answer, output))
        elif answer.is_class:
            self._made.set_classes(made_of(answer, output))
        else:
            self._made.set_pixels(made_of(answer, output))

    def _say(self, sentence: str) -> None:
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def _on_settled(self) -> None:
        self._version = time.monotonic_ns()
        if self._input is not None and self._input.is_blank:
            self._answer.clear()
            self._made.clear()
        self.wants_changed.emit()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.wants_changed.emit()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.wants_changed.emit()
