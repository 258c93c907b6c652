"""LSTM, GRU and RNN, in one direction or both."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.steps import Result, Step, match
from engine.exchange.onnx.wires import Known, Wired, wired
from engine.layers.bidirectional import Bidirectional
from engine.layers.op import Op
from engine.layers.registry import layers
from engine.tensor.spec import Array

# our gates, in the order of ONNX: i o f c, z r h
_GATES = MappingProxyType({"LSTM": (0, 2, 3, 1), "GRU": (0, 1, 2), "RNN": (0,)})
_USUAL = MappingProxyType({"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)})
_TITLES = MappingProxyType({"LSTM": "LSTM", "GRU": "GRU", "RNN": "SimpleRNN"})
_STATES = MappingProxyType({"LSTM": ("state", "cell"), "GRU": ("state",), "RNN": ("state",)})


@match("LSTM", "GRU", "RNN")
def recurrent(step: Step) -> Result:
    """A recurrent layer, or two in a Bidirectional."""
    op, direction = step.node.op, step.get("direction", "forward")
    x = _sequence(step)
    weight, inner = step.known(1), step.known(2)
    ways, units = weight.shape[0], int(step.get("hidden_size", inner.shape[-1]))
    settings = _settings(step, units)
    states = _states(step, ways)
    outputs = [*step.node.outputs, "", "", ""][:3]
    last_only = not outputs[0] and not outputs[2]  # then the output of the layer is the state that is wanted
    wanted_state = bool(outputs[1] or outputs[2]) and not last_only
    settings |= {"return_sequences": bool(outputs[0]), "return_state": wanted_state}
    biases = step.known(3) if step.has(3) else np.zeros((ways, 2 * weight.shape[1]), np.float32)
    kinds = [_weights(op, weight[d], inner[d], biases[d], settings) for d in range(ways)]
    kind = layers()[_TITLES[op]]
    if ways == 1:
        layer: Any = kind.model_validate({**settings, "go_backwards": direction == "reverse"})
        weights = kinds[0]
    else:
        layer = Bidirectional.model_validate({"layer": kind.model_validate(settings)})
        weights = {
            f"{way}/{n}": a
            for way, k in zip(("forward", "backward"), kinds, strict=True)
            for n, a in k.items()
        }
    end = step.put(layer, x.end, *states, weights=weights)
    if ways == 1 and direction == "reverse" and outputs[0]:
        end = _turned(step, end, len(_STATES[op]) if wanted_state else 0)
    if last_only:
        last = wired(end, (ways, 1, units), (1, 0, 2), (ways * units,))
        return (last,) * len(step.node.outputs)
    return _outputs(step, x, end, ways, units, outputs)


def _turned(step: Step, end: Any, states: int) -> Any:
    """Our layer puts out the steps in the order in which it reads them; here in that of time, states as they were."""
    names = "".join(f"; y{k} = x{k} * 1" for k in range(1, states + 1))
    ends = [(end[0], k) for k in range(states + 1)]
    return step.put(
        Op(formula=f"y = flip(x, axis=1){names}", label="Flip"), *ends, name=f"{step.node.name} flip"
    )


def _sequence(step: Step) -> Wired:
    x = step.wire()
    layout = int(step.get("layout", 0))
    if x.rank != 3 or layout:
        raise RefusedError("its layout is not time, batch, features")
    if step.has(4):
        lengths = step.value(4)
        steps = x.length(0)
        if not isinstance(lengths, Known) or (lengths.array != steps).any():
            raise RefusedError("its sequences have lengths of their own")
    if x.batch != 1:
        raise RefusedError("its batch is not the second axis")
    return step.plain(x, [0, 2])[0]


def _settings(step: Step, units: int) -> dict[str, Any]:
    op = step.node.op
    ways = 2 if step.get("direction", "forward") == "bidirectional" else 1
    usual = _USUAL[op]
    given = tuple(step.get("activations", usual * ways))
    if given[: len(usual)] * ways != given or step.get("clip") is not None or step.get("activation_alpha"):
        raise RefusedError("its directions have activations of their own, or limits")
    if op == "LSTM" and (given[1] != given[2] or step.get("input_forget", 0) or step.has(7)):
        raise RefusedError("our LSTM has no peepholes, coupled gates or third activation")
    names = [_named(a) for a in given[: len(usual)]]
    settings: dict[str, Any] = {"units": units, "activation": names[-1]}
    if op != "RNN":
        settings["recurrent_activation"] = names[0]
    if op == "GRU":
        settings["reset_after"] = bool(step.get("linear_before_reset", 0))
    return settings


def _named(activation: str) -> str:
    name = activation.lower()
    if name not in ("sigmoid", "tanh", "relu", "softsign", "softplus"):
        raise RefusedError(f"our recurrent layers have no activation {activation:.40}")
    return name


def _weights(op: str, weight: Array, inner: Array, bias: Array, settings: dict[str, Any]) -> dict[str, Array]:
    lanes, units = len(_GATES[op]), settings["units"]

    def turned(array: Array) -> Array:  # (lanes · units, n) -> (n, lanes · units), in our order
        parts = array.reshape(lanes, units, -1)[list(_GATES[op])]
        return np.ascontiguousarray(parts.reshape(lanes * units, -1).T)

    one, other = (turned(b)[0] for b in np.split(bias, 2))
    if op == "GRU" and settings["reset_after"]:
        biases = np.stack([one, other])
    elif op == "GRU":
        biases = one + other
    else:
        biases = one + other
    return {"weight": turned(weight), "recurrent_weight": turned(inner), "bias": biases}


def _states(step: Step, ways: int) -> list[Any]:
    """The states to begin with, one wire for each direction and state; none where they are zero."""
    names = _STATES[step.node.op]
    given = [step.inputs[5 + k] if step.has(5 + k) else None for k in range(len(names))]
    if all(g is None or (isinstance(g, Known) and not g.array.any()) for g in given):
        return []
    ends: list[Any] = []
    for g in given:
        if not isinstance(g, Wired) or ways != 1 or g.rank != 3 or g.batch != 1:
            raise RefusedError("it begins with states that are not computed, or in two directions")
        ends.append(step.plain(g, [0, 2] if g.axes[0] else [2])[0].end)
    return ends


def _outputs(step: Step, x: Wired, end: Any, ways: int, units: int, outputs: list[str]) -> Result:
    part, steps = end[0], x.wire[0]
    if outputs[0]:
        atoms_of = (steps, ways * units)
        whole = wired(end, (steps, ways, 1, units), (2, 0, 1, 3), atoms_of)
    else:
        whole = wired(end, (1, ways, 1, units), (2, 0, 1, 3), (ways * units,))
    states = len(_STATES[step.node.op])
    results: list[Any] = [whole]
    for k in range(1, 3):
        if not outputs[k] or k > states:
            results.append(whole)
            continue
        results.append(_state(step, part, k, ways, units, states))
    return tuple(results[: len(step.node.outputs)])


def _state(step: Step, part: str, k: int, ways: int, units: int, states: int) -> Wired:
    if ways == 1:
        return wired((part, k), (1, 1, units), (1, 0, 2), (units,))
    ends = [(part, 1 + way * states + k - 1) for way in range(2)]
    layer = layers()["Concatenate"]()
    end = step.put(layer, *ends, name=f"{step.node.name} state")
    return wired(end, (2, 1, units), (1, 0, 2), (2 * units,))
