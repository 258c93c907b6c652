"""The mark-up of lessons: a few signs that people know from letters, and nothing that could load or run anything.

A blank line parts paragraphs. `**strong**`, `*emphasis*` and `` `code` `` stand within them, a line that begins with
`- ` is an item of a list, one that begins with `> ` a formula; indented lines below them go on with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_MARKED: Final = re.compile(
    r"\*\*(?P<strong>[^*\n]+)\*\*|\*(?P<emphasis>[^*\s][^*\n]*)\*|`(?P<code>[^`\n]+)`"
)


class Kind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    ITEM = "item"
    FORMULA = "formula"


@dataclass(frozen=True)
class Span:
    """A run of letters of one look: `strong`, `emphasis`, `code`, or plain."""

    text: str
    look: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph, an item of a list, or a formula."""

    kind: Kind
    spans: tuple[Span, ...]

    @property
    def plain(self) -> str:
        """The words alone."""
        return "".join(span.text for span in self.spans)


def blocks(text: str) -> list[Block]:
    r"""The blocks of a text; any text has some, what is no mark-up stands for itself.

    >>> [block.kind.value for block in blocks("One *word*.\n\n- a\n- b\n\n> y = x")]
    ['paragraph', 'item', 'item', 'formula']
    """
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        kind, words = Kind.PARAGRAPH, ""
        for line in part.splitlines():
            own = _kind(line)
            goes_on = own is Kind.PARAGRAPH and (kind is Kind.PARAGRAPH or line.startswith("  "))
            if not goes_on:
                found += _block(kind, words)
                kind, words = own, ""
            words = f"{words} {line.strip() if own is Kind.PARAGRAPH else line.strip()[2:].strip()}".strip()
        found += _block(kind, words)
    return found


def plain(text: str) -> str:
    """A text without its marks, a line a block."""
    return "\n".join(block.plain for block in blocks(text))


def _kind(line: str) -> Kind:
    return {"- ": Kind.ITEM, "> ": Kind.FORMULA}.get(line.strip()[:2], Kind.PARAGRAPH)


def _block(kind: Kind, words: str) -> list[Block]:
    return [Block(kind, tuple(_spans(words)))] if words else []


def _spans(text: str) -> Iterator[Span]:
    at = 0
    for match in _MARKED.finditer(text):
        if match.start() > at:
            yield Span(text[at : match.start()])
        yield Span(match.group(str(match.lastgroup)), str(match.lastgroup))
        at = match.end()
    if at < len(text):
        yield Span(text[at:])
