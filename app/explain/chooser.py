"""Chooses a number of the network: a layer, what it gives or one of its weights, and the place in it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from app.theme import SPACE, FontRole, Theme
from app.widgets import Bounds, ChoiceBox, CommitSpin, IconButton, NumberCodec, TextLabel
from engine.tensor.spec import Shape
from engine.training.explain.example import Tensor

MOST_AXES = 4


class Chooser(QWidget):
    """Emits `picked` with (value, indices from 0), `example_wanted` with -1 or 1."""

    picked = Signal(object)
    example_wanted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tensors: Sequence[Tensor] = ()
        self.layers, self.numbers = ChoiceBox(theme), ChoiceBox(theme)
        self.layers.setAccessibleName(tr("Layer"))
        self.numbers.setAccessibleName(tr("Output or weight"))
        self.spins = [
            CommitSpin(theme, NumberCodec(True, Bounds(minimum=1, maximum=1)), 1) for _ in range(MOST_AXES)
        ]
        self.example = TextLabel(theme, role=FontRole.SMALL, tone="dim")
        self.before = IconButton(theme, "back", tr("Example before"))
        self.after = IconButton(theme, "forward", tr("Next example"))
        self._labels = [
            TextLabel(theme, text, tone="dim")
            for text in (tr("Layer"), tr("Number"), tr("Place"), tr("Example"))
        ]
        self._lay_out()
        self.layers.activated.connect(self._on_layers_activated)
        self.numbers.activated.connect(self._on_numbers_activated)
        self.before.clicked.connect(lambda: self.example_wanted.emit(-1))
        self.after.clicked.connect(lambda: self.example_wanted.emit(1))
        for k, spin in enumerate(self.spins):
            spin.setAccessibleName(tr("Place along axis {axis}").format(axis=k + 1))
            spin.committed.connect(self._on_spin_committed)
        self._set_axes(())  # until it is known what there is

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE)
        places = QWidget()
        row = QHBoxLayout(places)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for spin in self.spins:
            row.addWidget(spin, 1)
        examples = QWidget()
        row = QHBoxLayout(examples)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.before, self.example, self.after):
            row.addWidget(widget)
        row.addStretch(1)
        fields: tuple[QWidget, ...] = (self.layers, self.numbers, places, examples)
        for k, (label, field) in enumerate(zip(self._labels, fields, strict=True)):
            grid.addWidget(label, k, 0)
            grid.addWidget(field, k, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(MOST_AXES, 1)

    def set_example(self, place: int, count: int) -> None:
        """Say which example is looked at."""
        self.example.setText(f"{place + 1:,} / {count:,}")

    def show_tensors(
        self, tensors: Sequence[Tensor], names: Mapping[str, str], value: int, index: Sequence[int]
    ) -> None:
        """Show what there is, and what is chosen of it; a value that is not among it leaves the choice as it is."""
        self._tensors = tensors
        chosen = next((t for t in tensors if t.value == value), None)
        nodes = list(dict.fromkeys(t.node for t in tensors))
        _fill(self.layers, [(names.get(n, n), n) for n in nodes])
        if chosen is None:
            self._set_axes(())
            return
        self.layers.setCurrentIndex(nodes.index(chosen.node))
        self._fill_numbers(chosen.node)
        self.numbers.setCurrentIndex(self.numbers.findData(value))
        self._set_axes(chosen.shape)
        for spin, place in zip(self.spins, index, strict=False):
            spin.set_value(place + 1)

    def _fill_numbers(self, node: str) -> None:
        own = [t for t in self._tensors if t.node == node]
        _fill(self.numbers, [(_words(t), t.value) for t in own])

    def _set_axes(self, shape: Shape) -> None:
        for k, spin in enumerate(self.spins):
            there = k < len(shape)
            spin.setVisible(there)
            if there:
                spin.set_codec(NumberCodec(True, Bounds(minimum=1, maximum=shape[k])))

    def _on_layers_activated(self, _place: int) -> None:
        self._fill_numbers(self.layers.currentData())
        self._pick_first()

    def _on_numbers_activated(self, _place: int) -> None:
        self._pick_first()

    def _pick_first(self) -> None:
        value = self.numbers.currentData()
        found = next((t for t in self._tensors if t.value == value), None)
        if found is not None:
            self.picked.emit((value, (0,) * len(found.shape)))

    def _on_spin_committed(self, _value: object) -> None:
        value = self.numbers.currentData()
        found = next((t for t in self._tensors if t.value == value), None)
        if found is not None:
            places = [spin.value() for spin in self.spins[: len(found.shape)]]
            self.picked.emit((value, tuple(int(p) - 1 for p in places if isinstance(p, int))))


def _words(tensor: Tensor) -> str:
    shape = " \N{MULTIPLICATION SIGN} ".join(map(str, tensor.shape)) or "1"
    return f"{tensor.name.replace('_', ' ')} \N{MIDDLE DOT} {shape}"


def _fill(box: ChoiceBox, items: Sequence[tuple[str, object]]) -> None:
    if items != [(box.itemText(k), box.itemData(k)) for k in range(box.count())]:
        box.clear()
        for text, data in items:
            box.addItem(text, data)


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("Explain", text)
