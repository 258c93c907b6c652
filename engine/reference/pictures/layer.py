"""The picture of a layer: a curve, a window or numbers before and after, whichever its behaviour calls for."""

from __future__ import annotations

import numpy as np

from engine.layers.base import Layer, LayerSample
from engine.reference.pictures.cells import Tensor, cells
from engine.reference.pictures.plot import Curve, plot
from engine.reference.pictures.svg import Ink, Svg
from engine.reference.pictures.sweep import sweep
from engine.reference.running import run_layer, sample_inputs, slope_of
from engine.reference.values import value_text
from engine.tensor.spec import Array, Shape, ShapeError

_REACH, _POINTS = 4.0, 161
_PLACES: dict[int, Shape] = {1: (12,), 2: (7, 7), 3: (4, 6, 6)}


def layer_picture(kind: type[Layer]) -> Svg | None:
    """The picture of a layer; None for one that only marks where data enters or leaves."""
    samples = [sample for sample in kind.declaration.samples if sample.inputs]
    if not samples or not kind.declaration.outputs:
        return None
    first = samples[0]
    return _curve(kind, first) or _window(kind, first) or _numbers(kind, samples)


def _curve(kind: type[Layer], sample: LayerSample) -> Svg | None:
    """The function of a layer that treats every number by itself, and its derivative."""
    if sample.integers or sample.texts or len(sample.inputs) != 1:
        return None
    layer = kind()
    x = np.linspace(-_REACH, _REACH, _POINTS, dtype=np.float32)
    try:
        y, turned, apart = (
            _row(layer, each) for each in (x, x[::-1], np.concatenate([x[:80], x[80:] + 9.0]))
        )
    except (ShapeError, ValueError):
        return None
    if y is None or turned is None or apart is None:
        return None
    if not np.array_equal(y, turned[::-1]) or not np.array_equal(y[:80], apart[:80]) or _is_straight(y):
        return None
    if y.dtype.kind != "f":
        return plot(f"{kind.title()} of x", "x", [Curve(x, y)])
    slope = slope_of(layer, x.reshape(1, -1))[0]
    curves = [Curve(x, slope, "derivative", Ink.SECOND, dashed=True), Curve(x, y, kind.title())]
    return plot(f"{kind.title()} and its derivative", "x", curves)


def _row(layer: Layer, x: Array) -> Array | None:
    """What becomes of a row of numbers, in training; None unless it stays a row as long."""
    outputs = run_layer(layer, (x.reshape(1, -1),), training=True).outputs
    return outputs[0][0] if len(outputs) == 1 and outputs[0].shape == (1, x.size) else None


def _is_straight(y: Array) -> bool:
    return bool(np.allclose(np.diff(y.astype(np.float64), 2), 0.0, atol=1e-4))


def _window(kind: type[Layer], sample: LayerSample) -> Svg | None:
    """The sweep of a layer whose results each depend on some neighbouring places of the input."""
    shape = sample.inputs[0][1:]
    if sample.integers or sample.texts or len(sample.inputs) != 1 or len(shape) - 1 not in _PLACES:
        return None
    layer = kind.model_validate(sample.settings)
    title = f"The places that two neighbouring results of {kind.title()} are made of{_with(kind, sample)}"
    for places in (_PLACES[len(shape) - 1], shape[:-1]):
        try:
            return sweep(title, layer, (*places, shape[-1]))
        except (ShapeError, ValueError):
            continue
    return None


def _numbers(kind: type[Layer], samples: list[LayerSample]) -> Svg | None:
    """What one example is before and after, for the first of the samples with most inputs that can be run."""
    for sample in sorted(samples, key=lambda each: -len(each.inputs)):
        layer = kind.model_validate(sample.settings)
        try:
            run = run_layer(layer, sample_inputs(sample), training=True)
        except (ShapeError, ValueError):
            continue
        names = [port.name for port in layer.input_ports()]
        names += names[-1:] * (len(run.inputs) - len(names))
        title = f"An example before and after {kind.title()}{_with(kind, sample)}"
        before = [Tensor(name, array[0]) for name, array in zip(names, run.inputs, strict=False)]
        ports = layer.output_ports()
        after = [Tensor(port.name, array[0]) for port, array in zip(ports, run.outputs, strict=False)]
        return cells(title, before, after)
    return None


def _with(kind: type[Layer], sample: LayerSample) -> str:
    layer = kind.model_validate(sample.settings)
    settings = [f"{name} {value_text(getattr(layer, name))}" for name in sample.settings]
    return f", with {', '.join(settings)}" if settings else ""
