"""What a fit says of itself, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class History:
    """How loss and metrics went.

    Attributes:
        epoch: numbers of the epochs that were looked at.
        history: by name (`loss`, `accuracy`, `val_loss` ..), a value for each of them.
        reason: why the fit ended: "done", "early" or "diverged".
        sentence: more on the end, where there is more to say.
    """

    epoch: list[int] = field(default_factory=list)
    history: dict[str, list[float]] = field(default_factory=dict)
    reason: str = ""
    sentence: str = ""

    def add(self, epoch: int, values: Mapping[str, float]) -> None:
        """Take in the values of one epoch."""
        self.epoch.append(epoch)
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)
