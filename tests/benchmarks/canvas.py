"""Measures how the canvas keeps up with the hand, in the whole window: drags, pans, zooms, edits, undo, searches.

`python -m tests.benchmarks.canvas [NODES ..]` prints one line of JSON for each size of network (300 and 2,000). A frame
runs from the pointer's event to the picture in the window's buffer. Times are milliseconds: the median, `_p99`, and
`_cpu99`, which counts the processor time of the window's thread alone and so is steadier on a machine shared with others.
The display is the one of the environment (offscreen, or a virtual one that Xvfb gives); `QT_SCALE_FACTOR` scales it.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from app import main
from app.canvas.facts import Slot
from app.canvas.scene import center_of
from app.canvas.view import GraphView
from app.document import Document
from app.garbage import Collector
from app.memory import return_memory_early, take_memory_from_one_place
from app.theme import Theme
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.edits import RemoveNode, SetSettings
from engine.graph.structure import refusal
from engine.layers.base import Layer
from engine.layers.registry import layers

SIZE: Final = (1480, 920)
COLUMNS: Final = 20
FRAMES: Final = 60
EDITS: Final = 12
PATIENCE_S: Final = 0.02  # after this there is nothing to paint
OPENING_S: Final = 1.0  # what is made ahead while no button is held: events that are sent hold none
KINDS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("Dense", {"units": 16}),
    ("ReLU", {}),
    ("LayerNormalization", {}),
    ("Add", {}),
    ("LSTM", {"units": 16, "return_sequences": True}),
    ("Dropout", {}),
    ("MultiHeadAttention", {}),
    ("Dense", {"units": 16}),
    ("Tanh", {}),
    ("Bidirectional", {"layer": layers()["LSTM"].model_validate({"units": 8, "return_sequences": True})}),
    ("Concatenate", {}),
    ("BatchNormalization", {}),
)
"""One after the other, so that layers with many named ports and layers with two wires are among them."""


Took = tuple[float, float]
"""Milliseconds on the clock, and of processor time."""


def network(count: int) -> ModelGraph:
    """A graph without errors of `count` nodes in rows of 20, in one long chain with short cuts into layers that join."""
    example = examples()["spiral"].graph()
    graph = ModelGraph(sections=example.sections)
    source = next(n for n in example.nodes.values() if not example.edges_into(n.id))
    nodes = [
        graph.new_node(source.layer),
        graph.new_node(layers()["RepeatVector"].model_validate({"n": 8}), (250.0, 0.0)),
    ]
    for node in nodes:
        graph.insert_node(node)
    for index in range(2, count):
        name, settings = KINDS[(index - 2) % len(KINDS)]
        node = graph.new_node(
            layers()[name].model_validate(settings), (250.0 * (index % COLUMNS), 200.0 * (index // COLUMNS))
        )
        graph.insert_node(node)
        nodes.append(node)
    for before, after in pairwise(nodes):
        _wire(graph, before, after)
    for before, after in zip(nodes[2:], nodes[4:], strict=False):
        if after.layer.input_ports()[0].variadic:  # type: ignore[union-attr]  # only known layers are in this graph
            _wire(graph, before, after)
    return graph


def _wire(graph: ModelGraph, source: Node, target: Node) -> None:
    for port in target.layer.input_ports():  # type: ignore[union-attr]  # only known layers are in this graph
        edge = Edge(source.id, source.layer.output_ports()[0].name, target.id, port.name)  # type: ignore[union-attr]  # known layers
        if refusal(graph, edge) is None:
            graph.insert_edge(edge)
            return


class Watch(QObject):
    """Counts the pictures that a window puts on the screen."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self.painted = 0
        window.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.UpdateRequest:
            self.painted += 1
        return False


