"""The line that says that all views show the past, with the ways out of it."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget
from typing_extensions import override

from app.theme import SPACE, Theme
from app.timeline.machine import TimeMachine
from app.widgets import Button, ElidedLabel
from engine.training.moments import Moment

_WORDS = 280  # pixels for the sentence; with less it has a line of its own


class PastBar(QWidget):
    """Shown while a moment is looked at: "You are looking at step 1,204", and what can be done from there."""

    what_if_wanted = Signal()
    continue_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._machine: TimeMachine | None = None
        self.label = ElidedLabel(theme)
        self.label.setAccessibleName(self.tr("Moment that is shown"))
        self.back = Button(theme, self.tr("Back to now"), kind="primary")
        self.go_on = Button(theme, self.tr("Continue from here"), icon="play")
        self.what_if = Button(theme, self.tr("What if\N{HORIZONTAL ELLIPSIS}"))
        self.back.setToolTip(self.tr("Let all views show the present again (Escape)"))
        self.go_on.setToolTip(
            self.tr("Train on from this moment; what came after it is kept as a run of its own")
        )
        self.what_if.setToolTip(
            self.tr("Train on from this moment with another learning rate or other settings")
        )
        self._ways = QHBoxLayout()
        self._ways.setSpacing(2 * SPACE)
        for button in (self.back, self.go_on, self.what_if):
            self._ways.addWidget(button)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(4 * SPACE, SPACE, 2 * SPACE, SPACE)
        self._row.setSpacing(2 * SPACE)
        self._row.addWidget(self.label, 1)
        self._row.addLayout(self._ways)
        self.back.clicked.connect(self._on_back_clicked)
        self.go_on.clicked.connect(self.continue_wanted)
        self.what_if.clicked.connect(self.what_if_wanted)
        self.setAutoFillBackground(True)
        self.hide()

    def watch(self, machine: TimeMachine) -> None:
        """Say which moment is looked at from now on."""
        self._machine = machine
        machine.looked.connect(self._on_machine_looked)

    def _on_machine_looked(self, moment: Moment | None) -> None:
        if moment is not None:
            words = self.tr("You are looking at step {step:,} (epoch {epoch})")
            self.label.setText(words.format(step=moment.step, epoch=f"{moment.epoch:.2f}"))
        self.setVisible(moment is not None)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = self._ways.sizeHint().width() + _WORDS
        narrow = event.size().width() < needed
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._row.setDirection(way)

    def _on_back_clicked(self) -> None:
        if self._machine is not None:
            self._machine.look_now()
