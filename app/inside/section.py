"""What the chosen layer sees now, what it has learned and what it is taught, in the inspector."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import declared
from app.inside.heat import HeatView
from app.inside.histogram import SpreadView
from app.inside.images import images_of
from app.inside.tiles import TileGrid
from app.inside.vectors import VectorsView
from app.theme import SPACE, FontRole, Theme
from app.widgets import Heading, IconButton, TextLabel
from engine.ops.cells import Seen
from engine.training.explain.picking import Pick
from engine.training.inside.history import SpreadHistory
from engine.training.inside.records import LayerSeen
from engine.training.inside.views import Spread, TileKind, Tiles

DEAD = 1e-9


class InsideSection(QWidget):
    """Pictures of one layer; empty until something is known of it."""

    step_wanted = Signal(int)  # to another example: -1 or 1
    number_picked = Signal(object)  # Pick: a place in one of the pictures was clicked

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.heading = Heading(theme, self.tr("What it sees now"))
        self.example = TextLabel(theme, role=FontRole.SMALL, tone="dim")
        self.before = IconButton(theme, "back", self.tr("Example before"))
        self.after = IconButton(theme, "forward", self.tr("Next example"))
        self.note = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self._groups: list[_Pictures] = []
        self._pictures = QVBoxLayout()
        self._pictures.setSpacing(2 * SPACE)
        self.weights = SpreadView(theme, "core", self.tr("Weights"))
        self.gradients = SpreadView(theme, "warn", self.tr("Gradient"))
        self.vectors = VectorsView(theme)
        self.heats = (
            HeatView(theme, "core", self.tr("Weights over the steps")),
            HeatView(theme, "warn", self.tr("Gradient over the steps")),
        )
        self._histories = (SpreadHistory(), SpreadHistory())
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="warn", wrap=True)
        self._titles = (Heading(theme, self.tr("Weights")), Heading(theme, self.tr("Gradient")))
        self._lay_out()
        self.before.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.after.clicked.connect(lambda: self.step_wanted.emit(1))
        self.clear()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self.heading, 1)
        for widget in (self.example, self.before, self.after):
            top.addWidget(widget)
        column.addLayout(top)
        column.addLayout(self._pictures)
        column.addWidget(self.note)
        pair = QGridLayout()
        pair.setHorizontalSpacing(4 * SPACE)
        for k, (title, view) in enumerate(zip(self._titles, (self.weights, self.gradients), strict=True)):
            pair.addWidget(title, 0, k)
            pair.addWidget(view, 1, k)
            pair.addWidget(self.heats[k], 2, k)
        column.addLayout(pair)
        column.addWidget(self.vectors)
        column.addWidget(self.sentence)

    def _add_group(self) -> None:
        group = _Pictures(self._theme, self)
        group.picked.connect(self.number_picked)
        self._pictures.addWidget(group)
        self._groups.append(group)

    @property
    def grids(self) -> Sequence[TileGrid]:
        """The grids that show something."""
        return [group.grid for group in self._groups if not group.isHidden()]

    def set_example(self, text: str) -> None:
        """Say what the pictures are for; "" where no other example can be chosen."""
        self.example.setText(text)
        for button in (self.before, self.after):
            button.setVisible(bool(text))

    def say(self, sentence: str) -> None:
        """Why nothing can be shown."""
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.show()

    def clear(self) -> None:
        """Nothing is known."""
        self._histories = (SpreadHistory(), SpreadHistory())
        for heat in self.heats:
            heat.set_heat(None)
        self.vectors.set_vectors({})
        self.sentence.hide()
        for group in self._groups:
            group.hide()
        self.hide()

    def show_layer(self, seen: LayerSeen, *, plane: bool, step: int = 0) -> None:
        """Show what is inside a layer at a step, for an example or over the plane of the data."""
        self.sentence.hide()
        shown: list[tuple[str, Tiles]] = [(self._title(t, plane=plane), t) for t in seen.outputs.values()]
        shown += [(self.tr("Where it looks, one picture a head"), t) for t in seen.attention]
        given = any(t.kind is TileKind.SEQUENCE for t in seen.outputs.values())
        shown += [
            (self.tr("{name}, step by step").format(name=declared(name)), tiles)
            for name, tiles in seen.states
            if not (given and name is Seen.OUTPUT)
        ]
        several = len(seen.filters) > 1
        shown += [(self._title(t, name=name if several else ""), t) for name, t in seen.filters.items()]
        while len(self._groups) < len(shown):
            self._add_group()
        for k, group in enumerate(self._groups):
            group.setVisible(k < len(shown))
            if k < len(shown):
                group.show_tiles(*shown[k], plane=plane and k < len(seen.outputs))
        self.note.setText(self._words(seen, plane=plane))
        self.note.setVisible(bool(self.note.text()))
        views, kinds = (self.weights, self.gradients), (seen.weights, seen.gradients)
        for k, (title, view, spreads) in enumerate(zip(self._titles, views, kinds, strict=True)):
            main = _main(spreads)
            view.set_spread(main)
            view.setVisible(main is not None)
            title.setVisible(main is not None)
            if main is not None:
                self._histories[k].add(step, main)
                self.heats[k].set_heat(self._histories[k].heat())
        self.vectors.set_vectors(seen.vectors)
        self.show()

    def _title(self, tiles: Tiles, *, plane: bool = False, name: str = "") -> str:
        words = {
            TileKind.MAPS: self.tr("{count} maps"),
            TileKind.UNITS: self.tr("Its units"),
            TileKind.SEQUENCE: self.tr("Units over time"),
            TileKind.FILTERS: self.tr("{count} filters"),
            TileKind.MATRIX: self.tr("Weights"),
            TileKind.ATTENTION: self.tr("Where it looks, one picture a head"),
        }
        if plane and tiles.kind is TileKind.MAPS:
            return self.tr("{count} units over the plane").format(count=tiles.total)
        title = words[tiles.kind].format(count=tiles.total)
        return f"{title} · {name.replace('_', ' ')}" if name else title

    def _words(self, seen: LayerSeen, *, plane: bool) -> str:
        """How much of the layer is silent."""
        spread = next(iter(seen.spreads.values()), None)
        if spread is None or spread.zero <= DEAD:
            return ""
        share = f"{100 * spread.zero:.0f}"
        if plane:
            return self.tr("{share} % of its outputs over the plane are 0.").format(share=share)
        return self.tr("{share} % of its outputs are 0 for this example.").format(share=share)


class _Pictures(QWidget):
    """A line of words and the pictures below it. `picked` carries a Pick."""

    picked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = TextLabel(theme, role=FontRole.SMALL, tone="dim")
        self.grid = TileGrid(theme)
        self._kind = TileKind.UNITS
        self.grid.picked.connect(lambda k, across, down: self.picked.emit(Pick(self._kind, k, across, down)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.title, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.grid)

    def show_tiles(self, title: str, tiles: Tiles, *, plane: bool) -> None:
        """Show these."""
        more = f" · {len(tiles.values)} / {tiles.total}" if len(tiles.values) < tiles.total else ""
        self.title.setText(f"{title}{more} · {tiles.low:.2g} … {tiles.high:.2g}")
        self._kind = tiles.kind
        self.grid.setAccessibleName(title)
        self.grid.set_images(images_of(tiles, plane=plane), self.title.text())


def _main(spreads: Mapping[str, Spread]) -> Spread | None:
    """Of the largest of a layer's weights."""
    return max(spreads.values(), key=lambda s: int(s.counts.sum()), default=None)