class Bench:
    """One window on a network, and the measurements on it."""

    def __init__(self, window: MainWindow, nodes: int) -> None:
        self.window = window
        self.figures: dict[str, float] = {"nodes": nodes, "scale": window.devicePixelRatioF()}
        self.watch = Watch(window)
        document = Document(network(nodes))
        document.stack.setClean()
        window.open_document(document)
        self.document, self.canvas = document, window.workspace.canvas
        self.view: GraphView = self.canvas.view
        self.scene = self.canvas.scene
        self.view.setFocus()
        settle(OPENING_S)

    def run(self) -> None:
        """All measurements."""
        self.view.fit()
        settle()
        self._frames("all", self._gestures())
        self.view.resetTransform()
        self.view.centerOn(self.middle_node())
        settle()
        self._frames("near", self._gestures())
        self._edits()
        self._searches()
        self._forms()

    # -- frames ---------------------------------------------------------------------------------
    def _frames(self, where: str, gestures: Iterator[tuple[str, Iterator[Callable[[], object]]]]) -> None:
        for name, steps in gestures:
            times = [self._frame(step) for step in steps]
            self._note(f"{name}_{where}", times)
            settle()

    def _frame(self, act: Callable[[], object]) -> Took:
        """From an event to its picture."""
        before, begun, spent = self.watch.painted, time.perf_counter(), time.thread_time()
        act()
        acted = time.perf_counter()
        while self.watch.painted == before and time.perf_counter() - acted < PATIENCE_S:
            QApplication.processEvents()
        if self.watch.painted == before:
            return 0.0, 0.0  # nothing to paint
        return 1000 * (time.perf_counter() - begun), 1000 * (time.thread_time() - spent)

    def _gestures(self) -> Iterator[tuple[str, Iterator[Callable[[], object]]]]:
        yield "pan", self._drag(QPoint(*self._middle()), Qt.MouseButton.MiddleButton)
        yield "hover", self._hover()
        yield "zoom", self._zoom()
        yield "drag_one", self._drag_nodes(1)
        yield "drag_fifty", self._drag_nodes(50)
        yield "drag_all", self._drag_nodes(len(self.scene.nodes))
        yield "rubber", self._drag(self._empty_place(), Qt.MouseButton.LeftButton, QPoint(14, 6))
        yield "wire", self._draw_wire()

    def _drag(
        self, start: QPoint, button: Qt.MouseButton, step: QPoint | None = None
    ) -> Iterator[Callable[[], object]]:
        step = step or QPoint(5, 3)
        place = QPoint(start)
        yield partial(mouse, self.view, QEvent.Type.MouseButtonPress, place, button)
        for index in range(FRAMES):
            place = place + (step if index < FRAMES // 2 or step.x() > 9 else -step)
            yield partial(mouse, self.view, QEvent.Type.MouseMove, place, button)
        yield partial(mouse, self.view, QEvent.Type.MouseButtonRelease, place, button)

    def _drag_nodes(self, count: int) -> Iterator[Callable[[], object]]:
        seen = self._nodes_in_view()
        rest = [i for i in self.scene.nodes if i not in seen]
        self.scene.select([*seen, *rest][:count])
        settle()
        start = self.view.mapFromScene(center_of(self.scene.nodes[seen[0]]) + QPointF(0, -20))
        step = QPoint(max(3, round(30 * self.view.zoom())), 2)
        yield from self._drag(start, Qt.MouseButton.LeftButton, step if step.x() <= 9 else QPoint(9, 5))
        self.document.stack.undo()
        self.scene.select()

    def _draw_wire(self) -> Iterator[Callable[[], object]]:
        item = self.scene.nodes[self._nodes_in_view()[0]]
        start = self.view.mapFromScene(item.port_position(item.outputs[0], output=True))
        yield from islice(self._drag(start, Qt.MouseButton.LeftButton), FRAMES + 1)
        self.view.cancel_gesture()

    def _hover(self) -> Iterator[Callable[[], object]]:
        for node_id in self._nodes_in_view()[:FRAMES]:
            place = self.view.mapFromScene(center_of(self.scene.nodes[node_id]))
            yield partial(mouse, self.view, QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton)

    def _zoom(self) -> Iterator[Callable[[], object]]:
        for index in range(FRAMES):
            yield partial(wheel, self.view, QPoint(*self._middle()), 40 if (index // 15) % 2 == 0 else -40)

    def _middle(self) -> tuple[int, int]:
        room = self.view.viewport().rect()
        return room.center().x(), room.center().y()

    def _empty_place(self) -> QPoint:
        """Near the upper left corner, where a rubber band begins rather than a drag of a node or a wire."""
        for step in range(4, 200, 3):
            place = self.view.mapToScene(QPoint(step, step))
            if self.scene.node_at(place) is None and self.scene.wire_at(place) is None:
                return QPoint(step, step)
        raise LookupError("Every place near the corner is taken.")

    def _nodes_in_view(self) -> list[str]:
        seen = self.view.visible_rect()
        return [i for i, item in self.scene.nodes.items() if seen.contains(center_of(item))]

    def middle_node(self) -> QPointF:
        """The place of the node in the middle of the network."""
        items = list(self.scene.nodes.values())
        return center_of(items[len(items) // 2])

    # -- edits ----------------------------------------------------------------------------------
    def _edits(self) -> None:
        graph, stack = self.document.graph, self.document.stack
        dense = [n for n in graph.nodes.values() if n.layer.title() == "Dense"]
        changed: dict[str, list[Took]] = {}
        for index in range(EDITS):
            node = graph.nodes[dense[(index * 7) % len(dense)].id]
            units = 8 + index
            assert isinstance(node.layer, Layer)
            layer = node.layer.model_copy(update={"units": units})
            edits = {"settings": SetSettings(node.id, layer), "removal": RemoveNode(node.id)}
            for name, edit in edits.items():
                for what, act in ((name, partial(stack.push_edit, edit)), (f"undo_{name}", stack.undo)):
                    took, inferred = self._edit(act)
                    changed.setdefault(what, []).append(took)
                    changed.setdefault(f"inference_after_{what}", []).append(inferred)
                    changed.setdefault(f"frame_after_{what}", []).append(self._frame(lambda: None))
        for what, times in changed.items():
            self._note(what, times)

    def _edit(self, act: Callable[[], object]) -> tuple[Took, Took]:
        """The edit, and the inference after it."""
        return _timed(act), _timed(self.document.live.now)

    # -- searches and forms ---------------------------------------------------------------------
    def _searches(self) -> None:
        seen = self._nodes_in_view()
        item = self.scene.nodes[seen[len(seen) // 2]]
        port = (item.node.id, Slot(item.outputs[0].port), True)
        self._note("search", self._opened(lambda: self.view.open_search(center_of(item))))
        self._note("search_for_wire", self._opened(lambda: self.view.open_search(center_of(item), port)))

    def _opened(self, act: Callable[[], object]) -> list[Took]:
        times: list[Took] = []
        for _ in range(EDITS):
            times.append(self._frame(act))
            while self.view.popup.isVisible() and self.view.popup.is_busy():
                times.append(self._frame(lambda: None))
            self.view.popup.close()
            settle()
        return times

    def _forms(self) -> None:
        times = []
        for node in list(self.document.graph.nodes.values())[1 : 2 * len(KINDS) + 1]:
            times.append(self._frame(partial(self.scene.select, [node.id])))
            settle()
        self._note("form_first", times[: len(KINDS)])
        self._note("form_again", times[len(KINDS) :])

    def _note(self, name: str, times: list[Took]) -> None:
        drawn = np.asarray([t for t in times if t[0] > 0] or [(0.0, 0.0)])
        self.figures[name] = round(float(np.median(drawn[:, 0])), 1)
        self.figures[f"{name}_p99"] = round(float(np.percentile(drawn[:, 0], 99)), 1)
        self.figures[f"{name}_cpu99"] = round(float(np.percentile(drawn[:, 1], 99)), 1)


def _timed(act: Callable[[], object]) -> Took:
    begun, spent = time.perf_counter(), time.thread_time()
    act()
    return 1000 * (time.perf_counter() - begun), 1000 * (time.thread_time() - spent)


def mouse(view: GraphView, kind: QEvent.Type, place: QPoint, button: Qt.MouseButton) -> None:
    """Send the canvas a mouse event."""
    at, viewport = QPointF(place), view.viewport()
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else button
    pressed = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else button
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        viewport, QMouseEvent(kind, at, QPointF(viewport.mapToGlobal(place)), pressed, held, none)
    )


def wheel(view: GraphView, place: QPoint, delta: int) -> None:
    """Turn the wheel over the canvas."""
    at, viewport = QPointF(place), view.viewport()
    none, button = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton
    phase = Qt.ScrollPhase.NoScrollPhase
    QApplication.sendEvent(
        viewport,
        QWheelEvent(
            at, QPointF(viewport.mapToGlobal(place)), QPoint(), QPoint(0, delta), button, none, phase, False
        ),
    )


def settle(seconds: float = 0.1) -> None:
    """Handle all that waits, timers of that length included."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()


def measure(nodes: int) -> dict[str, float]:
    """Open a window on a network of that many nodes, measure, close it."""
    take_memory_from_one_place()
    return_memory_early()
    app = main.make_application()
    theme = Theme("dark")
    theme.apply(app)
    window = main.make_window(theme, main.settings())
    window.resize(*SIZE)
    window.show()
    settle(0.3)
    Collector(app)
    bench = Bench(window, nodes)
    bench.run()
    bench.document.stack.setClean()
    window.close()
    return bench.figures


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.environ |= {"LAYERLOOM_DATA_DIR": scratch, "LAYERLOOM_CACHE_DIR": scratch}
        for asked in map(int, sys.argv[1:] or ("300", "2000")):
            print(json.dumps(measure(asked)), flush=True)
