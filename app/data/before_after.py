"""The first cells of a column as they stand in the file, and as the network sees them."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, smooth_painter
from engine.data.recipe.glimpse import Glimpse

_ROW: Final = 20
_MOST_COLUMNS: Final = 3
_BEFORE: Final = 0.34  # of the width
_ARROW: Final = 22.0
_NOTHING: Final = Glimpse("")


class BeforeAfter(QWidget):
    """A small table: before at the left, after at the right, an arrow between; hidden where there is nothing to show."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown = _NOTHING
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("First values, before and after"))
        theme.changed.connect(self.update)
        self.hide()

    def shown(self) -> Glimpse:
        """What is shown."""
        return self._shown

    def set_glimpse(self, found: Glimpse) -> None:
        """Shows other cells."""
        self._shown = found
        rows = zip(found.before, found.after, strict=True)
        said = (
            f"{before or self.tr('missing')}: {', '.join(after) or self._left_out()}"
            for before, after in rows
        )
        self.setAccessibleDescription("; ".join(said))
        self.setVisible(bool(found.before))
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, (len(self._shown.before) + 1) * _ROW + 2 * SPACE)

    def _left_out(self) -> str:
        return self.tr("row left out")

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        fill_rounded(painter, QRectF(self.rect()), self._theme.color("raised"), RADIUS_CONTROL)
        inner = QRectF(self.rect()).adjusted(2 * SPACE, SPACE, -2 * SPACE, -SPACE)
        split = inner.left() + inner.width() * _BEFORE
        columns, rest = self._columns()
        width = (inner.right() - split - _ARROW) / max(1, len(columns) + bool(rest))
        top = inner.top()
        self._text(
            painter, QRectF(inner.left(), top, split - inner.left(), _ROW), self.tr("in the file"), "dim"
        )
        for k, name in enumerate(columns):
            place = QRectF(split + _ARROW + k * width, top, width - 4, _ROW)
            title = name if len(columns) > 1 else self.tr("for the network")
            self._text(painter, place, title, "dim", right=True)
        if rest:
            place = QRectF(split + _ARROW + len(columns) * width, top, width - 4, _ROW)
            self._text(painter, place, f"+{rest}", "dim", right=True)
        for row, (before, after) in enumerate(zip(self._shown.before, self._shown.after, strict=True), 1):
            self._paint_row(painter, inner, split, width, row, before, after)

    def _columns(self) -> tuple[list[str], int]:
        """The names that there is room for, short, and how many more there are."""
        names = [_short(name) for name in self._shown.names]
        most = _MOST_COLUMNS if len(names) <= _MOST_COLUMNS else _MOST_COLUMNS - 1
        return names[:most], len(names) - min(most, len(names))

    def _paint_row(
        self,
        painter: QPainter,
        inner: QRectF,
        split: float,
        width: float,
        row: int,
        before: str,
        after: tuple[str, ...],
    ) -> None:
        top = inner.top() + row * _ROW
        painter.fillRect(QRectF(inner.left(), top, inner.width(), 1), self._theme.color("line"))
        cell = QRectF(inner.left(), top, split - inner.left(), _ROW)
        if before:
            self._text(painter, cell, before, "text", mono=True)
        else:
            self._text(painter, cell, self.tr("missing"), "warn_text")
        arrow = QRectF(split + 6, top + _ROW / 2 - 4, 8, 8)
        self._theme.paint_icon(painter, arrow, "chevron-right", "dim")
        if not after:
            place = QRectF(split + _ARROW, top, inner.right() - split - _ARROW - 4, _ROW)
            self._text(painter, place, self._left_out(), "dim", right=True)
            return
        columns, rest = self._columns()
        for k in range(len(columns)):
            place = QRectF(split + _ARROW + k * width, top, width - 4, _ROW)
            self._text(painter, place, after[k], "text" if after[k] != "0" else "dim", right=True, mono=True)
        if rest:
            place = QRectF(split + _ARROW + len(columns) * width, top, width - 4, _ROW)
            self._text(painter, place, "\N{HORIZONTAL ELLIPSIS}", "dim", right=True)

    def _text(
        self,
        painter: QPainter,
        room: QRectF,
        text: str,
        color: str,
        *,
        right: bool = False,
        mono: bool = False,
    ) -> None:
        painter.setFont(self._theme.font(FontRole.MONO_SMALL if mono else FontRole.SMALL))
        painter.setPen(self._theme.color(color))
        shown = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | side, shown)


def _short(name: str) -> str:
    """What tells a made column from its neighbours: the word behind "=", or what stands in brackets."""
    word = name.partition("=")[2]
    return word or (name.rpartition("(")[2].removesuffix(")") if name.endswith(")") else name)
