"""The operations as scripts call them: at once on arrays, on tensors of a program, and with gradients."""

from __future__ import annotations

import doctest
import importlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import ops
from engine.ops import api
from engine.ops.op import Tensor
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.tensor.spec import ShapeError, TensorSpec

RNG = np.random.default_rng(5)
A = RNG.uniform(-2, 2, (3, 4)).astype(np.float32)
B = RNG.uniform(-2, 2, (3, 4)).astype(np.float32)
CUBE = RNG.uniform(-2, 2, (2, 3, 4)).astype(np.float32)
SQUARE = RNG.uniform(-1, 1, (4, 4)).astype(np.float32) + 3 * np.eye(4, dtype=np.float32)
POSITIVE = SQUARE @ SQUARE.T
INDEX = np.array([[2, 0], [1, 1]], np.int32)

SAME_AS_NUMPY: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    *(
        (name, (A, B), {})
        for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "arctan2")
    ),
    *(
        (name, (A, B), {})
        for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
    ),
    *((name, (A, A * 0), {}) for name in ("logical_and", "logical_or", "logical_xor")),
    *(
        (name, (A,), {})
        for name in ("absolute", "sign", "square", "exp", "exp2", "expm1", "sin", "cos", "tan")
    ),
    *(
        (name, (A,), {})
        for name in ("sinh", "cosh", "tanh", "arcsinh", "arctan", "floor", "ceil", "round", "trunc")
    ),
    *((name, (np.abs(A) + 0.5,), {}) for name in ("log", "log1p", "log2", "log10", "sqrt", "reciprocal")),
    *((name, (A / 2.1,), {}) for name in ("arcsin", "arccos", "arctanh", "isnan", "isfinite", "logical_not")),
    ("arccosh", (np.abs(A) + 1.1,), {}),
    ("power", (np.abs(A), B), {}),
    ("mod", (A, 0.7), {}),
    ("clip", (A, -0.5, 0.5), {}),
    ("where", (np.array([1.0, 0.0, 1.0, 0.0]), A, B), {}),
    *((name, (CUBE,), {}) for name in ("sum", "mean", "max", "min", "prod", "var", "std", "any", "all")),
    *((name, (CUBE,), {"axis": (0, 2), "keepdims": True}) for name in ("sum", "mean", "max", "prod", "var")),
    *(
        (name, (CUBE,), {"axis": 1})
        for name in ("min", "argmax", "argmin", "cumsum", "cumprod", "sort", "argsort")
    ),
    ("reshape", (CUBE, (4, -1)), {}),
    ("transpose", (CUBE,), {}),
    ("transpose", (CUBE, (1, 0, 2)), {}),
    ("swapaxes", (CUBE, 0, -1), {}),
    ("expand_dims", (CUBE, -1), {}),
    ("squeeze", (CUBE[:1], 0), {}),
    ("broadcast_to", (A, (2, 3, 4)), {}),
    ("concatenate", ([A, B],), {"axis": 1}),
    ("stack", ([A, B],), {"axis": 1}),
    ("split", (A, 2), {"axis": 1}),
    ("split", (CUBE, [1, 3]), {"axis": 2}),
    ("tile", (A, (2, 1, 3)), {}),
    ("repeat", (CUBE, 3, 1), {}),
    ("flip", (CUBE, 1), {}),
    ("roll", (CUBE, 5, 2), {}),
    ("tril", (CUBE,), {}),
    ("triu", (CUBE, 1), {}),
    ("trace", (SQUARE,), {}),
    ("take", (CUBE, INDEX), {"axis": 1}),
    ("matmul", (CUBE, A.T), {}),
    ("matmul", (A, B[0]), {}),
    ("matmul", (B[0], CUBE.swapaxes(1, 2)), {}),
    ("dot", (A[0], B[0]), {}),
    ("outer", (A[0], B[1]), {}),
    ("einsum", ("bij,kj->bik", CUBE, A), {}),
]
LINEAR: list[tuple[str, tuple[Any, ...], Callable[..., Any]]] = [
    ("inv", (SQUARE,), np.linalg.inv),
    ("solve", (SQUARE, A[0]), np.linalg.solve),
    ("solve", (SQUARE, A.T), np.linalg.solve),
    ("det", (SQUARE,), np.linalg.det),
    ("slogdet", (SQUARE,), np.linalg.slogdet),
    ("cholesky", (POSITIVE,), np.linalg.cholesky),
    ("norm", (A,), np.linalg.norm),
]


