"""The texts of lessons as rich text for a label: every letter is escaped, so that nothing is loaded or run."""

from html import escape
from typing import Final

from app.theme import FontRole, Theme
from engine.lessons.markup import Block, Kind, blocks

# the heaviest weight there is of the font: what `b` asks for would be smeared from it
_TAGS: Final = {"strong": ('<span style="font-weight:600">', "</span>"), "emphasis": ("<i>", "</i>")}


def rich_text(text: str, theme: Theme) -> str:
    """The mark-up of a lesson as HTML that a `QLabel` shows."""
    return "".join(_block(block, theme) for block in blocks(text))


def _block(block: Block, theme: Theme) -> str:
    words = "".join(_span(span.text, span.look, theme) for span in block.spans)
    if block.kind is Kind.ITEM:
        return f'<p style="margin: 0 0 6px 14px; text-indent: -10px; line-height: 126%">\N{BULLET}&nbsp;{words}</p>'
    if block.kind is Kind.FORMULA:
        return f'<p style="margin: 2px 0 10px 14px">{_code(words, theme)}</p>'
    return f'<p style="margin: 0 0 10px 0; line-height: 126%">{words}</p>'


def _span(text: str, look: str, theme: Theme) -> str:
    if look == "code":
        return _code(escape(text), theme)
    before, after = _TAGS.get(look, ("", ""))
    return f"{before}{escape(text)}{after}"


def _code(words: str, theme: Theme) -> str:
    family = theme.font(FontRole.MONO).families()[0]
    color = theme.color("accent_text").name()
    return f"<span style=\"font-family: '{family}'; color: {color}\">{words}</span>"
