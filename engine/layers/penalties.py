"""Penalties on what layers put out, beside those on their weights."""

from __future__ import annotations

from engine.layers.base import LayerBuilder
from engine.layers.regularizers import Regularizer
from engine.ops.op import Tensor


def penalize(b: LayerBuilder, y: Tensor, regularizer: Regularizer | None) -> None:
    """Add the penalty of a layer's output (batch, ..), for one example on average, to the loss.

    Source: keras/src/layers/layer.py, Layer.__call__ (activity_regularizer).
    """
    if regularizer is not None:
        b.add_loss(regularizer.penalty(y) * (1.0 / y.shape[0]))
