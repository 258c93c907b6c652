"""The head of each column: its name, kind, role, what is missing, and its values as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QToolTip, QWidget
from typing_extensions import override

from app.data.bars import paint_bars
from app.data.cells import plain_tip
from app.data.looks import ColumnLook
from app.data.roles import CHIP_HEIGHT, chip_width, paint_role_chip, role_color, role_title
from app.theme import SPACE, FontRole, Theme

HEIGHT: Final = 112
_PAD: Final = 2.0 * SPACE
_NAME_TOP: Final = 7.0
_CHIP_TOP: Final = 26.0
_BARS: Final = (55.0, 34.0)  # top and height
_REACH_TOP: Final = 93.0


class ColumnHeader(QHeaderView):
    """Paints `ColumnLook`s. `role_clicked` carries the column and where its menu belongs on the screen."""

    role_clicked = Signal(int, QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._looks: Sequence[ColumnLook] = ()
        self._chosen = -1
        self.setSectionsClickable(True)
        self.setSectionsMovable(False)
        self.setMinimumSectionSize(72)
        self.setDefaultSectionSize(132)
        self.setMouseTracking(True)
        theme.changed.connect(self.viewport().update)

    @property
    def looks(self) -> Sequence[ColumnLook]:
        """What is shown, by column."""
        return self._looks

    def set_looks(self, looks: Sequence[ColumnLook]) -> None:
        """Show these columns."""
        self._looks = looks
        self.viewport().update()

    def set_chosen(self, section: int) -> None:
        """Mark the column that is looked at; none with -1."""
        if section != self._chosen:
            self._chosen = section
            self.viewport().update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEIGHT)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        section = self.logicalIndexAt(place.toPoint())
        super().mouseReleaseEvent(event)
        if event.button() != Qt.MouseButton.LeftButton or not 0 <= section < len(self._looks):
            return
        if not self._looks[section].fixed:
            chip = self.chip_rect(section)
            if chip.contains(place):
                self.role_clicked.emit(section, self.viewport().mapToGlobal(chip.bottomLeft().toPoint()))

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            section = self.logicalIndexAt(event.pos())
            if 0 <= section < len(self._looks):
                look = self._looks[section]
                lines = (look.spoken(), look.reason)
                QToolTip.showText(
                    event.globalPos(), plain_tip("\n".join(line for line in lines if line)), self
                )
                return True
        return super().viewportEvent(event)

    def chip_rect(self, section: int) -> QRectF:
        """Where the role of a column is painted, in the header's own pixels; empty without one."""
        role = self._looks[section].role
        if not role:
            return QRectF()
        left = self.sectionViewportPosition(section) + _PAD
        return QRectF(left, _CHIP_TOP, chip_width(self._theme, role), CHIP_HEIGHT)

    def missing_rect(self, section: int) -> QRectF:
        """Where the share of missing cells is painted: right of the role, or of the name where there is no room.

        Empty where none is missing.
        """
        words = self._missing_words(section)
        if not words:
            return QRectF()
        metrics = QFontMetricsF(self._theme.font(FontRole.SMALL))
        width = metrics.horizontalAdvance(words)
        left = self.sectionViewportPosition(section) + self.sectionSize(section) - _PAD - width
        beside = left >= self.chip_rect(section).right() + SPACE
        top = _CHIP_TOP + 4 if beside else _NAME_TOP + 2
        return QRectF(left, top, width, metrics.height())

    def name_width(self, section: int) -> float:
        """How wide the name of a column may be."""
        inner = self.sectionSize(section) - 2 * _PAD
        missing = self.missing_rect(section)
        beside = not missing.isEmpty() and missing.top() < _CHIP_TOP
        return inner - missing.width() - SPACE if beside else inner

    def _missing_words(self, section: int) -> str:
        missing = self._looks[section].missing_words
        return f"\N{EMPTY SET} {missing}" if missing else ""

    # -- painting ---------------------------------------------------------------------------------
    @override
    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if logicalIndex >= len(self._looks):
            return
        look, theme = self._looks[logicalIndex], self._theme
        painter.save()
        painter.setClipRect(rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(rect)
        chosen = logicalIndex == self._chosen
        painter.fillRect(area, theme.color("hover" if chosen else "panel"))
        self._paint_words(painter, area, logicalIndex)
        self._paint_role(painter, area, look, self.chip_rect(logicalIndex))
        self._paint_bars(painter, area, look)
        painter.fillRect(QRectF(area.right() - 1, area.top(), 1, area.height()), theme.color("line"))
        below = "accent" if chosen else "line"
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 2), theme.color(below))
        painter.restore()

    def _paint_words(self, painter: QPainter, area: QRectF, section: int) -> None:
        look = self._looks[section]
        inner = area.adjusted(_PAD, 0, -_PAD, 0)
        heading = QRectF(inner.left(), inner.top(), max(0.0, self.name_width(section)), inner.height())
        self._line(painter, heading, _NAME_TOP, look.name, FontRole.STRONG, "text")
        self._paint_unit(painter, heading, look)
        missing = self.missing_rect(section)
        if not missing.isEmpty():
            words = self._missing_words(section)
            self._line(painter, inner, missing.top(), words, FontRole.SMALL, "warn_text", right=True)
        if not look.bars:
            self._line(painter, inner, 64, look.kind, FontRole.SMALL, "dim")
        metrics = QFontMetricsF(self._theme.font(FontRole.MONO_SMALL))
        low, high = reach_words(look.low, look.high, metrics, inner.width())
        self._line(painter, inner, _REACH_TOP, low, FontRole.MONO_SMALL, "dim")
        if high:
            self._line(painter, inner, _REACH_TOP, high, FontRole.MONO_SMALL, "dim", right=True)

    def _paint_unit(self, painter: QPainter, heading: QRectF, look: ColumnLook) -> None:
        """Behind the name, where there is room for a letter of it."""
        name = QFontMetricsF(self._theme.font(FontRole.STRONG)).horizontalAdvance(look.name) + SPACE
        if look.unit and heading.width() - name > 3 * SPACE:
            beside = heading.adjusted(name, 0, 0, 0)
            self._line(painter, beside, _NAME_TOP + 1, look.unit, FontRole.SMALL, "dim")

    def _line(
        self,
        painter: QPainter,
        inner: QRectF,
        top: float,
        text: str,
        font_role: FontRole,
        color: str,
        *,
        right: bool = False,
    ) -> None:
        font = self._theme.font(font_role)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(self._theme.color(color))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        place = QRectF(inner.left(), inner.top() + top, inner.width(), metrics.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_role(self, painter: QPainter, area: QRectF, look: ColumnLook, chip: QRectF) -> None:
        if chip.isEmpty():
            return
        if not look.fixed:
            paint_role_chip(painter, self._theme, chip, look.role, guessed=look.guessed)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(role_color(look.role)))
        painter.drawEllipse(QPointF(chip.left() + 4, chip.center().y()), 4, 4)
        inner = area.adjusted(_PAD + 4 * SPACE, 0, -_PAD, 0)
        self._line(painter, inner, _CHIP_TOP + 3, role_title(look.role), FontRole.SMALL, "dim")

    def _paint_bars(self, painter: QPainter, area: QRectF, look: ColumnLook) -> None:
        top, height = _BARS
        room = area.adjusted(_PAD, 0, -_PAD, 0)
        paint_bars(
            painter,
            QRectF(room.left(), area.top() + top, room.width(), height),
            look.bars,
            self._theme,
            role_color(look.role or "input"),
        )


def reach_words(low: str, high: str, metrics: QFontMetricsF, width: float) -> tuple[str, str]:
    """The least and the largest value as they stand beside each other: moments without their time of day, where need be."""
    if not high or _beside(low, high, metrics) <= width:
        return low, high
    days = low.partition(" ")[0], high.partition(" ")[0]
    if _beside(*days, metrics) <= width:
        return days
    half, elide = (width - SPACE) / 2, Qt.TextElideMode.ElideRight
    return metrics.elidedText(low, elide, half), metrics.elidedText(high, elide, half)


def _beside(low: str, high: str, metrics: QFontMetricsF) -> float:
    return metrics.horizontalAdvance(low) + SPACE + metrics.horizontalAdvance(high)
