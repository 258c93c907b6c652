"""Asks Keras itself what its layers compute, so that "as in Keras" is a fact and not a belief.

A library for the scripts `make_<area>.py` beside it, each of which is a list of cases and one call of `write`:

    CASES = [Case("Dense", {"units": 3, "activation": "gelu"}, ((2, 4),)), ...]

    if __name__ == "__main__":
        write("dense", CASES)

Run by hand, outside the project's environment, when cases are added:

    python3 -m venv keras-venv && keras-venv/bin/pip install keras torch
    KERAS_BACKEND=torch keras-venv/bin/python -m tests.golden.make_dense

With KERAS_BACKEND=jax it works as well, for the few layers that the torch backend gets wrong; the script of such a case
says so. `tests/engine/layers/golden.py` reads what is written. Numbers of a case depend on that case alone, so that
adding one leaves the others as they are.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.src import backend, tree

Arrays = dict[str, np.ndarray[Any, Any]]
Shape = tuple[int, ...]
TORCH = keras.backend.backend() == "torch"


@dataclass(frozen=True)
class Whole:
    """An int32 input with numbers in [low, below)."""

    shape: Shape
    below: int
    low: int = 0


@dataclass(frozen=True)
class Case:
    """One layer with settings, inputs and what is special about it.

    Attributes:
        layer: our name; also that in Keras, unless `keras` says otherwise.
        settings: ours, as JSON; also those for Keras (lists as tuples), unless `keras_settings` says otherwise.
        inputs: a shape (standard normal numbers), a `Whole`, or an array of values (floats, int32 or booleans).
        masks: for each input a boolean array (batch, time), or None; may be shorter than the inputs.
        keras: class name in `keras.layers`.
        keras_settings: settings for Keras.
        make: makes the Keras layer, where a class and settings are not enough (wrappers).
        call: call(layer, tensors, **keywords) -> outputs, where `layer(tensor)` or `layer([tensor, ..])` is not right.
        keywords: further arguments of the call (`training` is always given).
        rename: (old, new) parts of weight paths, replaced in order before "kernel" becomes "weight".
        random: the layer draws random numbers in training, so that only its use is compared.
        low, high: trainable weights are uniform between them (the others are in [0.5, 1.5), fit for a variance).
        gradients: False leaves them out.
    """

    layer: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Any, ...] = ((2, 4),)
    masks: tuple[Any, ...] = ()
    keras: str = ""
    keras_settings: Mapping[str, Any] | None = None
    make: Callable[[], Any] | None = None
    call: Callable[..., Any] | None = None
    keywords: Mapping[str, Any] = field(default_factory=dict)
    rename: tuple[tuple[str, str], ...] = ()
    random: bool = False
    low: float = -0.8
    high: float = 0.8
    gradients: bool = True

    def build(self) -> Any:
        """The Keras layer."""
        if self.make:
            return self.make()
        settings = self.settings if self.keras_settings is None else self.keras_settings
        tuples = {k: _tuples(v) for k, v in settings.items()}
        return getattr(keras.layers, self.keras or self.layer)(**tuples)

    def outputs(self, layer: Any, tensors: Sequence[Any], *, training: bool) -> list[Any]:
        """The outputs of the layer in one row, with the masks attached to the inputs."""
        for tensor, mask in zip(tensors, self.masks, strict=False):
            if mask is not None:
                backend.set_keras_mask(tensor, keras.ops.convert_to_tensor(np.asarray(mask, bool)))
        keywords = {**self.keywords, "training": training}
        if self.call:
            return list(tree.flatten(self.call(layer, tensors, **keywords)))
        return list(tree.flatten(layer(list(tensors) if len(tensors) > 1 else tensors[0], **keywords)))


def write(area: str, cases: Sequence[Case]) -> None:
    """Compute all cases and write `<area>.npz`: the arrays and, as JSON, the cases they belong to."""
    arrays: Arrays = {}
    entries = []
    for number, case in enumerate(cases):
        found, entry = _case(case)
        arrays |= {f"{number}/{name}": array for name, array in found.items()}
        entries.append(entry)
    facts = {"keras": keras.__version__, "backend": keras.backend.backend(), "cases": entries}
    arrays["cases"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    path = Path(__file__).with_name(f"{area}.npz")
    np.savez_compressed(path, allow_pickle=False, **arrays)
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size / 1000:.0f} kB")


def _case(case: Case) -> tuple[Arrays, dict[str, Any]]:
    identity = json.dumps([case.layer, case.settings, [str(np.shape(i)) for i in case.inputs]], default=list)
    generator = np.random.default_rng(zlib.crc32(identity.encode()))
    keras.utils.set_random_seed(1)
    layer = case.build()
    inputs = [_input(given, generator) for given in case.inputs]
    case.outputs(layer, _tensors(inputs), training=False)  # makes the weights
    weights = _weights(layer, case)
    starts = {name: _start(v, case, generator) for name, v in weights.items()}
    arrays = {f"input{i}": x for i, x in enumerate(inputs)}
    arrays |= {f"mask{i}": np.asarray(m, bool) for i, m in enumerate(case.masks) if m is not None}
    arrays |= {f"weights/{name}": array for name, array in starts.items()}
    cotangents: list[np.ndarray[Any, Any]] = []
    modes: dict[str, Arrays] = {}
    for mode in ("used",) if case.random else ("used", "trained"):
        for name, variable in weights.items():
            variable.assign(starts[name])
        if not cotangents:
            outputs = case.outputs(layer, _tensors(inputs), training=False)
            cotangents = [generator.normal(size=tuple(y.shape)).astype(np.float32) for y in outputs]
        modes[mode] = _mode(layer, case, weights, inputs, cotangents, training=mode == "trained")
    after = {n: _numpy(v.value) for n, v in weights.items() if not v.trainable}
    arrays |= {f"after/{n}": a for n, a in after.items() if not np.array_equal(a, starts[n])}
    arrays |= {f"cotangent{k}": c for k, c in enumerate(cotangents)}
    same = "trained" in modes and _equal(modes["used"], modes["trained"])
    for mode, found in modes.items():
        if mode == "used" or not same:
            arrays |= {f"{mode}/{name}": array for name, array in found.items()}
    entry = {
        "layer": case.layer,
        "settings": case.settings,
        "inputs": len(inputs),
        "outputs": len(cotangents),
        "modes": {"used": "used"}
        if case.random
        else {"used": "used", "trained": "used" if same else "trained"},
    }
    return arrays, entry


def _mode(
    layer: Any,
    case: Case,
    weights: Mapping[str, Any],
    inputs: Sequence[Any],
    cotangents: Sequence[Any],
    *,
    training: bool,
) -> Arrays:
    """Outputs, their masks, the sum of the layer's own losses, and gradients of Σ output · cotangent + losses."""
    trained = {name: v for name, v in weights.items() if v.trainable}
    floats = [i for i, x in enumerate(inputs) if x.dtype == np.float32]
    run = _with_torch if TORCH else _with_jax
    outputs, losses, grads = run(layer, case, list(trained.values()), inputs, floats, cotangents, training)
    arrays = {f"output{k}": _numpy(y) for k, y in enumerate(outputs)}
    masks = [backend.get_keras_mask(y) for y in outputs]
    arrays |= {f"mask{k}": _numpy(m) for k, m in enumerate(masks) if m is not None}
    if losses is not None:
        arrays["loss"] = _numpy(losses)
    if case.gradients:
        names = [f"input{i}" for i in floats] + [f"weights/{name}" for name in trained]
        arrays |= {f"grad/{n}": _numpy(g) for n, g in zip(names, grads, strict=True)}
    return arrays


