"""The menu of the canvas: what can be done with the node under the pointer, or with the canvas, and by which key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import QMenu

from app.canvas.bindings import CanvasKey, canvas_keys, tag_key, tag_name
from app.canvas.groups.menu import add_group_entries
from app.canvas.node_painter import TAG_ROLES
from app.canvas.scene import center_of
from engine.graph.document import TAGS
from engine.graph.effective import can_be_bypassed, can_be_muted

if TYPE_CHECKING:
    from app.canvas.view import GraphView


_SWATCH: Final = 12


def open_menu(view: GraphView, event: QContextMenuEvent) -> None:
    """Opens the menu where the pointer is, or by a key at what is selected."""
    by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
    place = _selected_place(view) if by_key else view.mapToScene(event.pos())
    menu = menu_at(view, place, by_key=by_key)
    menu.popup(view.viewport().mapToGlobal(view.mapFromScene(place)))


def menu_at(view: GraphView, place: QPointF, *, by_key: bool = False) -> QMenu:
    """The menu for a place on the canvas; a node there becomes the selection. `by_key`: for what is selected."""
    scene = view.graph_scene
    node = None if by_key else scene.node_at(place)
    if node is not None and not node.selected:
        scene.select([node.node.id])
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    note = None if by_key or node is not None else scene.notes.at(place)
    if note is not None and not note[0].selected:
        scene.select(notes=[note[0].note.id])
    if scene.selected_nodes() and (by_key or node is not None):
        _fill_for_nodes(menu, view)
    elif scene.notes.selected() and (by_key or note is not None):
        _fill_for_notes(menu, view)
    else:
        _fill_for_canvas(menu, view, place)
    return menu


def _selected_place(view: GraphView) -> QPointF:
    """The middle of the selected node, else of the view."""
    selected = view.graph_scene.selected_nodes()
    return center_of(view.graph_scene.nodes[selected[0]]) if selected else view.center_place()


def _fill_for_nodes(menu: QMenu, view: GraphView) -> None:
    nodes = view.graph_scene.selected_nodes()
    topic = view.help_topic()
    if topic is not None:
        title = view.graph_scene.graph.nodes[nodes[0]].layer.title()
        _add(menu, _tr("Help on {layer}").format(layer=title), "F1", lambda: view.help_wanted.emit(topic))
        menu.addSeparator()
    add = _Adder(menu, view)
    if len(nodes) == 1:
        add("rename")
    for name in ("cut", "copy", "duplicate", "delete"):
        add(name)
    menu.addSeparator()
    _add_looks(menu, view, nodes)
    menu.addSeparator()
    if len(nodes) == 1:
        add("add_behind", _tr("Add a layer behind\N{HORIZONTAL ELLIPSIS}"))
    add("wire")
    if len(nodes) == 1:
        add("unwire")
    add("frame")
    add_group_entries(menu, view, nodes, add)


def _fill_for_notes(menu: QMenu, view: GraphView) -> None:
    add = _Adder(menu, view)
    notes = view.graph_scene.notes
    if len(notes.selected()) == 1:
        add("rename", _tr("Write"))
    if any(notes.items[i].note.kind == "frame" for i in notes.selected()):
        add("fit_frame")
    for name in ("cut", "copy", "duplicate", "delete"):
        add(name)
    menu.addSeparator()
    _add_colours(menu, view)


def _add_colours(menu: QMenu, view: GraphView) -> None:
    colours = menu.addMenu(_tr("Colour"))
    for tag in ("", *TAGS):
        _Adder(colours, view)(tag_key(tag), tag_name(tag))
        if tag:
            colours.actions()[-1].setIcon(_swatch(view.theme.color(TAG_ROLES[tag])))


def _add_looks(menu: QMenu, view: GraphView, nodes: list[str]) -> None:
    """Whether training uses the nodes, their colour, and where they lie."""
    graph = view.graph_scene.graph
    if any(can_be_bypassed(graph.nodes[i]) for i in nodes):
        used = not all(graph.nodes[i].bypassed for i in nodes if can_be_bypassed(graph.nodes[i]))
        _Adder(menu, view)("bypass", _tr("Bypass") if used else _tr("Use again"))
    if any(can_be_muted(graph.nodes[i]) for i in nodes):
        heard = not all(graph.nodes[i].muted for i in nodes if can_be_muted(graph.nodes[i]))
        _Adder(menu, view)("mute", _tr("Mute") if heard else _tr("End muting"))
    _add_colours(menu, view)
    if len(nodes) > 1:
        _add_lines(menu.addMenu(_tr("Align")), view, len(nodes))


def _add_lines(lines: QMenu, view: GraphView, count: int) -> None:
    add = _Adder(lines, view)
    add("tidy_part")
    lines.addSeparator()
    for name in ("left", "center", "right", "top", "middle", "bottom"):
        add(f"align_{name}")
    if count > 2:
        lines.addSeparator()
        add("spread_wide")
        add("spread_high")


def _swatch(color: QColor) -> QIcon:
    picture = QPixmap(_SWATCH, _SWATCH)
    picture.fill(color)
    return QIcon(picture)


def _fill_for_canvas(menu: QMenu, view: GraphView, place: QPointF) -> None:
    _add(menu, _tr("Add a layer\N{HORIZONTAL ELLIPSIS}"), "Tab", lambda: view.open_search(place))
    _add(menu, _tr("Write a comment"), "C", lambda: view.add_comment(place))
    _add(menu, _tr("Paste"), "Ctrl+V", lambda: view.editor.paste(place))
    menu.addSeparator()
    add = _Adder(menu, view)
    add("find")
    add("tidy")
    add("turn")
    _add(menu, _tr("Show all"), ".", view.fit)
    add("history")


class _Adder:
    """Puts what a key does into a menu, under its title or another, with the key written beside it."""

    def __init__(self, menu: QMenu, view: GraphView) -> None:
        self._menu, self._view = menu, view
        self._known: dict[str, CanvasKey] = {each.name: each for each in canvas_keys()}

    def __call__(self, name: str, text: str = "") -> None:
        each = self._known[name]
        _add(self._menu, text or each.title, each.key, partial(each.run, self._view))


def _add(menu: QMenu, text: str, keys: str, run: Callable[[], object]) -> None:
    """An entry with its key written beside it; the key itself is handled by the canvas."""
    written = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    menu.addAction(f"{text}\t{written}").triggered.connect(lambda _checked=False: run())


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasMenu", text)
