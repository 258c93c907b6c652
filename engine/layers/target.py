"""The end of a network: what it should predict, and how wrong it is."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import field_validator

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, LayerSample, Role
from engine.objectives.loss import AnyLoss
from engine.objectives.metric import AnyMetric
from engine.ops.op import Tensor
from engine.settings import setting

ClassWeight = Literal["none", "balanced"] | tuple[float, ...]


class Target(Layer):
    """Compares what the network says with the answer in the data.

    The loss measures how wrong a prediction is; training makes it small. `auto` takes the usual one for the
    data: cross-entropy for classes, mean squared error for numbers. Where the loss expects probabilities and
    the layer before gives plain scores, the soft-max or sigmoid is part of this node.

    Examples can count differently: by a feature of the data (sample weight), and by their class. `balanced` gives each
    class the weight n / (k · nᵢ) for n examples, nᵢ of them of that class, and k classes: all classes count the same
    together, however rare. Class weights are used in training alone; the validation loss shows what is true of the data.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.LOSS,
        summary="What the network should predict, and its loss",
        aliases=("output", "loss", "label", "answer", "metric", "class weight", "sample weight"),
        outputs=(),
        role=Role.TARGET,
        common=True,
        samples=(LayerSample(),),
    )
    target: str = setting("y", "Target", "which part of the data is the answer", max_length=200)
    loss: AnyLoss = setting("auto", "Loss", "how a wrong answer is measured", prominent=True)
    weight: float = setting(1.0, "Weight", "share of this loss in the sum", ge=0.0, le=1e6)
    metrics: tuple[AnyMetric, ...] = setting(
        (), "Metrics", "what is reported beside the loss; empty: the usual ones", max_length=50
    )
    class_weight: ClassWeight = setting(
        "none",
        "Class weights",
        "none, balanced, or a number for each class: how much it counts in training",
        advanced=True,
    )
    sample_weight: str = setting(
        "",
        "Sample weights",
        "the part of the data that says how much each example counts; empty: all the same",
        advanced=True,
        max_length=200,
    )
    weigh_metrics: bool = setting(
        False,
        "Weighted metrics",
        "metrics count examples by their sample weights, as the loss does",
        advanced=True,
    )

    @field_validator("class_weight")
    @classmethod
    def _sensible(cls, value: ClassWeight) -> ClassWeight:
        if isinstance(value, tuple) and (not value or min(value) < 0.0 or max(value) == 0.0):
            raise ValueError(
                f"Class weights are numbers from 0 on, one of them above 0, received {list(value)}. "
                "Take balanced if unsure."
            )
        return value

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Nothing: loss and metrics are attached by the compiler."""
        return ()
