"""What can be done on the canvas by a key, as commands: each is the key, pressed for whoever does not know it."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication

from app.canvas.view import GraphView
from app.commands.command import Command

CONTEXT: Final = "CanvasCommands"


@dataclass(frozen=True, slots=True)
class CanvasCommand:
    """A key of the canvas: what it does, how many layers have to be selected for it, and its letter if it types one."""

    name: str
    title: str
    key: str
    needs: int = 0


def canvas_keys() -> tuple[CanvasCommand, ...]:
    """All that a key does on the canvas."""
    return (
        CanvasCommand("add_layer", _tr("Add a layer at the pointer"), "Tab"),
        CanvasCommand("tidy", _tr("Tidy up"), "L"),
        CanvasCommand("fit", _tr("Show all, or the selection"), "."),
        CanvasCommand("zoom_in", _tr("Zoom in"), "+"),
        CanvasCommand("zoom_out", _tr("Zoom out"), "-"),
        CanvasCommand("select_all", _tr("Select all layers"), "Ctrl+A"),
        CanvasCommand("deselect", _tr("Select nothing"), "Esc", 1),
        CanvasCommand("rename", _tr("Rename the layer"), "F2", 1),
        CanvasCommand("cut", _tr("Cut"), "Ctrl+X", 1),
        CanvasCommand("copy", _tr("Copy"), "Ctrl+C", 1),
        CanvasCommand("duplicate", _tr("Duplicate"), "Ctrl+D", 1),
        CanvasCommand("delete", _tr("Delete"), "Del", 1),
        CanvasCommand("bypass", _tr("Bypass, or use again"), "M", 1),
        CanvasCommand("group", _tr("Group"), "Ctrl+G", 1),
        CanvasCommand("dissolve", _tr("Dissolve the group"), "Ctrl+Shift+G", 1),
        CanvasCommand("share", _tr("Share weights"), "Ctrl+L", 2),
        CanvasCommand("unshare", _tr("Use own weights"), "Ctrl+Shift+L", 1),
        CanvasCommand("align_left", _tr("Align left edges"), "Alt+A", 2),
        CanvasCommand("align_center", _tr("Align centres"), "Alt+H", 2),
        CanvasCommand("align_right", _tr("Align right edges"), "Alt+D", 2),
        CanvasCommand("align_top", _tr("Align top edges"), "Alt+W", 2),
        CanvasCommand("align_middle", _tr("Align middles"), "Alt+V", 2),
        CanvasCommand("align_bottom", _tr("Align bottom edges"), "Alt+S", 2),
        CanvasCommand("spread_wide", _tr("Distribute horizontally"), "Alt+Shift+H", 3),
        CanvasCommand("spread_high", _tr("Distribute vertically"), "Alt+Shift+V", 3),
        CanvasCommand("tidy_part", _tr("Tidy the selection"), "Shift+L", 2),
    )


def canvas_commands(view: GraphView) -> list[Command]:
    """The commands of a canvas as it is now."""
    selected = len(view.graph_scene.selected_nodes())
    made = []
    for each in canvas_keys():
        made.append(
            Command(
                name=f"canvas/{each.name}",
                title=_tr(each.title),
                group=_tr("Canvas"),
                run=partial(press, view, combination_of(each.key)),
                keys=QKeySequence(each.key).toString(QKeySequence.SequenceFormat.NativeText),
                why_not=_why_not(each.needs, selected),
            )
        )
    return made


def combination_of(keys: str) -> QKeyCombination:
    """The first key of a sequence written as `Ctrl+G`."""
    first: QKeyCombination = QKeySequence(keys)[0]  # type: ignore[index]  # missing in PySide's annotations
    return first


def press(view: GraphView, combination: QKeyCombination) -> None:
    """Press a key on a canvas."""
    key, modifiers = combination.key(), combination.keyboardModifiers()
    text = chr(key) if 0x20 < key < 0x7F and not modifiers & ~Qt.KeyboardModifier.ShiftModifier else ""
    text = text if modifiers else text.lower()
    view.setFocus()
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(view, QKeyEvent(kind, key, modifiers, text))


def _why_not(needs: int, selected: int) -> str:
    if selected >= needs:
        return ""
    return {1: _tr("Select a layer first"), 2: _tr("Select two layers first")}.get(
        needs, _tr("Select three layers first")
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate(CONTEXT, text)