def _projection(outputs: Sequence[Any], cotangents: Sequence[Any], losses: Any) -> Any:
    total = 0.0 if losses is None else losses
    for y, c in zip(outputs, cotangents, strict=True):
        if "float" in backend.standardize_dtype(y.dtype):
            total = total + keras.ops.sum(y * keras.ops.convert_to_tensor(c))
    return total


def _losses(layer: Any) -> Any:
    return sum(layer.losses[1:], start=layer.losses[0]) if layer.losses else None


def _with_torch(
    layer: Any,
    case: Case,
    trained: Sequence[Any],
    inputs: Sequence[Any],
    floats: Sequence[int],
    cotangents: Sequence[Any],
    training: bool,
) -> tuple[Any, Any, list[Any]]:
    import torch

    tensors = _tensors(inputs)
    for i in floats:
        tensors[i].requires_grad_()
    outputs = case.outputs(layer, tensors, training=training)
    losses = _losses(layer)
    wrt = [tensors[i] for i in floats] + [v.value for v in trained]
    total = _projection(outputs, cotangents, losses)
    if not case.gradients or not getattr(total, "requires_grad", False):
        return outputs, losses, [torch.zeros_like(w) for w in wrt]
    grads = torch.autograd.grad(total, wrt, allow_unused=True)
    return outputs, losses, [torch.zeros_like(w) if g is None else g for g, w in zip(grads, wrt, strict=True)]


