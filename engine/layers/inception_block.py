"""The block that looks with windows of several sizes at once."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.blueprint import Blueprint, NormalizedBlock, pooling
from engine.layers.content import Content
from engine.settings import setting
from engine.tensor.spec import Shape


class InceptionBlock(NormalizedBlock):
    """Looks at its input with windows of 1, 3 and 5 and through a pooling, and puts what they find beside each other.

    Windows of 1 make the channels fewer before the large ones, which saves most of their weights. The output has as many
    channels as the four ways together.
    Source: Szegedy et al., Going Deeper with Convolutions, 2015, figure 2b.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.BLOCK,
        summary="Windows of several sizes side by side, the block of GoogLeNet",
        aliases=("inception", "googlenet", "multi scale", "branches", "group"),
        torch="Inception",
        samples=(
            LayerSample(
                {
                    "filters_1": 2,
                    "filters_3": 3,
                    "filters_5": 1,
                    "filters_pool": 2,
                    "normalization": "layer",
                    "activation": "tanh",
                },
                ((2, 5, 4, 2),),
            ),
            LayerSample(
                {"filters_1": 1, "filters_3": 2, "filters_5": 2, "filters_pool": 1, "normalization": "none"},
                ((2, 6, 2),),
            ),
        ),
    )
    filters_1: int = setting(
        16, "Window of 1", "channels of the smallest window", prominent=True, ge=1, le=65536
    )
    filters_3: int = setting(
        32, "Window of 3", "channels of the middle window", prominent=True, ge=1, le=65536
    )
    filters_5: int = setting(
        8, "Window of 5", "channels of the largest window", prominent=True, ge=1, le=65536
    )
    filters_pool: int = setting(8, "Pooling", "channels behind the pooling", prominent=True, ge=1, le=65536)
    reduction: float = setting(
        0.5,
        "Fewer before",
        "channels in front of a large window, as a share of its own",
        advanced=True,
        gt=0.0,
        le=1.0,
    )

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """Four ways and what joins them."""
        (shape,) = inputs
        rank = self.lengths(shape, 1)
        plan = Blueprint()
        start = plan.end
        self.step(plan, "window_1", shape, self.filters_1, 1, row=-1.5)
        ends = [plan.end]
        for number, (kernel, filters) in enumerate(((3, self.filters_3), (5, self.filters_5))):
            plan.end = start
            row = number - 0.5
            fewer = max(1, round(self.reduction * filters))
            here = self.step(plan, f"fewer_{kernel}", shape, fewer, 1, row=row)
            self.step(plan, f"window_{kernel}", here, filters, kernel, row=row)
            ends.append(plan.end)
        plan.end = start
        plan.add("pool", pooling(rank, 3, 1), row=1.5)
        self.step(plan, "behind_pool", shape, self.filters_pool, 1, row=1.5)
        plan.join("join", *ends, plan.end)
        return plan.content()

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many channels it makes."""
        return (
            f"Looks with windows of 1, 3 and 5 and through a pooling: {outputs[0][-1]} channels side by side"
        )
