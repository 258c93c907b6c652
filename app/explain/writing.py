"""Formulas and the chain rule as rich text in the colours of the theme; each number with a name can be followed."""

from collections.abc import Mapping
from html import escape

from PySide6.QtCore import QCoreApplication

from app.theme import Theme
from engine.training.explain.chain import ChainEdge
from engine.training.explain.example import Explained
from engine.training.explain.formula import Expression, Leaf
from engine.training.explain.names import Kind, Symbol
from engine.training.explain.text import TIMES, Writing, number_text
from engine.training.explain.trace import Place

PARTIAL = "\N{PARTIAL DIFFERENTIAL}"
LINK = "number:"


def place_of(link: str) -> Place | None:
    """The number that a link leads to."""
    value, _, index = link.removeprefix(LINK).partition("/")
    return (
        Place(int(value), int(index))
        if link.startswith(LINK) and value.isdigit() and index.isdigit()
        else None
    )


class Writer:
    """Writes what is known of a number.

    Args:
        theme: for its colours.
        names: of the nodes by id.
        sources: ids of the nodes where data enters: what they give is called x.
    """

    def __init__(self, theme: Theme, names: Mapping[str, str], sources: frozenset[str]) -> None:
        self._theme, self._names, self._sources = theme, names, sources

    # -- names ------------------------------------------------------------------------------------
    def symbol(self, symbol: Symbol) -> str:
        """A name with its place as an index."""
        name = escape(self.plain_name(symbol)) + "\N{PRIME}" * (symbol.number - 1)
        index = ",".join(map(str, symbol.index))
        return f"{name}<sub>{index}</sub>" if index else name

    def plain(self, symbol: Symbol) -> str:
        """The same without marks: dense[3]."""
        index = ",".join(map(str, symbol.index))
        name = self.plain_name(symbol) + "'" * (symbol.number - 1)
        return f"{name}[{index}]" if index else name

    def plain_name(self, symbol: Symbol) -> str:
        """What it is called, whatever its place."""
        if symbol.kind is Kind.LOSS:
            return tr("loss")
        if symbol.kind is Kind.OUTPUT and symbol.node in self._sources:
            return "x"
        if symbol.kind is Kind.OUTPUT:
            return self._names.get(symbol.node, symbol.name)
        return symbol.name

    def link(self, symbol: Symbol, place: Place) -> str:
        """A name that leads to its number."""
        role = {Kind.WEIGHT: "core", Kind.OUTPUT: "accent", Kind.LOSS: "loss"}.get(symbol.kind, "text")
        style = f"color:{self._theme.color(role).name()}; text-decoration:none"
        return f'<a href="{LINK}{place.value}/{place.index}" style="{style}">{self.symbol(symbol)}</a>'

    def _writing(self, *, values: bool) -> Writing:
        def symbol(leaf: Leaf) -> str:
            assert leaf.symbol is not None
            return self.link(leaf.symbol, leaf.place) if leaf.place else self.symbol(leaf.symbol)

        return Writing(symbol, number_text, values)

    def formula(self, expression: Expression, *, values: bool = False) -> str:
        """A formula with names, or with today's values."""
        return self._writing(values=values).write(expression)

    # -- pages ------------------------------------------------------------------------------------
    def page(self, explained: Explained, *, narrow: bool = False) -> str:
        """Everything about a number but its program; `narrow`: edges are lines that break, not rows of a table."""
        dim = self._theme.tokens.dim
        own = _strong(self.symbol(explained.symbol))
        value = _strong(number_text(explained.value))
        made = explained.formula
        if isinstance(made, Leaf):
            lines = [f"{own} = {value}"]
        else:
            lines = [
                f"{own} = {self.formula(made)}",
                f'<span style="color:{dim}">= {self.formula(made, values=True)}</span> = {value}',
            ]
        parts = [f'<p style="margin:0 0 4px 0">{line}</p>' for line in lines]
        return "".join([*parts, self._slope(explained, narrow=narrow)])

    def _slope(self, explained: Explained, *, narrow: bool) -> str:
        if explained.symbol.kind is Kind.LOSS:
            return ""
        heading = f'<p style="margin:10px 0 4px 0; color:{self._theme.tokens.dim}">{{text}}</p>'
        if explained.slope is None or not explained.edges:
            return heading.format(text=tr("The loss of this example does not depend on it."))
        slope = number_text(explained.slope)
        text = tr("How the loss ({loss}) changes with it, edge by edge (chain rule): {slope}").format(
            loss=number_text(explained.loss), slope=_strong(slope)
        )
        shown = [edge for edge in explained.edges if not _is_passed_on(edge)]
        left_out = len(explained.edges) - len(shown)
        if narrow:
            table = "".join(
                f'<p style="margin:0 0 4px 0">{" ".join(self._cells(edge))}</p>' for edge in shown
            )
        else:
            rows = "".join(self._row(edge) for edge in shown)
            table = f'<table cellspacing="0" cellpadding="2">{rows}</table>'
        return heading.format(text=text) + table + self._conclusion(explained, left_out)

    def _row(self, edge: ChainEdge) -> str:
        cells = "".join(f"<td>{cell}&nbsp;&nbsp;</td>" for cell in self._cells(edge))
        return f'<tr style="white-space:nowrap">{cells}</tr>'

    def _cells(self, edge: ChainEdge) -> tuple[str, str, str, str]:
        """The derivative, its rule, its value, and where it comes from."""
        fraction = (
            f"{PARTIAL}{self.link(edge.of_symbol, edge.of)} / {PARTIAL}{self.link(edge.wrt_symbol, edge.wrt)}"
        )
        rule = "" if edge.rule is None else f"= {self.formula(edge.rule)}"
        dim = self._theme.tokens.dim
        where = escape(self._names.get(edge.origin, ""))
        between = tr("{count} numbers between").format(count=edge.merged)
        what = escape(edge.op) if edge.op else between
        note = " \N{MIDDLE DOT} ".join(part for part in (where, what) if part)
        if edge.ways:
            note += " \N{MIDDLE DOT} " + tr("{count} other ways add {sum}").format(
                count=f"{edge.ways:,}", sum=number_text(edge.others)
            )
        value = (
            ""
            if isinstance(edge.rule, Leaf) and edge.rule.symbol is None
            else f"= {number_text(edge.derivative)}"
        )
        return fraction, rule, value, f'<span style="color:{dim}">{note}</span>'

    def _conclusion(self, explained: Explained, left_out: int) -> str:
        product = 1.0
        for edge in explained.edges:
            product *= edge.derivative
        several = any(edge.ways for edge in explained.edges)
        factors = [number_text(e.derivative) for e in explained.edges if e.derivative != 1.0] or ["1"]
        line = f" {TIMES} ".join(f"({f})" if f[:1] not in "0123456789" else f for f in factors)
        own = f"{PARTIAL}{tr('loss')} / {PARTIAL}{self.symbol(explained.symbol)}"
        if several:
            text = tr("This way: {product}. All ways together: {slope}").format(
                product=f"{line} = {number_text(product)}",
                slope=_strong(number_text(explained.slope or 0.0)),
            )
        else:
            text = f"{own} = {line} = {_strong(number_text(product))}"
        if left_out:
            text += " " + tr("({count} edges that only pass a number on are left out)").format(count=left_out)
        return f'<p style="margin:6px 0 0 0">{text}</p>'

    def summary(self, explained: Explained) -> str:
        """The same in a few words, for those who can't see it."""
        name, value = self.plain(explained.symbol), number_text(explained.value)
        slope = number_text(explained.slope or 0.0)
        return tr("{name} is {value}; the slope of the loss along it is {slope}").format(
            name=name, value=value, slope=slope
        )


def _strong(text: str) -> str:
    """In the heaviest weight there is of the font: what `b` asks for would be smeared from it."""
    return f'<span style="font-weight:600">{text}</span>'


def _is_passed_on(edge: ChainEdge) -> bool:
    """Whether nothing happens to a number along an edge."""
    return edge.derivative == 1.0 and not edge.ways and not edge.merged and edge.rule is None


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("Explain", text)
