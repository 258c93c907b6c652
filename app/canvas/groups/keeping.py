"""Keeping a group in the library: it asks for a name, and offers the one that the group has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QInputDialog, QLineEdit, QWidget

from app.canvas.facts import node_title

if TYPE_CHECKING:
    from app.canvas.editor import GraphEditor


def keep_group(parent: QWidget, editor: GraphEditor, node_id: str) -> None:
    """Asks for a name and keeps a group, or a ready block as one, for other projects."""
    shelf, node = editor.shelf.groups, editor.graph.nodes.get(node_id)
    group = editor.as_group(node_id) if shelf is not None and node is not None else None
    if shelf is None or node is None or group is None:
        return
    title = QCoreApplication.translate("KeepGroup", "Keep in the library")
    label = QCoreApplication.translate("KeepGroup", "Name of the group:")
    name, wanted = QInputDialog.getText(parent, title, label, QLineEdit.EchoMode.Normal, node_title(node))
    if wanted:
        shelf.keep(group, name)
