"""The units of the data inside a file: scaling before the network and after it, for formats that can compute it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.data.bundle import Feature, Scaling
from engine.exchange.outgoing import Outgoing, specs_of
from engine.objectives.loss import Link
from engine.tensor.spec import Array, DType, TensorSpec

STEEPEST = 1e3  # mean over deviation above which float32 has too few digits left for what differs


@dataclass(frozen=True)
class Units:
    """How numbers in the units of the data become those of the network: of inputs and of outputs, by name.

    What is not named stays as the network has it.
    """

    inputs: Mapping[str, Scaling] = field(default_factory=dict)
    outputs: Mapping[str, Scaling] = field(default_factory=dict)

    def chosen(self, inputs: Sequence[str], outputs: Sequence[str]) -> Units:
        """Those of some inputs and outputs alone."""
        return Units(
            {n: s for n, s in self.inputs.items() if n in inputs},
            {n: s for n, s in self.outputs.items() if n in outputs},
        )


def units_of(out: Outgoing) -> Units:
    """Where the data says them, and float32 is fine enough for them."""
    meaning, specs = out.meaning, specs_of(out.net)
    inputs: dict[str, Scaling] = {}
    for inlet in out.net.inlets:
        name = out.net.names.get(inlet.id, inlet.id)
        spec = TensorSpec(inlet.shape, inlet.dtype)
        found = _usable(meaning.scaling.get(name) or _of_pixels(meaning.features.get(name), spec), spec)
        if found is not None:
            inputs[name] = found
    outputs: dict[str, Scaling] = {}
    for target, end in zip(out.targets, out.net.outputs, strict=False):
        found = _usable(meaning.scaling.get(target), specs[end])
        if found is not None and meaning.links.get(target, Link.NONE) is Link.NONE:
            outputs[target] = found
    return Units(inputs, outputs)


def _of_pixels(feature: Feature | None, spec: TensorSpec) -> Scaling | None:
    """Of pictures, whose numbers are stored from 0 to 255."""
    if feature is None or feature.scale in (0.0, 1.0) or not spec.shape:
        return None
    return Scaling((0.0,) * spec.shape[-1], (1.0 / feature.scale,) * spec.shape[-1])


def _usable(scaling: Scaling | None, spec: TensorSpec) -> Scaling | None:
    width = spec.shape[-1] if spec.shape else 0
    if scaling is None or spec.dtype is not DType.FLOAT32 or len(scaling.mean) != width:
        return None
    steep = any(abs(m) > STEEPEST * s for m, s in zip(scaling.mean, scaling.scale, strict=True))
    return None if steep else scaling


def in_units(inputs: Mapping[str, Array], units: Units) -> dict[str, Array]:
    """What the network takes, as a file with these units does."""
    return {n: units.inputs[n].invert(a) if n in units.inputs else a for n, a in inputs.items()}


def as_before(outputs: Mapping[str, Array], units: Units) -> dict[str, Array]:
    """What a file with these units gives, as the network does."""
    return {n: np.asarray(units.outputs[n].apply(a)) if n in units.outputs else a for n, a in outputs.items()}
