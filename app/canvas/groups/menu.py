"""The entries of the canvas's menu that are about groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from app.canvas.groups.choose import fill_settings
from engine.graph.boundary import Boundary
from engine.graph.inside import BELOW
from engine.layers.base import Layer

if TYPE_CHECKING:
    from app.canvas.view import GraphView

Add = Callable[..., object]
"""Adds the entry of a key by its name, with words of its own."""


def add_group_entries(menu: QMenu, view: GraphView, nodes: list[str], add: Add) -> None:
    """What can be done with the selected nodes as groups, or because they share weights."""
    editor = view.editor
    add("group")
    one = nodes[0] if len(nodes) == 1 else None
    if one is not None and editor.can_dissolve(one):
        add("open", _tr("Open the group"))
        add("dissolve", _tr("Dissolve group"))
        if editor.shelf.groups is not None:
            add("keep_group", _tr("Keep in the library\N{HORIZONTAL ELLIPSIS}"))
    if editor.can_share(nodes):
        add("share", _tr("Share weights"))
    elif editor.can_link(nodes):
        add("share", _tr("Linked copy"))
    if editor.sharing(nodes):
        add("unshare", _tr("Use own weights"))
    elif editor.linked(nodes):
        add("unshare", _tr("Make independent"))
    if one is not None:
        _add_shown(menu, view, one)


def _add_shown(menu: QMenu, view: GraphView, node_id: str) -> None:
    """Inside of a group: which settings of a layer the group shows as its own."""
    editor, above = view.editor, view.editor.above
    layer = editor.graph.nodes[node_id].layer
    if above is None or not isinstance(layer, Layer) or isinstance(layer, Boundary):
        return
    outer, _, part = node_id.rpartition(BELOW)
    group = above.as_group(outer)
    if group is not None:
        shown = menu.addMenu(_tr("Show on the group"))
        fill_settings(shown, group, part, layer, lambda target: above.toggle_shown(outer, target))


def _tr(text: str) -> str:
    return QCoreApplication.translate("GroupMenu", text)
