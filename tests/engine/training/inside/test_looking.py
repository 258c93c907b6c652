"""What is shown of the inside of layers is what is there, on both devices, and showing it changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.bundle import DataBundle, Feature, TaskKind
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.bidirectional import Bidirectional
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.flatten import Flatten
from engine.layers.gru import GRU
from engine.layers.input import Input
from engine.layers.lstm import LSTM
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.multi_head_attention import MultiHeadAttention
from engine.layers.target import Target
from engine.ops.cells import Seen
from engine.tensor.spec import Array, DType
from engine.training.inside.example import SIDE, example_of, plane_of
from engine.training.inside.looking import Looking
from engine.training.inside.records import Inside
from engine.training.inside.views import TileKind, Tiles
from tests.engine.training.networks import session, settings, with_everything
from tests.engine.training.sequences import LENGTH, WORDS, words


def _pictures() -> DataBundle:
    """Noise with a bright half: the class says which."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 96).astype(np.int32)
    x = rng.integers(0, 120, (96, 8, 8, 1), dtype=np.uint8)
    for picture, side in zip(x, y, strict=True):
        picture[:, 4 * side : 4 * side + 4] += 100
    features = {
        "x": Feature("x", "image", (8, 8, 1), DType.UINT8, scale=1 / 255),
        "y": Feature("y", "category", (), DType.INT32, class_names=("left", "right")),
    }
    return DataBundle(
        {"x": x}, {"y": y}, features, TaskKind.BINARY, range(64), range(64, 96), range(96, 96), {}
    )


PICTURES = build_sequential(
    [
        Input(),
        Conv2D(filters=5, kernel_size=(3, 3), activation="relu"),
        MaxPooling2D(),
        Flatten(),
        Dense(units=7),
        Dense(units=1),
        Target(),
    ]
)
CONV, POOL, ROW, DENSE = "n2", "n3", "n4", "n5"


@pytest.fixture(scope="module")
def pictures() -> DataBundle:
    return _pictures()


def _example(bundle: DataBundle, row: int = 3) -> dict[str, Array]:
    scale = bundle.features["x"].scale
    return {"x": bundle.inputs["x"][row : row + 1].astype(np.float32) * scale}


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_maps_filters_and_gradients_are_those_of_the_network(pictures: DataBundle, device: str) -> None:
    run = session(PICTURES, pictures, settings(), device=device)
    run.advance(3)
    looking, example = Looking(run), _example(pictures)
    seen = looking.look(Inside("all", (CONV, DENSE), example, large=True))
    assert seen is not None
    conv, dense = seen.layers[CONV], seen.layers[DENSE]
    weights = run.weights()
    tapped = run.predict("other", example, [(CONV, "output"), (DENSE, "output")])
    maps = conv.outputs["output"]
    assert maps.kind is TileKind.MAPS
    np.testing.assert_allclose(maps.values, np.moveaxis(tapped[f"{CONV}/output"][0], -1, 0), atol=1e-6)
    assert conv.spreads["output"].zero == pytest.approx(np.mean(tapped[f"{CONV}/output"] == 0))
    np.testing.assert_array_equal(
        conv.filters["weight"].values, np.moveaxis(weights[f"{CONV}/weight"][:, :, 0], -1, 0)
    )
    units = dense.outputs["output"]
    assert units.kind is TileKind.UNITS
    np.testing.assert_allclose(units.values.reshape(-1), tapped[f"{DENSE}/output"][0], atol=1e-6)
    assert dense.filters["weight"].total == 7
    assert dense.filters["weight"].kind is TileKind.FILTERS  # over the places of the pooled maps
    gradients = run.memory.read("grads")
    arena, offset, shape = run.layout[f"{DENSE}/weight"]
    own = gradients[offset : offset + int(np.prod(shape))]
    assert arena == "params"
    assert dense.gradients["weight"].high == float(own.max()) > 0
    assert dense.gradients["weight"].counts.sum() == own.size
    looking.close()
    run.close()


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_a_run_that_is_looked_into_is_the_same_to_the_bit(device: str) -> None:
    plain, seen = (session(with_everything(), device=device) for _ in range(2))
    looking = Looking(seen)
    wish = Inside("all", tuple(seen.compiler.graph.nodes), {"x": np.ones((1, 2), np.float32)})
    plain.advance(9)
    for steps in (4, 3, 2):
        seen.advance(steps)
        assert looking.look(wish) is not None
    for name, state in plain.states().items():
        np.testing.assert_array_equal(state, seen.states()[name])
    looking.close()
    for each in (plain, seen):
        each.close()


