"""Layers with shapes to draw: lengths of 1, primes, and such as no tile divides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from engine.tensor.spec import Shape

LENGTHS = (1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 33, 64, 67)
MOST = 6000  # numbers of an input
Draw = Callable[[Any], Any]
Case = tuple[str, dict[str, Any], tuple[Shape, ...]]

ANY = (
    *("SELU", "CELU", "Mish", "HardSwish", "SoftShrink", "Squareplus", "PReLU", "ReLU", "LayerNormalization"),
    *(
        "RMSNormalization",
        "UnitNormalization",
        "BatchNormalization",
        "Dropout",
        "GaussianNoise",
        "GaussianDropout",
    ),
    *(
        "AlphaDropout",
        "ActivityRegularization",
        "Flatten",
        "Softmax",
        "LogSoftmax",
        "Sparsemax",
        "Dense",
        "Slice",
    ),
    *("Select", "RepeatVector"),
)
OF_RANK = {
    **{f"{name}{d}D": d + 2 for name in ("SpatialDropout", "ZeroPadding", "UpSampling") for d in (1, 2, 3)},
    "RepeatVector": 2,
    "InstanceNormalization": 4,
    "GroupNormalization": 4,
    "Cropping1D": 3,
    "Cropping2D": 4,
    "Cropping3D": 5,
    "Resizing": 4,
    "Permute": 3,
}
MERGES = ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
PAIRS = ("Subtract", "Dot")


def _shape(draw: Draw, rank: int, least: int = 1) -> Shape:
    shape: list[int] = []
    size = 1
    for _ in range(rank):
        length = draw(
            st.sampled_from([n for n in LENGTHS if n >= least and (size * n <= MOST or n == least)])
        )
        shape.append(length)
        size *= length
    return tuple(shape)


def _settings(draw: Draw, name: str) -> dict[str, Any]:
    lengths = st.integers(1, 40)
    made: dict[str, Any] = {
        "PReLU": {"alpha_initializer": "ones"},
        "ReLU": {"negative_slope": 0.25, "max_value": 1.0},
        "Dense": {"units": draw(lengths), "activation": "gelu", "kernel_regularizer": "l2"},
        "ActivityRegularization": {"l1": 0.1, "l2": 0.2},
        "RepeatVector": {"n": draw(lengths)},
        "InstanceNormalization": {},
        "GroupNormalization": {"groups": draw(st.sampled_from((-1, 1)))},
        "Cropping2D": {"cropping": ((0, 1), (1, 0))},
        "UpSampling2D": {"interpolation": draw(st.sampled_from(("nearest", "bilinear"))), "size": (2, 3)},
        "Resizing": {
            "height": draw(lengths),
            "width": draw(lengths),
            "interpolation": draw(st.sampled_from(("nearest", "bilinear", "bicubic"))),
            "antialias": draw(st.booleans()),
        },
        "Dot": {"normalize": draw(st.booleans())},
        "Slice": {"axis": -1, "stop": draw(lengths)},
    }
    return dict(made.get(name, {}))


@st.composite
def cases(draw: Draw) -> Case:
    """A layer, its settings, and shapes that it takes."""
    name = draw(st.sampled_from((*ANY, *OF_RANK, *MERGES, *PAIRS)))
    rank = OF_RANK.get(name) or draw(st.integers(2, 4))
    shape = _shape(draw, rank, least=3 if name.startswith("Cropping") else 1)
    several = 2 if name in PAIRS else draw(st.integers(2, 4)) if name in MERGES else 1
    return name, _settings(draw, name), (shape,) * several
