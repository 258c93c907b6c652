"""What the canvas knows of the network stays what a look from nothing would find, places and settings included."""

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from app.canvas import LiveInference
from engine.formats.sections import TRAINING
from engine.graph.document import ModelGraph
from engine.graph.edits import AddNode, MoveNodes, SetSection
from engine.graph.inference import infer
from engine.graph.sequence import build_sequential
from engine.layers import Dense, Flatten, Input, Target
from engine.optimizers.adam import Adam
from engine.training.settings import TrainingSettings
from tests.app.canvas.conftest import FEATURES, Hand


def watched(graph: ModelGraph) -> tuple[LiveInference, list[object]]:
    """What is known of a graph, told once; and all that is told from now on."""
    live = LiveInference(graph, FEATURES)
    QApplication.processEvents()
    told: list[object] = []
    live.inferred.connect(told.append)
    return live, told


def test_a_remedy_puts_its_layer_beside_where_the_network_is_now(hand: Hand) -> None:
    source, flat = hand.node("Input", -200, 0, feature="x"), hand.node("Flatten", 0, 0)
    hand.link(source, flat)
    hand.settle()
    before = hand.inference.now()
    hand.stack.push_edit(MoveNodes({flat.id: (100.0, 300.0)}))
    known = hand.inference.now()
    assert known == infer(hand.graph, FEATURES)
    assert known != before
    (missing,) = [d for d in known.diagnostics if d.rule == "no-target"]
    assert missing.remedy is not None
    hand.stack.push_edit(missing.remedy.edit)
    target = next(n for n in hand.graph.nodes.values() if n.layer.title() == "Target")
    assert QPointF(*target.position).y() == 300.0


def test_a_move_is_told_only_where_it_makes_a_difference(hand: Hand) -> None:
    graph = ModelGraph()
    nodes = [graph.new_node(layer) for layer in (Flatten(), Dense())]
    for node in nodes:
        AddNode(node).apply(graph)
    live, told = watched(graph)
    MoveNodes({nodes[0].id: (40.0, 80.0)}).apply(graph)
    QApplication.processEvents()
    assert not told
    MoveNodes({nodes[0].id: (0.0, 80.0)}).apply(graph)
    live.now()
    AddNode(graph.new_node(Dense())).apply(graph)
    QApplication.processEvents()
    assert told == [infer(graph, FEATURES)]
    live.close()


def test_advice_on_the_training_goes_when_the_training_is_changed() -> None:
    graph = build_sequential([Input(feature="x"), Flatten(), Dense(units=10), Target(target="y")])
    live, told = watched(graph)
    assert live.now().diagnostics == ()
    fast = TrainingSettings(optimizer=Adam(learning_rate=5.0))
    for settings, rules in ((fast, ["unusual"]), (TrainingSettings(), [])):
        SetSection(TRAINING, settings).apply(graph)
        QApplication.processEvents()
        assert [d.rule for d in live.now().diagnostics] == rules
        assert told.pop() == live.now() == infer(graph, FEATURES)
    SetSection(TRAINING, TrainingSettings(epochs=3)).apply(graph)
    QApplication.processEvents()
    assert not told
    live.close()
