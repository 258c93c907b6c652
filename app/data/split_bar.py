"""The parts of the rows as a bar whose borders are dragged: training, validation, test, each with its count."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter
from engine.data.settings import LARGEST_HELD_OUT

_BAR: Final = 16.0
_HEIGHT: Final = 62
_REACH: Final = 8.0
_STEP: Final = 0.01
_GAP: Final = 2.0
PARTS: Final = ("training", "validation", "good")
"""The colours of the parts, those of the curves."""


class SplitBar(QWidget):
    """Three parts of a whole. `committed` carries the shares of validation and test when a border is let go.

    Left and Right move the border in use by a hundredth, Space takes the other one.
    """

    accessible_role = QAccessible.Role.Slider

    committed = Signal(float, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._borders = [0.8, 1.0]  # ends of the training and of the validation part
        self._counts: tuple[int, ...] | None = None
        self._rows: int | None = None
        self._used = 0
        self._dragged = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Shares of training, validation and test"))
        self.setToolTip(self.tr("Drag a border between two parts."))
        theme.changed.connect(self.update)

    def shares(self) -> tuple[float, float, float]:
        """Training, validation and test, as shown."""
        first, second = self._borders
        return round(first, 4), round(second - first, 4), round(1.0 - second, 4)

    def set_shares(
        self, validation: float, test: float, rows: int | None, counts: tuple[int, ...] | None
    ) -> None:
        """Shows shares, with counts where they are known: exact ones, or those of so many rows."""
        self._borders = [1.0 - validation - test, 1.0 - test]
        self._rows, self._counts = rows, counts
        self._announce()

    def counts(self) -> tuple[int, ...] | None:
        """Rows of each part as shown; None where the rows have not been counted."""
        if self._counts is not None and not self._dragged:
            return self._counts
        if self._rows is None:
            return None
        _, validation, test = self.shares()
        held = (round(self._rows * validation), round(self._rows * test))
        return (self._rows - sum(held), *held)

    def texts(self) -> tuple[str, ...]:
        """What is written below the bar: share and count of each part."""
        names = (self.tr("Training"), self.tr("Validation"), self.tr("Test"))
        counts = self.counts()
        shares = [f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%") for share in self.shares()]
        if counts is None:
            return tuple(f"{name}\n{share}" for name, share in zip(names, shares, strict=True))
        rows = [f"{count:,}" for count in counts]
        return tuple(f"{n}\n{s}\n{r}" for n, s, r in zip(names, shares, rows, strict=True))

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    # -- mouse and keys ------------------------------------------------------------------------------------------
    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().x()
        distances = [abs(self._x(border) - place) for border in self._borders]
        self._used = 1 if distances[1] < distances[0] else 0
        if distances[0] == distances[1]:
            self._used = int(place > self._x(self._borders[0]))
        self._dragged = event.button() is Qt.MouseButton.LeftButton and event.position().y() < _BAR + 12
        if self._dragged:
            self._move(self._share(place))

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged:
            self._move(self._share(event.position().x()))
            return
        near = any(abs(self._x(border) - event.position().x()) < _REACH for border in self._borders)
        over = near and event.position().y() < _BAR + 12
        self.setCursor(Qt.CursorShape.SplitHCursor if over else Qt.CursorShape.ArrowCursor)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragged:
            self._dragged = False
            self._commit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}
        key = Qt.Key(event.key())
        if key in steps:
            before = self.shares()
            self._counts = None
            self._move(self._borders[self._used] + steps[key] * _STEP)
            if self.shares() != before:
                self._commit()
        elif key is Qt.Key.Key_Space:
            self._used = 1 - self._used
            self.update()
        else:
            super().keyPressEvent(event)

    def _move(self, share: float) -> None:
        share = min(max(round(share / _STEP) * _STEP, 1.0 - LARGEST_HELD_OUT), 1.0)
        if self._used == 0:
            self._borders = [share, max(share, self._borders[1])]
        else:
            self._borders = [min(share, self._borders[0]), share]
        self._announce()

    def _commit(self) -> None:
        self._counts = None
        _, validation, test = self.shares()
        self.committed.emit(validation, test)
        self._announce()

    def _announce(self) -> None:
        self.setAccessibleDescription("; ".join(text.replace("\n", " ") for text in self.texts()))
        self.update()

    # -- painting ------------------------------------------------------------------------------------------------
    def _x(self, share: float) -> float:
        return 4.0 + share * (self.width() - 8.0)

    def _share(self, x: float) -> float:
        return (x - 4.0) / (self.width() - 8.0)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        edges = [0.0, *self._borders, 1.0]
        for color, start, end in zip(PARTS, edges, edges[1:], strict=False):
            left, right = self._x(start), self._x(end)
            if right - left > _GAP:
                part = QRectF(left, 4, right - left - _GAP, _BAR)
                fill_rounded(painter, part, self._theme.color(color, 0.85), 4)
        for index, border in enumerate(self._borders):
            focused = self.hasFocus() and index == self._used
            grip = QRectF(self._x(border) - 3 - _GAP / 2, 1, 6, _BAR + 6)
            fill_rounded(painter, grip, self._theme.color("accent" if focused else "text"), 3)
            outline_rounded(painter, grip.adjusted(-1, -1, 1, 1), self._theme.color("panel"), 4, 1)
        self._paint_texts(painter)

    def _paint_texts(self, painter: QPainter) -> None:
        """The three texts at thirds of the width, each behind a mark in the colour of its part."""
        third = self.width() / 3
        for index, (color, text) in enumerate(zip(PARTS, self.texts(), strict=True)):
            name, share, *rows = text.split("\n")
            left = index * third + 2
            fill_rounded(painter, QRectF(left, _BAR + 15, 8, 8), self._theme.color(color), 2)
            painter.setFont(self._theme.font(FontRole.SMALL))
            painter.setPen(self._theme.color("dim"))
            top = QRectF(left + 12, _BAR + 10, third - 12, 18)
            painter.drawText(top, Qt.AlignmentFlag.AlignVCenter, name)
            self._paint_number(painter, QRectF(left + 12, _BAR + 27, third - 14, 18), share, rows)

    def _paint_number(self, painter: QPainter, room: QRectF, share: str, rows: list[str]) -> None:
        painter.setFont(self._theme.font(FontRole.MONO_SMALL))
        painter.setPen(self._theme.color("text"))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, share)
        width = QFontMetricsF(painter.font()).horizontalAdvance(share) + 2 * SPACE
        if rows:
            painter.setPen(self._theme.color("dim"))
            painter.drawText(room.adjusted(width, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, rows[0])
