"""The library of a person's own groups, as the palette, the search and the canvas see it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.palette.entries import LayerEntry
from engine.formats.errors import FormatError
from engine.formats.group_library import GroupLibrary, KeptGroup
from engine.layers.base import Category
from engine.layers.group import Group

PREFIX: Final = "group:"
"""What the names of entries begin with that are groups of the library; their keys follow."""


class GroupShelf(QObject):
    """The groups that a person keeps; `changed` after each change, `refused` with a sentence where one was not possible.

    `kept` carries the name of the entry of a group that was put into the library.
    """

    changed = Signal()
    kept = Signal(str)
    refused = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.library = GroupLibrary(folder)
        self._groups: list[KeptGroup] | None = None

    def groups(self) -> list[KeptGroup]:
        """All of them, those that can't be read at the end."""
        if self._groups is None:
            self._groups = self.library.groups()
        return self._groups

    def entries(self) -> list[LayerEntry]:
        """Rows of the palette."""
        return [_entry(kept) for kept in self.groups()]

    def layer(self, name: str) -> Group | None:
        """The group of an entry's name; None (and `refused`) where it can't be used."""
        kept = next((k for k in self.groups() if PREFIX + k.key == name), None)
        if kept is not None and kept.problem:
            self.refused.emit(kept.problem)
        return kept.layer if kept is not None else None

    def keep(self, layer: Group, name: str, *, over: str | None = None) -> bool:
        """Keeps a group, in the place of the one with the key `over` if there is such."""
        keys: list[str] = []
        done = self._try(lambda: keys.append(self.library.keep(layer, name, over=over)))
        for key in keys:
            self.kept.emit(PREFIX + key)
        return done

    def rename(self, key: str, name: str) -> bool:
        """Gives a group another name."""
        return self._try(lambda: self.library.rename(key, name))

    def delete(self, key: str) -> bool:
        """Deletes a group's file."""
        return self._try(lambda: self.library.delete(key))

    def add_file(self, path: Path) -> bool:
        """Takes a group from a file."""
        return self._try(lambda: self.library.add_file(path))

    def copy_to(self, key: str, path: Path) -> bool:
        """Writes a group to a file for others."""
        return self._try(lambda: self.library.copy_to(key, path))

    def read_again(self) -> None:
        """The folder may have changed."""
        self._groups = None
        self.changed.emit()

    def _try(self, deed: Callable[[], object]) -> bool:
        try:
            deed()
        except FormatError as error:
            self.refused.emit(str(error))
            return False
        self.read_again()
        return True


def _entry(kept: KeptGroup) -> LayerEntry:
    layer = kept.layer
    parts = [p.layer.title() for p in layer.content.parts] if layer is not None else []
    return LayerEntry(
        name=PREFIX + kept.key,
        category=Category.BLOCK,
        summary=kept.problem or ", ".join(parts[:8]),
        hint=str(len(parts)) if parts else "!",
        words=("group", "my groups"),
        title=kept.name,
    )
