"""Everything a key does on the canvas, declared once: the canvas, its menu, the palette and the page of keys read this."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication

from app.canvas.announce import announce
from app.canvas.arrange import Line
from app.canvas.groups.keeping import keep_group
from app.canvas.history import open_history
from app.canvas.key_wiring import connect_selected, cut_of_selected
from app.canvas.navigate import Direction, first_node, neighbour
from engine.graph.document import TAGS

if TYPE_CHECKING:
    from app.canvas.view import GraphView

Deed = Callable[["GraphView"], object]
_ZOOM_STEP: Final = 1.25


@dataclass(frozen=True, slots=True)
class CanvasKey:
    """Something a key does.

    Attributes:
        name: the same in every language; by it a key is remembered that people gave to this.
        title: in words.
        keys: as `Ctrl+G`; the first is the one that is shown, the others do the same.
        run: does it.
        needs: how many layers or notes have to be selected for it.
        offered: whether the command palette has it; what the menu of the window has is there already.
    """

    name: str
    title: str
    keys: tuple[str, ...]
    run: Deed
    needs: int = 0
    offered: bool = True

    @property
    def key(self) -> str:
        """The key that is shown."""
        return self.keys[0]


def canvas_keys() -> tuple[CanvasKey, ...]:
    """All that keys do on the canvas."""
    layers = (*_edit_keys(), *_note_keys(), *_layer_keys(), *_order_keys(), *_tag_keys())
    return (*_view_keys(), *layers, *_arrow_keys())


def _view_keys() -> Iterator[CanvasKey]:
    yield CanvasKey("add_layer", _tr("Add a layer at the pointer"), ("Tab",), _add_layer)
    behind = _tr("Add a layer behind the selected one, wired to it")
    yield CanvasKey("add_behind", behind, ("A",), _add_behind, 1)
    yield CanvasKey("tidy", _tr("Tidy up"), ("L",), lambda view: view.tidy())
    yield CanvasKey(
        "tidy_part", _tr("Tidy the selection"), ("Shift+L",), lambda view: view.tidy_selection(), 2
    )
    turn = _tr("Turn: from top to bottom, or from left to right")
    yield CanvasKey("turn", turn, ("Alt+L",), _turn)
    yield CanvasKey("fit", _tr("Show all, or the selection"), (".", "Ctrl+0"), _fit)
    yield CanvasKey(
        "zoom_in", _tr("Zoom in"), ("+", "=", "Ctrl++", "Ctrl+="), lambda view: view.zoom_by(_ZOOM_STEP)
    )
    yield CanvasKey("zoom_out", _tr("Zoom out"), ("-", "Ctrl+-"), lambda view: view.zoom_by(1 / _ZOOM_STEP))
    yield CanvasKey("find", _tr("Find on the canvas"), ("Ctrl+F", "/"), lambda view: view.finder.open())
    yield CanvasKey("find_next", _tr("Find the next"), ("F3",), lambda view: view.finder.step(1))
    yield CanvasKey("find_back", _tr("Find the one before"), ("Shift+F3",), lambda view: view.finder.step(-1))
    yield CanvasKey("history", _tr("History"), ("H",), open_history)


def _edit_keys() -> Iterator[CanvasKey]:
    yield CanvasKey("select_all", _tr("Select all layers"), ("Ctrl+A",), _select_all)
    yield CanvasKey("deselect", _tr("Select nothing, or leave the group"), ("Esc",), _deselect)
    yield CanvasKey(
        "rename", _tr("Rename, or write on the note"), ("F2",), lambda view: view.rename_selected(), 1
    )
    yield CanvasKey("cut", _tr("Cut"), ("Ctrl+X", "Shift+Del"), _on_all("cut"), 1)
    yield CanvasKey("copy", _tr("Copy"), ("Ctrl+C", "Ctrl+Ins"), _on_all("copy"), 1)
    yield CanvasKey("paste", _tr("Paste"), ("Ctrl+V", "Shift+Ins"), _paste, offered=False)
    yield CanvasKey("duplicate", _tr("Duplicate"), ("Ctrl+D",), _on_all("duplicate"), 1)
    yield CanvasKey("delete", _tr("Delete"), ("Del", "Backspace"), _delete, 1)
    yield CanvasKey("undo", _tr("Undo"), ("Ctrl+Z",), lambda view: view.editor.stack.undo(), offered=False)
    redo = ("Ctrl+Shift+Z", "Ctrl+Y")
    yield CanvasKey("redo", _tr("Redo"), redo, lambda view: view.editor.stack.redo(), offered=False)


def _note_keys() -> Iterator[CanvasKey]:
    yield CanvasKey("frame", _tr("Put a frame around the selection"), ("F",), _frame)
    fit = _tr("Fit the frame to what is in it")
    yield CanvasKey("fit_frame", fit, ("Shift+F",), lambda view: view.fit_frames(), 1)
    yield CanvasKey("comment", _tr("Write a comment"), ("C",), _comment)


def _layer_keys() -> Iterator[CanvasKey]:
    yield CanvasKey("open", _tr("Edit the layer, or open the group"), ("Return", "Enter"), _activate, 1)
    yield CanvasKey("bypass", _tr("Bypass, or use again"), ("M",), _on_selected("toggle_bypass"), 1)
    mute = _tr("Mute, or let it give what it computes again")
    yield CanvasKey("mute", mute, ("Shift+M",), _on_selected("toggle_mute"), 1)
    yield CanvasKey("wire", _tr("Wire to\N{HORIZONTAL ELLIPSIS}"), ("W",), connect_selected, 1)
    yield CanvasKey("unwire", _tr("Cut a wire\N{HORIZONTAL ELLIPSIS}"), ("Shift+W",), cut_of_selected, 1)
    yield CanvasKey("group", _tr("Group"), ("Ctrl+G",), _on_selected("group"), 1)
    yield CanvasKey("dissolve", _tr("Dissolve the group"), ("Ctrl+Shift+G",), _dissolve, 1)
    yield CanvasKey("share", _tr("Share weights, or copy the group linked"), ("Ctrl+L",), _share, 1)
    unshare = _tr("Use own weights, or make the group independent")
    yield CanvasKey("unshare", unshare, ("Ctrl+Shift+L",), _unshare, 1)
    yield CanvasKey("keep_group", _tr("Keep the group in the library"), ("Ctrl+Alt+G",), _keep, 1)


def _order_keys() -> Iterator[CanvasKey]:
    """Keys that bring nodes in line, as drawing programs have them."""
    lines = (
        ("align_left", _tr("Align left edges"), "Alt+A", Line.LEFT),
        ("align_center", _tr("Align centres"), "Alt+H", Line.CENTER),
        ("align_right", _tr("Align right edges"), "Alt+D", Line.RIGHT),
        ("align_top", _tr("Align top edges"), "Alt+W", Line.TOP),
        ("align_middle", _tr("Align middles"), "Alt+V", Line.MIDDLE),
        ("align_bottom", _tr("Align bottom edges"), "Alt+S", Line.BOTTOM),
    )
    for name, title, key, line in lines:
        yield CanvasKey(name, title, (key,), partial(_align, line), 2)
    yield CanvasKey(
        "spread_wide",
        _tr("Distribute horizontally"),
        ("Alt+Shift+H",),
        lambda view: view.distribute(sideways=True),
        3,
    )
    yield CanvasKey(
        "spread_high",
        _tr("Distribute vertically"),
        ("Alt+Shift+V",),
        lambda view: view.distribute(sideways=False),
        3,
    )


def _tag_keys() -> Iterator[CanvasKey]:
    """Keys that mark nodes with a colour; 0 takes it away."""
    for number, tag in enumerate(("", *TAGS)):
        title = _tr("Colour: {colour}").format(colour=tag_name(tag)) if tag else _tr("No colour")
        yield CanvasKey(tag_key(tag), title, (str(number),), partial(_tag, tag), 1)


def _arrow_keys() -> Iterator[CanvasKey]:
    arrows = (
        (Direction.LEFT, "Left", _tr("Go to the layer before"), _tr("Move left")),
        (Direction.RIGHT, "Right", _tr("Go to the layer behind"), _tr("Move right")),
        (Direction.UP, "Up", _tr("Go to the layer above"), _tr("Move up")),
        (Direction.DOWN, "Down", _tr("Go to the layer below"), _tr("Move down")),
    )
    for direction, key, go, move in arrows:
        name = key.lower()
        yield CanvasKey(f"go_{name}", go, (key,), partial(_go, direction, False))
        along = _tr("{go}, and keep the selection").format(go=go)
        yield CanvasKey(f"extend_{name}", along, (f"Shift+{key}",), partial(_go, direction, True), 1)
        nudges = (f"Ctrl+{key}", f"Alt+{key}")
        yield CanvasKey(f"move_{name}", move, nudges, partial(_nudge, direction), 1)


def tag_key(tag: str) -> str:
    """The name of the key that marks nodes with a colour."""
    return f"tag_{tag or 'none'}"


def tag_name(tag: str) -> str:
    """A colour that nodes are marked with, in words."""
    return {
        "": _tr("None"),
        "red": _tr("Red"),
        "yellow": _tr("Yellow"),
        "green": _tr("Green"),
        "teal": _tr("Teal"),
        "blue": _tr("Blue"),
        "purple": _tr("Purple"),
        "pink": _tr("Pink"),
    }[tag]


# -- what they do -----------------------------------------------------------------------------------------------
def _on_selected(method: str) -> Deed:
    """What the editor does to the selected nodes by that method."""
    return lambda view: getattr(view.editor, method)(view.graph_scene.selected_nodes())


def _on_all(method: str) -> Deed:
    """What the editor does to the selected nodes and notes by that method."""
    return lambda view: getattr(view.editor, method)(
        view.graph_scene.selected_nodes(), notes=view.graph_scene.notes.selected()
    )


def _turn(view: GraphView) -> None:
    before = view.glide.places()
    if view.editor.turn(view.graph_scene.nodes):
        view.glide.begin(before)
        view.fit()


def _add_layer(view: GraphView) -> None:
    view.adding.open_here()


def _add_behind(view: GraphView) -> None:
    view.adding.open_behind()


def _fit(view: GraphView) -> None:
    view.fit(view.graph_scene.selected_nodes() or None)


def _select_all(view: GraphView) -> None:
    view.graph_scene.select(view.graph_scene.nodes, notes=view.graph_scene.notes.items)


def _deselect(view: GraphView) -> None:
    if view.cancel_gesture():
        return
    if view.graph_scene.has_selection():
        view.graph_scene.select()
    else:
        view.closed.emit()


def _paste(view: GraphView) -> None:
    view.editor.paste(view.pointer_place())


def _frame(view: GraphView) -> None:
    view.frame_selection()


def _comment(view: GraphView) -> None:
    view.add_comment(view.pointer_place())


def _delete(view: GraphView) -> None:
    scene = view.graph_scene
    view.editor.delete(scene.selected_nodes(), scene.selected_edges(), scene.notes.selected())


def _activate(view: GraphView) -> None:
    selected = view.graph_scene.selected_nodes()
    if not selected:
        view.rename_selected()
    elif len(selected) == 1:
        view.activate(selected[0])


def _dissolve(view: GraphView) -> None:
    for node_id in filter(view.editor.can_dissolve, view.graph_scene.selected_nodes()):
        view.editor.dissolve(node_id)


def _share(view: GraphView) -> None:
    selected = view.graph_scene.selected_nodes()
    if view.editor.can_share(selected):
        view.editor.share(selected)
    elif view.editor.can_link(selected):
        view.editor.link_copies(selected)


def _unshare(view: GraphView) -> None:
    selected = view.graph_scene.selected_nodes()
    if view.editor.sharing(selected):
        view.editor.unshare(selected)
    else:
        view.editor.unlink(selected)


def _keep(view: GraphView) -> None:
    selected = view.graph_scene.selected_nodes()
    if len(selected) == 1:
        keep_group(view, view.editor, selected[0])


def _align(line: Line, view: GraphView) -> None:
    view.align(line)


def _tag(tag: str, view: GraphView) -> None:
    view.editor.tag(view.graph_scene.selected_nodes(), tag, view.graph_scene.notes.selected())


def _nudge(direction: Direction, view: GraphView) -> None:
    scene = view.graph_scene
    view.editor.nudge(scene.selected_nodes(), *direction.value, notes=scene.notes.selected())


def _go(direction: Direction, extend: bool, view: GraphView) -> None:
    scene = view.graph_scene
    selected = scene.selected_nodes()
    here = selected[-1] if selected else None
    there = neighbour(scene.graph, here, direction) if here is not None else first_node(scene.graph)
    if there is None:
        announce(view, _tr("There is no layer that way."))
        return
    scene.select([*selected, there] if extend else [there])
    view.show_node(there)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasCommands", text)
