"""The builder: constants once, arenas that grow until they are sealed, and bodies of fused nodes."""

from __future__ import annotations

import numpy as np
import pytest

from engine.ops.elementwise import add, mul, tanh
from engine.program.builder import ARENA_ALIGNMENT, ProgramBuilder
from engine.program.fused import FusedBody, FusedStep
from engine.program.interpret import interpret
from engine.program.program import Storage
from engine.tensor.spec import DType, ShapeError, TensorSpec


def test_equal_scalars_are_one_constant() -> None:
    builder = ProgramBuilder("p")
    one, again, whole = builder.constant(1.0), builder.constant(1), builder.constant(1, DType.INT32)
    assert one.id == again.id != whole.id


def test_what_comes_from_outside_is_one_value_by_name() -> None:
    builder = ProgramBuilder("p")
    assert builder.feed("x", TensorSpec((2,))).id == builder.feed("x", TensorSpec((2,))).id
    assert builder.state("x", TensorSpec((2,))).id != builder.feed("x", TensorSpec((2,))).id


def test_an_arena_is_as_long_as_its_members() -> None:
    builder = ProgramBuilder("p")
    members = [builder.arena("params").place(n, TensorSpec(s)) for n, s in (("a", (3, 5)), ("b", (65,)))]
    first, second = (builder.member(m) for m in members)
    builder.output("sum", add(first, 1.0 * builder.constant(1.0)))
    builder.output("b", second)
    program = builder.finish()
    assert [m.offset for m in program.members] == [0, ARENA_ALIGNMENT]
    assert program.named(Storage.STATE)["params"].spec.shape == (3 * ARENA_ALIGNMENT,)
    arena = np.arange(3 * ARENA_ALIGNMENT, dtype=np.float32)
    outputs, states = interpret(program, {}, {}, {"params": arena})
    np.testing.assert_array_equal(outputs["sum"], arena[:15].reshape(3, 5) + 1)
    np.testing.assert_array_equal(outputs["b"], arena[64:129])
    np.testing.assert_array_equal(states["params"], arena)


def test_operands_that_do_not_fit_are_refused_where_they_meet() -> None:
    builder = ProgramBuilder("p")
    x, y = builder.feed("x", TensorSpec((2, 3))), builder.feed("y", TensorSpec((4,)))
    with pytest.raises(ShapeError, match=r"received 2 × 3 and 4"):
        add(x, y)


def test_nodes_belong_to_the_innermost_origin() -> None:
    builder = ProgramBuilder("p")
    x = builder.feed("x", TensorSpec((2,)))
    with builder.origin("outer"):
        tanh(x)
        with builder.origin("inner"):
            tanh(x)
        tanh(x)
    tanh(x)
    assert [node.origin for node in builder.nodes] == ["outer", "inner", "outer", ""]


def test_all_reads_see_states_as_they_were_before_the_step() -> None:
    builder = ProgramBuilder("p")
    a, b = (builder.state(n, TensorSpec((2,))) for n in "ab")
    builder.update(a, a + b)
    builder.update(b, a)
    given = {"a": np.ones(2, np.float32), "b": np.full(2, 5, np.float32)}
    _, states = interpret(builder.finish(), {}, {}, given)
    assert (states["a"].tolist(), states["b"].tolist()) == ([6.0, 6.0], [1.0, 1.0])


def test_a_body_counts_inputs_first_then_steps() -> None:
    """tanh(x * row) and x * row, where the row is broadcast."""
    body = FusedBody(2, (FusedStep(mul, (0, 1)), FusedStep(tanh, (2,))), (3, 2), (3, 4))
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    row = np.arange(4, dtype=np.float32)
    curved, plain = body.evaluate([x, row])
    np.testing.assert_allclose(curved, np.tanh(x * row), rtol=1e-6)
    np.testing.assert_array_equal(plain, x * row)
