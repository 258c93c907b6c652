"""Adam with weight decay of its own."""

from __future__ import annotations

from typing import Literal

from engine.optimizers.adam import AdamRule
from engine.settings import setting


class AdamW(AdamRule):
    """Adam that also shrinks every weight a little in each step.

    The decay is apart from the gradient, weight = weight - learning_rate · weight_decay · weight, so that it
    is not rescaled like one. Use it where a network fits the training data too well.
    Source: Loshchilov and Hutter, Decoupled weight decay regularization, 2017.
    """

    name: Literal["AdamW"] = "AdamW"
    weight_decay: float | None = setting(
        0.004,
        "Weight decay",
        "share of every weight taken away per step, times the learning rate",
        ge=0.0,
        le=1.0,
    )
