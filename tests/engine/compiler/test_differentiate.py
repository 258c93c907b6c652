"""Gradients of whole programs against central differences: chains, values used twice, constants, unused weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.compiler.differentiate import differentiate
from engine.ops.elementwise import exp, maximum, relu, sigmoid, square, tanh
from engine.ops.matmul import matmul
from engine.ops.movement import concat, transpose
from engine.ops.op import Tensor
from engine.ops.reductions import argmax, mean, sum_
from engine.ops.softmax import log_softmax, softmax
from engine.ops.views import pack, reshape
from engine.program.builder import ProgramBuilder
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, TensorSpec
from tests.engine.compiler.machines import interpret

Function = Callable[[Tensor, Tensor], Tensor]
STEP = 1e-2

FUNCTIONS: dict[str, Function] = {
    "chain": lambda x, w: tanh(matmul(sigmoid(x), w)),
    "used twice": lambda x, w: matmul(x, w) * tanh(matmul(x, w)) + sum_(x, axes=(1,), keepdims=True),
    "broadcast": lambda x, w: (x * mean(w, (0,))) / (1.5 + square(sum_(w, axes=(0, 1), keepdims=False))),
    "softmax": lambda x, w: softmax(matmul(x, w)) * log_softmax(x),
    "movement": lambda x, w: concat(
        transpose(x, perm=(1, 0)), reshape(reshape(w, shape=(9,)), shape=(3, 3)), axis=1
    ),
    "arena": lambda x, w: square(pack(x, exp(w), offsets=(0, 64), size=128)),
    "maximum": lambda x, w: maximum(x, w) + relu(x - 0.25),
}


def _program(function: Function) -> Program:
    builder = ProgramBuilder("f")
    x, w, unused = (builder.feed(n, TensorSpec((3, 3))) for n in ("x", "w", "unused"))
    value = function(x, w)
    weights = builder.constant(np.linspace(-1, 1, value.spec.size, dtype=np.float32).reshape(value.shape))
    loss = sum_(value * weights, axes=tuple(range(value.spec.rank)), keepdims=False)
    for name, gradient in zip(
        ("x", "w", "unused"), differentiate(builder, loss, [x, w, unused]), strict=True
    ):
        builder.output(f"d{name}", gradient)
    builder.output("loss", loss)
    return builder.finish()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient_is_the_slope(name: str) -> None:
    program = _program(FUNCTIONS[name])
    rng = np.random.default_rng(3)
    arrays = {n: rng.uniform(-1, 1, (3, 3)).astype(np.float32) for n in ("x", "w", "unused")}

    def run(changed: dict[str, Array]) -> dict[str, Array]:
        return interpret(program, {(Storage.FEED, n): a for n, a in {**arrays, **changed}.items()}).outputs

    found = run({})
    for variable in ("x", "w"):
        slope = np.zeros((3, 3))
        for at in np.ndindex(3, 3):
            up, down = arrays[variable].copy(), arrays[variable].copy()
            up[at] += STEP
            down[at] -= STEP
            difference = float(run({variable: up})["loss"]) - float(run({variable: down})["loss"])
            slope[at] = difference / float(up[at] - down[at])
        np.testing.assert_allclose(found[f"d{variable}"], slope, rtol=2e-2, atol=2e-3)
    assert not found["dunused"].any()


def test_no_gradient_flows_through_a_choice_of_class() -> None:
    builder = ProgramBuilder("f")
    x = builder.feed("x", TensorSpec((2, 3)))
    argmax(x)
    loss = sum_(x, axes=(0, 1), keepdims=False)
    (gradient,) = differentiate(builder, loss, [x])
    builder.output("dx", gradient)
    given = {(Storage.FEED, "x"): np.zeros((2, 3), np.float32)}
    assert (interpret(builder.finish(), given).outputs["dx"] == 1.0).all()


def test_the_nodes_of_a_gradient_belong_to_the_layer_of_their_node() -> None:
    builder = ProgramBuilder("f")
    x = builder.feed("x", TensorSpec((3,)))
    with builder.origin("n7"):
        y = tanh(x)
    loss = sum_(y, axes=(0,), keepdims=False)
    before = len(builder.nodes)
    differentiate(builder, loss, [x])
    assert "n7" in {node.origin for node in builder.nodes[before:]}