def same(received: Any, expected: Any) -> None:
    if isinstance(received, list | tuple):
        for one, other in zip(received, expected, strict=True):
            same(one, other)
        return
    assert isinstance(received, np.ndarray)
    assert received.dtype in (np.float32, np.int32)
    assert received.shape == np.shape(expected)
    np.testing.assert_allclose(received, expected, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(("name", "args", "keywords"), SAME_AS_NUMPY, ids=[c[0] for c in SAME_AS_NUMPY])
def test_as_numpy(name: str, args: Any, keywords: Any) -> None:
    same(getattr(ops, name)(*args, **keywords), getattr(np, name)(*args, **keywords))


@pytest.mark.parametrize(("name", "args", "reference"), LINEAR, ids=[c[0] for c in LINEAR])
def test_as_the_linear_algebra_of_numpy(name: str, args: Any, reference: Callable[..., Any]) -> None:
    same(getattr(ops, name)(*args), reference(*args))


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap"])
def test_padding_is_that_of_numpy(mode: Any) -> None:
    widths = ((1, 1), (0, 2), (3, 1))
    same(ops.pad(CUBE, widths, mode=mode), np.pad(CUBE, widths, mode=mode))


def test_norms() -> None:
    for order in (1, 2, 3, math.inf, -math.inf):
        same(ops.norm(CUBE, axis=1, ord=order), np.linalg.norm(CUBE, axis=1, ord=order))


def test_decompositions_put_the_matrix_together_again() -> None:
    q, r = ops.qr(CUBE.swapaxes(1, 2))
    same(ops.matmul(q, r), CUBE.swapaxes(1, 2))
    u, s, vh = ops.svd(CUBE)
    same(np.einsum("bik,bk,bkj->bij", u, s, vh), CUBE)
    w, v = ops.eigh(POSITIVE)
    same((v * w) @ v.T, POSITIVE)
    same(ops.solve_triangular(np.tril(SQUARE), A.T), np.linalg.solve(np.tril(SQUARE), A.T))


def test_fourier_transforms_are_those_of_numpy() -> None:
    x = RNG.normal(size=(2, 9)).astype(np.float32)
    for length in (9, 8):
        spectrum = np.fft.rfft(x[:, :length])
        pairs = ops.rfft(x[:, :length])
        np.testing.assert_allclose(pairs[..., 0] + 1j * pairs[..., 1], spectrum, atol=1e-5)
        same(ops.irfft(pairs, length), x[:, :length])
    there = ops.fft(np.stack([x, -x], -1))
    same(ops.ifft(there), np.stack([x, -x], -1))


def test_positions() -> None:
    places = np.argsort(CUBE, axis=1).astype(np.int32)
    same(ops.take_along_axis(CUBE, places, axis=1), np.sort(CUBE, axis=1))
    same(ops.gather_nd(CUBE, [[1, 2], [0, 0]]), CUBE[[1, 0], [2, 0]])
    added = A.copy()
    np.add.at(added, [0, 2, 0], B)
    same(ops.scatter_add(A, [0, 2, 0], B), added)
    replaced = A.copy()
    replaced[2], replaced[0] = B[0], B[2]
    same(ops.scatter_update(A, [2, 0, 0], B), replaced)
    same(ops.scatter([[1], [1]], B[:2], (3, 4)), np.stack([B[0] * 0, B[0] + B[1], B[0] * 0]))
    same(ops.one_hot([2, 0], 3), np.eye(3)[[2, 0]])
    values, found = ops.top_k(A, 2)
    same(values, np.sort(A, axis=1)[:, ::-1][:, :2])
    same(found, np.argsort(-A, axis=1)[:, :2])


def test_scores() -> None:
    shares = np.exp(CUBE) / np.exp(CUBE).sum(1, keepdims=True)
    same(ops.softmax(CUBE, axis=1), shares)
    same(ops.log_softmax(CUBE, axis=1), np.log(shares))
    same(ops.logsumexp(CUBE, (0, 2)), np.log(np.exp(CUBE).sum((0, 2))))
    assert ops.logsumexp([-np.inf, -np.inf]) == -np.inf
    same(ops.erf(ops.erfinv(A / 2.1)), A / 2.1)


def test_windows() -> None:
    x = RNG.normal(size=(1, 5, 5, 2)).astype(np.float32)
    assert ops.conv(x, np.ones((3, 3, 2, 4)), strides=2, padding="same").shape == (1, 3, 3, 4)
    same(ops.conv(x, np.ones((3, 3, 2, 1)))[0, 0, 0], [x[0, :3, :3].sum()])
    same(ops.max_pool(x, 2)[0, 1, 1], x[0, 2:4, 2:4].max((0, 1)))
    same(ops.average_pool(x, 3, strides=1)[0, 0, 0], x[0, :3, :3].mean((0, 1)))


def test_random_numbers_are_those_of_their_seed() -> None:
    one, other = ops.random_normal(3, (100, 40)), ops.random_normal(4, (100, 40))
    np.testing.assert_array_equal(one, ops.random_normal(3, (100, 40)))
    assert not np.array_equal(one, other)
    assert abs(float(one.mean())) < 0.05
    assert abs(float(one.std()) - 1.0) < 0.05
    assert 0.0 <= ops.random_uniform(3, (50,)).min() <= ops.random_uniform(3, (50,)).max() < 1.0


def test_known_arrays() -> None:
    same(ops.zeros((2, 3)), np.zeros((2, 3)))
    same(ops.ones(3), np.ones(3))
    same(ops.full((2,), 0.5), np.full(2, 0.5))
    same(ops.eye(2, 3), np.eye(2, 3))
    same(ops.linspace(0, 1, 5), np.linspace(0, 1, 5))
    same(ops.arange(3), np.arange(3))
    same(ops.add(ops.arange(3), 0.5), np.arange(3) + 0.5)
    same(ops.mean(ops.arange(1, 4)), 2.0)
    same(ops.take(ops.linspace(0, 1, 5), ops.arange(4, -1, -2)), [1.0, 0.5, 0.0])


# -- tensors and gradients -----------------------------------------------------------------------------------
def test_the_same_functions_build_programs() -> None:
    builder = ProgramBuilder("script")
    x = builder.feed("x", TensorSpec((3, 4)))
    y = ops.softmax(ops.matmul(x, np.eye(4)) + B, axis=0)
    assert isinstance(y, Tensor)
    builder.output("y", y)
    found, _ = interpret(builder.finish(), {"x": A}, {}, {})
    np.testing.assert_allclose(found["y"], ops.softmax(A + B, axis=0), rtol=1e-6)


def test_gradients_are_slopes() -> None:
    def loss(x: Any, y: Any) -> Any:
        return ops.mean(ops.log(ops.det(ops.matmul(x, ops.transpose(x)) + np.eye(3))) * ops.max(y) ** 2.0)

    value, (of_x, of_y) = ops.value_and_grad(loss, (0, 1))(A, B)
    assert value.shape == ()
    for which, slopes in enumerate((of_x, of_y)):
        direction = RNG.normal(size=A.shape).astype(np.float32)
        ends = []
        for sign in (1.0, -1.0):
            moved = [A, B]
            moved[which] = moved[which] + np.float32(sign * 1e-2) * direction
            ends.append(float(ops.value_and_grad(loss)(*moved)[0]))
        slope = (ends[0] - ends[1]) / 2e-2
        np.testing.assert_allclose(float((slopes * direction).sum()), slope, rtol=2e-2, atol=1e-2)


def test_a_gradient_has_the_form_of_its_argument() -> None:
    weights = {"w": A, "layers": [B, (B[0],)]}
    slopes = ops.grad(lambda p: ops.sum(p["w"]) + 2.0 * ops.sum(p["layers"][1][0]))(weights)
    same(slopes["w"], np.ones_like(A))
    same(slopes["layers"][0], np.zeros_like(B))
    same(slopes["layers"][1][0], np.full(4, 2.0))


def test_arithmetic_mixes_tensors_arrays_and_numbers() -> None:
    value, slope = ops.value_and_grad(lambda x: ops.sum(B - 2.0 * x / B + x @ x * 0.5 - (-x) ** 2.0))(
        SQUARE[:1, :1]
    )
    x = float(SQUARE[0, 0])
    same(value, np.float32((B - 2 * x / B + 0.5 * x * x - x * x).sum()))
    same(slope, [[float((-2 / B + x - 2 * x).sum())]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.grad(lambda x: x)(A), "single number"),
        (lambda: ops.grad(lambda x: 3.0)(A), "received float"),
        (lambda: ops.matmul(A, B), "as many rows"),
        (lambda: ops.add(["so"], 1.0), "hold numbers"),
        (lambda: ops.einsum("ij,jk", A), "2 terms"),
        (lambda: ops.split(A, 3, axis=1), "Equal parts"),
        (lambda: ops.pad(A, ((3, 0), (0, 0)), mode="reflect"), "as many elements"),
        (lambda: ops.inv(A), "square matrix"),
        (lambda: ops.irfft(np.zeros((3, 2)), 7), "7 real numbers"),
        (lambda: ops.top_k(A, 5), "received 5"),
    ],
)
def test_mistakes_are_explained(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        call()


def test_a_matrix_without_inverse_gives_nan_and_leaves_the_others_alone() -> None:
    both = np.stack([SQUARE, np.ones_like(SQUARE)])
    found = ops.inv(both)
    same(found[0], np.linalg.inv(SQUARE))
    assert np.isnan(found[1]).all()
    assert np.isnan(ops.cholesky(-POSITIVE)).all()
    assert ops.det(np.ones((3, 3))) == 0.0


# -- the whole of it -----------------------------------------------------------------------------------------
def test_every_name_is_there_and_documented() -> None:
    for name in api.__all__:
        function = getattr(ops, name)
        assert function is getattr(api, name)
        assert (function.__doc__ or "").strip().endswith((".", ")", "```")) or ">>>" in function.__doc__, name
    public = {n for n, v in vars(api).items() if callable(v) and not n.startswith("_")}
    assert public - set(api.__all__) == {"lifted"}


@pytest.mark.parametrize("module", ["api", "eager"])
def test_examples_in_the_documentation(module: str) -> None:
    with np.printoptions(precision=8):
        assert doctest.testmod(importlib.import_module(f"engine.ops.{module}")).failed == 0


def test_the_examples_in_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # they save a file
    readme = Path(__file__).parents[3] / "README.md"
    assert "import engine.ops as ops" in readme.read_text(encoding="utf-8")
    assert doctest.testfile(str(readme), module_relative=False).failed == 0
