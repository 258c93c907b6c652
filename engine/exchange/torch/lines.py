"""Operations as lines of Python: a value that is read once stands where it is read, others get a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from engine.exchange.flat import FlatValue, Operation
from engine.exchange.torch.expressions import ATOM, Expression
from engine.exchange.torch.operations import said
from engine.exchange.torch.recurrence import recurrence
from engine.exchange.torch.use import Use

LONGEST = 56  # letters of an expression that is put into another one
_NOUNS = {
    "matmul": "product",
    "sum": "total",
    "max": "largest",
    "min": "smallest",
    "softmax": "shares",
    "log_softmax": "shares",
    "concat": "joined",
    "where": "chosen",
    "take_rows": "rows",
    "conv": "sums",
    "conv_input_grad": "sums",
    "sort": "ordered",
    "recurrent": "states",
    "max_pool": "pooled",
    "avg_pool": "pooled",
}


class Lines:
    """Lines that compute values.

    Args:
        values: what all values are, by name.
        known: expressions of the values that are there before.
        rows: the number of examples, as an expression.
        device: where new tensors are made, as an expression.
        taken: names that are in use.
        helpers: functions that are there already, by name; others are added.
    """

    def __init__(
        self,
        values: Mapping[str, FlatValue],
        known: Mapping[str, Expression],
        rows: str,
        device: str,
        taken: Iterable[str] = (),
        helpers: dict[str, list[str]] | None = None,
    ) -> None:
        self.lines: list[str] = []
        self._helpers = {} if helpers is None else helpers
        self._values = values
        self._known = dict(known)
        self._rows, self._device = rows, device
        self._taken = set(taken)

    def add(self, operations: Sequence[Operation], wanted: Sequence[str]) -> None:
        """Compute what `wanted` values need.

        Raises:
            FormatError: there is no expression for an op.
        """
        kept = needed_operations(operations, wanted)
        uses = Counter(name for o in kept for name in o.inputs)
        uses.update(wanted)
        for o in kept:
            use = Use(
                [self._known[name] for name in o.inputs],
                [self._values[name] for name in o.inputs],
                [self._values[name] for name in o.outputs],
                o.attrs,
                self._rows,
                self._device,
                self._helpers,
            )
            if o.op.name == "recurrent":
                found = self._apart(recurrence(use), [name if uses[name] else "" for name in o.outputs])
            else:
                found = list(said(o.op.name, use))
            for name, expression in zip(o.outputs, found, strict=False):
                if uses[name]:
                    self._known[name] = self._placed(expression, _NOUNS.get(o.op.name, "value"), uses[name])

    def __getitem__(self, name: str) -> Expression:
        """The expression of a value that is known."""
        return self._known[name]

    def name(self, wanted: str) -> str:
        """A name that is free; from now on it is not."""
        free, number = wanted, 2
        while free in self._taken:
            free, number = f"{wanted}{number}", number + 1
        self._taken.add(free)
        return free

    def _placed(self, expression: Expression, noun: str, uses: int) -> Expression:
        simple = expression.level == ATOM and expression.text.replace(".", "").isidentifier()
        if expression.number is not None or simple or (uses == 1 and len(expression.text) <= LONGEST):
            return expression
        name = self.name(noun)
        self.lines.append(f"{name} = {expression.text}")
        return Expression(name, whole=expression.whole)

    def _apart(self, call: str, wanted: Sequence[str]) -> list[Expression]:
        """The outputs of a call that gives several; those that nobody reads get no name."""
        names = [self.name("state") if w else "_" for w in wanted]
        while names and names[-1] == "_":
            names.pop()
        rest = len(wanted) - len(names)
        listed = ", ".join([*names, *(["*_"] if rest else [])])
        self.lines.append(f"{listed} = {call}")
        return [Expression(n) for n in names]


def needed_operations(operations: Sequence[Operation], wanted: Iterable[str]) -> list[Operation]:
    """The operations that values depend on."""
    needed, kept = set(wanted), []
    for o in reversed(operations):
        if needed.intersection(o.outputs):
            kept.append(o)
            needed.update(o.inputs)
    return kept[::-1]
