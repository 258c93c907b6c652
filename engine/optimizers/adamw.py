"""Adam with weight decay of its own."""

from __future__ import annotations

from typing import ClassVar

from engine.optimizers.adam import AdamRule
from engine.settings import setting


class AdamW(AdamRule):
    """Adam that also shrinks every weight a little in each step.

    The decay is apart from the gradient, weight = weight - learning_rate · weight_decay · weight, so that it
    is not rescaled like one. Use it where a network fits the training data too well.
    """

    summary: ClassVar[str] = "Adam that also shrinks every weight a little in each step"
    formula: ClassVar[str] = "w ← w - rate · weight_decay · w, then as Adam"
    source: ClassVar[str] = "Loshchilov and Hutter, Decoupled weight decay regularization, 2017"

    weight_decay: float | None = setting(
        0.004,
        "Weight decay",
        "share of every weight taken away per step, times the learning rate",
        ge=0.0,
        le=1.0,
    )
