"""Work that goes on from what it did before: a text by tokens, a series by values, some milliseconds at a time."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from engine.training.watching.wish import Work

if TYPE_CHECKING:  # the window, which only wishes, need not know how networks run
    from engine.tensor.spec import Array
    from engine.training.watching.beside import Beside

PIECE: Final = 0.012  # seconds of work at a time


class Piecewise(Work):
    """Does its steps to the end; begins again when the weights are others by then."""

    def __init__(self) -> None:
        self._done = True
        self._fresh = True  # whether the weights are others than at the last beginning
        self._per_step = 0.0  # seconds

    @abstractmethod
    def begin(self, beside: Beside) -> None:
        """Get ready for the first step.

        Raises:
            UnseenError: it can't be done with this network.
        """

    @abstractmethod
    def step(self, beside: Beside) -> bool:
        """Do a step; whether it was the last."""

    @abstractmethod
    def told(self) -> Mapping[str, Array]:
        """What is known after the steps so far."""

    def renew(self) -> None:
        """The next beginning is with other weights."""
        self._fresh = True

    @property
    def restless(self) -> bool:
        """Until the last step with the weights of now."""
        return not self._done or self._fresh

    def advance(self, beside: Beside) -> Mapping[str, Array] | None:
        """Some more steps."""
        if self._done:
            if not self._fresh:
                return None
            self.begin(beside)
            self._done = self._fresh = False
        begun = time.perf_counter()
        while not self._done and time.perf_counter() - begun + self._per_step < PIECE:
            before = time.perf_counter()
            self._done = self.step(beside)
            self._per_step = time.perf_counter() - before
        self._per_step *= 0.5  # one slow step must not end the work
        return self.told()
