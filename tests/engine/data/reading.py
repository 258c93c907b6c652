"""A whole file as inputs of a network, for tests that ask nothing of its blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.data.bundle import Feature, Scaling
from engine.data.plain import Wanted, open_plain
from engine.tensor.spec import Array


def read_inputs(path: Path, features: Sequence[Feature], scaling: Mapping[str, Scaling]) -> dict[str, Array]:
    """All rows by feature, as the network sees them."""
    rows = open_plain(path, Wanted(features, scaling))
    try:
        blocks = list(rows.blocks())
    finally:
        rows.close()
    return {f.name: np.concatenate([block.inputs[f.name] for block in blocks]) for f in features}
