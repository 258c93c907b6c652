"""The layers a person reaches for: those marked with a star, and those used last; kept between sessions."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QObject, QSettings, Signal

from app.palette.entries import LayerEntry, layer_entries
from app.palette.groups import GroupShelf
from engine.graph.boundary import GroupInput, GroupOutput
from engine.layers.base import Layer, Role
from engine.layers.listing import Listed, listing
from engine.layers.registry import layers

RECENT: Final = 6
"""How many of the layers used last are remembered."""

_FAVOURITES, _RECENT = "favourite_layers", "recent_layers"
_BETWEEN: Final = ","
_PORTS: Final = {kind.title(): kind for kind in (GroupInput, GroupOutput)}


class LayerShelf(QObject):
    """Favourite and recently used layers by name; `changed` follows every change. Without settings it forgets.

    It also knows all that can be put on the canvas by name: layers, ports of an open group, and own groups.
    """

    changed = Signal()

    def __init__(
        self,
        remembered: QSettings | None = None,
        parent: QObject | None = None,
        groups: GroupShelf | None = None,
    ) -> None:
        super().__init__(parent)
        self.groups = groups
        self._remembered = remembered
        self._favourites = self._read(_FAVOURITES)
        self._recent = self._read(_RECENT)[:RECENT]

    @property
    def favourites(self) -> tuple[str, ...]:
        """Layers with a star, in the order in which they got it."""
        return tuple(self._favourites)

    @property
    def recent(self) -> tuple[str, ...]:
        """Layers used last, the latest first."""
        return tuple(self._recent)

    def toggle(self, name: str) -> None:
        """Gives a layer a star, or takes it away."""
        if name in self._favourites:
            self._favourites.remove(name)
        else:
            self._favourites.append(name)
        self._write(_FAVOURITES, self._favourites)

    def note_use(self, name: str) -> None:
        """A layer was put on the canvas."""
        self._recent = [name, *(other for other in self._recent if other != name)][:RECENT]
        self._write(_RECENT, self._recent)

    def entries(self, *, inside: bool = False) -> list[LayerEntry]:
        """All there is to choose from; where a group is open `inside`, its ports in place of those of the network."""
        own = self.groups.entries() if self.groups is not None else []
        if not inside:
            return self.in_order([*layer_entries(), *own])
        ports = [LayerEntry.of(Listed.of(kind)) for kind in _PORTS.values()]
        hidden = [layer for layer in listing() if layer.role is Role.HIDDEN]
        return self.in_order([*ports, *layer_entries(hidden), *own])

    def layer(self, name: str) -> Layer | None:
        """A new layer of the kind, or of the own group, that an entry stands for; None where there is none."""
        kind = layers().get(name) or _PORTS.get(name)
        if kind is not None:
            return kind()
        return self.groups.layer(name) if self.groups is not None else None

    def in_order(self, entries: Iterable[LayerEntry]) -> list[LayerEntry]:
        """Entries with the favourites first, then what was used last, then all others as they came."""
        ranks = {name: k for k, name in enumerate(dict.fromkeys([*self._favourites, *self._recent]))}
        return sorted(entries, key=lambda entry: ranks.get(entry.name, len(ranks)))

    def _read(self, key: str) -> list[str]:
        written = str(self._remembered.value(key, "")) if self._remembered is not None else ""
        return [name for name in written.split(_BETWEEN) if name]

    def _write(self, key: str, names: list[str]) -> None:
        if self._remembered is not None:
            self._remembered.setValue(key, _BETWEEN.join(names))
        self.changed.emit()
