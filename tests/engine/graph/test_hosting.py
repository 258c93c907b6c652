"""What runs on the host is taken out of a graph, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from engine.graph import hosting
from engine.graph.document import Edge, ModelGraph
from engine.graph.features import FeatureSpec
from engine.graph.hosting import hosted
from engine.graph.inference import infer
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.tensor.spec import DType, ShapeError

TEXT = FeatureSpec((1,), DType.STRING)
FEATURES = {"x": TEXT, "n": FeatureSpec((3,)), "y": FeatureSpec((), DType.INT32, classes=2)}


def chain(*made: Layer) -> ModelGraph:
    graph = ModelGraph()
    before = None
    for layer in made:
        node = graph.new_node(layer)
        graph.insert_node(node)
        if before is not None:
            graph.insert_edge(Edge.between(before, node))
        before = node
    return graph


def layer(name: str, **settings: object) -> Layer:
    return layers()[name].model_validate(settings)


def sentences(graph: ModelGraph) -> list[str]:
    return [d.sentence for d in infer(graph, FEATURES).diagnostics]


LOOKUP = {"vocabulary": ["a", "b"]}


def test_a_graph_without_text_stays_as_it_is() -> None:
    graph = chain(layer("Input", feature="n"), layer("Dense", units=1))
    assert hosted(graph, {"n": FEATURES["n"]}).graph is graph


def test_a_source_stands_in_for_what_the_host_computes() -> None:
    graph = chain(layer("Input"), layer("StringLookup", **LOOKUP), layer("Embedding"), layer("Flatten"))
    part = hosted(graph, FEATURES)
    kept = [type(n.layer).__name__ for n in part.graph.nodes.values()]
    assert kept == ["Input", "Embedding", "Flatten"]
    assert part.features["host/n2"] == FeatureSpec((1,), DType.INT32)
    assert set(part.features) == {"n", "y", "host/n2"}, "text never reaches a device"
    assert part.graph.edges == graph.edges[1:]
    found = part.compute({"x": np.array([["b"], ["c"]], DType.STRING.numpy), "n": np.zeros((2, 3))}, {})
    assert found["host/n2"].tolist() == [[2], [0]]
    assert set(found) == {"n", "host/n2"}


def test_layers_on_the_host_may_follow_each_other() -> None:
    graph = chain(
        layer("Input"),
        layer("StringLookup", **LOOKUP),
        layer("StringLookup", vocabulary=["a", "b"], invert=True),
        layer("Hashing", num_bins=7, output_mode="one_hot"),
        layer("Dense"),
    )
    part = hosted(graph, FEATURES)
    assert set(part.features) == {"n", "y", "host/n4"}
    found = part.compute({"x": np.array([["b"], ["c"]], DType.STRING.numpy)}, {})
    assert found["host/n4"].shape == (2, 7)


def test_many_rows_are_computed_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    invert = layer("StringLookup", vocabulary=["a", "b"], invert=True)
    graph = chain(
        layer("Input"),
        layer("StringLookup", **LOOKUP),
        invert,
        layer("Hashing", num_bins=7),
        layer("Embedding"),
    )
    texts = {"x": np.array([["b"], ["c"], ["a"], ["a"], ["b"], ["c"], ["a"]], DType.STRING.numpy)}
    part = hosted(graph, FEATURES)
    at_once = part.compute(texts, {})
    monkeypatch.setattr(hosting, "BLOCK_ROWS", 3)
    block_by_block = part.compute(texts, {})
    assert {name: a.tolist() for name, a in block_by_block.items()} == {
        name: a.tolist() for name, a in at_once.items()
    }
    assert [(b.start, b.stop) for b in hosting.blocks(7)] == [(0, 3), (3, 6), (6, 7)]


def test_shapes_are_known_before_anything_is_computed() -> None:
    graph = chain(layer("Input"), layer("TextVectorization", output_sequence_length=5), layer("Embedding"))
    specs = infer(graph, FEATURES).specs
    assert specs["n2", "output"].shape == (5,)
    assert specs["n3", "output"].shape == (5, 16)


def test_behind_the_device_is_no_place_for_the_host() -> None:
    graph = chain(layer("Input", feature="n"), layer("Dense"), layer("IntegerLookup"))
    wanted = "integer_lookup runs where the data enters, and it stands behind layers that run on the device."
    assert any(s.startswith(wanted) for s in sentences(graph))
    with pytest.raises(ShapeError, match="integer_lookup runs where the data enters"):
        hosted(graph, FEATURES)


@pytest.mark.parametrize("name", ["Dense", "Flatten", "Embedding", "Conv2D", "Rescaling", "Target"])
def test_text_is_refused_where_numbers_are_needed(name: str) -> None:
    (sentence,) = [s for s in sentences(chain(layer("Input"), layer(name))) if "received text" in s]
    assert sentence == (
        f"{name} needs numbers, received text. Put a TextVectorization, a StringLookup or a Hashing before it."
    )


def test_what_is_not_known_before_training_is_asked_for() -> None:
    graph = chain(layer("Input"), layer("TextVectorization"), layer("Embedding"))
    assert any("received no length. Set Length" in s for s in sentences(graph))
    graph = chain(layer("Input"), layer("StringLookup", output_mode="multi_hot"), layer("Dense"))
    assert any("received no limit of words. Set Most words" in s for s in sentences(graph))