def _words() -> tuple[DataBundle, dict[str, Array]]:
    bundle = words()
    return bundle, {name: array[:1] for name, array in bundle.inputs.items()}


def test_the_states_of_a_recurrence_are_shown_over_time() -> None:
    bundle, example = _words()
    layers = [Input(), Embedding(input_dim=WORDS, output_dim=4), LSTM(units=4), Dense(units=1), Target()]
    run = session(build_sequential(layers), bundle)
    seen = Looking(run).look(Inside("lstm", ("n3",), example, large=True))
    assert seen is not None
    named = dict(seen.layers["n3"].states)
    states = named[Seen.OUTPUT]
    last = run.predict("other", example, [("n3", "output")])["n3/output"][0]
    assert states.kind is TileKind.SEQUENCE
    assert states.values.shape == (1, 4, LENGTH)
    np.testing.assert_allclose(states.values[0][:, -1], last, atol=1e-6)
    run.close()


def _steps(named: dict[Seen, Tiles], name: Seen) -> Array:
    """What a recurrence has, (units, time)."""
    values: Array = named[name].values[0]
    return values


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_the_gates_of_an_lstm_are_those_that_make_its_cell_and_its_output(device: str, masked: bool) -> None:
    bundle, example = _words()
    embedding = Embedding(input_dim=WORDS, output_dim=4, mask_zero=masked)
    layers = [Input(), embedding, LSTM(units=4), Dense(units=1), Target()]
    run = session(build_sequential(layers), bundle, device=device)
    run.advance(2)
    looking = Looking(run)
    seen = looking.look(Inside("lstm", ("n3",), example, large=True))
    small = looking.look(Inside("lstm", ("n3",), example))
    assert seen is not None
    assert small is not None
    assert [name for name, _ in small.layers["n3"].states] == [Seen.OUTPUT, Seen.CELL]
    named = dict(seen.layers["n3"].states)
    i, f, g, o = (
        _steps(named, s) for s in (Seen.INPUT_GATE, Seen.FORGET_GATE, Seen.CANDIDATE, Seen.OUTPUT_GATE)
    )
    cell, output = _steps(named, Seen.CELL), _steps(named, Seen.OUTPUT)
    before = np.concatenate([np.zeros((4, 1), np.float32), cell[:, :-1]], axis=1)
    told = example["x"][0] != 0 if masked else np.full(LENGTH, True)
    np.testing.assert_allclose(cell, np.where(told, f * before + i * g, before), atol=1e-5)
    np.testing.assert_allclose(output[:, told], (o * np.tanh(cell))[:, told], atol=1e-5)
    assert min(a.min() for a in (i, f, o)) > 0 > g.min()
    looking.close()
    run.close()


@pytest.mark.parametrize("reset_after", [False, True])
def test_the_gates_of_a_gru_lead_from_state_to_state(reset_after: bool) -> None:
    bundle, example = _words()
    embedding = Embedding(input_dim=WORDS, output_dim=4)
    layers = [Input(), embedding, GRU(units=3, reset_after=reset_after), Dense(units=1), Target()]
    run = session(build_sequential(layers), bundle)
    seen = Looking(run).look(Inside("gru", ("n3",), example, large=True))
    assert seen is not None
    named = dict(seen.layers["n3"].states)
    assert list(named) == [Seen.OUTPUT, Seen.UPDATE_GATE, Seen.RESET_GATE, Seen.CANDIDATE]
    z, candidate, h = (_steps(named, s) for s in (Seen.UPDATE_GATE, Seen.CANDIDATE, Seen.OUTPUT))
    before = np.concatenate([np.zeros((3, 1), np.float32), h[:, :-1]], axis=1)
    np.testing.assert_allclose(h, z * before + (1 - z) * candidate, atol=1e-5)
    run.close()