def _with_jax(
    layer: Any,
    case: Case,
    trained: Sequence[Any],
    inputs: Sequence[Any],
    floats: Sequence[int],
    cotangents: Sequence[Any],
    training: bool,
) -> tuple[Any, Any, list[Any]]:
    import jax

    tensors = _tensors(inputs)
    outputs = case.outputs(layer, tensors, training=training)
    losses = _losses(layer)
    if not case.gradients:
        return outputs, losses, []

    def total(wrt: list[Any]) -> Any:
        given = list(tensors)
        for i, tensor in zip(floats, wrt, strict=False):
            given[i] = tensor
        mapping = list(zip(trained, wrt[len(floats) :], strict=True))
        with keras.StatelessScope(state_mapping=mapping, collect_losses=True):
            y = case.outputs(layer, given, training=training)
            return _projection(y, cotangents, _losses(layer))

    grads: list[Any] = jax.grad(total)([tensors[i] for i in floats] + [v.value for v in trained])
    return outputs, losses, grads


def _weights(layer: Any, case: Case) -> dict[str, Any]:
    """Float weights by our name: the path inside the layer, `kernel` being `weight`."""
    found = {}
    for variable in layer.weights:
        if "float" not in variable.dtype:
            continue  # the state of a random generator
        name = variable.path.removeprefix(f"{layer.name}/")
        for old, new in (*case.rename, ("kernel", "weight")):
            name = name.replace(old, new)
        if name in found:
            raise ValueError(f"Two weights of {case.layer} would be named {name}; give the case a rename.")
        found[name] = variable
    return found


def _start(variable: Any, case: Case, generator: np.random.Generator) -> np.ndarray[Any, Any]:
    low, high = (case.low, case.high) if variable.trainable else (0.5, 1.5)
    return np.asarray(generator.uniform(low, high, variable.shape), np.float32)


def _input(given: Any, generator: np.random.Generator) -> np.ndarray[Any, Any]:
    if isinstance(given, Whole):
        return np.asarray(generator.integers(given.low, given.below, given.shape), np.int32)
    if isinstance(given, tuple):
        return generator.normal(size=given).astype(np.float32)
    array = np.asarray(given)
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def _tensors(arrays: Sequence[Any]) -> list[Any]:
    """Fresh ones: masks and gradients are attached to them."""
    return [keras.ops.convert_to_tensor(a.copy()) for a in arrays]


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _numpy(tensor: Any) -> np.ndarray[Any, Any]:
    array = np.array(keras.ops.convert_to_numpy(tensor))
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _equal(one: Arrays, other: Arrays) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(a, other[n]) for n, a in one.items())
