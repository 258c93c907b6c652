"""The bar at the top: the project's name, the run controls, progress, the device chip."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.theme import SPACE, FontRole, Theme
from app.training import TrainState
from app.widgets import Button, Chip, ElidedLabel, IconButton, ProgressStrip, TextLabel


class TopBar(QWidget):
    """Buttons and read-outs; it decides nothing."""

    train_clicked = Signal()
    pause_clicked = Signal()
    step_clicked = Signal()
    stop_clicked = Signal()

    def __init__(self, theme: Theme, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = TrainState.IDLE
        self._resumable = False
        self.menu_button = IconButton(theme, "menu", self.tr("Menu"))
        self.menu_button.setMenu(menu)
        self.menu_button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self.brand = TextLabel(theme, "Layerloom", role=FontRole.TITLE)
        self.project = ElidedLabel(theme, tone="dim")
        self.project.setAccessibleName(self.tr("Project"))
        self.train = Button(theme, self.tr("Train"), icon="play", kind="primary")
        self.step = Button(theme, self.tr("Step"), icon="step")
        self.stop = Button(theme, self.tr("Stop"), icon="stop")
        self.progress = ProgressStrip(theme)
        self.device = Chip(theme, self.tr("Looking for devices"))
        self.device.setAccessibleName(self.tr("Device"))
        self.train.clicked.connect(self._on_train_clicked)
        self.step.clicked.connect(self.step_clicked)
        self.stop.clicked.connect(self.stop_clicked)
        self._lay_out()
        self.setAutoFillBackground(True)
        self.set_state(TrainState.IDLE, resumable=False)

    def _lay_out(self) -> None:
        self.train.setMinimumWidth(104)
        self.step.setToolTip(self.tr("Train on one batch and hold (F10)"))
        self.stop.setToolTip(self.tr("End the training and keep what was learned (Shift+F5)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        row.setSpacing(2 * SPACE)
        row.addWidget(self.menu_button)
        row.addWidget(self.brand)
        row.addSpacing(2 * SPACE)
        row.addWidget(self.project, 2)
        for button in (self.train, self.step, self.stop):
            row.addWidget(button)
        row.addSpacing(2 * SPACE)
        row.addWidget(self.progress, 2)
        row.addStretch(1)
        row.addWidget(self.device)

    def set_state(self, state: TrainState, *, resumable: bool) -> None:
        """Show what the buttons do now; `resumable`: a lost worker's run can be taken up again."""
        self._state, self._resumable = state, resumable
        running = state is TrainState.RUNNING
        busy = state not in (TrainState.IDLE, TrainState.DIED)
        text, icon, hint = {
            TrainState.RUNNING: (self.tr("Pause"), "pause", self.tr("Hold the training (F5)")),
            TrainState.PAUSED: (self.tr("Resume"), "play", self.tr("Go on training (F5)")),
            TrainState.DIED: (self.tr("Resume"), "play", self.tr("Go on from the last snapshot (F5)")),
        }.get(state, (self.tr("Train"), "play", self.tr("Start training (F5)")))
        if state is TrainState.DIED and not resumable:
            text = self.tr("Train")
        self.train.setText(text)
        self.train.setAccessibleName(text)
        self.train.set_icon_name(icon)
        self.train.setToolTip(hint)
        self.train.setEnabled(state is not TrainState.STARTING)
        self.train.set_kind("plain" if running else "primary")
        self.step.setEnabled(state is not TrainState.STARTING)
        self.stop.setEnabled(busy)

    def _on_train_clicked(self) -> None:
        if self._state is TrainState.RUNNING:
            self.pause_clicked.emit()
        else:
            self.train_clicked.emit()
