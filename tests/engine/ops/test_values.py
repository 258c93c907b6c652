"""Ops against a second, slow and obvious way to compute the same: loops, the math module, published numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ops.elementwise import erf, expm1, log1p, relu, sigmoid, softplus, where
from engine.ops.gather import scatter_add_rows, take_rows
from engine.ops.matmul import matmul
from engine.ops.movement import one_hot
from engine.ops.op import Op
from engine.ops.random import philox4x32, uniform
from engine.ops.reductions import argmax, max_, sum_
from engine.ops.softmax import log_softmax, softmax
from engine.tensor.spec import Array, ShapeError, TensorSpec

LINE = np.concatenate([np.linspace(-12, 12, 4001), [0.0, 1e-6, -1e-6, 88.0, -100.0]]).astype(np.float32)
small = st.integers(1, 6)


def f32(numbers: Any) -> Array:
    return np.asarray(numbers, np.float32)


def i32(numbers: Any) -> Array:
    return np.asarray(numbers, np.int32)


@pytest.mark.parametrize(
    ("op", "exact"),
    [
        (erf, math.erf),
        (sigmoid, lambda x: 1 / (1 + math.exp(-x)) if x > -500 else 0.0),
        (softplus, lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x)))),
        (relu, lambda x: max(x, 0.0)),
    ],
    ids=["erf", "sigmoid", "softplus", "relu"],
)
def test_function_of_one_number(op: Op, exact: Callable[[float], float]) -> None:
    (values,) = op.evaluate(LINE)
    np.testing.assert_allclose(values, [exact(float(x)) for x in LINE], rtol=2e-6, atol=3e-7)


def test_functions_near_zero_keep_their_digits() -> None:
    tiny = f32([1e-7, -1e-7, 1e-5])
    np.testing.assert_allclose(log1p.evaluate(tiny)[0], [math.log1p(float(x)) for x in tiny], rtol=1e-6)
    np.testing.assert_allclose(expm1.evaluate(tiny)[0], [math.expm1(float(x)) for x in tiny], rtol=1e-6)
    np.testing.assert_allclose(erf.evaluate(tiny)[0], [math.erf(float(x)) for x in tiny], rtol=1e-6)


def test_where_takes_the_first_unless_zero() -> None:
    (values,) = where.evaluate(f32([0, 1, -2]), f32([1, 2, 3]), f32(9))
    assert values.tolist() == [9, 2, 3]


# -- matrix products -------------------------------------------------------------------------------------------
@given(small, small, small, st.lists(small, max_size=2), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_matmul_is_the_sum_of_products(m: int, n: int, k: int, stack: list[int], ta: bool, tb: bool) -> None:
    rng = np.random.default_rng(m * 36 + n * 6 + k)
    a = rng.normal(size=(*stack, m, k)).astype(np.float32)
    b = rng.normal(size=(*stack, k, n)).astype(np.float32)
    expected = np.einsum("...mk,...kn->...mn", a.astype(float), b.astype(float))
    given_a = np.ascontiguousarray(a.swapaxes(-1, -2)) if ta else a
    given_b = np.ascontiguousarray(b.swapaxes(-1, -2)) if tb else b
    (product,) = matmul.evaluate(given_a, given_b, transpose_a=ta, transpose_b=tb)
    np.testing.assert_allclose(product, expected, rtol=1e-5, atol=1e-5)


def test_matmul_refuses_what_does_not_fit() -> None:
    with pytest.raises(ShapeError, match="as many rows"):
        matmul.infer((TensorSpec((2, 3)), TensorSpec((4, 5))), matmul.defaults)


# -- reductions ------------------------------------------------------------------------------------------------
@given(st.lists(small, min_size=1, max_size=4), st.data(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_reductions_fold_the_named_axes(shape: list[int], data: st.DataObject, keepdims: bool) -> None:
    axes = tuple(sorted(data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1))))
    x = np.random.default_rng(8).normal(size=shape).astype(np.float32)
    moved = np.moveaxis(x, axes, range(-len(axes), 0))
    flat = moved.reshape(*moved.shape[: x.ndim - len(axes)], -1).astype(float)
    (total,) = sum_.evaluate(x, axes=axes, keepdims=keepdims)
    (largest,) = max_.evaluate(x, axes=axes, keepdims=keepdims)
    assert total.ndim == (x.ndim if keepdims else x.ndim - len(axes))
    np.testing.assert_allclose(total.ravel(), flat.sum(-1).ravel(), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(largest.ravel(), flat.max(-1).ravel())


def test_argmax_takes_the_first_of_equals() -> None:
    assert argmax.evaluate(f32([[1, 3, 3], [2, 2, 2]]))[0].tolist() == [1, 0]


def test_softmax_survives_large_scores() -> None:
    x = f32([[1e4, 1e4, -1e4], [-1e4, 0, 1]])
    (p,), (logs,) = softmax.evaluate(x), log_softmax.evaluate(x)
    np.testing.assert_allclose(p, [[0.5, 0.5, 0], [0, 1 / (1 + math.e), math.e / (1 + math.e)]], rtol=1e-6)
    np.testing.assert_allclose(logs[0], [-math.log(2), -math.log(2), -2e4 - math.log(2)], rtol=1e-6)


# -- rows ------------------------------------------------------------------------------------------------------
def test_rows_come_and_go_by_number() -> None:
    table = np.arange(12, dtype=np.uint8).reshape(4, 3)
    (rows,) = take_rows.evaluate(table, i32([3, 0, 9]), scale=0.5)
    np.testing.assert_array_equal(rows, table[[3, 0, 3]] * np.float32(0.5))
    grad = np.arange(8, dtype=np.float32).reshape(4, 2)
    (added,) = scatter_add_rows.evaluate(i32([2, 0, 2, 2]), grad, rows=4)
    assert added.tolist() == [[2, 3], [0, 0], [0 + 4 + 6, 1 + 5 + 7], [0, 0]]


def test_one_hot_outside_is_empty() -> None:
    assert one_hot.evaluate(i32([1, 5, -1]), depth=2)[0].tolist() == [[0, 1], [0, 0], [0, 0]]


# -- random numbers --------------------------------------------------------------------------------------------
# kat_vectors of Random123 1.14 (https://github.com/DEShawResearch/random123)
@pytest.mark.parametrize(
    ("rounds", "counter", "key", "expected"),
    [
        (7, [0, 0, 0, 0], (0, 0), "5f6fb709 0d893f64 4f121f81 4f730a48"),
        (7, [0xFFFFFFFF] * 4, (0xFFFFFFFF, 0xFFFFFFFF), "5207ddc2 45165e59 4d8ee751 8c52f662"),
        (
            7,
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            (0xA4093822, 0x299F31D0),
            "4dfccaba 190a87f0 c47362ba b6b5242a",
        ),
        (10, [0, 0, 0, 0], (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ],
)
def test_philox_known_answers(rounds: int, counter: list[int], key: tuple[int, int], expected: str) -> None:
    words = philox4x32([np.array([c], np.uint64) for c in counter], key, rounds)
    assert " ".join(f"{int(w[0]):08x}" for w in words) == expected


def test_uniform_depends_on_all_it_should() -> None:
    def draw(seed: int, step: int, stream: int, count: int = 20_000) -> Array:
        return uniform.evaluate(i32(seed), i32(step), stream=stream, shape=(count,))[0]

    base = draw(1, 2, 3)
    np.testing.assert_array_equal(base, draw(1, 2, 3))
    np.testing.assert_array_equal(base[:99], draw(1, 2, 3, 99))
    for other in (draw(0, 2, 3), draw(1, 1, 3), draw(1, 2, 2), draw(-1, 2, 3)):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.03
    assert base.min() >= 0
    assert base.max() < 1
    assert base.mean() == pytest.approx(0.5, abs=0.01)
    assert base.var() == pytest.approx(1 / 12, abs=0.003)
