"""Lets a network forecast a series from one example on, from what it predicted itself, while it learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.tensor.spec import Array
from engine.training.predictions.answers import Answer
from engine.training.watching.piecewise import Piecewise
from engine.training.watching.wish import UnseenError, Wish, Work

if TYPE_CHECKING:  # the window, which only wishes, need not know how networks run
    from engine.training.predictions.rolling import Rolled
    from engine.training.watching.beside import Beside

VALUES: Final = "values"
APART = "The examples are not windows of one column, each a step after the other, so a forecast can't go on from itself."


@dataclass(frozen=True)
class Roll(Wish):
    """Wants a forecast that goes on from itself.

    Attributes:
        row: of the data, the example that it begins with, and `stop` the row that ends the series.
        answer: what is forecast.
    """

    row: int
    stop: int
    answer: Answer

    def begin(self) -> Work:
        """Forecasts one series after the other."""
        return Rolling(self)


class Rolling(Piecewise):
    """Answers with `values` (n,), told as in the window of the example."""

    def __init__(self, wish: Roll) -> None:
        super().__init__()
        self._wish = wish
        self._rolled: Rolled | None = None

    def begin(self, beside: Beside) -> None:
        """Know no more than the window of the example."""
        from engine.training.predictions.rolling import Rolled, course

        wish, bundle = self._wish, beside.session.bundle
        start = course(bundle, wish.answer, wish.row, wish.stop)
        if start is None:
            raise UnseenError(APART)
        self._rolled = Rolled(bundle, wish.answer, start)

    def step(self, beside: Beside) -> bool:
        """The next values."""
        assert self._rolled is not None
        (name,) = beside.session.bundle.inputs

        def predict(window: Array) -> Array:
            return beside.predict({name: window})[self._wish.answer.output]

        self._rolled.go_on(predict)
        return self._rolled.is_done

    def told(self) -> Mapping[str, Array]:
        """The forecast once it is whole: one that grows and begins anew all the time could not be read."""
        assert self._rolled is not None
        if not self._rolled.is_done:
            return {}
        return {VALUES: np.asarray(self._rolled.values, np.float32)}
