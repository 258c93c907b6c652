"""What is said of a number is true: of every layer, against the engine's own gradients and against finite differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from typing_extensions import override

from engine.layers.base import Layer, LayerSample, Role
from engine.layers.registry import layers
from engine.ops import elementwise as ew
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.registry import ops
from engine.ops.views import reshape
from engine.program.builder import ProgramBuilder
from engine.program.program import Storage
from engine.tensor.spec import Array, DType, TensorSpec
from engine.training.explain.chain import chain, ways_from
from engine.training.explain.formula import Apply, Expression, Infix, Leaf, Sum, formula
from engine.training.explain.names import Kind, symbol_of
from engine.training.explain.text import MINUS, formula_text, number_text, symbol_text
from engine.training.explain.trace import Place, Trace, run, traced
from tests.engine.bench import LayerBench

ONCE = [
    (kind, sample)
    for kind in layers().values()
    if kind.declaration.role is Role.HIDDEN
    for sample in kind.declaration.samples[:1]
    if not sample.texts
]


class _FedBench(LayerBench):
    """What a layer reads comes from outside at every step, weights as well."""

    @override
    def input(self, value: Array | float) -> Tensor:
        array = np.asarray(value)
        dtype = DType.INT32 if array.dtype == np.int32 else DType.FLOAT32
        tensor = self.builder.feed(f"input {len(self.values)}", TensorSpec(array.shape, dtype))
        self.values[tensor.id] = array.astype(dtype.numpy)
        return tensor

    def outside(self) -> dict[tuple[Storage, str], Array]:
        values = self.builder.finish().values
        return {(Storage.FEED, values[i].name): array for i, array in self.values.items()}


def _one_output(kind: type[Layer], sample: LayerSample) -> tuple[_FedBench, Tensor, list[Tensor]] | None:
    bench = _FedBench(training=False, seed=3)
    if sample.integers:
        inputs = [bench.input(bench.generator.integers(0, 5, s, np.int32)) for s in sample.inputs]
    else:
        inputs = [bench.input(bench.generator.normal(size=s).astype(np.float32)) for s in sample.inputs]
    outputs = kind.model_validate(sample.settings).build(bench, *inputs)
    if not outputs or outputs[0].dtype is not DType.FLOAT32:
        return None
    return bench, outputs[0], inputs


def _traced(bench: _FedBench, output: Tensor) -> Trace:
    weights = bench.builder.constant(bench.generator.normal(size=output.shape).astype(np.float32))
    loss = sum_(ew.mul(ew.square(output), weights), axes=tuple(range(output.spec.rank)), keepdims=False)
    named = {f"n/{name}": tensor for name, tensor in bench.weights.items()}
    return traced(bench.builder, loss, named, {("n", "output"): output}, bench.outside())


def _precise_loss(trace: Trace, bench: _FedBench, place: Place, moved: float) -> float:
    """The loss in double precision with one number moved."""
    numbers: dict[int, Any] = {
        i: a.astype(np.float64) if a.dtype == np.float32 else a for i, a in trace.program.constants.items()
    }
    for i, array in bench.values.items():
        numbers[i] = array.astype(np.float64) if array.dtype == np.float32 else array
    numbers[place.value] = np.array(numbers[place.value])
    numbers[place.value].reshape(-1)[place.index] += moved
    for node in trace.nodes:
        specs = [trace.program.values[i].spec for i in node.outputs]
        made = [np.empty(s.shape, np.float64 if s.dtype is DType.FLOAT32 else s.dtype.numpy) for s in specs]
        node.op.compute([numbers[i] for i in node.inputs], made, node.attrs)
        numbers.update(zip(node.outputs, made, strict=True))
    return float(numbers[trace.loss])


@pytest.mark.parametrize(("kind", "sample"), ONCE, ids=lambda v: getattr(v, "title", lambda: "")())
def test_the_chain_rule_gives_the_gradient(kind: type[Layer], sample: LayerSample) -> None:
    made = _one_output(kind, sample)
    if made is None:
        return
    bench, output, inputs = made
    trace = _traced(bench, output)
    looked_at = [t for t in (*inputs, *bench.weights.values()) if t.id in trace.gradients]
    for tensor in looked_at:
        size = tensor.spec.size
        for index in {0, size - 1} if size else ():
            place = Place(tensor.id, index)
            slope = trace.gradient(place)
            assert slope is not None
            room = 2e-3 * max(1.0, abs(slope))
            step = 1e-5
            ends = [_precise_loss(trace, bench, place, sign * step) for sign in (1.0, -1.0)]
            assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=2e-3, abs=room)
            _check_ways(trace, place, slope, room)


def _check_ways(trace: Trace, place: Place, slope: float, room: float) -> None:
    """All ways together, and each edge of the chain with what goes other ways, give the gradient of the engine."""
    ways = ways_from(trace, place)
    assert sum(w.adds for w in ways) == pytest.approx(slope, rel=2e-3, abs=room)
    edges = chain(trace, place)
    if not ways:
        assert slope == 0.0
    product = 1.0
    for edge in edges:
        along = trace.gradient(edge.wrt)
        assert along is not None
        assert edge.derivative * edge.slope + edge.others == pytest.approx(along, rel=2e-3, abs=room)
        product *= edge.derivative
    if edges and edges[-1].of.value != trace.loss:
        assert edges[-1].derivative == 0.0 or not trace.gradient(edges[-1].of)
    elif edges and not any(edge.ways for edge in edges):
        assert product == pytest.approx(slope, rel=2e-3, abs=room)


def _evaluated(expression: Expression) -> float:
    """A formula computed from its leaves."""
    if isinstance(expression, Leaf):
        return expression.value
    if isinstance(expression, Sum):
        factors = [(t.factor.value if t.factor else 1.0) * _evaluated(t.of) for t in expression.terms]
        return math.fsum([*factors, expression.rest])
    if isinstance(expression, Infix):
        left, right = _evaluated(expression.left), _evaluated(expression.right)
        sign = expression.sign
        return left + right if sign == "+" else left - right if sign == "-" else _scaled(sign, left, right)
    return _applied(expression)


def _scaled(sign: str, left: float, right: float) -> float:
    return left * right if sign == "*" else left / right


def _applied(expression: Apply) -> float:
    op = ops()[expression.name]
    if not op.ufunc or expression.more:
        return expression.value  # a function of many numbers
    (value,) = op.evaluate(*(np.full((1,), _evaluated(a), np.float32) for a in expression.arguments))
    return float(value[0])


@pytest.mark.parametrize(("kind", "sample"), ONCE, ids=lambda v: getattr(v, "title", lambda: "")())
def test_a_formula_gives_the_number(kind: type[Layer], sample: LayerSample) -> None:
    made = _one_output(kind, sample)
    if made is None:
        return
    bench, output, _ = made
    trace = _traced(bench, output)
    for index in {0, output.spec.size // 2, output.spec.size - 1} if output.spec.size else ():
        place = Place(output.id, index)
        written = formula(trace, place)
        assert _evaluated(written) == pytest.approx(trace.number(place), rel=2e-3, abs=2e-3)
        assert formula_text(written)
        assert formula_text(written, values=True)


def _classic() -> tuple[Trace, dict[str, Tensor]]:
    """The loss (v x - y)^2 with v = 3, x = 2, y = 1."""
    builder = ProgramBuilder("classic")
    named = {name: builder.feed(name, TensorSpec((1,))) for name in "vxy"}
    loss = reshape(ew.square(named["v"] * named["x"] - named["y"]), shape=())
    outside = {
        (Storage.FEED, name): np.array([value], np.float32)
        for name, value in (("v", 3.0), ("x", 2.0), ("y", 1.0))
    }
    return traced(builder, loss, {"n/v": named["v"]}, {}, outside), named


def test_the_classic_example_is_told_edge_by_edge() -> None:
    trace, named = _classic()
    edges = chain(trace, Place(named["v"].id, 0))
    assert [e.derivative for e in edges] == [2.0, 1.0, 10.0, 1.0]
    assert [e.op for e in edges] == ["mul", "sub", "square", "reshape"]
    assert math.prod(e.derivative for e in edges) == trace.gradient(Place(named["v"].id, 0)) == 20.0
    rules = [formula_text(e.rule) if e.rule else "" for e in edges]
    assert rules == ["x", "1", "2 · sub", ""]
    assert not any(e.ways for e in edges)
    inside = Place(trace.nodes[1].outputs[0], 0)
    assert formula_text(formula(trace, inside)) == f"v[1] · x {MINUS} y"
    assert formula_text(formula(trace, inside), values=True) == f"3 · 2 {MINUS} 1"


def test_ways_that_part_and_meet_again_in_one_layer_are_one_edge() -> None:
    builder = ProgramBuilder("meeting")
    x = builder.feed("x", TensorSpec((1,)))
    with builder.origin("n"):
        y = x * ew.sigmoid(x) + x
    loss = reshape(y, shape=())
    trace = traced(builder, loss, {}, {}, {(Storage.FEED, "x"): np.array([0.5], np.float32)})
    edge = chain(trace, Place(x.id, 0))[0]
    s = 1 / (1 + math.exp(-0.5))
    assert edge.derivative == pytest.approx(s + 0.5 * s * (1 - s) + 1, rel=1e-5)
    assert (edge.op, edge.ways, edge.merged, edge.others) == ("", 0, 2, 0.0)
    assert edge.of == Place(y.id, 0)


def test_a_way_can_be_chosen() -> None:
    builder = ProgramBuilder("fork")
    x = builder.feed("x", TensorSpec((1,)))
    with builder.origin("left"):
        left = x * 3.0
    with builder.origin("right"):
        right = x * 2.0
    with builder.origin("end"):
        loss = reshape(left + right, shape=())
    trace = traced(builder, loss, {}, {}, {(Storage.FEED, "x"): np.array([1.0], np.float32)})
    place = Place(x.id, 0)
    best, chosen = chain(trace, place)[0], chain(trace, place, "right")[0]
    assert (best.derivative, best.ways) == (3.0, 1)
    assert best.others == pytest.approx(2.0)
    assert (chosen.derivative, chosen.origin) == (2.0, "right")
    assert chain(trace, place, "nobody") == ()


def test_long_sums_begin_with_what_counts_most() -> None:
    builder = ProgramBuilder("long")
    x, w = builder.feed("x", TensorSpec((1, 50))), builder.feed("w", TensorSpec((50, 1)))
    y = x @ w
    loss = reshape(y, shape=())
    values = np.arange(1, 51, dtype=np.float32)
    outside = {(Storage.FEED, "x"): values[None], (Storage.FEED, "w"): np.ones((50, 1), np.float32)}
    trace = traced(builder, loss, {"n/w": w}, {}, outside)
    written = formula(trace, Place(y.id, 0))
    assert isinstance(written, Sum)
    assert [t.product for t in written.terms] == [50.0, 49.0, 48.0, 47.0]
    assert written.more == 46
    assert written.rest == pytest.approx(1275 - 194)
    assert formula_text(written).startswith("w[50,1] · x[50] + w[49,1] · x[49]")
    assert formula_text(written).endswith("+ … (46: 1.08e3)")


def test_what_does_not_reach_the_loss_has_no_chain() -> None:
    builder = ProgramBuilder("aside")
    x, y = builder.feed("x", TensorSpec((1,))), builder.feed("y", TensorSpec((1,)))
    loss = reshape(x * 2.0, shape=())
    outside = {(Storage.FEED, n): np.ones(1, np.float32) for n in "xy"}
    trace = traced(builder, loss, {}, {}, outside)
    assert chain(trace, Place(y.id, 0)) == ()
    assert trace.gradient(Place(y.id, 0)) is None
    assert symbol_of(trace, Place(loss.id, 0)).kind is Kind.LOSS


def test_numbers_are_short() -> None:
    values = (0.0, 0.5234, -1.1, 1e-7, 123456.0)
    assert [number_text(v) for v in values] == ["0", "0.523", f"{MINUS}1.1", f"1e{MINUS}7", "1.23e5"]
    trace, named = _classic()
    assert symbol_text(symbol_of(trace, Place(named["v"].id, 0))) == "v[1]"


def test_running_needs_everything_from_outside() -> None:
    trace, _ = _classic()
    with pytest.raises(KeyError):
        run(trace.program, {})
