"""How the units of a layer do over many examples: dead, saturated, how wide; and which examples excite one of them most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.tensor.spec import Array
from engine.training.inside.example import rows_of, rows_to_show
from engine.training.watching.wish import UnseenError, Wish, Work

if TYPE_CHECKING:  # the window, which only wishes, need not know how networks are compiled
    from engine.ops.limits import Limits
    from engine.training.watching.beside import Beside, Tap

AT_A_TIME: Final = 32  # examples
MOST_UNITS: Final = 512
LEAST, GREATEST, MEAN, DEVIATION, ZEROS, FLAT = "least", "greatest", "mean", "deviation", "zeros", "flat"
BEST_ROWS, BEST_VALUES, COUNT, TOTAL = "best_rows", "best_values", "count", "total"


@dataclass(frozen=True)
class Units(Wish):
    """Wants figures of the units of a node's first output, over the first `rows` rows that are shown.

    Attributes:
        best: examples of each unit that excite it most.
    """

    node: str = ""
    rows: int = 256
    best: int = 12

    def begin(self) -> Work:
        """Goes over the examples, again when the weights are others."""
        return Counting(self)


class Counting(Work):
    """A sweep over the examples in turns; answers when one is over.

    For each unit: `least`, `greatest`, `mean`, `deviation`, the share of `zeros` and of values at the ends of the
    activation (`flat`, where it has ends); `best_rows` and `best_values` (units, best); `count` of examples, `total`
    of units.
    """

    def __init__(self, wish: Units) -> None:
        self._wish = wish
        self._fresh = True
        self._read = 0
        self._parts: list[Mapping[str, Array]] = []
        self._limits: Limits | None = None
        self._limits_of: object = None

    def renew(self) -> None:
        """Go over the examples again."""
        self._fresh = True

    @property
    def restless(self) -> bool:
        """While a sweep is under way."""
        return bool(self._read)

    def advance(self, beside: Beside) -> Mapping[str, Array] | None:
        """Some more examples."""
        rows = rows_to_show(beside.session.bundle)[: self._wish.rows]
        if not (self._fresh or self._read):
            return None
        tap = beside.tap_of(self._wish.node)
        if tap is None:
            raise UnseenError("This layer is no longer part of the network that trains. Choose another.")
        self._fresh = self._fresh and bool(self._read)
        if not self._read:
            self._parts = []
        part = rows[self._read : self._read + AT_A_TIME]
        values = beside.predict(rows_of(beside.session.bundle, part), (tap,))["/".join(tap)]
        if not np.issubdtype(values.dtype, np.floating):
            raise UnseenError("This layer gives whole numbers; it has no units to count.")
        self._parts.append(self._figures(values, self._limits_at(beside, tap)))
        self._read = self._read + len(part) if self._read + len(part) < len(rows) else 0
        return None if self._read else self._whole(rows)

    def _limits_at(self, beside: Beside, tap: Tap) -> Limits | None:
        if self._limits_of is not beside.session:
            from engine.compiler.inspect import output_limits

            self._limits, self._limits_of = output_limits(beside.session.compiler, tap), beside.session
        return self._limits

    def _figures(self, values: Array, limits: Limits | None) -> Mapping[str, Array]:
        """Of one part: (examples, units) each, over the places of an example."""
        shown = values.reshape(len(values), -1, values.shape[-1])[..., :MOST_UNITS].astype(np.float64)
        found = {
            LEAST: shown.min(axis=1),
            GREATEST: shown.max(axis=1),
            MEAN: shown.mean(axis=1),
            DEVIATION: np.square(shown).mean(axis=1),
            ZEROS: (shown == 0.0).mean(axis=1),
            TOTAL: np.full((len(values), 1), values.shape[-1]),
        }
        if limits is not None and limits.low is not None and limits.high is not None:
            from engine.compiler.checkup import AT_THE_END

            near = AT_THE_END * (limits.high - limits.low)
            found[FLAT] = ((shown > limits.high - near) | (shown < limits.low + near)).mean(axis=1)
        return found

    def _whole(self, rows: range) -> Mapping[str, Array]:
        each = {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}
        mean = each[MEAN].mean(axis=0)
        found = {
            LEAST: each[LEAST].min(axis=0),
            GREATEST: each[GREATEST].max(axis=0),
            MEAN: mean,
            DEVIATION: np.sqrt(np.maximum(each[DEVIATION].mean(axis=0) - mean**2, 0.0)),
            ZEROS: each[ZEROS].mean(axis=0),
            COUNT: np.array(len(each[MEAN])),
            TOTAL: np.array(int(each[TOTAL][0, 0])),
        }
        if FLAT in each:
            found[FLAT] = each[FLAT].mean(axis=0)
        heights = np.nan_to_num(each[GREATEST], nan=-np.inf)
        order = np.argsort(-heights, axis=0, kind="stable")[: self._wish.best]
        values = np.take_along_axis(each[GREATEST], order, axis=0)
        found |= {BEST_ROWS: (rows.start + order).T, BEST_VALUES: values.T}
        return found
