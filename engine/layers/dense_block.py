"""The block in which every layer sees all that came before it."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.blueprint import Blueprint, NormalizedBlock
from engine.layers.content import Content
from engine.layers.dropout import Dropout
from engine.settings import setting
from engine.tensor.spec import Shape

WIDENING = 4  # channels of the window of 1, in growth rates


class DenseBlock(NormalizedBlock):
    """Several convolutions, each of which sees the block's input and everything that those before it found.

    Layer k computes growth_rate new channels from all channels so far, and they are put beside those: the output has
    channels + layers · growth_rate channels. Normalization and activation come first; a window of 1 in front (bottleneck)
    saves weights.
    Source: Huang et al., Densely Connected Convolutional Networks, 2017.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.BLOCK,
        summary="Convolutions that see all that came before them, the block of DenseNet",
        aliases=("densenet", "concatenation", "growth", "group"),
        samples=(
            LayerSample({"layers": 2, "growth_rate": 2, "activation": "tanh"}, ((2, 3, 4, 2),)),
            LayerSample(
                {
                    "layers": 1,
                    "growth_rate": 2,
                    "bottleneck": False,
                    "normalization": "layer",
                    "dropout": 0.2,
                },
                ((2, 4, 3),),
            ),
        ),
    )
    layers: int = setting(4, "Layers", "how many there are in it", prominent=True, ge=1, le=64)
    growth_rate: int = setting(12, "Growth", "new channels of each layer", prominent=True, ge=1, le=4096)
    kernel_size: int = setting(3, "Window", "length of a filter on each side", ge=1, le=1024)
    bottleneck: bool = setting(True, "Bottleneck", "a window of 1 before each convolution")
    dropout: float = setting(0.0, "Dropout", "share left out while training", ge=0.0, lt=1.0)

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """Layer by layer, what is new put beside what was there."""
        (shape,) = inputs
        plan = Blueprint()
        for number in range(1, self.layers + 1):
            known, name = plan.end, f"layer_{number}"
            here = shape
            if self.bottleneck:
                self.normalize(plan, f"{name}a", row=1)
                self.activate(plan, f"{name}a", row=1)
                plan.add(f"{name}a", self.convolution(here, WIDENING * self.growth_rate, 1), row=1)
                here = (*shape[:-1], WIDENING * self.growth_rate)
            self.normalize(plan, name, row=1)
            self.activate(plan, name, row=1)
            plan.add(name, self.convolution(here, self.growth_rate, self.kernel_size), row=1)
            if self.dropout:
                plan.add(f"{name}_dropout", Dropout(rate=self.dropout), row=1)
            plan.join(f"join_{number}", known, plan.end)
            shape = (*shape[:-1], shape[-1] + self.growth_rate)
        return plan.content()

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How the channels grow."""
        return f"{self.layers} layers put {self.growth_rate} new channels each beside the {inputs[0][-1]} that arrive"
