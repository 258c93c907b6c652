"""Layers that look at the training data once, before training: means, bins, vocabularies.

When training starts with fresh weights, the network is run up to such a layer over the training rows (never the
validation rows) and the layer says what it learned. That is kept with the weights, so that a prediction uses the same;
where the settings say all there is to know, nothing is learned.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.layers.base import Layer
from engine.tensor.spec import Array


class Adapted(Layer):
    """Base of layers that are adapted to the training data.

    One that runs on the device tells the builder so: `b.adapted(self.adapt, x)`. It may be a part of another layer.
    """

    @property
    def adapts(self) -> bool:
        """Whether it learns from the data with these settings."""
        return True

    def adapt(self, batches: Iterable[Array]) -> dict[str, Array]:
        """What was learned, by the names of (not trainable) weights or, of a layer on the host, of its tables.

        Args:
            batches: what arrives at the layer, batch first; text as NumPy strings.

        Raises:
            ShapeError: the data is nothing to learn from, in one sentence.
        """
        raise NotImplementedError
