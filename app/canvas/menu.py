"""The menu of the canvas: what can be done with the node under the pointer, or with the canvas, and by which key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QKeyCombination, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import QMenu

from app.canvas.arrange import Line
from app.canvas.history import open_history
from app.canvas.keys import LINES, SPREADS, TAG_KEYS
from app.canvas.node_painter import TAG_ROLES
from app.canvas.scene import center_of
from engine.graph.effective import can_be_bypassed

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
    if scene.selected_nodes() and (by_key or node is not None):
        _fill_for_nodes(menu, view)
    else:
        _fill_for_canvas(menu, view, place)
    return menu


def _selected_place(view: GraphView) -> QPointF:
    """The middle of the selected node, else of the view."""
    selected = view.graph_scene.selected_nodes()
    return center_of(view.graph_scene.nodes[selected[0]]) if selected else view.center_place()


def _fill_for_nodes(menu: QMenu, view: GraphView) -> None:
    editor, nodes = view.editor, view.graph_scene.selected_nodes()
    topic = view.help_topic()
    if topic is not None:
        title = view.graph_scene.graph.nodes[nodes[0]].layer.title()
        _add(menu, _tr("Help on {layer}").format(layer=title), "F1", lambda: view.help_wanted.emit(topic))
        menu.addSeparator()
    if len(nodes) == 1:
        _add(menu, _tr("Rename"), "F2", view.rename_selected)
    _add(menu, _tr("Cut"), "Ctrl+X", lambda: editor.cut(nodes))
    _add(menu, _tr("Copy"), "Ctrl+C", lambda: editor.copy(nodes))
    _add(menu, _tr("Duplicate"), "Ctrl+D", lambda: editor.duplicate(nodes))
    _add(menu, _tr("Delete"), "Del", lambda: editor.delete(nodes, view.graph_scene.selected_edges()))
    menu.addSeparator()
    _add_looks(menu, view, nodes)
    menu.addSeparator()
    _add(menu, _tr("Group"), "Ctrl+G", lambda: editor.group(nodes))
    if len(nodes) == 1 and editor.can_dissolve(nodes[0]):
        _add(menu, _tr("Dissolve group"), "Ctrl+Shift+G", lambda: editor.dissolve(nodes[0]))
    if editor.can_share(nodes):
        _add(menu, _tr("Share weights"), "Ctrl+L", lambda: editor.share(nodes))
    if editor.sharing(nodes):
        _add(menu, _tr("Use own weights"), "Ctrl+Shift+L", lambda: editor.unshare(nodes))


def _add_looks(menu: QMenu, view: GraphView, nodes: list[str]) -> None:
    """Whether training uses the nodes, their colour, and where they lie."""
    editor, graph = view.editor, view.graph_scene.graph
    if any(can_be_bypassed(graph.nodes[i]) for i in nodes):
        used = not all(graph.nodes[i].bypassed for i in nodes if can_be_bypassed(graph.nodes[i]))
        _add(menu, _tr("Bypass") if used else _tr("Use again"), "M", lambda: editor.toggle_bypass(nodes))
    colours = menu.addMenu(_tr("Colour"))
    for key, tag in TAG_KEYS.items():
        _add(colours, _tag_name(tag), key, partial(editor.tag, nodes, tag))
        if tag:
            colours.actions()[-1].setIcon(_swatch(view.theme.color(TAG_ROLES[tag])))
    if len(nodes) > 1:
        _add_lines(menu, view, len(nodes))


def _add_lines(menu: QMenu, view: GraphView, count: int) -> None:
    lines = menu.addMenu(_tr("Align"))
    _add(lines, _tr("Tidy selection"), "Shift+L", view.tidy_selection)
    lines.addSeparator()
    for key, line in LINES.items():
        _add(lines, _line_name(line), key, partial(view.align, line))
    if count > 2:
        lines.addSeparator()
        for keys, sideways in SPREADS.items():
            text = _tr("Distribute horizontally") if sideways else _tr("Distribute vertically")
            _add(lines, text, keys, partial(view.distribute, sideways=sideways))


def _line_name(line: Line) -> str:
    return {
        Line.LEFT: _tr("Left edges"),
        Line.CENTER: _tr("Centres, one below the other"),
        Line.RIGHT: _tr("Right edges"),
        Line.TOP: _tr("Top edges"),
        Line.MIDDLE: _tr("Middles, side by side"),
        Line.BOTTOM: _tr("Bottom edges"),
    }[line]


def _tag_name(tag: str) -> str:
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


def _swatch(color: QColor) -> QIcon:
    picture = QPixmap(_SWATCH, _SWATCH)
    picture.fill(color)
    return QIcon(picture)


def _fill_for_canvas(menu: QMenu, view: GraphView, place: QPointF) -> None:
    _add(menu, _tr("Add a layer\N{HORIZONTAL ELLIPSIS}"), "Tab", lambda: view.open_search(place))
    _add(menu, _tr("Paste"), "Ctrl+V", lambda: view.editor.paste(place))
    menu.addSeparator()
    _add(menu, _tr("Tidy up"), "L", view.tidy)
    _add(menu, _tr("Show all"), ".", view.fit)
    _add(menu, _tr("History\N{HORIZONTAL ELLIPSIS}"), "H", partial(open_history, view))


def _add(menu: QMenu, text: str, keys: str | QKeyCombination, run: Callable[[], object]) -> None:
    """An entry with its key written beside it; the key itself is handled by the canvas."""
    written = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    menu.addAction(f"{text}\t{written}").triggered.connect(lambda _checked=False: run())


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasMenu", text)
