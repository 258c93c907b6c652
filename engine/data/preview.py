"""Small pictures of the data, for the data node, the example list and the plots."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import DataBundle
from engine.tensor.spec import Array


def preview(bundle: DataBundle, n: int) -> list[Array]:
    """The first `n` training pictures, each uint8 (H, W, C) from 0 (black) to 255; empty without pictures."""
    for name, array in bundle.inputs.items():
        feature = bundle.features[name]
        if feature.kind == "image":
            rows = bundle.train[:n]
            shown = np.rint(array[rows.start : rows.stop] * (255 * feature.scale))
            return list(shown.clip(0, 255).astype(np.uint8))
    return []
