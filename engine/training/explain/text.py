"""Formulas as plain text: h[3] = tanh(0.52·x[1] - 1.1·x[2] + 0.03). The window writes them with its own marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count

from engine.training.explain.formula import Apply, Expression, Infix, Leaf, Sum, Term
from engine.training.explain.names import Symbol

TIMES, MINUS = "\N{MIDDLE DOT}", "\N{MINUS SIGN}"
_TIGHT = {"*": f" {TIMES} ", "/": " / ", "+": " + ", "-": f" {MINUS} "}
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2}


def number_text(value: float) -> str:
    """A number with three digits that matter."""
    text = f"{value:.3g}"
    if "e" in text:
        mantissa, _, power = text.partition("e")
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", MINUS)


def symbol_text(symbol: Symbol) -> str:
    """A name with its place: weight[1,3]."""
    mark = "'" * (symbol.number - 1)
    place = f"[{','.join(map(str, symbol.index))}]" if symbol.index else ""
    return f"{symbol.name}{mark}{place}"


@dataclass(frozen=True)
class Writing:
    """How the parts of a formula become text.

    Attributes:
        symbol: of a number with a name.
        number: of today's value.
        values: whether numbers with names are written as their values.
    """

    symbol: Callable[[Leaf], str] = lambda leaf: symbol_text(leaf.symbol) if leaf.symbol else ""
    number: Callable[[float], str] = number_text
    values: bool = False
    names: Mapping[str, str] = field(default_factory=dict)  # of functions, where they have another one

    def leaf(self, leaf: Leaf) -> str:
        """A number, by its name or its value."""
        return self.number(leaf.value) if leaf.symbol is None or self.values else self.symbol(leaf)

    def write(self, expression: Expression, rank: int = 0) -> str:
        """The text; in brackets where its signs bind less than `rank`."""
        if isinstance(expression, Leaf):
            text = self.leaf(expression)
            return f"({text})" if rank > 1 and text.startswith(MINUS) else text
        if isinstance(expression, Apply):
            parts = [self.write(a) for a in expression.arguments]
            more = [f"\N{HORIZONTAL ELLIPSIS} +{expression.more:,}"] if expression.more else []
            return f"{self.names.get(expression.name, expression.name)}({', '.join([*parts, *more])})"
        if isinstance(expression, Infix) and expression.sign == "*" and _is_minus_one(expression.right):
            text = MINUS + self.write(expression.left, 3)
            return f"({text})" if rank > 1 else text
        if isinstance(expression, Infix):
            own = _RANK[expression.sign]
            right = own + (expression.sign in "-/")
            text = (
                self.write(expression.left, own)
                + _TIGHT[expression.sign]
                + self.write(expression.right, right)
            )
            return f"({text})" if own < rank else text
        text = self._sum(expression)
        return f"({text})" if rank > 1 else text

    def _sum(self, expression: Sum) -> str:
        pieces = []
        for k, term in zip(count(), expression.terms, strict=False):
            text, negative = self._term(term)
            sign = f" {MINUS} " if negative else " + "
            pieces.append((MINUS if negative else "") + text if k == 0 else sign + text)
        if expression.more:
            rest = self.number(abs(expression.rest))
            sign = f" {MINUS} " if expression.rest < 0 else " + "
            pieces.append(f"{sign}\N{HORIZONTAL ELLIPSIS} ({expression.more:,}: {rest})")
        return "".join(pieces)

    def _term(self, term: Term) -> tuple[str, bool]:
        """A term without its sign, and whether it is taken away."""
        factor, of = term.factor, self.write(term.of, 2)
        if factor is None:
            negative = isinstance(term.of, Leaf) and of.removeprefix("(").startswith(MINUS)
            return (of.strip("()").removeprefix(MINUS) if negative else of), negative
        text = self.leaf(factor)
        negative = text.startswith(MINUS)
        return f"{text.removeprefix(MINUS)} {TIMES} {of}", negative


def _is_minus_one(expression: Expression) -> bool:
    """Whether a factor only turns the sign."""
    return isinstance(expression, Leaf) and expression.symbol is None and expression.value == -1.0


def formula_text(expression: Expression, *, values: bool = False) -> str:
    """A formula in plain text, with names, or with today's values."""
    return Writing(values=values).write(expression)
