"""Writes `normalization.npz`: normalizing and regularizing layers as Keras computes them."""

from __future__ import annotations

import numpy as np

from tests.golden.keras_layers import TORCH, Case, write

MASK = np.array([[1, 1, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]], bool)
SEVERAL = {"gamma_regularizer": "l2", "beta_regularizer": "l1", "beta_initializer": "ones"}

CASES = [
    Case("BatchNormalization", {}, ((6, 3),)),
    Case("BatchNormalization", {"momentum": 0.8, "epsilon": 0.01, "scale": False}, ((3, 2, 2, 3),)),
    Case("BatchNormalization", {"axis": 1, "center": False, **SEVERAL}, ((3, 2, 5),)),
    Case("BatchNormalization", {"axis": 2}, ((3, 2, 3, 2),)),
    Case("BatchNormalization", {"trainable": False}, ((5, 3),)),
    Case("BatchNormalization", {}, ((3, 4, 2),), (MASK,)),
    Case("BatchNormalization", {"axis": 1, "momentum": 0.5}, ((3, 4, 2),), (MASK,)),
    Case("BatchNormalization", {"renorm": True}, ((6, 3),)),
    Case(
        "BatchNormalization",
        {
            "renorm": True,
            "renorm_clipping": {"rmax": 1.2, "rmin": 0.9, "dmax": 0.5},
            "renorm_momentum": 0.7,
            "momentum": 0.6,
            "scale": False,
        },
        ((6, 3),),
    ),
    Case("LayerNormalization", {}, ((3, 5),)),
    Case("LayerNormalization", {"epsilon": 0.1, "center": False, **SEVERAL}, ((2, 3, 4),), (MASK[:2, :3],)),
    Case("LayerNormalization", {"axis": [-1, -2]}, ((2, 3, 4),)),
    Case("GroupNormalization", {"groups": 2}, ((2, 3, 2, 4),), ()),
    Case("GroupNormalization", {"groups": 3, "axis": 1, "epsilon": 0.1, **SEVERAL}, ((2, 6, 3),)),
    Case("GroupNormalization", {"groups": -1, "center": False}, ((2, 4, 3),), (MASK[:2],)),
    Case("GroupNormalization", {"groups": 1, "scale": False}, ((3, 5),)),
    Case(
        "InstanceNormalization",
        {"epsilon": 0.01},
        ((2, 3, 2, 3),),
        keras="GroupNormalization",
        keras_settings={"groups": -1, "epsilon": 0.01},
    ),
    Case("RMSNormalization", {}, ((3, 5),)),
    Case("RMSNormalization", {}, ((2, 4, 3),), (MASK[:2],)),
    Case("UnitNormalization", {}, ((3, 5),)),
    Case("UnitNormalization", {"axis": [1, 2]}, ((2, 4, 3),), (MASK[:2],)),
    Case("UnitNormalization", {}, (np.zeros((2, 3)),), gradients=False),
    Case("Dropout", {"rate": 0.3}, ((2, 4, 3),), (MASK[:2],), random=True),
    Case("Dropout", {"rate": 0.0}, ((2, 4),)),
    Case("SpatialDropout1D", {"rate": 0.3}, ((2, 4, 3),), (MASK[:2],), random=True),
    Case("SpatialDropout2D", {"rate": 0.3}, ((2, 2, 3, 2),), random=True),
    Case("SpatialDropout3D", {"rate": 0.3}, ((2, 2, 3, 2, 2),), random=True),
    Case("GaussianNoise", {"stddev": 0.5}, ((2, 4, 3),), (MASK[:2],), random=True),
    Case("GaussianDropout", {"rate": 0.5}, ((2, 4, 3),), (MASK[:2],), random=True),
    Case("AlphaDropout", {"rate": 0.5}, ((2, 4, 3),), (MASK[:2],), random=True),
    Case("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, ((3, 4, 2),), (MASK,)),
    Case("ActivityRegularization", {"l2": 0.2}, ((3, 4),)),
]
# the torch backend normalizes trailing dimensions only and fails with others: run these with KERAS_BACKEND=jax
WITH_JAX = [
    # of other dimensions than the last ones, Keras puts the scale into the wrong place on every backend
    Case("RMSNormalization", {"axis": [2, 3], "epsilon": 0.1}, ((2, 3, 2, 4),)),
    Case("LayerNormalization", {"axis": [1]}, ((2, 3, 4),)),
    Case("LayerNormalization", {"axis": [1, 3], "scale": False}, ((2, 3, 2, 4),)),
]

if __name__ == "__main__":
    if TORCH:
        write("normalization", CASES)
    else:
        write("normalization_jax", WITH_JAX)
