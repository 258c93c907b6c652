"""Lets a network that guesses what comes next write on: a text or a melody, token by token, while it learns.

Temperature as in D. H. Ackley, G. E. Hinton, T. J. Sejnowski, A learning algorithm for Boltzmann machines, 1985.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.tensor.spec import Array, DType
from engine.training.inside.example import rows_to_show
from engine.training.watching.piecewise import Piecewise
from engine.training.watching.wish import UnseenError, Wish, Work

if TYPE_CHECKING:  # the window, which only wishes, need not know how networks run
    from engine.training.watching.beside import Beside

GIVEN: Final = 8  # tokens of an example that a text begins with where nobody gives a beginning
TOKENS, BEGINNING, NUMBER, BEGUN_AT = "tokens", "beginning", "number", "begun_at"


@dataclass(frozen=True)
class Write(Wish):
    """Wants a text.

    Attributes:
        beginning: tokens to go on from; none: the first ones of some example.
        length: tokens to write after them.
        temperature: 0 takes the most probable token, 1 draws by the probabilities, more is wilder.
        seed: the same gives the same text of the same weights.
        feature: the input that takes tokens, and `output` the prediction that gives them.
    """

    beginning: tuple[int, ...] = ()
    length: int = 200
    temperature: float = 0.8
    seed: int = 0
    feature: str = "x"
    output: str = "y0"

    def begin(self) -> Work:
        """Writes texts one after the other."""
        return Writing(self)


class Writing(Piecewise):
    """Writes; begins another text when one is done and the weights are others.

    Answers with `tokens` (n,), how many of them are the `beginning`, the `number` of the text, and the step it was
    begun at.
    """

    def __init__(self, wish: Write) -> None:
        super().__init__()
        self._wish = wish
        self._tokens: list[int] = []
        self._given = 0
        self._number = 0
        self._begun_at = 0

    def told(self) -> Mapping[str, Array]:
        """The text so far, and what it is of."""
        facts = {BEGINNING: self._given, NUMBER: self._number, BEGUN_AT: self._begun_at}
        return {TOKENS: np.array(self._tokens, np.int32)} | {k: np.array(v) for k, v in facts.items()}

    def begin(self, beside: Beside) -> None:
        """The first tokens of a text."""
        wish, session = self._wish, beside.session
        feature = session.compiler.inputs.get(wish.feature)
        if feature is None or len(feature.shape) != 1 or feature.dtype is not DType.INT32:
            raise UnseenError(
                f"The network reads no sequence named {wish.feature}, so it can't go on with one."
            )
        self._tokens = list(wish.beginning) or self._example(beside)
        self._given, self._number, self._begun_at = len(self._tokens), self._number + 1, session.step

    def _example(self, beside: Beside) -> list[int]:
        bundle = beside.session.bundle
        rows = rows_to_show(bundle)
        row = rows[(self._wish.seed + self._number) % len(rows)]
        found: list[int] = bundle.inputs[self._wish.feature][row][:GIVEN].tolist()
        return found

    def step(self, beside: Beside) -> bool:
        """One more token."""
        wish = self._wish
        (window,) = beside.session.compiler.inputs[wish.feature].shape
        last = self._tokens[-window:]
        row = np.zeros((1, window), np.int32)
        row[0, : len(last)] = last
        others = {
            n: np.zeros((1, *f.shape), f.as_seen.dtype.numpy)
            for n, f in beside.session.compiler.inputs.items()
        }
        scores = beside.predict({**others, wish.feature: row}).get(wish.output)
        if scores is None or scores.ndim != 3:
            raise UnseenError(
                "The network gives no token for each position, so it can't write. Return sequences."
            )
        draw = np.random.Generator(
            np.random.Philox(key=[wish.seed, self._number * 100_003 + len(self._tokens)])
        )
        self._tokens.append(drawn(scores[0, min(len(last), scores.shape[1]) - 1], wish.temperature, draw))
        return len(self._tokens) >= self._given + wish.length


def drawn(probabilities: Array, temperature: float, draw: np.random.Generator) -> int:
    """A token drawn by its probabilities (k,) to the power 1/temperature; the most probable one at 0."""
    p = np.nan_to_num(np.asarray(probabilities, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if temperature <= 1e-3 or p.max(initial=0.0) <= 0.0:
        return int(p.argmax())
    logs = np.log(np.maximum(p, 1e-30)) / temperature
    weights = np.exp(logs - logs.max())
    return int(
        min(np.searchsorted(np.cumsum(weights), draw.random() * weights.sum(), side="right"), len(p) - 1)
    )
