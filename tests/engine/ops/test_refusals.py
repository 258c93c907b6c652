"""What an op does not take is said in one sentence: the rule, and what was received."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.ops.arrangement import squeeze
from engine.ops.eager import EagerBuilder
from engine.ops.elementwise import add
from engine.ops.registry import ops
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import DType, ShapeError, TensorSpec

CONV = {"strides": 1, "padding": 0, "dilation": 1, "groups": 1}
POOL = {"size": (2, 2), "strides": (2, 2), "padding": ((0, 0), (0, 0))}
AFFINE = {"size": (4, 4), "fill_mode": "constant", "interpolation": "bilinear", "fill_value": 0.0}
IMAGE, COEFFICIENTS = (2, 4, 4, 3), (2, 6)
WHOLE = "int32"
Given = Any  # a shape of float32 numbers, or a shape and a type

REFUSED: tuple[tuple[str, tuple[Given, ...], dict[str, Any], str], ...] = (
    ("affine_sample", ((4, 4, 3), COEFFICIENTS), AFFINE, "Pictures have the shape batch × height"),
    ("affine_sample", ((2, 0, 4, 3), COEFFICIENTS), AFFINE, "Pictures have the shape batch × height"),
    ("affine_sample", (IMAGE, (3, 6)), AFFINE, "Each picture needs 6 coefficients, received 3 × 6"),
    ("affine_sample", (IMAGE, (2, 8)), AFFINE, "Each picture needs 6 coefficients, received 2 × 8"),
    ("affine_sample", (IMAGE, COEFFICIENTS), {**AFFINE, "fill_mode": "edge"}, "received edge and bilinear"),
    (
        "affine_sample",
        (IMAGE, COEFFICIENTS),
        {**AFFINE, "interpolation": "cubic"},
        "received constant and cubic",
    ),
    (
        "affine_sample_grad",
        (COEFFICIENTS, (2, 4, 3, 3)),
        {**AFFINE, "input_shape": IMAGE},
        "The gradient must be 2 × 4 × 4 × 3",
    ),
    ("conv", ((2, 5, 5, 4), (3, 3, 3, 6)), CONV, "channels"),
    ("conv", ((2, 5, 5, 4), (3, 4, 6)), CONV, "needs filters of as many lengths as the picture"),
    ("conv", ((2, 5, 5, 4), (3, 3, 2, 3)), {**CONV, "groups": 2}, "groups"),
    ("conv", ((2, 5, 5, 4), (3, 3, 4, 6)), {**CONV, "groups": 0}, "groups"),
    (
        "conv_input_grad",
        ((2, 3, 4, 6), (3, 3, 4, 6)),
        {**CONV, "input_shape": (2, 5, 5, 4)},
        "The gradient must be 2 × 3 × 3 × 6",
    ),
    (
        "conv_weight_grad",
        ((2, 5, 5, 4), (2, 3, 3, 5)),
        {**CONV, "weight_shape": (3, 3, 4, 6)},
        "The gradient must be 2 × 3 × 3 × 6",
    ),
    ("max_pool_grad", (IMAGE, (2, 2, 2, 3), (2, 2, 3, 3)), POOL, "The gradient must be 2 × 2 × 2 × 3"),
    ("max_pool_grad", (IMAGE, (2, 2, 3, 3), (2, 2, 2, 3)), POOL, "The gradient must be 2 × 2 × 2 × 3"),
    ("avg_pool_grad", ((2, 2, 3, 3),), {**POOL, "input_shape": IMAGE}, "The gradient must be 2 × 2 × 2 × 3"),
    ("number_along", ((3, 5),), {"length": 4}, "Positions must be whole numbers"),
    ("number_nd", ((5, 2),), {"lengths": (3, 4)}, "Positions must be whole numbers"),
    ("scatter_set_rows", ((5, 3), (4,), (4, 3)), {}, "Positions must be whole numbers"),
    ("take_rows", ((5, 2), (3,)), {"scale": 1.0}, "Row numbers must be whole numbers"),
    ("take_rows", ((), ((3,), WHOLE)), {"scale": 1.0}, "at least one row"),
    ("take_rows", ((0, 2), ((3,), WHOLE)), {"scale": 1.0}, "at least one row"),
    ("take_rows", (((5, 2), WHOLE), ((3,), WHOLE)), {"scale": 0.5}, "received a scale of 0.5"),
    ("scatter_add_rows", ((3,), (3, 2)), {"rows": 4}, "needs a whole row number"),
    (
        "scatter_set_rows",
        ((4, 2), ((3,), WHOLE), ((3, 2), WHOLE)),
        {},
        "Rows and table hold numbers of one type",
    ),
    ("number_along", ((3, 2),), {"length": 4}, "Positions must be whole numbers"),
    ("number_along", (((), WHOLE),), {"length": 4}, "need one of at least 1"),
    ("number_along", (((3, 2), WHOLE),), {"length": 0}, "need one of at least 1"),
    ("solve", ((2, 3, 3), (2, 4, 1)), {}, "as many right sides as equations"),
    ("matmul", ((2, 3), (3,)), {}, "two matrices, or two equally long stacks"),
    ("matmul", ((2, 2, 3), (3, 3, 2)), {}, "two matrices, or two equally long stacks"),
    ("matmul", ((2, 3), ((3, 2), WHOLE)), {}, "works on float32 numbers"),
    ("matmul", ((2, 3), (2, 3)), {}, "as many rows in the second"),
    ("matmul", ((2, 3), (3, 2)), {"transpose_b": True}, "as many rows in the second"),
    ("uniform", ((), ((), WHOLE)), {"stream": 0, "shape": (2,)}, "single whole numbers"),
    ("uniform", (((1,), WHOLE), ((), WHOLE)), {"stream": 0, "shape": (2,)}, "single whole numbers"),
    ("cumsum", (((3, 2), WHOLE),), {}, "float32 numbers of one shape"),
    ("linear_recurrence", ((3, 2), (2, 3)), {"axis": 0, "reverse": False}, "float32 numbers of one shape"),
    ("softmax", ((),), {}, "Soft-max needs a list of float32 scores"),
    ("softmax", (((3,), WHOLE),), {}, "Soft-max needs a list of float32 scores"),
    ("reshape", ((2, 3),), {"shape": (4, -1)}, "keeps the number of elements"),
    ("reshape", ((2, 3),), {"shape": (-1, -1)}, "keeps the number of elements"),
    ("reshape", ((2, 3),), {"shape": (-2, -3)}, "keeps the number of elements"),
    ("pack", ((3,), (4,)), {"offsets": (0, 3), "size": 6}, "Element 7 lies beyond an arena of 6"),
)


@pytest.mark.parametrize(("name", "given", "attrs", "words"), REFUSED)
def test_what_is_refused(name: str, given: tuple[Given, ...], attrs: dict[str, Any], words: str) -> None:
    op = ops()[name]
    with pytest.raises(ShapeError, match=words):
        op.infer(tuple(map(_spec, given)), {**op.defaults, **attrs})


def _spec(given: Given) -> TensorSpec:
    match given:
        case (tuple(shape), str(dtype)):
            return TensorSpec(shape, DType(dtype))
        case _:
            return TensorSpec(given)


def test_what_fits_exactly_is_taken() -> None:
    """The nearest thing to some of what is refused above."""
    pack = ops()["pack"]
    (flat,) = pack.infer((TensorSpec((3,)), TensorSpec((4,))), {"offsets": (0, 3), "size": 7})
    assert flat.shape == (7,)
    (moved,) = ops()["number_along"].infer((TensorSpec((3, 2), DType.INT32),), {"length": 1})
    assert moved.shape == (3, 2)


@pytest.mark.parametrize(("position", "fits"), [(-3, True), (2, True), (-4, False), (3, False)])
def test_a_position_lies_in_its_dimension(position: int, fits: bool) -> None:
    x = ProgramBuilder("test").feed("x", TensorSpec((3, 2)))
    if fits:
        assert x[position].shape == (2,)
    else:
        with pytest.raises(IndexError, match=f"between -3 and 2, received {position}"):
            x[position]


def test_only_a_dimension_of_one_is_dropped() -> None:
    x = ProgramBuilder("test").feed("x", TensorSpec((3, 1)))
    assert squeeze(x, -1).shape == (3,)
    with pytest.raises(ShapeError, match="received dimension 0 of 3 × 1"):
        squeeze(x, 0)


def test_two_computations_are_not_mixed() -> None:
    one, other = (EagerBuilder().constant(np.ones(2, np.float32)) for _ in range(2))
    with pytest.raises(ShapeError, match="received add of two"):
        add(one, other)
