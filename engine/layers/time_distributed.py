"""One layer on every time step."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, Role, per_example
from engine.layers.dense import Dense
from engine.layers.nested import AnyLayer
from engine.layers.scope import part
from engine.layers.weighted import Weighted
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError


class TimeDistributed(Weighted):
    """Applies a layer to every time step of a sequence, with the same weights.

    The steps count as further examples for the layer inside: a Conv2D looks at every picture of a film, a Dense at
    every step. (Dense alone does the same for sequences of numbers.) Put a recurrent layer behind it.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.RECURRENT,
        summary="Applies a layer to every time step",
        aliases=("per step", "every frame", "video", "wrapper", "map"),
        keras="TimeDistributed",
        masking=True,
        samples=(
            LayerSample({"layer": {"name": "Dense", "units": 3}}, ((2, 4, 5),)),
            LayerSample({"layer": {"name": "Conv2D", "filters": 2, "kernel_size": 2}}, ((2, 3, 4, 3, 2),)),
            LayerSample({"layer": "Flatten"}, ((2, 3, 2, 2),)),
            LayerSample(
                {"layer": {"name": "Embedding", "input_dim": 5, "output_dim": 2}}, ((2, 3, 2),), integers=True
            ),
        ),
    )
    layer: AnyLayer = setting(Dense(), "Layer", "what is applied to every step", prominent=True)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, time, ..) -> (batch, time, what the layer makes of (..))."""
        (x,) = inputs
        self._check(x)
        batch, steps = x.shape[:2]
        folded = reshape(x, shape=(batch * steps, *x.shape[2:]))
        (y,) = part(b, "layer", self.layer, folded)
        return (reshape(y, shape=(batch, steps, *y.shape[1:])),)

    def _check(self, x: Tensor) -> None:
        kind = type(self.layer).declaration
        ports = (len([p for p in self.layer.input_ports() if p.minimum]), len(self.layer.output_ports()))
        if kind.role is not Role.HIDDEN or ports != (1, 1):
            raise ShapeError(
                "TimeDistributed applies a layer with one input and one output, received "
                f"{self.layer.title()}. Choose another layer, such as Dense or Conv2D."
            )
        if x.spec.rank < 3:
            raise ShapeError(
                f"TimeDistributed needs a sequence (time × ..), received {per_example(x)} per example. "
                "Put a Reshape before it."
            )

    def subtitle(self) -> str:
        """The layer and its own subtitle."""
        return " · ".join(filter(None, (self.layer.title(), self.layer.subtitle())))

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What happens to each step."""
        inner = self.layer.explain((inputs[0][1:],), (outputs[0][1:],))
        return f"For each of {inputs[0][0]} steps: {inner[0].lower()}{inner[1:]}"
