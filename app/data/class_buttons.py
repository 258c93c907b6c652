"""Buttons for the classes of a drawing: a colour with its mark and number, one of them chosen."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget
from typing_extensions import override

from app.data.point_pad import paint_mark
from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter

_SIDE: Final = 34


class ClassButton(QAbstractButton):
    """One class; checked means that what is drawn now is of it."""

    def __init__(self, theme: Theme, label: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = label
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setToolTip(f"{name} ({label + 1})")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        frame = QRectF(self.rect())
        lit = self.isChecked() or self.underMouse()
        fill_rounded(painter, frame, self._theme.color("hover" if lit else "raised"), RADIUS_CONTROL)
        edge = "accent" if self.isChecked() or self.hasFocus() else "line"
        outline_rounded(painter, frame, self._theme.color(edge), RADIUS_CONTROL, 2 if self.isChecked() else 1)
        painter.setPen(Qt.PenStyle.NoPen)
        paint_mark(painter, QPointF(frame.center().x(), frame.top() + 12), self._label, 11)
        painter.setPen(self._theme.color("dim"))
        painter.setFont(self._theme.font(FontRole.MONO_SMALL))
        painter.drawText(frame.adjusted(0, 18, 0, -1), Qt.AlignmentFlag.AlignCenter, str(self._label + 1))


class ClassButtons(QWidget):
    """A row of them; `idClicked` of `group` says which was chosen."""

    def __init__(self, theme: Theme, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for label, name in enumerate(names):
            button = ClassButton(theme, label, name)
            button.setChecked(label == 0)
            self.group.addButton(button, label)
            row.addWidget(button)

    def choose(self, label: int) -> None:
        """Checks the button of a class."""
        self.group.button(label).setChecked(True)
