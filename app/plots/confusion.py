"""Which class is taken for which: the confusion matrix, with each cell in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyqtgraph as pg
from numpy.typing import ArrayLike
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.base import LiveView
from app.plots.readout import Readout
from app.theme import SPACE, FontRole, Theme, readable_on
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter
from engine.training.counted import Counted

_LARGEST_CELL: Final = 52
_NUMBERS_FROM: Final = 22
"""Cells smaller than this, in pixels, show their colour only."""
_LONGEST_NAME: Final = 110
_LEVELS: Final = 256
_LINE: Final = 20
"""Height of a line of names or of an axis title, in pixels."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the cells lie, in pixels."""

    left: float
    top: float
    cell: float
    count: int
    upright: bool
    """Whether the names of the columns run upwards, for want of width."""

    def rect(self, row: int, column: int) -> QRectF:
        return QRectF(self.left + column * self.cell, self.top + row * self.cell, self.cell, self.cell)

    def at(self, position: QPoint) -> tuple[int, int] | None:
        column, row = (position.x() - self.left) // self.cell, (position.y() - self.top) // self.cell
        inside = 0 <= column < self.count and 0 <= row < self.count
        return (int(row), int(column)) if inside else None


class ConfusionView(LiveView):
    """Counts by true class (rows) and predicted class (columns), coloured by the share of the row.

    Hovering a cell, or moving to it with the arrow keys, says it in a sentence. `chosen` carries the cell (row, column)
    that was clicked, or chosen with Return.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._counted = Counted()
        self._names: tuple[str, ...] = ()
        self._cell: tuple[int, int] | None = None
        self._marked: tuple[int, int] | None = None
        self._readout = Readout(theme, self)
        self._colors = [
            color.name() for color in pg.colormap.get("viridis").getLookupTable(0, 1, _LEVELS, mode="qcolor")
        ]
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 110)
        self.introduce(
            self.tr("Confusion matrix"), self.tr("Press Train: which class is taken for which appears here.")
        )

    def set_counts(self, counts: ArrayLike, names: Sequence[str]) -> None:
        """Shows counts of shape (classes, classes), true classes in rows, and the names of the classes."""
        self._counted, self._names = Counted.of(counts, len(names)), tuple(names)
        self.request_refresh()

    def clear(self) -> None:
        """Forgets the counts."""
        self._counted, self._names, self._cell = Counted(), (), None
        self.request_refresh()

    def sentence(self, row: int, column: int) -> str:
        """What a cell says."""
        count, total = self._counted.at(row, column), self._counted.of_class(row)
        true, taken = self._names[row], self._names[column]
        if row == column:
            text = self.tr("{count} of {total} of class {true} were recognized.")
        else:
            text = self.tr("{count} of {total} of class {true} were taken for {taken}.")
        return text.format(count=f"{count:,}", total=f"{total:,}", true=true, taken=taken)

    def standing(self) -> str:
        """How much is right, beside what always the most frequent class would be right in; "" without counts."""
        total = self._counted.total
        if not total:
            return ""
        often = self._counted.most_frequent
        text = self.tr("{right} % are recognized. Always {name} would be right in {share} %.")
        return text.format(
            right=f"{100 * self._counted.right / total:.1f}",
            name=self._names[often],
            share=f"{100 * self._counted.of_class(often) / total:.1f}",
        )

    def color(self, row: int, column: int) -> str:
        """The colour of a cell, `#rrggbb`: by the root of its share of the row, so that rare mistakes show.

        Empty cells stand back.
        """
        share = self._counted.share(row, column)
        return str(self._colors[round(share**0.5 * (_LEVELS - 1))]) if share else self.theme.tokens.raised

    def cell_rect(self, row: int, column: int) -> QRect:
        """Where a cell is on this widget, in pixels."""
        return self._grid().rect(row, column).toRect()

    def point_at(self, cell: tuple[int, int] | None) -> None:
        """Shows the sentence of a cell (row, column), or none."""
        self._cell = cell
        if cell is None or self.is_empty():
            self._readout.hide()
        else:
            self._readout.show_at(
                self.sentence(*cell), self.cell_rect(*cell).bottomRight() + QPoint(0, 18), self.rect()
            )
            self.setAccessibleDescription(self.sentence(*cell))
        self.update()

    def mark(self, cell: tuple[int, int] | None) -> None:
        """Marks the cell whose examples are shown, or none."""
        self._marked = cell
        self.update()

    @override
    def is_empty(self) -> bool:
        return not len(self._counted)

    @override
    def summary(self) -> str:
        right, total = self._counted.right, self._counted.total
        parts = [self.tr("{right} of {total} are recognized.").format(right=f"{right:,}", total=f"{total:,}")]
        wrong = self._counted.most_often_wrong
        if wrong is not None:
            parts.append(self.tr("Most often wrong: {sentence}").format(sentence=self.sentence(*wrong)))
        return " ".join(parts)

    @override
    def _refresh(self) -> None:
        if self._cell is not None:
            self.point_at(self._cell)
        self.update()

    # ----------------------------------------------------------------------------------------- paint

    def _grid(self) -> _Grid:
        metrics = QFontMetricsF(self.theme.font(FontRole.SMALL))
        names = max((metrics.horizontalAdvance(name) for name in self._names), default=0.0)
        names = min(names, _LONGEST_NAME, self.width() / 3)
        left = names + 2 * SPACE + _LINE
        level = self._fitting_grid(left, 2 * _LINE, upright=False)
        if names <= level.cell - 2 or level.cell < _LINE - 6:
            return level
        return self._fitting_grid(left, _LINE + names + 1.5 * SPACE, upright=True)

    def _fitting_grid(self, left: float, top: float, *, upright: bool) -> _Grid:
        count = max(1, len(self._names))
        room = min(self.width() - left - SPACE, self.height() - top - SPACE)
        cell = max(2.0, min(_LARGEST_CELL, room / count))
        return _Grid(left, top, cell if cell < 4 else float(int(cell)), count, upright)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.is_empty():
            return
        painter = smooth_painter(self)
        grid = self._grid()
        for row in range(grid.count):
            for column in range(grid.count):
                self._paint_cell(painter, grid, row, column)
        self._paint_names(painter, grid)
        if self._marked is not None and max(self._marked) < grid.count:
            outline_rounded(painter, grid.rect(*self._marked), self.theme.color("accent"), 4, 2.5)
        if self._cell is not None:
            mark = grid.rect(*self._cell)
            outline_rounded(painter, mark, self.theme.color("text"), 4, 2)

    def _paint_cell(self, painter: QPainter, grid: _Grid, row: int, column: int) -> None:
        rect, color = grid.rect(row, column), self.color(row, column)
        gap = 1.0 if grid.cell >= 8 else 0.0
        fill_rounded(painter, rect.adjusted(gap, gap, -gap, -gap), pg.mkColor(color), 3 if gap else 0)
        count = self._counted.at(row, column)
        if grid.cell < _NUMBERS_FROM or not count:
            return
        font = self.theme.font(FontRole.MONO_SMALL if grid.cell < 40 else FontRole.MONO)
        text = f"{count:,}"
        if QFontMetricsF(font).horizontalAdvance(text) > grid.cell - 4:
            font, text = self.theme.font(FontRole.MONO_SMALL), _short(count)
        painter.setFont(font)
        painter.setPen(pg.mkColor(readable_on(color)))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_names(self, painter: QPainter, grid: _Grid) -> None:
        self._paint_axis_titles(painter, grid)
        font = self.theme.font(FontRole.SMALL)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        if grid.cell < metrics.height() - 2:
            return
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        for index, name in enumerate(self._names):
            pointed = self._cell is not None and index in self._cell
            painter.setPen(self.theme.color("text" if pointed else "dim"))
            row = QRectF(_LINE, grid.rect(index, 0).top(), grid.left - _LINE - 1.5 * SPACE, grid.cell)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, row.width())
            painter.drawText(row, right, shown)
            if not grid.upright:
                column = QRectF(grid.rect(0, index).left(), _LINE, grid.cell, _LINE - 2)
                painter.drawText(column, Qt.AlignmentFlag.AlignCenter, shown)
                continue
            painter.save()
            painter.translate(grid.rect(0, index).left(), grid.top - SPACE)
            painter.rotate(-90)
            painter.drawText(QRectF(0, 0, row.width(), grid.cell), Qt.AlignmentFlag.AlignVCenter, shown)
            painter.restore()

    def _paint_axis_titles(self, painter: QPainter, grid: _Grid) -> None:
        painter.setPen(self.theme.color("dim"))
        painter.setFont(self.theme.font(FontRole.HEADING))
        side = grid.cell * grid.count
        above = QRectF(grid.left, 0, max(side, 120), _LINE)
        above.moveRight(min(above.right(), float(self.width())))
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, self.tr("taken for"))
        painter.save()
        painter.translate(0, grid.top + side)
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, side, _LINE), Qt.AlignmentFlag.AlignCenter, self.tr("true class"))
        painter.restore()

    # ----------------------------------------------------------------------------------------- input

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(None if self.is_empty() else self._grid().at(event.position().toPoint()))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = None if self.is_empty() else self._grid().at(event.position().toPoint())
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self.chosen.emit(cell)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(None)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.point_at(None)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cell is not None:
            self.chosen.emit(self._cell)
            return
        if key not in steps or self.is_empty():
            super().keyPressEvent(event)
            return
        last = len(self._names) - 1
        row, column = (0, 0) if self._cell is None else self._cell
        down, right = steps[key] if self._cell is not None else (0, 0)
        self.point_at((min(max(row + down, 0), last), min(max(column + right, 0), last)))


def _short(count: int) -> str:
    """A count in at most four characters: 1204 is "1.2k"."""
    if count < 1_000:
        return str(count)
    thousands = count / 1_000
    return f"{thousands:.1f}k" if thousands < 9.95 else f"{thousands:.0f}k"
