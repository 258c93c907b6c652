"""Shapes of any length, 0 and 1 among them: an operation gives what NumPy gives, or refuses where NumPy refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import ops
from engine.tensor.spec import Array, ShapeError

Arguments = tuple[Any, ...]
LENGTHS = st.integers(0, 3)
SHAPES = st.lists(LENGTHS, max_size=3).map(tuple)
AXES = st.integers(-4, 3)
COUNTS = st.integers(0, 3)


def numbers(shape: tuple[int, ...]) -> Array:
    """Different numbers of both signs, so that a misplaced one shows."""
    count = int(np.prod(shape))
    return ((np.arange(count) * 7919 % 101) / 16.0 - 3.0).astype(np.float32).reshape(shape)


def arrays(least: int = 0, lengths: st.SearchStrategy[int] = LENGTHS) -> st.SearchStrategy[Array]:
    """Of `least` dimensions or more: some functions of NumPy know an axis of a single number, ours do not."""
    return st.lists(lengths, min_size=least, max_size=3).map(tuple).map(numbers)


def agree(name: str, args: Arguments, reference: Callable[..., Any] | None = None, **keywords: Any) -> None:
    """The same shape and the same numbers, or a refusal by both."""
    try:
        expected = (reference or getattr(np, name))(*args, **keywords)
    except (ValueError, IndexError):  # AxisError is both
        with pytest.raises(ShapeError):
            getattr(ops, name)(*args, **keywords)
        return
    received = getattr(ops, name)(*args, **keywords)
    many = isinstance(received, list | tuple)
    for one, other in zip(*((received, expected) if many else ([received], [expected])), strict=True):
        assert one.shape == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["add", "maximum", "divide", "greater", "arctan2"])
@settings(max_examples=25)
@given(x=arrays(), y=arrays())
def test_two_tensors_are_stretched_to_one_shape(name: str, x: Array, y: Array) -> None:
    agree(name, (x, y + np.float32(9.0)))


@settings(max_examples=40)
@given(x=arrays(), shape=st.lists(st.integers(-1, 4), max_size=3).map(tuple))
def test_reshape(x: Array, shape: tuple[int, ...]) -> None:
    agree("reshape", (x, shape))


@settings(max_examples=40)
@given(x=arrays(), axes=st.lists(AXES, max_size=3).map(tuple))
def test_transpose(x: Array, axes: tuple[int, ...]) -> None:
    agree("transpose", (x, axes))


@pytest.mark.parametrize("name", ["expand_dims", "squeeze"])
@settings(max_examples=30)
@given(x=arrays(least=1), axis=AXES)
def test_a_dimension_of_1_comes_and_goes(name: str, x: Array, axis: int) -> None:
    agree(name, (x, axis))


@settings(max_examples=30)
@given(x=arrays(least=1), a=AXES, b=AXES)
def test_swapaxes(x: Array, a: int, b: int) -> None:
    agree("swapaxes", (x, a, b))


@settings(max_examples=30)
@given(x=arrays(), shape=SHAPES)
def test_broadcast_to(x: Array, shape: tuple[int, ...]) -> None:
    agree("broadcast_to", (x, shape))


@settings(max_examples=30)
@given(x=arrays(), shift=st.integers(-7, 7), axis=AXES)
def test_roll(x: Array, shift: int, axis: int) -> None:
    agree("roll", (x, shift, axis))


@settings(max_examples=30)
@given(x=arrays(), axis=AXES)
def test_flip(x: Array, axis: int) -> None:
    agree("flip", (x, axis))


@settings(max_examples=30)
@given(x=arrays(), counts=st.lists(COUNTS, max_size=4).map(tuple))
def test_tile(x: Array, counts: tuple[int, ...]) -> None:
    agree("tile", (x, counts))


@settings(max_examples=30)
@given(x=arrays(least=1), count=COUNTS, axis=AXES)
def test_repeat(x: Array, count: int, axis: int) -> None:
    agree("repeat", (x, count, axis))


@pytest.mark.parametrize("name", ["concatenate", "stack"])
@settings(max_examples=40)
@given(x=arrays(), more=st.lists(st.tuples(AXES, LENGTHS), max_size=2), axis=AXES)
def test_tensors_are_joined(name: str, x: Array, more: list[tuple[int, int]], axis: int) -> None:
    others = [numbers((*x.shape[:a], n, *x.shape[a + 1 :])) if -x.ndim <= a < x.ndim else x for a, n in more]
    agree(name, ([x, *others], axis))


@settings(max_examples=40)
@given(x=arrays(), parts=st.integers(1, 3) | st.lists(COUNTS, max_size=3).map(sorted), axis=AXES)
def test_split(x: Array, parts: int | list[int], axis: int) -> None:
    agree("split", (x, parts, axis))


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min"])
@settings(max_examples=30)
@given(x=arrays(least=1), axis=AXES, keepdims=st.booleans())
def test_numbers_are_folded(name: str, x: Array, axis: int, keepdims: bool) -> None:
    agree(name, (x / np.float32(2.0),), axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("name", ["any", "all", "mean", "var"])
@settings(max_examples=30)
@given(x=arrays(1, st.integers(1, 3)), axis=AXES, keepdims=st.booleans())
def test_some_numbers_are_folded(name: str, x: Array, axis: int, keepdims: bool) -> None:
    agree(name, (x,), axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("name", ["any", "all", "mean", "var", "std", "logsumexp"])
def test_no_numbers_are_not_folded(name: str) -> None:
    with pytest.raises(ShapeError, match="0 float32"):
        getattr(ops, name)(np.zeros((2, 0)), 1)


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@settings(max_examples=30)
@given(x=arrays(least=1), axis=AXES)
def test_the_place_of_the_extreme(name: str, x: Array, axis: int) -> None:
    agree(name, (x,), axis=axis)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "sort", "argsort"])
@settings(max_examples=30)
@given(x=arrays(least=1), axis=AXES)
def test_along_one_dimension(name: str, x: Array, axis: int) -> None:
    agree(name, (x,), axis=axis)


@settings(max_examples=60)
@given(a=arrays(), b=arrays())
def test_matmul(a: Array, b: Array) -> None:
    agree("matmul", (a, b))


@pytest.mark.parametrize("name", ["tril", "triu"])
@settings(max_examples=30)
@given(x=arrays(least=2), k=st.integers(-3, 3))
def test_triangles(name: str, x: Array, k: int) -> None:
    agree(name, (x, k))


@settings(max_examples=30)
@given(x=arrays(1, st.integers(1, 3)), places=st.lists(st.integers(0, 2), max_size=3), axis=AXES)
def test_take(x: Array, places: list[int], axis: int) -> None:
    length = x.shape[axis] if -x.ndim <= axis < x.ndim else 1
    agree("take", (x, np.array([p % length for p in places], np.int32), axis))


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap"])
@settings(max_examples=30)
@given(x=arrays(least=1), data=st.data())
def test_pad(mode: str, x: Array, data: st.DataObject) -> None:
    most = [{"constant": 3, "edge": 3, "reflect": max(0, n - 1)}.get(mode, n) for n in x.shape]
    widths = [data.draw(st.tuples(st.integers(0, n), st.integers(0, n))) for n in most]
    agree("pad", (x, widths, mode))


@pytest.mark.parametrize(("mode", "width"), [("reflect", 3), ("symmetric", 4), ("wrap", 4), ("constant", -1)])
def test_padding_refuses_more_than_there_is(mode: str, width: int) -> None:
    with pytest.raises(ShapeError, match=f"received .*{width}"):
        ops.pad(np.zeros(3), [(width, 0)], mode=mode)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("take", (np.zeros((2, 0)), [0], 1)),
        ("take", (np.zeros(3), [0.5])),
        ("take_along_axis", (np.zeros((2, 3)), np.zeros((3, 1), np.int32))),
        ("gather_nd", (np.zeros((2, 3)), [[0, 1, 2]])),
        ("scatter_update", (np.zeros((2, 3)), [0], np.zeros((1, 2)))),
        ("scatter_update", (np.zeros((2, 3)), [0], np.zeros((1, 3), np.int32))),
        ("scatter_add", (np.zeros((2, 3)), [0], np.zeros((2, 3)))),
        ("one_hot", ([0.5], 3)),
        ("top_k", (np.zeros(3), 4)),
        ("split", (np.zeros(3), 2)),
        ("repeat", (np.zeros(3), -1, 0)),
        ("tile", (np.zeros(3), (-1,))),
        ("matmul", (np.zeros((3, 2, 4)), np.zeros((2, 4, 2)))),
        ("tril", (np.zeros(3),)),
        ("rfft", (np.zeros(()),)),
        ("irfft", (np.zeros((3, 2)), 9)),
        ("fft", (np.zeros((4, 3)),)),
        ("sort", (np.array([3, 1], np.int32),)),
        ("softmax", (np.zeros(3), 1)),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(name: str, args: Arguments) -> None:
    with pytest.raises(ShapeError, match=r"^[A-Z].*(received|between).*\.$"):
        getattr(ops, name)(*args)
