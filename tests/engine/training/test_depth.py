"""Networks of a thousand layers and of 25 million weights compile in seconds, train, and take the memory they said."""

import gc
import time
import tracemalloc

import numpy as np
import pytest

from engine.data.load import load
from engine.devices.registry import open_device
from engine.graph.document import Edge, ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.add import Add
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.layer_normalization import LayerNormalization
from engine.layers.target import Target
from engine.training.session import Session
from tests.engine.training.networks import XOR, session, settings, two_layer

COMPILE_TIME = 5.0  # seconds


def residual(nodes: int) -> ModelGraph:
    """Blocks of normalization, a Dense and an addition around both, until there are so many nodes."""
    graph = ModelGraph()

    def add(layer: Layer, *sources: str) -> str:
        node = graph.new_node(layer)
        graph.insert_node(node)
        for source in sources:
            graph.insert_edge(Edge.between(graph.nodes[source], node))
        return node.id

    x = add(Dense(units=16), add(Input()))
    while len(graph.nodes) < nodes - 2:
        block = add(Dense(units=16, activation="tanh"), add(LayerNormalization(), x))
        x = add(Add(), x, block)
    add(Target(), add(Dense(units=1), add(LayerNormalization(), x)))
    return graph


def deep(layers: int, units: int) -> ModelGraph:
    """A chain of Dense layers."""
    hidden = [Dense(units=units, activation="relu", kernel_initializer="he_normal") for _ in range(layers)]
    return build_sequential([Input(), *hidden, Dense(units=1), Target()])


def compiled(graph: ModelGraph) -> tuple[float, Session]:
    """Seconds that making a session takes on a machine with nothing else to do, and the session."""
    # A process that has run thousands of tests holds a million objects: looking for garbage among those of others is no
    # part of this promise. Nor is a moment in which the machine is somebody else's: hence a second try.
    gc.collect()
    gc.freeze()  # for good: else what was frozen before (tests/conftest.py) would be looked through again, too
    seconds, made = _timed(graph)
    if seconds >= COMPILE_TIME:
        made.close()
        again, made = _timed(graph)
        seconds = min(seconds, again)
    return seconds, made


def _timed(graph: ModelGraph) -> tuple[float, Session]:
    begun = time.process_time()
    made = session(graph, training=settings())
    return time.process_time() - begun, made


def test_a_thousand_layers() -> None:
    graph = residual(1_000)
    seconds, made = compiled(graph)
    assert seconds < COMPILE_TIME
    losses = []
    for _ in range(30):
        made.advance(10)
        losses.append(made.report()["loss"])
    made.close()
    assert np.isfinite(losses).all()
    assert min(losses[-5:]) < 0.8 * losses[0]


def test_25_million_weights() -> None:
    seconds, made = compiled(deep(50, 714))
    assert made.parameters > 25_000_000
    assert seconds < COMPILE_TIME
    made.advance(1)
    assert np.isfinite(made.report()["loss"])
    made.close()


@pytest.mark.parametrize("graph", [deep(6, 700), deep(3, 1_100)], ids=["deep", "wide"])
def test_the_plan_is_what_is_allocated(graph: ModelGraph) -> None:
    device = open_device("cpu")
    first = Session(
        two_layer(), load(XOR), settings(), device
    )  # what the device keeps for itself is there now
    first.advance(1)
    first.close()
    gc.collect()
    tracemalloc.start()
    try:
        made = Session(graph, load(XOR), settings(), device)
        made.advance(2)
        gc.collect()
        arrays = tracemalloc.take_snapshot().filter_traces(
            [tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)]
        )
    finally:
        tracemalloc.stop()
    allocated = sum(trace.size for trace in arrays.traces)
    assert allocated == pytest.approx(made.nbytes, rel=0.01)
    made.close()
