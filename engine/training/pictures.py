"""What all pictures of predictions have in common."""

from __future__ import annotations

import numpy as np

from engine.tensor.spec import Array

MARGIN = 0.08  # of the data's range, around it


def probabilities(outputs: Array) -> Array:
    """Class probabilities (n, k) of a prediction: a single column is the probability of class 1."""
    if outputs.ndim == 2 and outputs.shape[1] == 1:
        return np.concatenate([1.0 - outputs, outputs], axis=1)
    return outputs
