"""The line above the curves: which of them are shown, what is counted along the axis, how they are saved."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, TextLabel


class CurvesTools(QWidget):
    """Buttons, and the time that is left.

    Signals: `shown_changed` with a track and whether it is to be seen; `counting_changed` with whether steps are
    counted; `export_wanted`.
    """

    shown_changed = Signal(str, bool)
    counting_changed = Signal(bool)
    export_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.menu = QMenu(self)
        self.which = Button(theme, self.tr("Show"), kind="quiet")
        self.which.setToolTip(self.tr("Choose which curves are shown"))
        self.which.setAccessibleName(self.tr("Choose which curves are shown"))
        self.steps = Button(theme, self.tr("steps"), kind="toggle")
        self.steps.setToolTip(self.tr("Count steps along the axis instead of epochs"))
        self.steps.setAccessibleName(self.tr("Count steps along the axis instead of epochs"))
        self.left = TextLabel(theme, role=FontRole.MONO_SMALL, tone="dim")
        self.left.setAccessibleName(self.tr("Time left"))
        self.export = Button(theme, self.tr("Export"), kind="quiet")
        self.export.setToolTip(self.tr("Save the curves as PNG, SVG or CSV"))
        self.export.setAccessibleName(self.tr("Save the curves as PNG, SVG or CSV"))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        line.addWidget(self.left, 1)
        for button in (self.which, self.steps, self.export):
            line.addWidget(button)
        self.which.clicked.connect(self._on_which_clicked)
        self.steps.toggled.connect(self.counting_changed)
        self.export.clicked.connect(self.export_wanted)

    def offer(self, titles: Mapping[str, str], hidden: Sequence[str]) -> None:
        """Offer these tracks, by their keys."""
        self.menu.clear()
        for key, title in titles.items():
            action = self.menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(key not in hidden)
            action.toggled.connect(lambda shown, key=key: self.shown_changed.emit(key, shown))

    def _on_which_clicked(self) -> None:
        self.menu.popup(self.which.mapToGlobal(self.which.rect().bottomLeft()))
