"""Which element-wise steps go with their only reader: those whose reader is one, too, and has as many numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.compiler.fuse import FusionLimits, fuse
from engine.compiler.pipeline import finish
from engine.ops.elementwise import exp, square
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.program.builder import ProgramBuilder
from engine.program.enclosed import core_of
from engine.tensor.spec import TensorSpec

GATHERING = FusionLimits(operands=16, epilogues=frozenset({"matmul"}), gathers=True)


def _fused(result: Tensor, limits: FusionLimits = GATHERING) -> list[list[str]]:
    """The ops of each node that computes a tensor."""
    builder = result.builder
    assert isinstance(builder, ProgramBuilder)
    builder.output("y", result)
    nodes = fuse(builder.finish(), limits).nodes
    return [
        [step.op.name for step in n.attrs["body"].steps] if n.op.name == "fused" else [core_of(n).name]
        for n in nodes
    ]


def _given(builder: ProgramBuilder, name: str, *shape: int) -> Tensor:
    return builder.data(name, TensorSpec(shape))


def test_a_step_goes_with_the_step_that_alone_reads_it() -> None:
    x = _given(ProgramBuilder("chain"), "x", 8, 8)
    assert _fused(square(exp(x))) == [["exp", "square"]]


def test_a_step_stays_alone_where_its_reader_is_larger() -> None:
    builder = ProgramBuilder("row")
    x, row = _given(builder, "x", 8, 4), _given(builder, "row", 4)
    assert _fused(exp(row) + x) == [["exp"], ["add"]]


@pytest.mark.parametrize("reader", [matmul, lambda x, _: sum_(x, axes=(0,), keepdims=True)])
def test_a_step_stays_alone_where_its_reader_is_no_step(reader: Callable[[Tensor, Tensor], Tensor]) -> None:
    builder = ProgramBuilder("no step")
    x, w = _given(builder, "x", 1, 4), _given(builder, "w", 4, 4)
    assert [len(names) for names in _fused(reader(exp(x), w))] == [1, 1]


@pytest.mark.parametrize(
    ("gathers", "nodes"), [(True, [["mul"], ["sub", "add"]]), (False, [["sub"], ["mul", "add"]])]
)
def test_where_there_is_no_room_for_all_the_last_step_goes_with_its_reader(
    gathers: bool, nodes: list[list[str]]
) -> None:
    """A step that has one reader asks for it before that reader asks for what it reads."""
    builder = ProgramBuilder("no room")
    x, y, u, v = (_given(builder, name, 4) for name in "xyuv")
    assert _fused((x * y) + (u - v), FusionLimits(operands=4, gathers=gathers)) == nodes


@pytest.mark.parametrize(("later", "nodes"), [(False, 1), (True, 2)])
def test_a_new_state_counts_as_no_operand_unless_somebody_needs_the_old_one(later: bool, nodes: int) -> None:
    builder = ProgramBuilder("state")
    x, y, z = (_given(builder, name, 4) for name in "xyz")
    state = builder.state("s", TensorSpec((4,)))
    builder.update(state, (state + x) * (y - z))
    if later:
        builder.output("last", sum_(state, axes=(0,)))
    planned = finish(builder.finish(), FusionLimits(operands=4, replaces=True))
    made = [node for node in planned.steps if planned.program.values[node.outputs[0]].spec.size > 1]
    assert len(made) == nodes + later  # a copy, too, where the old one is read at the end
