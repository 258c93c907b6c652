"""The source of a network: a feature of the data set."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, Port, Role
from engine.ops.op import Tensor
from engine.settings import setting


class Input(Layer):
    """Hands the examples of the chosen data set to the network, a batch at a time.

    Its shape comes from the data: a picture of 28 × 28 grey pixels arrives as 28 × 28 × 1.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.DATA,
        summary="Where the data enters the network",
        aliases=("data", "source", "features"),
        keras="InputLayer",
        inputs=(),
        outputs=(Port("output"),),
        role=Role.SOURCE,
        common=True,
        samples=(LayerSample(inputs=()),),
    )
    feature: str = setting("x", "Feature", "which part of the data enters here", max_length=200)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The feature's batch, unchanged."""
        return (b.feature(self.feature),)
