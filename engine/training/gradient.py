"""How large the gradient was in the last step: read beside the steps, so seldom that they hardly notice."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.compiler.lower import PARAMS
from engine.compiler.model import GRADS
from engine.training.session import Session

SHARE = 0.003  # of the time that reading may take


class GradientSize:
    """Reads the norm of all gradients together.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = -math.inf
        self._cost = 0.0

    def read(self, session: Session) -> float | None:
        """The Euclidean norm; None where there is none, or it is too early to look again."""
        begun = self._clock()
        if begun - self._last < self._cost / SHARE or not _trains(session):
            return None
        gradients = session.memory.read(GRADS)
        norm = float(np.sqrt(np.vdot(gradients, gradients)))
        self._last = self._clock()
        self._cost = self._last - begun
        return norm


def _trains(session: Session) -> bool:
    return any(arena == PARAMS for arena, _, _ in session.layout.values())