def test_both_directions_show_their_gates() -> None:
    bundle, example = _words()
    both = Bidirectional(layer=LSTM(units=2, return_sequences=True))
    layers = [
        Input(),
        Embedding(input_dim=WORDS, output_dim=4),
        both,
        LSTM(units=2),
        Dense(units=1),
        Target(),
    ]
    run = session(build_sequential(layers), bundle)
    seen = Looking(run).look(Inside("both", ("n3",), example, large=True))
    assert seen is not None
    assert [name for name, _ in seen.layers["n3"].states].count(Seen.FORGET_GATE) == 2
    run.close()


def _attending() -> tuple[ModelGraph, str, str]:
    """Words that look at each other, then a layer that answers with a softmax; the ids of both."""
    graph = ModelGraph()

    def node(layer: Layer, *wires: tuple[Node, str]) -> Node:
        made = graph.new_node(layer)
        graph.insert_node(made)
        for source, port in wires:
            graph.insert_edge(Edge(source.id, "output", made.id, port))
        return made

    embedded = node(Embedding(input_dim=WORDS, output_dim=4), (node(Input(feature="x")), "input"))
    attention = node(MultiHeadAttention(num_heads=2, key_dim=3), (embedded, "query"), (embedded, "value"))
    answer = node(Dense(units=3, activation="softmax"), (attention, "input"))
    node(Target(target="y"), (node(Dense(units=1), (node(Flatten(), (answer, "input")), "input")), "input"))
    return graph, attention.id, answer.id


def test_attention_is_shown_for_each_head_and_a_softmax_of_answers_is_none() -> None:
    bundle, example = _words()
    graph, attention, answer = _attending()
    run = session(graph, bundle)
    seen = Looking(run).look(Inside("attention", (attention, answer), example, large=True))
    assert seen is not None
    (heads,) = seen.layers[attention].attention
    assert heads.values.shape == (2, LENGTH, LENGTH)
    np.testing.assert_allclose(heads.values.sum(axis=-1), 1.0, atol=1e-5)
    assert seen.layers[answer].attention == ()
    run.close()


def test_nodes_that_are_gone_are_left_out() -> None:
    run = session()
    seen = Looking(run).look(Inside("gone", ("n999",)))
    assert seen is not None
    assert seen.layers == {}
    run.close()


def test_who_is_told_to_stop_looks_no_further() -> None:
    run = session()
    assert (
        Looking(run).look(Inside("all", ("n2",), {"x": np.ones((1, 2), np.float32)}), lambda: False) is None
    )
    run.close()


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_units_are_maps_over_the_plane_of_the_data(device: str) -> None:
    run = session(device=device)
    points = plane_of(run.bundle)
    seen = Looking(run).look(Inside("plane", ("n2",), points, (SIDE, SIDE), large=True))
    assert seen is not None
    tiles = seen.layers["n2"].outputs["output"]
    assert tiles.values.shape == (8, SIDE, SIDE)
    weights = run.weights()
    corner = np.tanh(points["x"][-1] @ weights["n2/weight"] + weights["n2/bias"])
    np.testing.assert_allclose(tiles.values[:, -1, -1], corner, atol=1e-5)
    assert points["x"][0, 1] > points["x"][-1, 1]  # the first row is the top
    run.close()


def test_an_example_is_what_the_network_sees(pictures: DataBundle) -> None:
    seen = example_of(pictures, 5)["x"]
    assert seen.dtype == np.float32
    np.testing.assert_allclose(seen[0], pictures.inputs["x"][5] / 255, atol=1e-7)
