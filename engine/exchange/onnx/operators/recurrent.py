"""LSTM, GRU and RNN step by step, for what our layers do not do: peepholes, other activations, lengths of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from engine.exchange.onnx.calls import Call, operator
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.operations import o
from engine.layers import activation_functions as functions
from engine.ops.arrangement import part
from engine.ops.op import Tensor
from engine.tensor.spec import Array

MOST_STEPS = 64  # that are drawn one by one
Function = Callable[[Tensor], Tensor]


def _functions(call: Call, count: int, ways: int) -> list[list[Function]]:
    usual = {1: ["Tanh"], 2: ["Sigmoid", "Tanh"], 3: ["Sigmoid", "Tanh", "Tanh"]}[count]
    names = [str(n) for n in call.get("activations", usual * ways)]
    alphas: Iterator[float] = iter(call.get("activation_alpha", ()))
    betas: Iterator[float] = iter(call.get("activation_beta", ()))
    found = [_function(n, alphas, betas) for n in names]
    return [found[k : k + count] for k in range(0, count * ways, count)]


def _function(name: str, alphas: Iterator[float], betas: Iterator[float]) -> Function:
    plain: dict[str, Function] = {
        "sigmoid": o.sigmoid,
        "tanh": o.tanh,
        "relu": o.relu,
        "softsign": functions.softsign,
        "softplus": o.softplus,
    }
    name = name.lower()
    if name in plain:
        return plain[name]
    if name == "hardsigmoid":
        alpha, beta = next(alphas, 0.2), next(betas, 0.5)
        return lambda x: o.clip(x * alpha + beta, 0.0, 1.0)
    if name == "leakyrelu":
        slope = next(alphas, 0.01)
        return lambda x: functions.leaky_relu(x, slope)
    if name == "elu":
        slope = next(alphas, 1.0)
        return lambda x: functions.elu(x, slope)
    if name == "affine":
        slope, shift = next(alphas, 1.0), next(betas, 0.0)
        return lambda x: x * slope + shift
    raise RefusedError(f"its activation {name:.40} is none of ours")


@operator("LSTM", "GRU", "RNN", kind="float")
def _recurrent(call: Call) -> list[Tensor]:
    """(steps, batch, n), or with layout 1 (batch, steps, n)."""
    lanes = {"LSTM": 4, "GRU": 3, "RNN": 1}[call.op]
    batch_first = bool(call.get("layout", 0))
    x = call.f()
    x = o.swapaxes(x, 0, 1) if batch_first else x
    steps, batch = x.shape[:2]
    if steps > MOST_STEPS or call.get("clip") is not None:
        raise RefusedError("it reads more steps than are drawn one by one, or limits its numbers")
    direction = call.get("direction", "forward")
    ways = 2 if direction == "bidirectional" else 1
    width = call.f(2).shape[-1]
    cells = _functions(call, {"LSTM": 3, "GRU": 2, "RNN": 1}[call.op], ways)
    sequences, finals = [], []
    for way in range(ways):
        backwards = direction == "reverse" or way == 1
        cell = _Cell(call, way, lanes, width, cells[way])
        states = [_start(call, 5, way, batch, width, batch_first=batch_first)]
        if call.op == "LSTM":
            states.append(_start(call, 6, way, batch, width, batch_first=batch_first))
        outputs, states = cell.read(x, states, backwards=backwards, lengths=_lengths(call))
        sequences.append(outputs)
        finals.append(states)
    y = o.stack(sequences, 1)  # (steps, ways, batch, units)
    last = [o.stack([f[k] for f in finals], 0) for k in range(len(finals[0]))]
    if batch_first:
        y, last = o.transpose(y, (2, 0, 1, 3)), [o.swapaxes(s, 0, 1) for s in last]
    return [y, *last]


def _lengths(call: Call) -> Array | None:
    return call.known(4).reshape(-1).astype(np.int64) if call.has(4) else None


def _start(call: Call, k: int, way: int, batch: int, width: int, *, batch_first: bool) -> Tensor:
    if not call.has(k):
        return o.broadcast_to(call.number(0.0), (batch, width))
    state = o.swapaxes(call.f(k), 0, 1) if batch_first else call.f(k)
    return o.squeeze(part(state, 0, way, way + 1), 0)


class _Cell:
    """One direction of one layer."""

    def __init__(self, call: Call, way: int, lanes: int, width: int, functions_: list[Function]) -> None:
        self._call = call
        self._width = width
        self._functions = functions_

        def own(k: int) -> Tensor:
            return o.squeeze(part(call.f(k), 0, way, way + 1), 0)

        self._weight = o.transpose(own(1))
        self._inner = o.transpose(own(2))
        biases = own(3) if call.has(3) else None
        size = lanes * width
        self._bias = part(biases, 0, 0, size) if biases is not None else None
        self._inner_bias = part(biases, 0, size, 2 * size) if biases is not None else None
        self._peepholes = own(7) if call.op == "LSTM" and call.has(7) else None

    def read(
        self,
        x: Tensor,
        states: list[Tensor],
        *,
        backwards: bool,
        lengths: Array | None,
    ) -> tuple[Tensor, list[Tensor]]:
        """The outputs at all steps and the last states."""
        steps = x.shape[0]
        outputs: list[Tensor] = []
        for t in reversed(range(steps)) if backwards else range(steps):
            step = o.squeeze(part(x, 0, t, t + 1), 0)
            projected = o.matmul(step, self._weight)
            if self._bias is not None:
                projected = projected + self._bias
            new = getattr(self, f"_{self._call.op.lower()}")(projected, states)
            if lengths is not None and (lengths <= t).any():
                there = self._call.constant((lengths > t).astype(np.float32)[:, np.newaxis])
                outputs.append(new[0] * there)
                new = [o.where(there, n, s) for n, s in zip(new, states, strict=True)]
            else:
                outputs.append(new[0])
            states = new
        if backwards:
            outputs.reverse()
        return o.stack(outputs, 0), states

    def _lane(self, x: Tensor, k: int) -> Tensor:
        return part(x, -1, k * self._width, (k + 1) * self._width)

    def _added(self, x: Tensor, h: Tensor) -> Tensor:
        y = x + o.matmul(h, self._inner)
        return y if self._inner_bias is None else y + self._inner_bias

    def _rnn(self, x: Tensor, states: list[Tensor]) -> list[Tensor]:
        return [self._functions[0](self._added(x, states[0]))]

    def _gru(self, x: Tensor, states: list[Tensor]) -> list[Tensor]:
        (h,), (f, g) = states, self._functions
        both = self._added(x, h)
        z, r = f(self._lane(both, 0)), f(self._lane(both, 1))
        weight = self._lane(self._inner, 2)
        bias = self._lane(self._inner_bias, 2) if self._inner_bias is not None else None
        if self._call.get("linear_before_reset", 0):
            inner = o.matmul(h, weight)
            inner = (inner if bias is None else inner + bias) * r
        else:
            inner = o.matmul(h * r, weight)
            inner = inner if bias is None else inner + bias
        new = g(self._lane(x, 2) + inner)
        return [(1.0 - z) * new + z * h]

    def _lstm(self, x: Tensor, states: list[Tensor]) -> list[Tensor]:
        (h, c), (f, g, hidden) = states, self._functions
        gates = self._added(x, h)
        i, out, forget, new = (self._lane(gates, k) for k in range(4))
        if self._peepholes is not None:
            i, forget = i + c * self._lane(self._peepholes, 0), forget + c * self._lane(self._peepholes, 2)
        i = f(i)
        forget = 1.0 - i if self._call.get("input_forget", 0) else f(forget)
        c = forget * c + i * g(new)
        if self._peepholes is not None:
            out = out + c * self._lane(self._peepholes, 1)
        return [f(out) * hidden(c), c]
