"""What ops form of their operands: the same results, fewer nodes, nothing that others read or that does not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler.fronts import put_in_front
from engine.compiler.fuse import FusionLimits
from engine.compiler.pipeline import finish
from engine.ops.elementwise import exp, relu, square
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.ops.reductions import mean, sum_
from engine.ops.views import reshape
from engine.program.builder import ProgramBuilder
from engine.program.costs import cost_of
from engine.program.enclosed import Enclosure, core_of, enclosed
from engine.program.program import Node, Program, Storage
from engine.tensor.spec import TensorSpec
from tests.engine.compiler.machines import execute_plan, interpret
from tests.engine.compiler.random_programs import given_arrays, programs

LIMITS = FusionLimits(
    operands=16,
    epilogues=frozenset({"matmul", "sum", "max"}),
    fronts={"sum": 1, "max": 1, "softmax": 1, "matmul": 2},
    gathers=True,
)
ROOM = st.builds(
    lambda operands, steps: replace(LIMITS, operands=operands, steps=steps),
    st.integers(2, 12),
    st.integers(1, 9),
)


@settings(max_examples=50, deadline=None)
@given(programs(), ROOM, st.integers(0, 99))
def test_results_stay_the_same(program: Program, limits: FusionLimits, seed: int) -> None:
    arrays = given_arrays(seed)
    expected, found = interpret(program, arrays), execute_plan(finish(program, limits), arrays)
    for before, after in ((expected.outputs, found.outputs), (expected.states, found.states)):
        assert before.keys() == after.keys()
        for name in before:
            np.testing.assert_array_equal(before[name], after[name], name)


@settings(max_examples=40, deadline=None)
@given(programs(), ROOM)
def test_what_is_enclosed_fits_into_a_launch(program: Program, limits: FusionLimits) -> None:
    planned = finish(program, limits)
    for node in planned.steps:
        if node.op is not enclosed:
            continue
        literal = {v for v in node.inputs if v in program.constants and program.values[v].spec.rank == 0}
        around: Enclosure = node.attrs["around"]
        own = sum(front is None for front in around.fronts)
        assert len([v for v in (*node.inputs, *node.outputs) if v not in literal]) <= max(
            limits.operands, own + 1
        )
        for body in (*around.fronts, around.end):
            assert body is None or len(body.steps) <= limits.steps


def steps_of(result: Tensor, limits: FusionLimits = LIMITS) -> tuple[Node, ...]:
    """The nodes that compute a tensor, as a device gets them."""
    builder = result.builder
    assert isinstance(builder, ProgramBuilder)
    builder.output("y", result)
    return finish(builder.finish(), limits).steps


def names(nodes: tuple[Node, ...]) -> list[str]:
    return [core_of(node).name for node in nodes]


def table(builder: ProgramBuilder, name: str = "x", *shape: int) -> Tensor:
    return builder.data(name, TensorSpec(shape or (64, 32)))


def test_a_sum_forms_what_it_adds_up_and_goes_on_with_it() -> None:
    builder = ProgramBuilder("sum")
    x, row = table(builder), table(builder, "row", 32)
    (node,) = steps_of(mean(square(x - row), axes=(0,)) + row)
    assert node.op is enclosed
    assert [step.op.name for step in node.attrs["around"].fronts[0].steps] == ["sub", "square"]
    assert [step.op.name for step in node.attrs["around"].end.steps] == ["mul", "add"]


def test_statistics_of_a_batch_take_two_nodes_and_their_use_a_third_one() -> None:
    """The difference from the mean is made anew where it is read: it never lies in memory."""
    builder = ProgramBuilder("statistics")
    x = table(builder)
    centred = x - mean(x, axes=(0,))
    nodes = steps_of(centred * mean(square(centred), axes=(0,)))
    assert names(nodes) == ["sum", "sum", "fused"]
    assert [step.op.name for step in nodes[-1].attrs["body"].steps] == ["sub", "mul"]


def test_without_fronts_nothing_is_enclosed() -> None:
    builder = ProgramBuilder("plain")
    nodes = steps_of(sum_(square(table(builder)), axes=(0,)), FusionLimits())
    assert names(nodes) == ["square", "sum"]


def test_what_others_read_too_is_made_once_where_it_is_dear() -> None:
    builder = ProgramBuilder("dear")
    dear = exp(table(builder))
    nodes = steps_of(sum_(dear, axes=(0,)) + sum_(square(dear), axes=(0,)))
    assert names(nodes) == ["exp", "sum", "sum"]


@pytest.mark.parametrize("kept", [True, False])
def test_what_a_program_gives_out_is_written(kept: bool) -> None:
    builder = ProgramBuilder("given")
    doubled = table(builder) * 2.0
    if kept:
        builder.output("doubled", doubled)
    assert names(steps_of(sum_(doubled, axes=(0,)))) == (["mul", "sum"] if kept else ["sum"])


def test_two_large_operands_are_read_once_for_all() -> None:
    """Made anew by each reader, a product of two arrays would be read twice by each of them."""
    builder = ProgramBuilder("two")
    product = table(builder) * table(builder, "y")
    nodes = steps_of(sum_(product, axes=(0,)) + sum_(relu(product), axes=(0,)))
    assert names(nodes) == ["mul", "sum", "sum"]


def test_what_a_product_adds_at_its_end_stays_there() -> None:
    builder = ProgramBuilder("bias")
    hidden = matmul(table(builder), table(builder, "w", 32, 8)) + table(builder, "b", 8)
    nodes = steps_of(sum_(hidden, axes=(0,)) + sum_(square(hidden), axes=(0,)))
    assert names(nodes) == ["matmul", "sum", "sum"]


def test_a_product_forms_both_sides() -> None:
    builder = ProgramBuilder("sides")
    (node,) = steps_of(matmul(relu(table(builder)), square(table(builder, "w", 32, 8))))
    assert [len(front.steps) for front in node.attrs["around"].fronts] == [1, 1]


def test_too_many_operands_stay_outside() -> None:
    builder = ProgramBuilder("many")
    total = table(builder, "x0")
    for k in range(1, 6):
        total = total * table(builder, f"x{k}")
    nodes = steps_of(sum_(total, axes=(0,)), replace(LIMITS, operands=4))
    assert all(len(set(node.inputs)) + 1 <= 4 for node in nodes)
    assert names(nodes)[-1] == "sum"


def test_axes_that_are_kept_and_dropped_again_do_not_stand_between() -> None:
    builder = ProgramBuilder("kept")
    total = sum_(table(builder), axes=(0,), keepdims=True)
    assert names(steps_of(reshape(total, shape=(32,)) * 2.0)) == ["sum"]


def test_a_state_is_updated_in_place_at_the_end() -> None:
    """The moving mean is read and written by the launch that computes the mean."""
    builder = ProgramBuilder("moving")
    x, moving = table(builder), builder.state("moving", TensorSpec((32,)))
    builder.update(moving, moving * 0.9 + mean(x, axes=(0,)) * 0.1)
    planned = finish(builder.finish(), LIMITS)
    assert names(planned.steps) == ["sum"]
    assert planned.locations[planned.steps[0].outputs[0]].buffer == "state:moving"
    arrays = {
        (Storage.DATA, "x"): np.ones((64, 32), np.float32),
        (Storage.STATE, "moving"): np.ones(32, np.float32),
    }
    np.testing.assert_allclose(execute_plan(planned, arrays).states["moving"], 1.0, rtol=1e-6)


def test_a_state_that_the_front_reads_is_not_written_under_it() -> None:
    builder = ProgramBuilder("old")
    x, state = table(builder), builder.state("state", TensorSpec((32,)))
    builder.update(state, sum_(x * state, axes=(0,)) * 1.5)
    planned = finish(builder.finish(), LIMITS)
    assert names(planned.steps) == ["sum", "copy"]


def test_an_enclosed_product_costs_what_the_product_costs() -> None:
    builder = ProgramBuilder("cost")
    builder.output("y", matmul(relu(table(builder)), table(builder, "w", 32, 8)))
    program = put_in_front(builder.finish(), LIMITS)
    assert cost_of(program, program.nodes[-1]).multiply_adds == 64 * 32 * 8
