"""Other settings to train with from a moment on: the learning rate at hand, all others below it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.inspector.form import ModelForm
from app.theme import SPACE, Theme
from app.timeline.words import step_text
from app.widgets import Button, Heading, TextLabel
from app.widgets.flow import FlowLayout
from engine.training.moments import Moment
from engine.training.settings import TrainingSettings

FACTORS = (0.1, 0.3, 3.0, 10.0)
HIGHEST_RATE = 100.0
_LEFT_OUT = ("device", "time_machine_mb", "seed")


class WhatIf(QWidget):
    """A form of training settings. `tried` carries the TrainingSettings to go on with, `closed` says never mind."""

    tried = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = TrainingSettings()
        self._from = TextLabel(theme, tone="dim", wrap=True)
        self.form = ModelForm(theme, self._settings, leave_out=_LEFT_OUT)
        self.go = Button(theme, self.tr("Train from here"), icon="play", kind="primary")
        self.cancel = Button(theme, self.tr("Cancel"), kind="quiet")
        rates = FlowLayout(SPACE)
        self.rates: dict[float, Button] = {}
        for factor in FACTORS:
            button = self.rates[factor] = Button(theme, "")
            button.clicked.connect(lambda _checked=False, factor=factor: self._try_rate(factor))
            rates.addWidget(button)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.form)
        area.setAccessibleName(self.tr("Settings to try"))
        buttons = QHBoxLayout()
        buttons.addWidget(self.go)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addWidget(Heading(theme, self.tr("What if the learning rate were")))
        column.addLayout(rates)
        column.addWidget(self._from)
        column.addWidget(area, 1)
        column.addLayout(buttons)
        self.form.committed.connect(self._on_form_committed)
        self.go.clicked.connect(lambda: self.tried.emit(self._settings))
        self.cancel.clicked.connect(self.closed)

    def begin(self, moment: Moment, settings: TrainingSettings) -> None:
        """Start from a moment with the settings of now."""
        self._settings = settings
        self.form.set_value(settings)
        self._from.setText(self.tr("From {moment}, or with other settings:").format(moment=step_text(moment)))
        for factor, button in self.rates.items():
            rate = min(settings.optimizer.learning_rate * factor, HIGHEST_RATE)
            button.setText(f"{rate:.4g}")
            button.setAccessibleName(self.tr("Learning rate {rate}").format(rate=f"{rate:.4g}"))
            button.setToolTip(
                self.tr("Train from here with the learning rate times {factor:g}").format(factor=factor)
            )

    def _try_rate(self, factor: float) -> None:
        optimizer = self._settings.optimizer
        rate = float(f"{min(optimizer.learning_rate * factor, HIGHEST_RATE):.4g}")
        other = optimizer.model_copy(update={"learning_rate": rate})
        self.tried.emit(self._settings.model_copy(update={"optimizer": other}))

    def _on_form_committed(self, settings: object) -> None:
        if isinstance(settings, TrainingSettings):
            self._settings = settings
