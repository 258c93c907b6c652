"""The passes against the interpreter, on random programs: no rewrite and no plan may change what a step computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler.fuse import FusionLimits, fuse
from engine.compiler.plan_memory import plan_memory
from engine.compiler.simplify import simplify
from engine.compiler.verify import ProgramError, verify
from engine.ops.elementwise import exp, tanh
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.ops.views import view
from engine.program.builder import ProgramBuilder
from engine.program.program import Program, Storage
from engine.tensor.spec import TensorSpec
from tests.engine.compiler.machines import Result, execute_plan, interpret, overlaps
from tests.engine.compiler.random_programs import given_arrays, programs

LIMITS = st.builds(FusionLimits, operands=st.integers(2, 12), steps=st.integers(1, 48))
FEW = settings(max_examples=150, deadline=None)


def assert_same(one: Result, other: Result) -> None:
    for before, after in ((one.outputs, other.outputs), (one.states, other.states)):
        assert before.keys() == after.keys()
        for name in before:
            np.testing.assert_array_equal(before[name], after[name], name)


@FEW
@given(programs(), st.integers(0, 99))
def test_simplify_keeps_results(program: Program, seed: int) -> None:
    arrays = given_arrays(seed)
    small = verify(simplify(program), "simplify")
    assert_same(interpret(program, arrays), interpret(small, arrays))
    assert len(small.nodes) <= len(program.nodes)


@FEW
@given(programs())
def test_simplify_twice_is_simplify_once(program: Program) -> None:
    once = simplify(program)
    assert simplify(once).nodes == once.nodes


@FEW
@given(programs(), LIMITS, st.integers(0, 99))
def test_fuse_keeps_results_and_order(program: Program, limits: FusionLimits, seed: int) -> None:
    arrays = given_arrays(seed)
    fused = verify(fuse(simplify(program), limits), "fuse")  # verify fails where a cycle was made
    assert_same(interpret(program, arrays), interpret(fused, arrays))


@FEW
@given(programs(), LIMITS)
def test_fuse_respects_the_limits(program: Program, limits: FusionLimits) -> None:
    for node in fuse(simplify(program), limits).nodes:
        body = node.attrs.get("body") or node.attrs.get("epilogue")
        if body is None:
            continue
        literal = {v for v in node.inputs if v in program.constants and program.values[v].spec.rank == 0}
        operands = [v for v in (*node.inputs, *node.outputs) if v not in literal]
        assert len(operands) <= limits.operands
        assert len(body.steps) <= limits.steps


@FEW
@given(programs(), LIMITS, st.integers(0, 99))
def test_the_plan_computes_the_same_in_its_own_memory(
    program: Program, limits: FusionLimits, seed: int
) -> None:
    arrays = given_arrays(seed)
    planned = plan_memory(fuse(simplify(program), limits))
    assert_same(interpret(program, arrays), execute_plan(planned, arrays))


@FEW
@given(programs())
def test_the_plan_without_fusion_computes_the_same(program: Program) -> None:
    arrays = given_arrays(1)
    assert_same(interpret(program, arrays), execute_plan(plan_memory(program), arrays))


@FEW
@given(programs(), LIMITS, st.sampled_from([4, 64, 256]))
def test_no_two_live_values_overlap(program: Program, limits: FusionLimits, alignment: int) -> None:
    planned = plan_memory(fuse(simplify(program), limits), alignment)
    assert overlaps(planned) == []
    for place in planned.locations.values():
        assert place.offset + place.nbytes <= planned.sizes[place.buffer]


@FEW
@given(programs())
def test_planning_is_reproducible(program: Program) -> None:
    one, other = (plan_memory(fuse(simplify(program), FusionLimits())) for _ in range(2))
    assert (one.locations, one.sizes) == (other.locations, other.sizes)


def test_verify_names_the_pass_that_broke_the_order() -> None:
    program = _small()
    broken = Program(
        program.name,
        program.values,
        tuple(reversed(program.nodes)),
        program.constants,
        program.updates,
        program.outputs,
    )
    with pytest.raises(ProgramError, match=r"After fuse: .* before it is made"):
        verify(broken, "fuse")


def test_verify_looks_again_at_a_node_whose_value_a_pass_has_changed() -> None:
    program = _small()
    assert verify(program, "simplify", program) is program
    made = program.nodes[-1].outputs[0]
    wrong = replace(program.values[made], spec=TensorSpec((77,)))
    broken = replace(program, values={**program.values, made: wrong})
    with pytest.raises(ProgramError, match=r"After simplify: .* its value says 77"):
        verify(broken, "simplify", program)


def test_simplify_keeps_the_nodes_that_it_does_not_change() -> None:
    once = simplify(_small())
    assert all(one is other for one, other in zip(simplify(once).nodes, once.nodes, strict=True))


@pytest.mark.parametrize(
    ("formula", "nodes"),
    [
        (lambda x: x * 1, 0),
        (lambda x: 1 * x, 0),
        (lambda x: x / 1, 0),
        (lambda x: x + 0, 0),
        (lambda x: 0 + x, 0),
        (lambda x: x * 2, 1),
        (lambda x: x + 1, 1),
        (lambda x: 1 / x, 1),
        (lambda x: 0 - x, 1),
        (lambda x: x * np.ones((2, 3), np.float32), 1),  # another shape
    ],
)
def test_what_changes_nothing_is_left_out(formula: Callable[[Tensor], Tensor], nodes: int) -> None:
    builder = ProgramBuilder("neutral")
    builder.output("y", formula(builder.feed("x", TensorSpec((3,)))))
    assert len(simplify(builder.finish()).nodes) == nodes


def test_a_join_sees_a_detour_through_a_group_that_began_before() -> None:
    """`early` + `late` form a group on both sides of `start`; joining start and goal would close a circle."""
    builder = ProgramBuilder("detour")
    x = builder.feed("x", TensorSpec((4, 4)))
    early = exp(x)
    product = matmul(early, x)
    start = tanh(matmul(x, x))
    late = early + start
    goal = start + product
    builder.output("late", late)
    builder.output("goal", goal)
    program = builder.finish()
    fused = verify(fuse(program, FusionLimits(epilogues=frozenset())), "fuse")
    array = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)
    given = {(Storage.FEED, "x"): array}
    assert_same(interpret(program, given), interpret(fused, given))


def test_an_output_that_shows_a_state_is_the_state_before_the_step() -> None:
    builder = ProgramBuilder("old")
    a = builder.state("a", TensorSpec((4,)))
    builder.update(a, a + 1.0)
    builder.output("old", view(a, offset=1, shape=(2,)))
    given = {(Storage.STATE, "a"): np.arange(4, dtype=np.float32)}
    result = execute_plan(plan_memory(builder.finish()), given)
    assert result.outputs["old"].tolist() == [1.0, 2.0]
    assert result.states["a"].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_states_can_swap() -> None:
    builder = ProgramBuilder("swap")
    a, b = (builder.state(n, TensorSpec((2,))) for n in "ab")
    builder.update(a, b)
    builder.update(b, a)
    given = {
        (Storage.STATE, "a"): np.zeros(2, np.float32),
        (Storage.STATE, "b"): np.ones(2, np.float32),
    }
    states = execute_plan(plan_memory(builder.finish()), given).states
    assert (states["a"].tolist(), states["b"].tolist()) == ([1.0, 1.0], [0.0, 0.0])


def test_a_chain_reuses_one_buffer() -> None:
    builder = ProgramBuilder("chain")
    x = builder.feed("x", TensorSpec((1000,)))
    for _ in range(10):
        x = tanh(x)
    builder.output("y", x)
    assert plan_memory(builder.finish()).sizes["temp"] == 4096


def _small() -> Program:
    builder = ProgramBuilder("small")
    x = builder.feed("x", TensorSpec((3,)))
    builder.output("y", tanh(tanh(x)))
    return builder.finish()


def test_an_epilogue_that_reads_what_its_op_reads_counts_it_twice() -> None:
    """Each input of a matrix product has a buffer of its own, even where both are the same tensor."""
    builder = ProgramBuilder("twice")
    x = builder.data("x", TensorSpec((3, 3)))
    builder.output("y", exp(matmul(x, x) * x))
    assert [n.op.name for n in fuse(builder.finish(), FusionLimits(operands=4)).nodes] == ["matmul"]
    for node in fuse(builder.finish(), FusionLimits(operands=3)).nodes:
        assert len(node.inputs) + len(node.outputs) <= 3
