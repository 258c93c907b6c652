"""What a rule that turns an op into an expression of PyTorch is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.exchange.batches import Rows, Size
from engine.exchange.flat import FlatValue
from engine.exchange.torch.expressions import Expression


@dataclass(frozen=True)
class Use:
    """One application of an op.

    Attributes:
        given: the inputs.
        reads, makes: what they and the outputs are.
        attrs: of the op.
        rows: the number of examples, as an expression.
        device: where new tensors are made, as an expression.
        helpers: functions that are needed beside, by name.
    """

    given: Sequence[Expression]
    reads: Sequence[FlatValue]
    makes: Sequence[FlatValue]
    attrs: Mapping[str, Any]
    rows: str
    device: str
    helpers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def x(self) -> Expression:
        """The first input."""
        return self.given[0]

    def size(self, n: Size) -> str:
        """A length as an expression."""
        if isinstance(n, Rows):
            return self.rows if n.factor == 1 else f"{n.factor} * {self.rows}"
        return str(n)

    def sizes(self, shape: Sequence[Size], *, guess: bool = False) -> str:
        """Lengths as arguments; with `guess` the one that grows is left to PyTorch."""
        grows = [n for n in shape if isinstance(n, Rows)]
        if guess and len(grows) == 1:
            return ", ".join("-1" if isinstance(n, Rows) else str(n) for n in shape)
        return ", ".join(self.size(n) for n in shape)


Say = Callable[[Use], "Expression | tuple[Expression, ...]"]
