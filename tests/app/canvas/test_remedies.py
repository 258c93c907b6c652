"""Each piece of advice on the canvas comes with a remedy, which one click makes and one key takes back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas import CanvasPanel, LiveInference
from app.theme import Theme
from app.undo import EditStack
from engine import layers as la
from engine.data.load import describe
from engine.data.settings import DataSettings
from engine.graph.document import Edge, ModelGraph
from engine.graph.edits import AddNode, Connect
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.training.features import feature_specs
from tests.app.canvas.conftest import LEFT, NONE, Hand

Opened = Callable[[ModelGraph, str], Hand]


def dense(*activations: str, last: int) -> list[Layer]:
    return [*(la.Dense(units=8, activation=a) for a in activations), la.Dense(units=last)]


@dataclass(frozen=True)
class Case:
    """A network that gets a piece of advice."""

    rule: str
    data: str
    hidden: tuple[Layer, ...]


CASES = [
    Case(
        "most-parameters",
        "mnist",
        (la.Conv2D(filters=32), la.Flatten(), la.Dense(units=128), la.Dense(units=10)),
    ),
    Case("saturating", "spiral", tuple(dense(*["tanh"] * 6, last=1))),
    Case("deep", "spiral", tuple(dense(*["relu"] * 11, last=1))),
    Case("link-twice", "iris", (la.Dense(units=3, activation="softmax"), la.Softmax())),
    Case("bounded-end", "iris", (la.Dense(units=3, activation="relu"),)),
    Case(
        "window",
        "mnist",
        (la.Conv2D(filters=4, kernel_size=57, padding="same"), la.Flatten(), la.Dense(units=10)),
    ),
    Case(
        "reach",
        "mnist",
        (la.Conv2D(filters=8, padding="same"), la.GlobalAveragePooling2D(), la.Dense(units=10)),
    ),
    Case("unusual", "boston", (la.Dense(units=8), la.Dropout(rate=0.95), la.Dense(units=1))),
    Case("target", "iris", (la.Dense(units=5),)),
    Case("dangling-output", "iris", (la.Dense(units=3),)),
]


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Iterator[Opened]:
    """Shows a network with a data set on a canvas."""
    shown: list[tuple[CanvasPanel, LiveInference]] = []

    def show(graph: ModelGraph, data: str) -> Hand:
        stack = EditStack(graph)
        inference = LiveInference(graph, feature_specs(describe(DataSettings(dataset=data))))
        panel = CanvasPanel(theme, stack, inference)
        shown.append((panel, inference))
        qtbot.addWidget(panel)
        panel.resize(1100, 700)
        with qtbot.waitExposed(panel), qtbot.waitSignal(inference.inferred):
            panel.show()
        panel.view.setFocus()
        return Hand(panel, stack, inference, qtbot)

    yield show
    for panel, inference in shown:
        panel.close_document()
        inference.close()


def network(case: Case) -> ModelGraph:
    graph = build_sequential((la.Input(), *case.hidden, la.Target()))
    if case.rule == "dangling-output":
        side = graph.new_node(la.ReLU(), (0.0, 300.0))
        AddNode(side).apply(graph)
        Connect(Edge(next(iter(graph.nodes)), "output", side.id, "input")).apply(graph)
    return graph


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_one_click_mends_it_and_one_key_takes_it_back(opened: Opened, case: Case) -> None:
    hand = opened(network(case), case.data)
    found = next(d for d in hand.inference.now().diagnostics if d.rule == case.rule)
    assert found.remedy is not None
    before, before_nodes = hand.graph.snapshot(), set(hand.graph.nodes)
    node = hand.graph.nodes[found.node]
    hand.view.show_node(node.id)
    hand.click(hand.middle(node))
    callout = hand.view.callout
    assert callout.isVisible()
    corner = callout.boundingRect().bottomLeft() + QPointF(20, -12)
    QTest.mouseClick(hand.view.viewport(), LEFT, NONE, hand.at(callout.pos()) + corner.toPoint())
    assert hand.stack.index() == 1
    made = set(hand.graph.nodes) - before_nodes
    if made:  # what a remedy put somewhere is seen, and pointed out
        assert hand.scene.selected_nodes() == list(made)
        assert hand.view.visible_rect().contains(hand.scene.nodes_rect(made))
        assert hand.view.pulse.node_id in made
    with hand.qtbot.waitSignal(hand.inference.inferred):
        pass
    assert not any(d.rule == case.rule and d.node == node.id for d in hand.inference.now().diagnostics)
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert hand.graph.snapshot() == before
