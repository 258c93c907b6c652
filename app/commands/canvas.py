"""What can be done on the canvas by a key, as commands: for whoever does not know the key."""

from functools import partial
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

from app.canvas.bindings import CanvasKey, canvas_keys
from app.canvas.view import GraphView
from app.commands.command import Command

CONTEXT: Final = "CanvasCommands"


def canvas_commands(view: GraphView) -> list[Command]:
    """The commands of a canvas as it is now."""
    scene = view.graph_scene
    selected = len(scene.selected_nodes()) + len(scene.notes.selected())
    return [
        Command(
            name=f"canvas/{each.name}",
            title=each.title,
            group=_tr("Canvas"),
            run=partial(run, view, each),
            keys=QKeySequence(each.key).toString(QKeySequence.SequenceFormat.NativeText),
            why_not=_why_not(each.needs, selected),
        )
        for each in canvas_keys()
        if each.offered
    ]


def run(view: GraphView, each: CanvasKey) -> None:
    """Does on a canvas what a key does, with the keyboard there."""
    view.setFocus()
    each.run(view)


def _why_not(needs: int, selected: int) -> str:
    if selected >= needs:
        return ""
    return {1: _tr("Select a layer first"), 2: _tr("Select two layers first")}.get(
        needs, _tr("Select three layers first")
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate(CONTEXT, text)
