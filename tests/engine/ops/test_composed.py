"""Functions made of several ops: values by NumPy, and gradients by differences where a rule was composed by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ops import arrangement, decompositions, functions, indexing, scans, sorting, statistics
from engine.ops import linear_algebra as linear
from engine.ops.contraction import einsum, parse
from engine.ops.op import Tensor
from engine.tensor.spec import Array, Shape, ShapeError
from tests.engine.bench import Bench

EQUATIONS: list[tuple[str, tuple[Shape, ...]]] = [
    ("ij,jk->ik", ((3, 4), (4, 5))),
    ("ij,jk", ((3, 4), (4, 5))),
    ("abc,cde->abde", ((2, 3, 4), (4, 5, 6))),
    ("btnh,bsnh->bnts", ((2, 3, 4, 5), (2, 7, 4, 5))),
    ("bnts,bsnh->btnh", ((2, 3, 4, 5), (2, 5, 3, 7))),
    ("acbe,aecd->abcd", ((2, 3, 4, 5), (2, 5, 3, 6))),
    ("ii->i", ((4, 4),)),
    ("ii", ((4, 4),)),
    ("iij,jk->k", ((3, 3, 2), (2, 4))),
    ("ij->ji", ((3, 4),)),
    ("i,j->ij", ((3,), (4,))),
    ("ij,ij->ij", ((3, 4), (3, 4))),
    ("ij,ij->", ((3, 4), (3, 4))),
    ("ij,ij->i", ((1, 3), (4, 3))),
    ("...ij,...jk->...ik", ((2, 1, 3, 4), (5, 4, 2))),
    ("...x,xy->...y", ((2, 3, 4), (4, 5))),
    ("ab...,b->a...", ((2, 3, 4, 5), (3,))),
    ("i...,i...->...", ((2, 3), (2, 1))),
    ("ij,jk,kl->jil", ((2, 3), (3, 4), (4, 5))),
    ("ij,k->ij", ((2, 3), (4,))),
]


def check(
    function: Callable[..., Tensor], values: Sequence[Array], expected: Any, *, wrt: Sequence[int] = (0,)
) -> None:
    """Values, and gradients with respect to some inputs."""
    bench = Bench()
    inputs = [bench.input(v) for v in values]
    output = function(*inputs)
    np.testing.assert_allclose(bench.run(output)[0], expected, rtol=1e-7, atol=1e-9)  # constants are float32
    bench.check_gradients(output, [inputs[i] for i in wrt], np.random.default_rng(7))


def numbers(*shape: int, seed: int = 2) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def whole(*values: Any) -> Array:
    return np.array(values, np.int32)


# -- einsum ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("equation", "shapes"), EQUATIONS, ids=[e for e, _ in EQUATIONS])
def test_einsum(equation: str, shapes: tuple[Shape, ...]) -> None:
    values = [numbers(*s, seed=i) for i, s in enumerate(shapes)]
    expected = np.einsum(equation, *values)
    check(lambda *x: einsum(equation, *x), values, expected, wrt=range(len(values)))


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_einsum_of_any_two(data: st.DataObject) -> None:
    letters = data.draw(st.permutations("abcd"))
    sizes = dict(zip("abcd", (2, 3, 1, 4), strict=True))
    left = "".join(data.draw(st.lists(st.sampled_from(letters), max_size=4, unique=True)))
    right = "".join(data.draw(st.lists(st.sampled_from(letters), max_size=4, unique=True)))
    known = sorted(set(left + right))
    result = "".join(data.draw(st.permutations(known)))[: data.draw(st.integers(0, len(known)))]
    equation = f"{left},{right}->{result}"
    values = [numbers(*(sizes[c] for c in term), seed=i) for i, term in enumerate((left, right))]
    bench = Bench()
    found = bench.run(einsum(equation, *(bench.input(v) for v in values)))[0]
    np.testing.assert_allclose(found, np.einsum(equation, *values), rtol=1e-9, atol=1e-12, err_msg=equation)


def test_the_usual_products_need_no_transpose() -> None:
    bench = Bench()
    a, b = bench.input(numbers(2, 3, 4)), bench.input(numbers(2, 5, 4))
    einsum("bij,bkj->bik", a, b)
    assert {node.op.name for node in bench.builder.nodes} <= {"matmul", "reshape"}


@pytest.mark.parametrize(
    ("equation", "shapes", "words"),
    [
        ("ij,jk->il", ((2, 3), (3, 4)), "none that is new"),
        ("ij->ii", ((2, 3),), "at most once"),
        ("ij,jk->ik", ((2, 3), (4, 5)), "one length"),
        ("ijk->i", ((2, 3),), "a letter for each dimension"),
        ("i1->i", ((2, 3),), "a letter for each dimension"),
        ("ij", ((2, 3), (2, 3)), "received 1 terms"),
    ],
)
def test_a_wrong_equation_is_explained(equation: str, shapes: tuple[Shape, ...], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        parse(equation, shapes)


# -- places ----------------------------------------------------------------------------------------------------
def test_gather_along_any_dimension() -> None:
    x, index = numbers(2, 3, 4), whole([2, 0], [1, 1])
    for axis in (0, 1, -1):
        places = np.minimum(index, x.shape[axis] - 1)
        check(lambda t, i, a=axis: indexing.gather(t, i, a), [x, index], np.take(x, places, axis))


def test_places_by_several_numbers() -> None:
    x, index = numbers(3, 4, 2), whole([1, 2], [0, 0], [1, 2])
    check(indexing.gather_nd, [x, index], x[[1, 0, 1], [2, 0, 2]])
    updates = numbers(3, 2)
    expected = np.zeros((3, 4, 2))
    np.add.at(expected, ([1, 0, 1], [2, 0, 2]), updates)
    check(lambda i, u: indexing.scatter_nd(i, u, (3, 4, 2)), [index, updates], expected, wrt=(1,))


def test_replaced_rows() -> None:
    x, index, rows = numbers(4, 2), whole(3, 0, 3), numbers(3, 2, seed=9)
    expected = x.copy()
    expected[0], expected[3] = rows[1], rows[2]
    check(indexing.scatter_update, [x, index, rows], expected, wrt=(0, 2))


def test_sorted_values_carry_their_gradients_back() -> None:
    x = numbers(3, 5, 2)
    check(lambda t: sorting.sort(t, 1, descending=True), [x], -np.sort(-x, axis=1))
    check(lambda t: sorting.top_k(t, 1)[0], [x], x.max(-1, keepdims=True))


def test_elements_put_elsewhere() -> None:
    x = numbers(2, 3, 4)
    check(lambda t: arrangement.roll(t, -5, 2), [x], np.roll(x, -5, 2))
    check(lambda t: arrangement.tile(t, (2, 1, 2)), [x], np.tile(x, (2, 1, 2)))
    check(lambda t: arrangement.repeat(t, 2, 1), [x], np.repeat(x, 2, 1))
    check(lambda t: arrangement.stack(arrangement.unstack(t, 1)[::-1], 0), [x], np.moveaxis(x, 1, 0)[::-1])
    for mode in ("edge", "reflect", "symmetric", "wrap"):
        widths = ((1, 0), (2, 1), (0, 3))
        check(lambda t, m=mode, w=widths: arrangement.padded(t, w, m), [x], np.pad(x, widths, mode=mode))


def test_diagonals_and_triangles() -> None:
    x = numbers(2, 3, 4)
    check(arrangement.diagonal_part, [x], np.diagonal(x, axis1=1, axis2=2))
    check(arrangement.diagonal_matrix, [x[0, 0]], np.diag(x[0, 0]))
    check(lambda t: arrangement.lower_triangle(t, 1), [x], np.tril(x, 1))
    check(lambda t: arrangement.upper_triangle(t, -1), [x], np.triu(x, -1))


# -- folds and running results ---------------------------------------------------------------------------------
@pytest.mark.parametrize("zeros", [0, 1, 2])
def test_products_with_zeros_have_gradients(zeros: int) -> None:
    x = numbers(3, 4)
    x[1, :zeros] = 0.0
    check(lambda t: functions.product(t, -1), [x], np.prod(x, -1))
    check(scans.cumprod, [x], np.cumprod(x, -1))
    check(lambda t: scans.cumprod(t, 0, reverse=True), [x], np.flip(np.cumprod(np.flip(x, 0), 0), 0))


def test_further_folds() -> None:
    x = numbers(2, 3, 4)
    check(lambda t: statistics.logsumexp(t, (0, 2)), [x], np.log(np.exp(x).sum((0, 2))))
    check(lambda t: statistics.deviation(t, 1), [x], x.std(1))
    check(statistics.variance, [x], x.var())
    check(lambda t: functions.norm(t, 1, ord=3), [x], np.linalg.norm(x, 3, 1))


def test_a_recurrence_remembers() -> None:
    a, b = numbers(4, 2), numbers(4, 2, seed=3)
    y = np.zeros((4, 2))
    y[0] = b[0]
    for i in range(1, 4):
        y[i] = a[i] * y[i - 1] + b[i]
    check(lambda s, t: scans.linear_recurrence(s, t, axis=0), [a, b], y, wrt=(0, 1))


# -- linear algebra --------------------------------------------------------------------------------------------
def test_determinant_and_solutions() -> None:
    x = numbers(2, 3, 3) + 3.0 * np.eye(3)
    check(linear.determinant, [x], np.linalg.det(x))
    check(linear.determinant, [-x], np.linalg.det(-x))
    check(linear.solve, [x[0], x[1, 0]], np.linalg.solve(x[0], x[1, 0]), wrt=(0, 1))


def test_qr_of_a_wide_matrix_has_no_gradient() -> None:
    bench = Bench()
    x = bench.input(numbers(2, 3))
    q, r = decompositions.qr.outputs(x)
    values = bench.run(q, r)
    np.testing.assert_allclose(values[0] @ values[1], bench.values[x.id])
    with pytest.raises(ShapeError, match="more columns than rows"):
        bench.check_gradients(r, [x], np.random.default_rng(1))


# -- parts -----------------------------------------------------------------------------------------------------
KEYS: list[Any] = [
    0,
    -1,
    slice(1, None),
    (slice(None), 2),
    (Ellipsis, slice(None, None, 2)),
    (slice(None), slice(None, None, -1)),
    (None, 1, ..., slice(-3, -1)),
    (slice(5, 2),),
    (slice(None), np.array([2, 0, 2])),
    (0, [[1, 2], [0, 0]], slice(1, 3)),
]


@pytest.mark.parametrize("key", KEYS, ids=[str(k) for k in KEYS])
def test_parts_are_those_of_numpy(key: Any) -> None:
    x = numbers(2, 3, 4)
    expected = x[key]
    if expected.size:
        check(lambda t: t[key], [x], expected)
    else:
        assert Bench().input(x)[key].shape == expected.shape


def test_a_tensor_unpacks_along_its_first_dimension() -> None:
    bench = Bench()
    first, second = bench.input(np.array([1.0, 2.0]))
    assert [float(v) for v in bench.run(first, second)] == [1.0, 2.0]


@pytest.mark.parametrize("key", [(0, 0, 0, 0), (..., ...), 1.5, ([0], [0])])
def test_a_wrong_key_is_explained(key: Any) -> None:
    with pytest.raises(ShapeError, match=r"received|take gather_nd"):
        Bench().input(numbers(2, 3, 4))[key]
