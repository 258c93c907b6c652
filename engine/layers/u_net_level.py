"""The block that U-Nets are nested from."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.blueprint import Blueprint, End, NormalizedBlock, cropping, doubling, pooling
from engine.layers.content import Content
from engine.layers.dropout import Dropout
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, format_shape


class UNetLevel(NormalizedBlock):
    """Looks closely, then from further away, and puts both together at full size: for an answer at every place.

    Two convolutions; a pooling, and below it a level with twice the filters; back to the size before by a transposed
    convolution, beside what was found before the pooling; two convolutions again. With more levels the one below is a
    level like this, until the last is two convolutions. Open it to see the level below.
    Source: Ronneberger et al., U-Net, 2015, with convolutions that keep the size.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.BLOCK,
        summary="Down, across and up again, for an answer at every place: the level of U-Nets",
        aliases=("unet", "segmentation", "hourglass", "skip connection", "encoder", "decoder", "group"),
        samples=(
            LayerSample({"filters": 2, "activation": "tanh"}, ((2, 5, 4, 2),)),
            LayerSample(
                {"filters": 1, "levels": 2, "normalization": "none", "activation": "tanh"}, ((2, 7, 2),)
            ),
        ),
    )
    filters: int = setting(
        16, "Filters", "at full size; each level below has twice as many", prominent=True, ge=1, le=4096
    )
    levels: int = setting(1, "Levels below", "how often the size is halved", prominent=True, ge=1, le=8)
    dropout: float = setting(0.0, "Dropout", "share left out while training, at the bottom", ge=0.0, lt=1.0)

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """Down, what is below, up, and what joins them."""
        (shape,) = inputs
        rank = self.lengths(shape, 1)
        if min(shape[:-1]) < 2:
            raise ShapeError(
                f"{self.title()} halves every length, received {format_shape(shape)} per example. Take fewer levels."
            )
        plan = Blueprint()
        here = self._twice(plan, "down", shape, self.filters)
        across = plan.end
        plan.add("pool", pooling(rank), row=1)
        below = (*(-(-n // 2) for n in here[:-1]), self.filters)
        if self.levels > 1:
            level = self.model_copy(update={"filters": 2 * self.filters, "levels": self.levels - 1})
            plan.add("below", level, row=1)
        else:
            below = self._twice(plan, "below", below, 2 * self.filters, row=1)
            if self.dropout:
                plan.add("dropout", Dropout(rate=self.dropout), row=1)
        plan.add("up", doubling(rank, self.filters, self.learning), row=1)
        extra = tuple(2 * n - m for n, m in zip(below[:-1], here[:-1], strict=True))
        if any(extra):
            plan.add("crop", cropping(extra), row=1)
        self._join(plan, across)
        self._twice(plan, "out", (*here[:-1], 2 * self.filters), self.filters)
        return plan.content()

    def _join(self, plan: Blueprint, across: End) -> None:
        plan.join("join", across, plan.end)

    def _twice(self, plan: Blueprint, name: str, shape: Shape, filters: int, row: float = 0.0) -> Shape:
        """Two convolutions."""
        shape = self.step(plan, f"{name}_1", shape, filters, row=row)
        return self.step(plan, f"{name}_2", shape, filters, row=row)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How far away it looks."""
        return (
            f"Looks at full size and at {2**self.levels} times smaller, and puts both together at every place"
        )
