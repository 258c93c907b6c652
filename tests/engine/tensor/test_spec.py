"""Shapes: how they are read, broadcast and counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from engine.tensor.spec import DType, ShapeError, TensorSpec, broadcast_shapes, format_shape, normalize_axis


@pytest.mark.parametrize(
    ("shape", "words"), [((), "scalar"), ((10,), "10"), ((28, 28, 1), "28 × 28 × 1"), ((0, 3), "0 × 3")]
)
def test_a_shape_is_written_as_people_read_it(shape: tuple[int, ...], words: str) -> None:
    assert format_shape(shape) == words


@given(npst.mutually_broadcastable_shapes(num_shapes=3, max_dims=4, max_side=4))
def test_what_numpy_broadcasts_has_the_same_shape_here(shapes: npst.BroadcastableShapes) -> None:
    assert broadcast_shapes(*shapes.input_shapes) == shapes.result_shape


@given(st.lists(st.lists(st.integers(0, 3), max_size=3).map(tuple), min_size=2, max_size=3))
def test_what_numpy_refuses_is_refused_with_a_sentence(shapes: list[tuple[int, ...]]) -> None:
    try:
        wanted = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ShapeError, match=r"equal or 1.*received .* and .*\.$"):
            broadcast_shapes(*shapes)
    else:
        assert broadcast_shapes(*shapes) == wanted


def test_no_shapes_make_a_scalar() -> None:
    assert broadcast_shapes() == ()


@pytest.mark.parametrize(("axis", "rank", "found"), [(0, 1, 0), (-1, 3, 2), (-3, 3, 0), (2, 3, 2)])
def test_an_axis_is_counted_from_the_front(axis: int, rank: int, found: int) -> None:
    assert normalize_axis(axis, rank) == found


@pytest.mark.parametrize(("axis", "rank"), [(3, 3), (-4, 3), (0, 0), (1, 1)])
def test_an_axis_that_is_not_there_is_named(axis: int, rank: int) -> None:
    with pytest.raises(ShapeError, match=rf"for {rank} dimensions, received {axis}\.$"):
        normalize_axis(axis, rank)


@pytest.mark.parametrize(("dtype", "size"), [(DType.FLOAT32, 4), (DType.INT32, 4), (DType.UINT8, 1)], ids=str)
def test_elements_have_their_sizes(dtype: DType, size: int) -> None:
    spec = TensorSpec((2, 3, 5), dtype)
    assert (spec.rank, spec.size, spec.nbytes) == (3, 30, 30 * size)
    assert str(spec) == f"2 × 3 × 5 {dtype.value}"
    assert spec.dtype.numpy == np.dtype(dtype.value)


def test_a_scalar_has_one_element_and_nothing_has_none() -> None:
    assert TensorSpec(()).size == 1
    assert TensorSpec((4, 0)).nbytes == 0


def test_text_has_a_type_of_its_own() -> None:
    assert np.array(["a", "longer"], DType.STRING.numpy)[1] == "longer"
