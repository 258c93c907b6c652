"""The end of a network: what it should predict, and how wrong it is."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, Role
from engine.ops.op import Tensor
from engine.settings import setting


class Target(Layer):
    """Compares what the network says with the answer in the data.

    The loss measures how wrong a prediction is; training makes it small. `auto` takes the usual one for the
    data: cross-entropy for classes, mean squared error for numbers. Where the loss expects probabilities and
    the layer before gives plain scores, the soft-max or sigmoid is part of this node.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.LOSS,
        summary="What the network should predict, and its loss",
        aliases=("output", "loss", "label", "answer"),
        outputs=(),
        role=Role.TARGET,
        common=True,
        samples=(LayerSample(),),
    )
    target: str = setting("y", "Target", "which part of the data is the answer", max_length=200)
    loss: str = setting("auto", "Loss", "how a wrong answer is measured", prominent=True, max_length=80)
    weight: float = setting(1.0, "Weight", "share of this loss in the sum", ge=0.0, le=1e6)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Nothing: loss and metrics are attached by the compiler."""
        return ()
