"""Says to screen readers what is and what happens on the canvas, which they cannot see."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from app.canvas.node_item import NodeItem
from app.canvas.scene import GraphScene


def announce(widget: QWidget, sentence: str) -> None:
    """Has a running screen reader say `sentence` when it is done with what it says now."""
    if QAccessible.isActive():
        event = QAccessibleAnnouncementEvent(widget, sentence)
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
        QAccessible.updateAccessibility(event)


def describe_selection(scene: GraphScene) -> str:
    """The selection in words."""
    selected, notes = scene.selected_nodes(), scene.notes.selected()
    if notes and not selected:
        note = scene.notes.items[notes[0]].note
        kind = _tr("Frame: {text}") if note.kind == "frame" else _tr("Comment: {text}")
        return kind.format(text=note.text) if len(notes) == 1 else _tr("%n notes selected", len(notes))
    if not selected:
        return _tr("Nothing selected")
    if len(selected) > 1:
        return _tr("%n layers selected", len(selected))
    return describe_node(scene.nodes[selected[0]])


def describe_node(item: NodeItem) -> str:
    """A layer in words: what it is, whether it is used, what is wrong with it."""
    badge = item.badge.sentence if item.badge else ""
    words = f"{item.title()}, {item.subtitle()}".strip(", ")
    words = f"{words}." if badge or item.bypassed or item.muted else words
    bypassed = _tr("Bypassed.") if item.bypassed else ""
    muted = _tr("Muted.") if item.muted else ""
    return " ".join(part for part in (words, bypassed, muted, badge) if part)


def describe_canvas(scene: GraphScene) -> str:
    """What is on the canvas and what of it is selected; one layer says that itself."""
    count = len(scene.nodes)
    if not count:
        return _tr("The canvas is empty. Tab adds a layer.")
    held = _tr("One layer on the canvas") if count == 1 else _tr("%n layers on the canvas", count)
    alone = len(scene.selected_nodes()) == 1
    return f"{held}." if alone else f"{held}. {describe_selection(scene)}."


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("GraphView", text, "", number)
