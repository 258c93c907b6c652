"""The loss that stands for the usual one of the data at hand."""

from __future__ import annotations

from typing import ClassVar

from engine.objectives.loss import Loss
from engine.ops.op import Tensor


class Auto(Loss):
    """Cross-entropy for classes, mean squared error for numbers.

    It is resolved (`engine.objectives.registry.find_loss`) before anything is computed.
    """

    label: ClassVar[str] = "Auto"
    summary: ClassVar[str] = "The usual one: cross-entropy for classes, mean squared error for numbers"

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """Never called: only the loss it stands for is."""
        raise RuntimeError("The loss `auto` must be resolved with find_loss before it is computed.")
