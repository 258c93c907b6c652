"""How the units of the chosen layer do over many examples, and what excites one of them most."""

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QImage, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.inside.tiles import TileGrid
from app.inside.unit_strip import UnitStrip
from app.theme import SPACE, FontRole, Theme
from app.widgets import CollapsibleSection, TextLabel
from engine.data.bundle import DataBundle
from engine.tensor.spec import Array
from engine.training.predictions.arrays import images_of
from engine.training.predictions.beside import picture_input
from engine.training.predictions.examples import in_words
from engine.training.reports import Pictured
from engine.training.watching.ascent import DONE, PICTURES, Ascend
from engine.training.watching.units import (
    BEST_ROWS,
    BEST_VALUES,
    COUNT,
    DEVIATION,
    FLAT,
    GREATEST,
    LEAST,
    MEAN,
    TOTAL,
    ZEROS,
    Units,
)
from engine.training.watching.wish import Wish

UNITS, ASCENT = "inside/units", "inside/ascent"
LINES = 5


class UnitsSection(QWidget):
    """Folded or hidden, it wants nothing; `wants_changed` says that this is otherwise now, or another unit chosen."""

    wants_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node, self._unit = "", -1
        self._bundle: DataBundle | None = None
        self._found: Mapping[str, Array] = {}  # the newest figures of the units
        self.words = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.strip = UnitStrip(theme)
        self.unit_words = TextLabel(theme, role=FontRole.SMALL, wrap=True)
        self._dream_words = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self._best_words = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.dream, self.best = TileGrid(theme), TileGrid(theme)
        self._lines = TextLabel(theme, role=FontRole.SMALL, wrap=True)
        page = QWidget()
        inner = QVBoxLayout(page)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(2 * SPACE)
        for widget in (self.words, self.strip, self.unit_words):
            inner.addWidget(widget)
        pair = QHBoxLayout()
        for label, grid, share in ((self._dream_words, self.dream, 1), (self._best_words, self.best, 2)):
            column = QVBoxLayout()
            column.addWidget(label)
            column.addWidget(grid)
            column.addStretch(1)
            pair.addLayout(column, share)
        inner.addLayout(pair)
        inner.addWidget(self._lines)
        self._fold = CollapsibleSection(theme, self.tr("Units over many examples"), page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._fold)
        self._fold.toggled.connect(self.wants_changed)
        self.strip.chosen.connect(self._on_strip_chosen)
        self._show_unit()
        self.hide()

    def set_node(self, node: str, bundle: DataBundle | None) -> None:
        """Another layer is chosen; "" for none."""
        if node == self._node and bundle is self._bundle:
            return
        self._node, self._bundle, self._unit, self._found = node, bundle, -1, {}
        self.strip.set_units(np.empty(0), np.empty(0, bool), np.empty(0, bool), [])
        self.words.setText("")
        self._show_unit()
        self.setVisible(bool(node) and bundle is not None)

    def unfold(self) -> None:
        """Show what is folded."""
        self._fold.heading.setChecked(True)

    def wishes(self) -> tuple[Wish, ...]:
        """What is wanted of the run, where this can be seen."""
        if (
            not self._node
            or self._bundle is None
            or not self.isVisible()
            or not self._fold.heading.isChecked()
        ):
            return ()
        units = Units(UNITS, self._node)
        if self._unit < 0 or picture_input(self._bundle.spec) is None:
            return (units,)
        return units, Ascend(ASCENT, self._node, (self._unit,), seed=self._unit)

    def show_answer(self, pictured: Pictured) -> None:
        """Draw what was wished for."""
        if pictured.sentence and pictured.probe == UNITS:
            self.words.setText(pictured.sentence)
        elif pictured.sentence and pictured.probe == ASCENT:
            self._dream_words.setText(pictured.sentence)
        elif pictured.probe == UNITS:
            self._show_figures(pictured.outputs)
        elif pictured.probe == ASCENT and self._unit >= 0:
            words = self.tr("What it looks for, {steps} steps uphill")
            self._dream_words.setText(words.format(steps=int(pictured.outputs[DONE])))
            self.dream.set_images([_image(p) for p in pictured.outputs[PICTURES]], self._dream_words.text())

    def _show_figures(self, found: Mapping[str, Array]) -> None:
        self._found = found
        dead = (found[LEAST] == 0.0) & (found[GREATEST] == 0.0)
        flat = found[FLAT] > MOSTLY if FLAT in found else np.zeros(len(dead), bool)
        deviation = np.nan_to_num(found[DEVIATION])
        strength = deviation / (float(deviation.max(initial=0.0)) or 1.0)
        each = [
            self._say(found, unit, dead=bool(dead[unit]), flat=bool(flat[unit])) for unit in range(len(dead))
        ]
        self.strip.set_units(strength, dead, flat, each)
        total, count = int(found[TOTAL]), int(found[COUNT])
        parts = [self.tr("{dead} of {units} units gave 0 for each of {count} examples.")]
        if FLAT in found:
            parts.append(self.tr("{flat} are saturated."))
        if total > len(dead):
            parts.append(self.tr("The first {units} of {total} are shown."))
        numbers = {
            "dead": int(dead.sum()),
            "flat": int(flat.sum()),
            "units": len(dead),
            "count": count,
            "total": total,
        }
        self.words.setText(" ".join(parts).format(**numbers))
        if 0 <= self._unit < len(each):
            self.unit_words.setText(each[self._unit])
            self._show_best(found)

    def _say(self, found: Mapping[str, Array], unit: int, *, dead: bool, flat: bool) -> str:
        text = self.tr("Unit {unit}: {low} to {high}, mean {mean}, 0 in {zeros} % of places").format(
            unit=unit + 1,
            low=f"{found[LEAST][unit]:.3g}",
            high=f"{found[GREATEST][unit]:.3g}",
            mean=f"{found[MEAN][unit]:.3g}",
            zeros=round(100 * float(np.nan_to_num(found[ZEROS][unit]))),
        )
        return text + (self.tr(", dead") if dead else self.tr(", saturated") if flat else "")

    def _show_best(self, found: Mapping[str, Array]) -> None:
        if self._bundle is None:
            return
        rows, values = found[BEST_ROWS][self._unit], found[BEST_VALUES][self._unit]
        source = picture_input(self._bundle.spec)
        self._best_words.setText(self.tr("The examples that excite it most"))
        self.best.setVisible(source is not None)
        self._lines.setVisible(source is None)
        if source is not None:
            self.best.set_images(
                [_image(p) for p in images_of(self._bundle, source.name, rows)], self._best_words.text()
            )
            return
        pairs = zip(rows[:LINES].tolist(), values[:LINES].tolist(), strict=True)
        self._lines.setText("\n".join(f"{value:.3g}: {in_words(self._bundle, row)}" for row, value in pairs))

    def _on_strip_chosen(self, unit: int) -> None:
        self._unit = unit
        self._show_unit()
        if self._found:
            self._show_figures(self._found)
        self.wants_changed.emit()

    def _show_unit(self) -> None:
        """Begin anew with the pictures of the unit that is chosen."""
        chosen = self._unit >= 0
        pictures = self._bundle is not None and picture_input(self._bundle.spec) is not None
        for widget in (self.unit_words, self._best_words, self._lines):
            widget.setText("")
            widget.setVisible(chosen)
        self._dream_words.setText("")
        for grid in (self.dream, self.best):
            grid.set_images([], "")
            grid.setVisible(chosen and pictures)
        self._dream_words.setVisible(chosen and pictures)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.wants_changed.emit()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.wants_changed.emit()


MOSTLY = 0.8  # of the places at the ends of its activation: a unit is saturated


def _image(pixels: Array) -> QImage:
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    packed = np.ascontiguousarray(pixels)
    height, width = packed.shape[:2]
    kind = QImage.Format.Format_Grayscale8 if packed.ndim == 2 else QImage.Format.Format_RGB888
    return QImage(packed.tobytes(), width, height, packed.strides[0], kind).copy()
