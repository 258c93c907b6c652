"""Undo: one command for every edit of the document.

Edits know their inverse (`engine.graph.edits`), so nothing here knows what they do.
"""

from collections.abc import Callable, Collection, Hashable
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoStack
from shiboken6 import isValid
from typing_extensions import override

from app.i18n import said
from engine.graph.document import ModelGraph
from engine.graph.edits import GraphEdit

_NEVER_MERGED = -1
_MERGED_BY_KEY = 1


def first_added(nodes: Callable[[], Collection[str]], act: Callable[[], object]) -> str | None:
    """The first node that is there after `act` and was not before; None where there is none."""
    before = set(nodes())
    act()
    return next((node for node in nodes() if node not in before), None)


class EditCommand(QUndoCommand):
    """An edit that has been applied already, with the inverse that `apply` gave.

    Two commands in a row with the same `key` become one. A key may be shared only by edits of which the later one
    overwrites all that the earlier one did (two moves of the same nodes), because the first edit is dropped.
    """

    def __init__(
        self, graph: ModelGraph, edit: GraphEdit, inverse: GraphEdit, key: Hashable | None = None
    ) -> None:
        super().__init__(said(edit.label))
        self._graph = graph
        self._edit = edit
        self._inverse = inverse
        self._key = key
        self._applied = True

    @override
    def redo(self) -> None:
        # QUndoStack.push calls this at once; the edit is applied before, where its refusal can be caught.
        if not self._applied:
            self._inverse = self._edit.apply(self._graph)
            self._applied = True

    @override
    def undo(self) -> None:
        self._inverse.apply(self._graph)
        self._applied = False

    @override
    def id(self) -> int:
        return _NEVER_MERGED if self._key is None else _MERGED_BY_KEY

    @override
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, EditCommand) or other._key != self._key:
            return False
        self._edit = other._edit
        self.setText(other.text())
        return True


class Edits(Protocol):
    """The edits of a graph that is shown: the document, or the inside of a group in it."""

    graph: ModelGraph

    @property
    def root(self) -> "EditStack":
        """The undo stack of the document."""

    def push_edit(self, edit: GraphEdit, merge_key: Hashable | None = None) -> None:
        """Make an edit and remember how to take it back; raises `EditError` where it is refused."""

    def undo(self) -> None:
        """Take the last step back."""

    def redo(self) -> None:
        """Do the next step again."""


class EditStack(QUndoStack):
    """The undo stack of one document; the only way by which the window changes it."""

    def __init__(self, graph: ModelGraph, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.graph = graph

    def __del__(self) -> None:
        # Collected in a cycle together with its commands, PySide frees the commands twice: their wrappers get them
        # back, and QUndoStack deletes them again. Finalizers run before any of that, so the stack is emptied here.
        if isValid(self):
            self.blockSignals(True)
            self.clear()

    @property
    def root(self) -> "EditStack":
        """Itself."""
        return self

    def push_edit(self, edit: GraphEdit, merge_key: Hashable | None = None) -> None:
        """Applies `edit` and remembers how to take it back; `merge_key`: see `EditCommand`.

        Raises `EditError` (and changes nothing) where the document refuses the edit.
        """
        inverse = edit.apply(self.graph)
        self.push(EditCommand(self.graph, edit, inverse, merge_key))
