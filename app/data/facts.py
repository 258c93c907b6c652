"""All that is known of the column that is looked at."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.data.class_bars import ClassBars
from app.data.desk import DataDesk, RoleOf
from app.data.histogram import Histogram
from app.data.roles import role_color, role_title
from app.data.summaries import summary_of
from app.data.words import kind_words
from app.i18n import together
from app.theme import SPACE, FontRole, Theme
from app.widgets import ElidedLabel, TextLabel

_MOST_FACTS: Final = 10
_LEAST_BARS: Final = 110  # pixels, below which bars say nothing and words need the room
_MARGIN: Final = 4 * SPACE
_GAP: Final = 6 * SPACE


class ColumnFacts(QWidget):
    """Name, kind, role with its reason, numbers, and the values as bars."""

    def __init__(self, theme: Theme, desk: DataDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._desk = desk
        self.name = ElidedLabel(theme, role=FontRole.STRONG)
        self.about = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.relation = TextLabel(theme, role=FontRole.SMALL, wrap=True)
        self.histogram = Histogram(theme)
        self.top = ClassBars(theme)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(3 * SPACE)
        self._grid.setVerticalSpacing(2)
        self._labels: list[tuple[TextLabel, TextLabel]] = []
        self._lay_out()
        desk.changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(SPACE)
        for widget in (self.name, self.about, self.relation):
            words.addWidget(widget)
        words.addLayout(self._grid)
        words.addStretch(1)
        for row in range(_MOST_FACTS):
            label = TextLabel(self._theme, role=FontRole.SMALL, tone="dim")
            value = TextLabel(self._theme, role=FontRole.MONO_SMALL)
            place, side = divmod(row, 2)
            self._grid.addWidget(label, place, 2 * side)
            self._grid.addWidget(value, place, 2 * side + 1)
            self._labels.append((label, value))
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)
        self._pictures = QWidget()
        pictures = QVBoxLayout(self._pictures)
        pictures.setContentsMargins(0, 0, 0, 0)
        pictures.addWidget(self.histogram, 1)
        pictures.addWidget(self.top)
        pictures.addStretch(0)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(_MARGIN, 3 * SPACE, _MARGIN, 3 * SPACE)
        self._line.setSpacing(_GAP)
        self._line.addLayout(words, 1)
        self._line.addWidget(self._pictures, 1)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_out()

    def _share_out(self) -> None:
        """Give the numbers the room that they need, and the bars the rest."""
        words, bars = shares_of(self.width() - 2 * _MARGIN - _GAP, self._grid.sizeHint().width())
        self._pictures.setVisible(bool(bars))
        self._line.setStretch(0, words)
        self._line.setStretch(1, bars)

    def facts(self) -> list[tuple[str, str]]:
        """What is shown, by label."""
        return [(label.text(), value.text()) for label, value in self._labels if label.text()]

    def _refresh(self) -> None:
        desk, source = self._desk, self._desk.source
        column = next((c for c in source.columns if c.name == desk.column), None) if source else None
        self.name.setVisible(column is not None)
        if column is None:
            self.name.setText("")
            self.about.setText(self.tr("Click a column to see what is in it.") if source else "")
            self._show_facts([])
            self.relation.hide()
            self.histogram.hide()
            self.top.set_classes([])
            return
        role = desk.roles.get(column.name, RoleOf(""))
        self.name.setText(column.name)
        kind, use = kind_words(column), role_title(role.role)
        about = self.tr("{kind}, {use}.") if kind and use else self.tr("{kind}{use}.")
        about = about.format(kind=kind, use=use)
        self.about.setText(together(about, role.reason))
        found = summary_of(desk, column)
        self._show_facts(found.facts if found else [])
        self.relation.setText(found.relation if found else "")
        self.relation.setVisible(bool(found and found.relation))
        self.histogram.setVisible(bool(found and found.bars))
        if found is not None:
            self.histogram.set_bars(found.bars, found.low, found.high, role_color(role.role or "input"))
        self.top.set_classes(found.top if found else [])
        self._share_out()

    def _show_facts(self, facts: list[tuple[str, str]]) -> None:
        for (label, value), (title, text) in zip(
            self._labels, [*facts, *[("", "")] * _MOST_FACTS], strict=False
        ):
            label.setText(title)
            value.setText(text)
            value.setAlignment(Qt.AlignmentFlag.AlignLeft)
            label.setVisible(bool(title))
            value.setVisible(bool(title))


def shares_of(room: int, needed: int) -> tuple[int, int]:
    """Pixels for words and for bars beside them: half each, unless the words need more; no bars where little is left."""
    words = max(needed, room // 2)
    bars = room - words
    return (words, bars) if bars >= _LEAST_BARS else (max(room, 1), 0)
