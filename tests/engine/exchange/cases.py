"""Networks of one layer each, to be written into any format: the layers that Keras was asked about, with what it said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.exchange.net import Inlet, Net, Part
from engine.exchange.outgoing import Outgoing
from engine.layers.registry import layers
from engine.tensor.spec import Array, DType
from tests.engine.layers.golden import GoldenFile

AREAS = (
    "activations",
    "attention",
    "convolution",
    "convolution_jax",
    "normalization",
    "normalization_jax",
    "preprocessing",
    "recurrent",
    "shape",
    "shape_jax",
)


@dataclass(frozen=True, eq=False)
class Known:
    """A network of one layer.

    Attributes:
        name: of the case, unique.
        out: the network.
        inputs: what it was given.
        outputs: what Keras said; none where there was a mask, which comes from the layer in front.
    """

    name: str
    out: Outgoing
    inputs: list[Array]
    outputs: list[Array]


@cache
def known(area: str) -> tuple[Known, ...]:
    """The cases of an area in use."""
    return tuple(_known(area))


def _known(area: str) -> Iterator[Known]:
    file = GoldenFile(area)
    for number, case in enumerate(file.cases):
        arrays = [file.arrays[f"{number}/input{i}"] for i in range(case["inputs"])]
        arrays = [a if a.dtype == np.int32 else a.astype(np.float32) for a in arrays]
        masked = any(f"{number}/mask{i}" in file.arrays for i in range(case["inputs"]))
        layer = layers()[case["layer"]].model_validate(case["settings"])
        weights = {f"n1/{n}": a for n, a in file.part(f"{number}/weights/").items()}
        ends = tuple(("n1", k) for k in range(case["outputs"]))
        inlets = tuple(Inlet(f"x{k}", a.shape[1:], DType(a.dtype.name)) for k, a in enumerate(arrays))
        part = Part("n1", layer, tuple((i.id, 0) for i in inlets))
        net = Net(inlets, (part,), ends, names={"n1": case["layer"]})
        place = f"{number}/{case['modes']['used']}/output"
        said = [] if masked else [file.arrays[f"{place}{k}"] for k in range(case["outputs"])]
        yield Known(
            f"{area} {number} {case['layer']} {case['settings']}", Outgoing(net, weights), arrays, said
        )
