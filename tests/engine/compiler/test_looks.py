"""Programs that look into a network: what they show is what NumPy makes of the network's own numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from engine.compiler.checkup import AT_THE_END, Signs, read_signs
from engine.compiler.inspect import inner_values, output_limits
from engine.compiler.lower import PARAMS, LoweringError
from engine.compiler.model import ModelCompiler, Objective
from engine.compiler.update import initial_slots
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.flatten import Flatten
from engine.layers.gru import GRU
from engine.layers.input import Input
from engine.layers.multi_head_attention import MultiHeadAttention
from engine.layers.target import Target
from engine.objectives.registry import find_loss
from engine.ops.cells import Seen
from engine.ops.limits import Limits, limits_of
from engine.optimizers.adagrad import Adagrad
from engine.optimizers.adam import Adam
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, Shape

ROWS, BATCH = 6, 4
PORT = "output"


def compiled(*layers: Layer, shape: Shape = (3,), classes: int = 2) -> ModelCompiler:
    graph = build_sequential([Input(), *layers, Target()])
    features = {"x": FeatureSpec(shape), "y": FeatureSpec((), DType.INT32, classes=classes)}
    (target,) = (n.id for n in graph.nodes.values() if isinstance(n.layer, Target))
    return ModelCompiler(graph, features, [Objective(target, "y", find_loss("auto", "binary"), 1.0, ())])


def node(graph: ModelGraph, kind: type[Layer], number: int = 0) -> str:
    return [n.id for n in graph.nodes.values() if type(n.layer) is kind][number]


class Run:
    """A program with the weights and rows of its network, in 64 bits so that differences can be taken."""

    def __init__(self, compiler: ModelCompiler, shape: Shape) -> None:
        self.weights = {n: a.astype(np.float64) for n, a in compiler.fresh_weights(5).items()}
        self.places = {n: w.member for n, w in compiler.weights().items()}
        self.sizes = compiler.arena_sizes()
        self.x = np.random.default_rng(1).normal(size=(ROWS, *shape))
        self.y = np.arange(ROWS, dtype=np.int32) % 2

    def __call__(self, program: Program, prefix: str = "data", **feeds: Array) -> dict[str, Array]:
        states: dict[str, Array] = {n: np.zeros(size) for n, size in self.sizes.items()}
        for name, array in self.weights.items():
            place = self.places[name]
            states[place.arena][place.offset : place.offset + place.spec.size] = array.reshape(-1)
        known = program.named(Storage.FEED)
        usual: dict[str, Array] = {
            "index": np.arange(known["index"].spec.size, dtype=np.int32),
            "step": np.array(0, np.int32),
            "seed": np.array(0, np.int32),
        }
        given = {n: a for n, a in (usual | feeds).items() if n in known}
        data: dict[str, Array] = {f"{prefix}/x": self.x, f"{prefix}/y": self.y}
        for value in program.named(Storage.STATE).values():
            states.setdefault(value.name, np.zeros(value.spec.shape))
        return interpret(program, given, data, states, np.float64)[0]

    def slope(self, program: Program, output: str, name: str, place: tuple[int, ...]) -> float:
        """How an output changes with one number of a weight."""
        kept, step = self.weights[name], 1e-5
        found = []
        for sign in (1, -1):
            self.weights[name] = kept.copy()
            self.weights[name][place] += sign * step
            found.append(float(self(program)[output]))
        self.weights[name] = kept
        return (found[0] - found[1]) / (2 * step)


@pytest.fixture
def small() -> tuple[ModelCompiler, Run]:
    compiler = compiled(Dense(units=5, activation="relu"), Dense(units=4, activation="tanh"), Dense(units=1))
    return compiler, Run(compiler, (3,))


def rms(x: Array) -> float:
    return float(np.sqrt(np.mean(np.square(x))))


def test_a_step_shows_the_gradients_that_differences_give(small: tuple[ModelCompiler, Run]) -> None:
    compiler, run = small
    program = compiler.examine(ROWS)
    seen = run(program)
    gradients = {n.partition("/")[2]: a for n, a in seen.items() if n.startswith("gradient/")}
    assert list(gradients) == list(compiler.weights())[::-1]
    for name, gradient in gradients.items():
        place = tuple(0 for _ in gradient.shape)
        assert run.slope(program, "total", name, place) / ROWS == pytest.approx(gradient[place], abs=1e-7)
    (loss,) = (a for n, a in seen.items() if n.startswith("loss/"))
    assert float(loss) == pytest.approx(float(seen["total"]))


def test_slopes_in_the_wires_add_up_to_those_of_biases(small: tuple[ModelCompiler, Run]) -> None:
    compiler, run = small
    shown, gradients = run(compiler.dissect(ROWS, ROWS)), run(compiler.examine(ROWS))
    last = node(compiler.graph, Dense, 2)
    np.testing.assert_allclose(shown[f"slope/{last}/output"].sum(axis=0), gradients[f"gradient/{last}/bias"])
    assert float(shown["loss"]) * ROWS == pytest.approx(float(gradients["total"]))
    np.testing.assert_array_equal(shown[f"output/{last}/output"], gradients[f"output/{last}/output"])


def test_a_checkup_measures_what_flows(small: tuple[ModelCompiler, Run]) -> None:
    compiler, run = small
    relu, tanh, last = (node(compiler.graph, Dense, k) for k in range(3))
    run.weights[f"{relu}/bias"][:2] = -50.0  # two units never answer
    run.weights[f"{tanh}/bias"][:1] = 50.0  # and one always the same
    program, units = compiler.checkup(ROWS, ROWS)
    assert units == {(relu, PORT): 5, (tanh, PORT): 4, (last, PORT): 1}
    values = run(program)
    signs = read_signs(values, units)
    shown, gradients = run(compiler.dissect(ROWS, ROWS)), run(compiler.examine(ROWS))
    for (name, port), found in signs.items():
        assert found.size == pytest.approx(rms(shown[f"output/{name}/{port}"]))
        assert found.slope == pytest.approx(rms(shown[f"slope/{name}/{port}"]))
        assert found.units == units[name, port]
    y = shown[f"output/{relu}/output"]
    assert signs[relu, PORT].dead == int((y.max(axis=0) == 0).sum()) >= 2
    ends = np.abs(shown[f"output/{tanh}/output"]) > 1 - 2 * AT_THE_END
    assert signs[tanh, PORT].flat == pytest.approx(ends.mean())
    assert 0.25 <= ends.mean() < 1
    assert (signs[relu, PORT].flat, signs[tanh, PORT].dead) == (None, None)
    assert (signs[last, PORT].flat, signs[last, PORT].dead) == (None, None)
    for name in compiler.weights():
        assert float(values[f"weight/{name}"]) == pytest.approx(rms(run.weights[name]))
        assert float(values[f"gradient/{name}"]) == pytest.approx(rms(gradients[f"gradient/{name}"]))


def test_what_was_not_measured_is_not_known() -> None:
    values: Mapping[str, Array] = {
        "size/a/output": np.array(2.0),
        "slope/a/output": np.array(3.0),
        "dead/a/output": np.array(0.9999),
    }
    assert read_signs(values, {("a", PORT): 7}) == {("a", PORT): Signs(2.0, 3.0, 7, dead=1, flat=None)}


@pytest.mark.parametrize("unit", [0, 3])
def test_an_input_can_be_moved_towards_a_unit(small: tuple[ModelCompiler, Run], unit: int) -> None:
    compiler, run = small
    tap = (node(compiler.graph, Dense, 1), PORT)
    assert compiler.ascent_width(tap) == 4
    program = compiler.ascend("seen", tap, "x", ROWS)
    chosen = np.eye(4)[[unit] * ROWS]
    seen = run(program, "seen", chosen=chosen)
    shown = run(compiler.dissect(ROWS, ROWS))[f"output/{tap[0]}/output"]
    np.testing.assert_allclose(seen["value"], shown[:, unit])
    before, step = run.x, 1e-5
    run.x = before + step * np.eye(3)[1]
    above = run(program, "seen", chosen=chosen)["value"]
    run.x = before - step * np.eye(3)[1]
    below = run(program, "seen", chosen=chosen)["value"]
    np.testing.assert_allclose(seen["gradient"][:, 1], (above - below) / (2 * step), atol=1e-8)


def test_the_places_of_a_picture_are_averaged_on_the_way_up() -> None:
    compiler = compiled(Conv2D(filters=2, kernel_size=(2, 2)), Flatten(), Dense(units=1), shape=(4, 4, 1))
    run = Run(compiler, (4, 4, 1))
    tap = (node(compiler.graph, Conv2D), PORT)
    seen = run(compiler.ascend("seen", tap, "x", ROWS), "seen", chosen=np.eye(2)[[1] * ROWS])
    shown = run(compiler.dissect(ROWS, ROWS))[f"output/{tap[0]}/output"]
    np.testing.assert_allclose(seen["value"], shown[..., 1].mean(axis=(1, 2)))
    assert seen["gradient"].shape == (ROWS, 4, 4, 1)


# -- inside of a node -----------------------------------------------------------------------------------------
def test_attention_is_seen_and_its_rows_add_up_to_one() -> None:
    layers = (MultiHeadAttention(num_heads=2, key_dim=3), Flatten(), Dense(units=1))
    compiler = compiled(*layers, shape=(5, 4))
    name = node(compiler.graph, MultiHeadAttention)
    program, inner = compiler.inspect("seen", [name], rows=ROWS)
    (attention,) = inner[name].attention
    assert attention.shape == (ROWS, 2, 5, 5)
    seen = Run(compiler, (5, 4))(program, "seen")
    np.testing.assert_allclose(seen[f"attention/{name}/0"].sum(axis=-1), 1.0)
    assert seen[f"output/{name}/output"].shape == (ROWS, 5, 4)
    assert inner[name].states == ()


def test_the_steps_of_a_recurrence_are_seen_and_its_gates_closely() -> None:
    compiler = compiled(GRU(units=3), Dense(units=1), shape=(5, 2))
    name = node(compiler.graph, GRU)
    run = Run(compiler, (5, 2))
    program, inner = compiler.inspect("seen", [name], rows=ROWS)
    assert [kind for kind, _ in inner[name].states] == [Seen.OUTPUT]
    plain = run(program, "seen")
    assert plain[f"state/{name}/0"].shape == (5, ROWS, 3)
    np.testing.assert_array_equal(plain[f"state/{name}/0"][-1], plain[f"output/{name}/output"])
    program, inner = compiler.inspect("seen", [name], rows=ROWS, closely=True)
    kinds = [kind for kind, _ in inner[name].states]
    assert kinds == [Seen.OUTPUT, Seen.UPDATE_GATE, Seen.RESET_GATE, Seen.CANDIDATE]
    seen = run(program, "seen")
    h, z, r, c = (seen[f"state/{name}/{k}"] for k in range(4))
    before = np.concatenate([np.zeros((1, ROWS, 3)), h[:-1]])
    np.testing.assert_allclose(h, z * before + (1 - z) * c, atol=1e-6)
    assert ((r > 0) & (r < 1)).all()


def test_weights_over_a_picture_know_its_shape() -> None:
    compiler = compiled(Flatten(), Dense(units=2), Dense(units=1), shape=(4, 3, 2))
    first, second = (node(compiler.graph, Dense, k) for k in range(2))
    _, inner = compiler.inspect("seen", [first, second], rows=2)
    assert (inner[first].over, inner[second].over) == ((4, 3, 2), ())


def test_a_node_without_anything_inside_has_nothing() -> None:
    inner = inner_values(ProgramBuilder("empty"), "nowhere")
    assert (inner.attention, inner.states, inner.over) == ((), (), ())


# -- ends of activations --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("relu", 0.0, None),
        ("sigmoid", 0.0, 1.0),
        ("tanh", -1.0, 1.0),
        ("softplus", 0.0, None),
        ("exp", 0.0, None),
        ("sign", -1.0, 1.0),
    ],
)
def test_where_an_activation_is_flat(name: str, low: float, high: float | None) -> None:
    limits = limits_of(name)
    assert limits is not None
    assert limits.low == pytest.approx(low, abs=1e-9)
    assert limits.high == (None if high is None else pytest.approx(high))
    assert limits.bounded is (high is not None)


@pytest.mark.parametrize("name", ["neg", "absolute", "add", "where", "softmax", "reshape", "nothing", "log"])
def test_what_is_flat_nowhere_or_no_activation(name: str) -> None:
    assert limits_of(name) is None


def test_the_limits_of_an_output_are_those_of_its_last_op() -> None:
    layers = (Dense(units=4, activation="sigmoid"), Flatten(), Dense(units=1))
    compiler = compiled(*layers, shape=(2, 3))
    assert output_limits(compiler, (node(compiler.graph, Flatten), PORT)) == Limits(0.0, 1.0)
    assert output_limits(compiler, (node(compiler.graph, Dense, 1), PORT)) is None
    assert output_limits(compiler, ("nowhere", PORT)) is None


# -- states and refusals --------------------------------------------------------------------------------------
def test_a_tap_that_is_not_there_is_refused(small: tuple[ModelCompiler, Run]) -> None:
    compiler, run = small
    name = node(compiler.graph, Dense)
    seen = run(compiler.predict(ROWS, BATCH, taps=[(name, PORT)]))
    assert seen[f"{name}/output"].shape == (BATCH, 5)
    assert seen["y0"].shape == (BATCH, 1)
    with pytest.raises(LoweringError, match="has no layer gone with output"):
        compiler.predict(ROWS, BATCH, taps=[("gone", PORT)])


def test_slots_begin_as_the_optimizer_says_but_for_those_that_are_given(
    small: tuple[ModelCompiler, Run],
) -> None:
    compiler, _ = small
    for optimizer, starts in (
        (Adam(), {"slot/momentum": 0.0, "slot/velocity": 0.0}),
        (Adagrad(initial_accumulator_value=0.25), {"slot/accumulator": 0.25}),
    ):
        program = compiler.train(optimizer, ROWS, BATCH)
        states = compiler.initial(program, optimizer, seed=3)
        assert {n: float(a[0]) for n, a in states.items() if n.startswith("slot/")} == starts
        found = initial_slots(program, optimizer, states)
        assert set(found) == set(starts)
        first, *others = starts
        assert set(initial_slots(program, optimizer, states, {first})) == set(others)


def test_a_network_that_learns_nothing_has_no_slots() -> None:
    compiler = compiled(Flatten(), Dropout(rate=0.5), shape=(1,))
    program = compiler.train(Adam(), ROWS, BATCH)
    assert PARAMS not in program.named(Storage.STATE)
    assert initial_slots(program, Adam(), {}) == {}
