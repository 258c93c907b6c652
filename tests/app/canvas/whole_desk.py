"""A canvas with inspector and outline beside it, and the laws that hold between them and the document at any moment."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.canvas import CanvasPanel, LiveInference
from app.canvas.facts import input_slots, output_slots
from app.canvas.groups.level import Level
from app.canvas.groups.stack import InsideStack
from app.canvas.scene import GraphScene
from app.inspector import Inspector
from app.outline.rows import RowKind
from app.outline.tree import OutlineTree
from app.theme import Theme
from app.undo import EditStack
from engine.formats.project import Project, load_project, save_project
from engine.graph.document import ModelGraph, input_ports, output_ports
from engine.graph.inference import infer
from engine.graph.inside import opened, unfold
from engine.graph.notes import notes_of
from engine.graph.serialize import graph_to_json
from tests.app.canvas.conftest import FEATURES, Hand

EDGE = 6


class WholeDesk:
    """What somebody has on the screen who edits one network."""

    def __init__(self, graph: ModelGraph, theme: Theme, qtbot: QtBot) -> None:
        self.stack = EditStack(graph)
        self.begin = graph_to_json(graph)
        self.inference = LiveInference(graph, FEATURES)
        self.window = QWidget()
        self.panel = CanvasPanel(theme, self.stack, self.inference)
        self.inspector = Inspector(theme, self.stack, self.inference)
        self.outline = OutlineTree(theme)
        row = QHBoxLayout(self.window)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.outline)
        row.addWidget(self.panel, 1)
        row.addWidget(self.inspector)
        self.outline.setFixedWidth(240)
        self.inspector.setFixedWidth(320)
        self.window.resize(1500, 800)
        self.panel.selected.connect(self.inspector.show_nodes)
        self.panel.level_changed.connect(self._on_panel_level_changed)
        self.refusals: list[str] = []
        self.panel.view.refused.connect(self.refusals.append)
        self.outline.watch(self.panel)
        self.window.show()
        self.hand = Hand(self.panel, self.stack, self.inference, qtbot)
        self.panel.view.centerOn(0, 0)
        self.panel.view.setFocus()
        self.settle()
        self._items = len(self.panel.scene.items())
        self._parts = parts_of(self.panel.view)

    def _on_panel_level_changed(self) -> None:
        self.inspector.look_at(self.level.stack, self.level.inference)

    def close(self) -> None:
        self.outline.forget()
        self.inspector.close_document()
        self.panel.close_document()
        self.inference.close()
        self.window.close()
        self.window.deleteLater()
        settle()

    @property
    def level(self) -> Level:
        return self.panel.level

    @property
    def graph(self) -> ModelGraph:
        """What is shown."""
        return self.panel.level.stack.graph

    @property
    def scene(self) -> GraphScene:
        return self.panel.level.scene

    # -- places ----------------------------------------------------------------------------------------------
    def within(self, place: QPointF) -> QPointF:
        """The nearest place in view."""
        view = self.panel.view
        at, room = view.mapFromScene(place), view.viewport().rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        at.setX(min(max(at.x(), room.left()), room.right()))
        at.setY(min(max(at.y(), room.top()), room.bottom()))
        return view.mapToScene(at)

    def node_place(self, pick: int) -> QPointF | None:
        """The middle of a node, brought into view."""
        ids = list(self.scene.nodes)
        if not ids:
            return None
        self.panel.view.show_node(ids[pick % len(ids)])
        item = self.scene.nodes[ids[pick % len(ids)]]
        return self.within(item.body().translated(item.pos()).center())

    def port_place(self, pick: int, *, output: bool) -> QPointF | None:
        """A port, brought into view."""
        items = [i for i in self.scene.nodes.values() if (i.outputs if output else i.inputs)]
        if not items:
            return None
        item = items[pick % len(items)]
        self.panel.view.show_node(item.node.id)
        slots = item.outputs if output else item.inputs
        return self.within(item.port_position(slots[pick % len(slots)], output=output))

    # -- what is open ------------------------------------------------------------------------------------------
    def dismiss(self) -> None:
        """Closes what has opened beside the canvas, as Escape does, and lets everything happen that is to happen."""
        view = self.panel.view
        for _ in range(6):
            popup, focus = QApplication.activePopupWidget(), QApplication.focusWidget()
            if popup is not None:
                QTest.keyClick(popup, Qt.Key.Key_Escape)
            elif focus is not None and focus is not view and view.isAncestorOf(focus):
                QTest.keyClick(focus, Qt.Key.Key_Escape)
            else:
                break
        view.setFocus()
        self.settle()

    def settle(self) -> None:
        settle()
        self.outline.refresh()

    # -- laws ------------------------------------------------------------------------------------------------
    def check(self, folder: Path) -> None:
        """Document, scenes, inspector, outline and file agree; nothing is left over."""
        assert self.panel.view.gesture is None
        for level in self.panel.levels.all():
            check_level(level)
        check_sound(self.stack.graph)
        known, whole = self.inference.now(), infer(self.stack.graph, FEATURES)
        assert known == whole
        self._check_views()
        self._check_file(folder)
        self._check_leaks()

    def _check_views(self) -> None:
        selected = self.scene.selected_nodes()
        form = self.inspector.form
        if len(selected) == 1 and form is not None:
            assert form.value() == self.graph.nodes[selected[0]].layer
        rows = [self.outline.row_of(item) for item in self.outline.items()]
        assert {row.key for row in rows if row.kind is RowKind.NODE} == set(self.stack.graph.nodes)
        assert {row.key for row in rows if row.kind is RowKind.NOTE} == set(notes_of(self.stack.graph))

    def _check_file(self, folder: Path) -> None:
        save_project(folder / "all.loom", Project(self.stack.graph))
        loaded = load_project(folder / "all.loom")
        assert loaded.warnings == ()
        assert loaded.graph == self.stack.graph

    def _check_leaks(self) -> None:
        for level in self.panel.levels.all():
            assert len(level.scene.items()) <= self._items
        assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, QMenu) and w.isVisible()]
        grown = parts_of(self.panel.view) - self._parts
        assert sum(grown.values()) <= 60, grown  # what is made once, when it is wanted first


def parts_of(thing: QObject) -> Counter[str]:
    """How many objects of each class belong to a thing."""
    return Counter(type(part).__name__ for part in thing.findChildren(QObject))


def settle() -> None:
    """Lets everything happen that is to happen at once."""
    for _ in range(2):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def running_timers(thing: QObject) -> list[QTimer]:
    return [timer for timer in thing.findChildren(QTimer) if timer.isActive()]


def check_level(level: Level) -> None:
    """A scene shows its graph; an open group shows what the document has in it."""
    graph, scene = level.stack.graph, level.scene
    check_sound(graph)
    if isinstance(level.stack, InsideStack):
        above = level.stack.above.graph
        group, _ = opened(above, level.node_id, arriving_at(level))
        inside = unfold(group, level.node_id)
        assert dict(inside.nodes) == dict(graph.nodes)  # the order only says what lies on top
        assert inside.edges == graph.edges
    assert list(scene.nodes) == [i for i in scene.nodes if i in graph.nodes]
    assert set(scene.nodes) == set(graph.nodes)
    for node_id, item in scene.nodes.items():
        node = graph.nodes[node_id]
        assert item.node == node
        assert item.pos() == QPointF(*node.position)
        assert item.inputs == tuple(input_slots(graph, node))
        assert item.outputs == tuple(output_slots(graph, node))
    assert Counter(wire.edge for wire in scene.wires()) == Counter(graph.edges)
    for wire in scene.wires():
        start, end = wire.ends()
        source, target = scene.nodes[wire.edge.source], scene.nodes[wire.edge.target]
        starts = [
            source.port_position(s, output=True) for s in source.outputs if s.port == wire.edge.source_port
        ]
        ends = [
            target.port_position(s, output=False) for s in target.inputs if s.port == wire.edge.target_port
        ]
        assert start in starts
        assert end in ends
        assert wire.visible
    notes = notes_of(graph)
    assert set(scene.notes.items) == set(notes)
    for note_id, shown in scene.notes.items.items():
        assert shown.note == notes[note_id]
        assert (shown.rect().x(), shown.rect().y()) == notes[note_id].place


def arriving_at(level: Level) -> Any:
    """The shapes that arrive at an open group."""
    above = level.parent()
    assert isinstance(above, Level)
    facts = above.inference.now().nodes.get(level.node_id)
    return None if facts is None else tuple(spec.shape for spec in facts.inputs)


def check_sound(graph: ModelGraph) -> None:
    """No wire dangles, and no two nodes have one name."""
    assert len({node.name for node in graph.nodes.values()}) == len(graph.nodes)
    for edge in graph.edges:
        source, target = graph.nodes[edge.source], graph.nodes[edge.target]
        assert edge.source_port in {port.name for port in output_ports(source.layer)}
        assert edge.target_port in {port.name for port in input_ports(target.layer)}
    for node in graph.nodes.values():
        assert node.shares is None or node.shares in graph.nodes
