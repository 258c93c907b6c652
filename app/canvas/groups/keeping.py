"""Keeping a group in the library: it asks for a name, and what becomes of a group that is called so already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox, QWidget

from app.canvas.facts import node_title

if TYPE_CHECKING:
    from app.canvas.editor import GraphEditor


def keep_group(parent: QWidget, editor: GraphEditor, node_id: str) -> None:
    """Asks for a name and keeps a group, or a ready block as one, for other projects."""
    shelf, node = editor.shelf.groups, editor.graph.nodes.get(node_id)
    group = editor.as_group(node_id) if shelf is not None and node is not None else None
    if shelf is None or node is None or group is None:
        return
    title, label = _tr("Keep in the library"), _tr("Name of the group:")
    name, wanted = QInputDialog.getText(parent, title, label, QLineEdit.EchoMode.Normal, node_title(node))
    over = shelf.library.named(name) if wanted else None
    replaced = _asks_to_replace(parent, name) if over is not None else False
    if wanted and replaced is not None:
        shelf.keep(group, name, over=over if replaced else None)


def _asks_to_replace(parent: QWidget, name: str) -> bool | None:
    """Whether the group of that name is to make way; None: nothing is to be kept."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_tr("Keep in the library"))
    box.setText(_tr("The library has a group called {name} already.").format(name=name.strip()))
    box.setInformativeText(_tr("Networks that have the old one keep it."))
    replace = box.addButton(_tr("Replace it"), QMessageBox.ButtonRole.AcceptRole)
    both = box.addButton(_tr("Keep both"), QMessageBox.ButtonRole.ActionRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(replace)
    box.exec()
    answer = box.clickedButton()
    return answer == replace if answer in (replace, both) else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("KeepGroup", text)
