"""Sums of columns that a product gives besides: only where it reads the same tensor and nobody waits in between."""

from __future__ import annotations

import pytest

from engine.compiler.fuse import FusionLimits
from engine.compiler.totals import ride_along
from engine.compiler.verify import verify
from engine.ops.conv import conv_weight_grad
from engine.ops.matmul import matmul
from engine.ops.reductions import max_, sum_
from engine.program.builder import ProgramBuilder
from engine.program.enclosed import core_of
from engine.tensor.spec import TensorSpec

LIMITS = FusionLimits(totals=frozenset({"matmul", "conv_weight_grad"}))
ROWS, INPUTS, FEATURES = 6, 4, 3


def names(builder: ProgramBuilder, limits: FusionLimits = LIMITS) -> list[str]:
    program = verify(ride_along(builder.finish(), limits), "ride_along")
    return [core_of(node).name for node in program.nodes]


@pytest.mark.parametrize("sum_first", [True, False])
def test_the_sum_of_the_right_side_rides_along(sum_first: bool) -> None:
    builder = ProgramBuilder("totals")
    x, g = builder.data("x", TensorSpec((ROWS, INPUTS))), builder.data("g", TensorSpec((ROWS, FEATURES)))
    if sum_first:
        builder.output("bias", sum_(g, axes=(0,)))
    builder.output("weights", matmul(x, g, transpose_a=True))
    if not sum_first:
        builder.output("bias", sum_(g, axes=(-2,)))
    assert names(builder) == ["matmul"]
    program = ride_along(builder.finish(), LIMITS)
    assert program.nodes[0].outputs == (program.outputs["weights"], program.outputs["bias"])


def test_without_kernels_for_it_nothing_rides() -> None:
    builder = ProgramBuilder("totals")
    x, g = builder.data("x", TensorSpec((ROWS, INPUTS))), builder.data("g", TensorSpec((ROWS, FEATURES)))
    builder.output("weights", matmul(x, g, transpose_a=True))
    builder.output("bias", sum_(g, axes=(0,)))
    assert names(builder, FusionLimits()) == ["matmul", "sum"]


@pytest.mark.parametrize(
    "fold", [lambda g: sum_(g, axes=(1,)), lambda g: sum_(g, axes=(0, 1)), lambda g: max_(g, axes=(0,))]
)
def test_other_folds_stay(fold: object) -> None:
    builder = ProgramBuilder("totals")
    x, g = builder.data("x", TensorSpec((ROWS, INPUTS))), builder.data("g", TensorSpec((ROWS, FEATURES)))
    builder.output("weights", matmul(x, g, transpose_a=True))
    assert callable(fold)
    builder.output("other", fold(g))
    assert len(names(builder)) == 2


def test_a_right_side_that_lies_by_columns_is_not_summed() -> None:
    builder = ProgramBuilder("totals")
    x, g = builder.data("x", TensorSpec((ROWS, FEATURES))), builder.data("g", TensorSpec((INPUTS, FEATURES)))
    builder.output("product", matmul(x, g, transpose_b=True))
    builder.output("sum", sum_(g, axes=(0,)))
    assert names(builder) == ["matmul", "sum"]


def test_a_product_that_needs_the_sum_stays_behind_it() -> None:
    builder = ProgramBuilder("totals")
    g = builder.data("g", TensorSpec((ROWS, FEATURES)))
    total = sum_(g, axes=(0,))
    builder.output("product", matmul(g * total, g, transpose_a=True))
    assert names(builder) == ["sum", "mul", "matmul"]


@pytest.mark.parametrize(
    ("groups", "expected"), [(1, ["conv_weight_grad"]), (2, ["conv_weight_grad", "sum"])]
)
def test_filters_of_one_group(groups: int, expected: list[str]) -> None:
    builder = ProgramBuilder("totals")
    x, g = builder.data("x", TensorSpec((2, 5, 5, 4))), builder.data("g", TensorSpec((2, 3, 3, 6)))
    attrs = {"strides": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": groups}
    builder.output("weights", conv_weight_grad(x, g, weight_shape=(3, 3, 4 // groups, 6), **attrs))
    builder.output("bias", sum_(g, axes=(0, 1, 2)))
    assert names(builder) == expected
