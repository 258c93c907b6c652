"""Which columns of the table a network needs: judged again and again with one column dealt out among the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.tensor.spec import Array
from engine.training.inside.example import rows_of, rows_to_show
from engine.training.predictions.importance import (
    MOST_ROWS,
    REPEATS,
    TableColumn,
    dealt_out,
    harm,
    measured_rows,
    shuffle,
    table_columns,
)
from engine.training.watching.piecewise import Piecewise
from engine.training.watching.wish import UnseenError, Wish, Work

if TYPE_CHECKING:  # the window, which only wishes, need not know how networks run
    from engine.training.watching.beside import Beside
    from engine.training.watching.judging import Judge

BLOCK: Final = 250  # rows at a time: a large network must not be waited for
TOLD: Final = 20  # times that progress is told, until it is done
FIGURES, GREATER, BEFORE, MEANS, SPREADS = "figures", "greater", "before", "means", "spreads"
REPEATED, DONE, TOTAL, ROWS = "repeated", "done", "total", "rows"


@dataclass(frozen=True)
class Importance(Wish):
    """Wants to know how much worse the network does without each column.

    Attributes:
        output: the answer that is judged ("y0").
        rows: of validation that it is judged on, at most.
        repeats: times that each column is dealt out.
    """

    output: str = "y0"
    rows: int = MOST_ROWS
    repeats: int = REPEATS

    def begin(self) -> Work:
        """Measures, and once more when the weights are others."""
        return Measuring(self)


class Measuring(Piecewise):
    """Answers with how far it is and, once each column was dealt out, with what that did.

    `done` of `total` judgements; `figures` (f,) by name, `greater` (f,) whether more is better, `before` (f,) of the rows
    as they are; `means` and `spreads` (f, columns) of how much worse they get; `repeated` and `rows`, what that was found
    from. All of a measurement is of the same weights.
    """

    def __init__(self, wish: Importance) -> None:
        super().__init__()
        self._wish = wish
        self._columns: tuple[TableColumn, ...] = ()
        self._rows: Array = np.zeros(0, np.int64)
        self._inputs: dict[str, Array] = {}
        self._judge: Judge | None = None
        self._weights: dict[str, Array] = {}
        self._order: Array = self._rows  # whose values are dealt out now
        self._found: list[
            dict[str, float]
        ] = []  # figures: as they are, then of each column, repeat by repeat
        self._block = 0  # of the judgement under way
        self._result: dict[str, Array] = {}
        self._has_told = -1, -1

    def begin(self, beside: Beside) -> None:
        """Take the weights of now."""
        if self._judge is None:
            self._prepare(beside)
        beside.refresh()
        self._weights = beside.weights()
        self._found, self._block = [], 0

    def _prepare(self, beside: Beside) -> None:
        from engine.training.watching.judging import Judge

        bundle = beside.session.bundle
        self._columns = table_columns(bundle)
        self._rows = measured_rows(rows_to_show(bundle), self._wish.rows)
        if len(self._rows) < 2:
            raise UnseenError("Columns are dealt out among two rows at least; the data has no more than one.")
        self._inputs = rows_of(bundle, self._rows)
        self._judge = Judge(beside, self._wish.output, self._rows, BLOCK)

    def advance(self, beside: Beside) -> Mapping[str, Array] | None:
        """Some more judgements, with the weights that it began with."""
        if self._judge is not None and self._judge.beside is not beside:  # another session
            self._judge, self._done = None, True
            self.renew()
        if self.restless:
            beside.wear(self._weights)
        try:
            return super().advance(beside)
        finally:
            beside.forget()

    @property
    def _total(self) -> int:
        return 1 + self._wish.repeats * len(self._columns)

    def step(self, beside: Beside) -> bool:
        """Judge a block of rows."""
        assert self._judge is not None
        part = slice(self._block * BLOCK, (self._block + 1) * BLOCK)
        self._judge.add(self._given(part), part)
        self._block += 1
        if self._block * BLOCK >= len(self._rows):
            self._found.append(self._judge.take())
            self._block = 0
            if (len(self._found) - 1) % len(self._columns) == 0:
                self._sum_up()
        return len(self._found) == self._total

    def _given(self, part: slice) -> Mapping[str, Array]:
        """The rows as they are, or with the column whose turn it is dealt out."""
        if not self._found:
            return {name: array[part] for name, array in self._inputs.items()}
        repeat, column = divmod(len(self._found) - 1, len(self._columns))
        if not column and not self._block:
            self._order = shuffle(len(self._rows), repeat)
        return dealt_out(self._inputs, self._columns[column], part, self._order[part])

    def _sum_up(self) -> None:
        """After each repeat the first time; a measurement that is renewed replaces the one before when it is whole."""
        assert self._judge is not None
        repeats = (len(self._found) - 1) // len(self._columns)
        whole = repeats == self._wish.repeats
        if not repeats or (not whole and int(self._result.get(REPEATED, 0)) == self._wish.repeats):
            return
        names, before = list(self._found[0]), list(self._found[0].values())
        after = [[found[name] for name in names] for found in self._found[1:]]
        shaped = np.reshape(after, (repeats, len(self._columns), len(names)))
        greater = [self._judge.is_greater_better(name) for name in names]
        means, spreads = harm(before, shaped, greater)
        self._result = {
            FIGURES: np.array(names),
            GREATER: np.array(greater),
            BEFORE: np.array(before),
            MEANS: means,
            SPREADS: spreads,
            REPEATED: np.array(repeats),
            ROWS: np.array(len(self._rows)),
        }

    def told(self) -> Mapping[str, Array]:
        """What is known, where that is more than was told."""
        done = len(self._found)
        now = TOLD * done // self._total, id(self._result)
        if now == self._has_told:
            return {}
        self._has_told = now
        return {**self._result, DONE: np.array(done), TOTAL: np.array(self._total)}
