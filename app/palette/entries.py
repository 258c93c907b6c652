"""What the palette and the search at the pointer say of a layer, in the language of the window."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QMimeData

from app.i18n import declared
from engine.layers.base import Category
from engine.layers.listing import Listed, listing

LAYER_MIME: Final = "application/x-layerloom-layer"
"""Format of a dragged layer: its name in UTF-8."""


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """One layer as people look for it; `hint` is the setting that matters most ("units").

    `title` is what it is called where that is not its name: a group of one's own.
    """

    name: str
    category: Category
    summary: str
    hint: str = ""
    words: tuple[str, ...] = ()
    common: bool = False
    title: str = ""

    @property
    def shown(self) -> str:
        """What it is called."""
        return self.title or self.name

    @classmethod
    def of(cls, layer: Listed) -> "LayerEntry":
        """The entry of a layer."""
        return cls(
            name=layer.name,
            category=layer.category,
            summary=declared(layer.summary),
            hint=declared(layer.hint).lower(),
            words=layer.words,
            common=layer.common,
        )


def layer_entries(layers: Iterable[Listed] | None = None) -> list[LayerEntry]:
    """Entries of `layers`, else of all, by category in the order of `Category`, the common ones first, then by name."""
    order = {category: index for index, category in enumerate(Category)}
    entries = [LayerEntry.of(layer) for layer in (listing() if layers is None else layers)]
    return sorted(entries, key=lambda entry: (order[entry.category], not entry.common, entry.name))


def by_category(entries: Iterable[LayerEntry]) -> dict[Category, list[LayerEntry]]:
    """The entries in groups, in the order they come; categories without an entry are left out."""
    groups: dict[Category, list[LayerEntry]] = {}
    for entry in entries:
        groups.setdefault(entry.category, []).append(entry)
    return groups


def layer_mime(name: str) -> QMimeData:
    """What is dragged for the layer `name`."""
    data = QMimeData()
    data.setData(LAYER_MIME, name.encode())
    data.setText(name)
    return data


def dragged_layer(data: QMimeData) -> str | None:
    """The name of the layer that is dragged, if one is."""
    return (
        bytes(data.data(LAYER_MIME).data()).decode(errors="replace") if data.hasFormat(LAYER_MIME) else None
    )
