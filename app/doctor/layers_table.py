"""How each layer of a running network does: dead and saturated units, gradients, sizes of steps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from typing_extensions import override

from app.theme import FontRole, Theme
from engine.training.doctor.observation import LayerSigns

ROLE = Qt.ItemDataRole.UserRole
DEAD_BAD, FLAT_BAD = 0.5, 0.8  # shares from which a layer is not well
RATIO_LOW, RATIO_HIGH = 1e-5, 1e-1  # of a step beside the weights; a thousandth is usual
DECADES = 6.0  # that a bar of gradients spans


@dataclass(frozen=True)
class Strip:
    """A bar behind the words of a cell: how much of it is filled, and whether that is well."""

    share: float
    tone: str  # of the theme: "good", "warn" or "bad"


class LayersTable(QTreeWidget):
    """A row a layer, a column a sign. `node_chosen` carries the id of a layer."""

    node_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: Mapping[str, str] = {}
        self._signs: Sequence[LayerSigns] = ()
        self.setAccessibleName(self.tr("How each layer does"))
        self.setHeaderLabels(
            [
                self.tr("Layer"),
                self.tr("Dead"),
                self.tr("Saturated"),
                self.tr("Gradient"),
                self.tr("Step / weight"),
            ]
        )
        tips = (
            "",
            self.tr("Units that gave 0 for every example of a batch: no gradient reaches them"),
            self.tr("Outputs at the flat ends of the activation, where hardly any gradient passes"),
            self.tr("Root mean square of the gradients of its weights; beside the largest of all layers"),
            self.tr("How far one step moves its weights, beside their size; a thousandth is usual"),
        )
        for column, tip in enumerate(tips):
            self.headerItem().setToolTip(column, tip)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(_Strips(theme, self))
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setFont(theme.font(FontRole.SMALL))
        self.itemClicked.connect(self._on_item_chosen)
        self.itemActivated.connect(self._on_item_chosen)

    def show_layers(self, signs: Sequence[LayerSigns], names: Mapping[str, str]) -> None:
        """Show these layers, called so; those that are no longer there are left out."""
        signs = [s for s in signs if s.node in names]
        if [s.node for s in signs] != [s.node for s in self._signs] or names != self._names:
            self.clear()
            self.addTopLevelItems([QTreeWidgetItem([names[s.node]]) for s in signs])
        self._signs, self._names = signs, dict(names)
        greatest = max((s.gradient for s in signs if s.gradient), default=0.0)
        for place, seen in enumerate(signs):
            row = self.topLevelItem(place)
            if row is not None:
                self._fill(row, seen, greatest)

    def _fill(self, row: QTreeWidgetItem, seen: LayerSigns, greatest: float) -> None:
        row.setData(0, ROLE, seen.node)
        cells = (_dead(seen), _flat(seen), _gradient(seen, greatest), _ratio(seen))
        for column, (text, strip) in enumerate(cells, start=1):
            row.setText(column, text)
            row.setData(column, ROLE, strip)
            row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            wrong = strip is not None and strip.tone != "good"
            words = self.tr("{text}, not well").format(text=text) if wrong else text
            row.setData(column, Qt.ItemDataRole.AccessibleTextRole, words)

    def _on_item_chosen(self, row: QTreeWidgetItem, _column: int = 0) -> None:
        node = row.data(0, ROLE)
        if isinstance(node, str):
            self.node_chosen.emit(node)


Cell = tuple[str, Strip | None]


def _dead(seen: LayerSigns) -> Cell:
    if seen.dead is None or not seen.units:
        return "", None
    share = seen.dead / seen.units
    return f"{seen.dead} / {seen.units}", Strip(
        share, "bad" if share >= DEAD_BAD else "warn" if share > 0.1 else "good"
    )


def _flat(seen: LayerSigns) -> Cell:
    if seen.flat is None:
        return "", None
    tone = "bad" if seen.flat >= FLAT_BAD else "warn" if seen.flat > 0.4 else "good"
    return f"{100 * seen.flat:.0f} %", Strip(seen.flat, tone)


def _gradient(seen: LayerSigns, greatest: float) -> Cell:
    if seen.gradient is None:
        return "", None
    if not math.isfinite(seen.gradient) or seen.gradient <= 0 or greatest <= 0:
        return f"{seen.gradient:.1e}", Strip(0.0, "bad")
    below = math.log10(greatest / seen.gradient)
    return f"{seen.gradient:.1e}", Strip(max(0.0, 1.0 - below / DECADES), "bad" if below > 4 else "good")


def _ratio(seen: LayerSigns) -> Cell:
    if seen.ratio is None:
        return "", None
    text = f"{100 * seen.ratio:.2g} %"
    if not seen.ratio > 0:
        return text, Strip(0.0, "warn")
    share = 1.0 + math.log10(seen.ratio) / DECADES
    tone = "bad" if seen.ratio > RATIO_HIGH else "warn" if seen.ratio < RATIO_LOW else "good"
    return text, Strip(min(1.0, max(0.0, share)), tone)


class _Strips(QStyledItemDelegate):
    """Paints the bar of a cell behind its words."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        strip = index.data(ROLE)
        if isinstance(strip, Strip):
            room = QRectF(option.rect).adjusted(2, 3, -2, -3)
            color = self._theme.color(strip.tone)
            color.setAlphaF(0.16)
            painter.fillRect(room, color)
            color.setAlphaF(0.42)
            room.setWidth(room.width() * min(1.0, max(0.0, strip.share)))
            painter.fillRect(room, color)
        super().paint(painter, option, index)
