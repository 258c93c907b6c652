"""Layers that look at the data: what they learn, from which rows, and that it is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.bundle import DataBundle, Feature, TaskKind
from engine.formats.project import Project, load_project, save_project
from engine.formats.weights import misfit
from engine.graph.document import ModelGraph
from engine.graph.grouping import group
from engine.graph.inference import infer
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.host import unpacked
from engine.layers.registry import layers
from engine.tensor.spec import Array, DType, ShapeError
from engine.training.features import feature_specs
from engine.training.named import NamedStates
from engine.training.reports import Snapshot
from engine.training.states import named_states, snapshot_of, weights_in_words
from tests.engine.training.networks import session

WORDS = ["good", "fine", "bad", "poor"]
TRAIN, ROWS = 24, 32


def layer(name: str, **settings: object) -> Layer:
    return layers()[name].model_validate(settings)


def bundle(x: Array, feature: Feature) -> DataBundle:
    classes = (np.arange(len(x)) % 2).astype(np.int32)
    target = Feature("y", "category", (), DType.INT32, class_names=("no", "yes"))
    return DataBundle(
        {"x": x},
        {"y": classes},
        {"x": feature, "y": target},
        TaskKind.BINARY,
        range(TRAIN),
        range(TRAIN, len(x)),
        range(0),
        {},
    )


def numbers(generator: np.random.Generator) -> DataBundle:
    x = generator.normal(3.0, 2.0, (ROWS, 3)).astype(np.float32)
    x[TRAIN:] += 100.0
    return bundle(x, Feature("x", "numeric", (3,)))


def texts() -> DataBundle:
    cells = [f"It was {WORDS[2 * (k % 2) + k // 2 % 2]}!" for k in range(TRAIN)]
    cells += ["Never heard"] * (ROWS - TRAIN)
    column = np.array(cells, DType.STRING.numpy)[:, np.newaxis]
    return bundle(column, Feature("x", "text", (1,), DType.STRING, column_names=("review",)))


def network(*first: Layer) -> ModelGraph:
    return build_sequential([layer("Input"), *first, layer("Dense", units=1), layer("Target")])


def reader(**settings: object) -> ModelGraph:
    usual = {"output_sequence_length": 4, "max_tokens": 12}
    vectorization = layer("TextVectorization", **{**usual, **settings})
    return network(vectorization, layer("Embedding", input_dim=12, output_dim=3), layer("Flatten"))


def id_of(graph: ModelGraph, name: str) -> str:
    return next(n.id for n in graph.nodes.values() if type(n.layer).__name__ == name)


def test_means_are_those_of_the_training_rows_at_the_layer() -> None:
    data = numbers(np.random.default_rng(0))
    graph = network(layer("Rescaling", scale=2.0, offset=1.0), layer("Normalization"))
    run = session(graph, data)
    weights = run.weights()
    arriving = data.inputs["x"][:TRAIN] * 2.0 + 1.0
    node = id_of(graph, "Normalization")
    np.testing.assert_allclose(weights[f"{node}/mean"], arriving.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(weights[f"{node}/variance"], arriving.var(axis=0), rtol=1e-5)
    run.advance(3)
    np.testing.assert_array_equal(run.weights()[f"{node}/mean"], weights[f"{node}/mean"])
    run.close()


def test_one_layer_is_adapted_after_the_other() -> None:
    data = numbers(np.random.default_rng(1))
    graph = network(layer("Normalization"), layer("Discretization", num_bins=4, output_mode="multi_hot"))
    run = session(graph, data)
    bounds = run.weights()[f"{id_of(graph, 'Discretization')}/bin_boundaries"]
    x = data.inputs["x"][:TRAIN]
    normal = (x - x.mean(axis=0)) / x.std(axis=0)
    np.testing.assert_allclose(bounds, np.quantile(normal, [0.25, 0.5, 0.75]), atol=0.1)
    run.close()


def test_a_part_of_another_layer_is_adapted() -> None:
    data = numbers(np.random.default_rng(5))
    graph = network(layer("Normalization"), layer("Normalization"))
    ids = [i for i, n in graph.nodes.items() if type(n.layer).__name__ == "Normalization"]
    grouping, made = group(graph, ids)
    grouping.apply(graph)
    run = session(graph, data)
    weights = {name: array for name, array in run.weights().items() if name.startswith(f"{made}/")}
    means = [array for name, array in weights.items() if name.endswith("/mean")]
    np.testing.assert_allclose(means[0], data.inputs["x"][:TRAIN].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(means[1], np.zeros(3), atol=1e-5)
    run.close()


def test_the_host_is_no_part_of_another_layer() -> None:
    data = texts()
    graph = network(layer("StringLookup"), layer("Hashing", output_mode="one_hot"))
    ids = [i for i, n in graph.nodes.items() if type(n.layer).__name__ in ("StringLookup", "Hashing")]
    grouping, _ = group(graph, ids)
    grouping.apply(graph)
    found = infer(graph, feature_specs(data.spec)).diagnostics
    assert any("Group needs numbers, received text." in d.sentence for d in found)


def test_what_is_given_wins() -> None:
    data = numbers(np.random.default_rng(2))
    run = session(network(layer("Normalization", mean=[1, 2, 3], variance=[1, 1, 1])), data)
    assert not any(name.endswith("/mean") for name in run.weights())
    run.close()


def test_values_that_a_layer_cannot_take_are_refused_before_the_first_step() -> None:
    data = numbers(np.random.default_rng(3))
    with pytest.raises(
        ShapeError, match=r"category_encoding: CategoryEncoding needs whole numbers, the data has"
    ):
        session(network(layer("CategoryEncoding", num_tokens=5)), data)
    whole = bundle(np.arange(ROWS, dtype=np.float32)[:, np.newaxis], Feature("x", "numeric", (1,)))
    with pytest.raises(ShapeError, match=r"knows the numbers 0 to 4, the data has 23\. Set Classes to 24"):
        session(network(layer("CategoryEncoding", num_tokens=5)), whole)
    with pytest.raises(ShapeError, match="needs numbers from 0 on, the data has -3"):
        session(
            network(layer("CategoryEncoding", num_tokens=5)),
            bundle(whole.inputs["x"] - 3.0, whole.features["x"]),
        )


def test_a_vocabulary_is_learned_kept_and_used() -> None:
    data, graph = texts(), reader()
    run = session(graph, data)
    run.advance(100)
    run.report()
    run.advance(5)
    assert run.report()["accuracy"] == 1.0
    tables = [n for n in run.states() if n.startswith("table/")]
    assert tables == [f"table/{id_of(graph, 'TextVectorization')}/vocabulary"]
    words = unpacked(run.states()[tables[0]])
    assert words[:2] == ["was", "it"]
    assert set(words) == {"it", "was", *WORDS}, "validation rows are not looked at"
    new = {"x": np.array([["a good one"], ["bad"]], DType.STRING.numpy)}
    before = run.predict("new", new)["y0"]
    states, step = run.states(), run.step
    run.close()
    again = session(graph, data, states=states, step=step)
    np.testing.assert_array_equal(again.predict("new", new)["y0"], before)
    again.close()


def test_a_vocabulary_survives_a_project_file(tmp_path: Path) -> None:
    data, graph = texts(), reader()
    run = session(graph, data)
    snapshot = Snapshot(run.step, run.states())
    named = named_states(graph, data.spec, snapshot)
    run.close()
    path = tmp_path / "text.loom"
    save_project(path, Project(graph, named.weights, named.optimizer, named.step))
    loaded = load_project(path)
    assert loaded.warnings == ()
    assert weights_in_words(loaded.graph, data.spec, snapshot, id_of(graph, "TextVectorization"), 100) == ""
    node = id_of(graph, "TextVectorization")
    np.testing.assert_array_equal(loaded.weights[f"{node}/vocabulary"], named.weights[f"{node}/vocabulary"])
    assert snapshot_of(loaded.graph, data.spec, named) is not None
    without = {n: a for n, a in named.weights.items() if not n.endswith("vocabulary")}
    assert snapshot_of(graph, data.spec, NamedStates(without)) is None
    strange = {**named.weights, f"{node}/vocabulary": np.zeros((2, 2), np.float64)}
    assert "float64" in misfit(graph, strange)


def test_gl_sees_the_same_numbers() -> None:
    data = texts()
    graph = reader()
    runs = [session(graph, data, device=device) for device in ("cpu", "gl")]
    for run in runs:
        run.advance(5)
    first, second = (run.predict("new", {"x": data.inputs["x"][:7]})["y0"] for run in runs)
    np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-6)
    for run in runs:
        run.close()


@pytest.mark.parametrize("mode", ["multi_hot", "count", "tf_idf"])
def test_counts_of_words_train(mode: str) -> None:
    graph = network(layer("TextVectorization", output_mode=mode, max_tokens=12))
    run = session(graph, texts())
    run.advance(200)
    run.report()
    run.advance(5)
    assert run.report()["accuracy"] == 1.0
    run.close()


def test_an_embedding_with_too_few_words_is_told() -> None:
    vectorization = layer("TextVectorization", output_sequence_length=4)
    graph = network(vectorization, layer("Embedding", input_dim=5), layer("Flatten"))
    sentence = r"embedding: Embedding knows the numbers 0 to 4, the data has 7\. Set Words to 8\."
    with pytest.raises(ShapeError, match=sentence):
        session(graph, texts())


def test_a_limit_below_the_reserved_places_learns_nothing_but_runs() -> None:
    run = session(reader(max_tokens=2), texts())
    run.advance(2)
    run.close()


def test_text_without_words_is_refused() -> None:
    data = texts()
    empty = bundle(np.full((ROWS, 1), "?!", DType.STRING.numpy), data.features["x"])
    with pytest.raises(
        ShapeError, match="text_vectorization: TextVectorization found no words in the training data"
    ):
        session(reader(), empty)
