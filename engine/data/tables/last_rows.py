"""What people write below their rows: sources and remarks, which are no rows, and totals, which are no examples."""

from __future__ import annotations

from collections.abc import Sequence

from engine.data.errors import Remedy
from engine.data.sources.base import Note

_TOTALS = frozenset(
    (
        *(
            "total",
            "totals",
            "grand total",
            "sum",
            "overall",
            "average",
            "mean",
            "gesamt",
            "summe",
            "insgesamt",
        ),
        *("mittelwert", "somme", "moyenne", "suma", "promedio", "totale", "totaal", "всего", "итого"),
        *("合计", "总计", "总和", "平均", "合計", "平均値", "합계"),
    )
)


def footnotes(rows: Sequence[Sequence[str]], width: int) -> int:
    """How many of the last rows are sources and remarks below a table of that width, and blank rows above them.

    A remark is one cell of words; a single word is one only behind a blank row, since it may be half a row.
    """
    found, remarks = 0, 0
    for row in reversed(rows):
        if len(row) >= width or sum(map(bool, row)) > 1:
            break
        text = "".join(row).strip()
        if text and not any(map(str.isalpha, text)):
            break
        found, remarks = found + 1, remarks + bool(text)
    below = rows[len(rows) - found :]
    sure = found and (not any(below[0]) or all(" " in "".join(row).strip() for row in below if any(row)))
    return found if width > 1 and remarks and sure else 0


def note_on_footnotes(lines: Sequence[int]) -> Note:
    """That they were noticed, and where."""
    return Note("What stands below the table (a source, a remark) is left out.", f"line {lines[0]:,}")


def note_on_total(last: Sequence[str], place: str, *, left_out: bool) -> tuple[Note, ...]:
    """Where the last row calls itself a total, which is no example of anything: a warning, or that it is left out."""
    word = next((cell.strip() for cell in last if cell.strip()), "")
    if len(last) < 2 or word.strip(":").lower() not in _TOTALS:
        return ()
    if left_out:
        return (Note(f"The last row, which begins with {word!r}, is a total and is left out.", place),)
    sentence = f"The last row begins with {word!r}: a total is learned from like any other row. Leave it out."
    return (Note(sentence, place, "warning", (_WITHOUT,)),)


_WITHOUT = Remedy("Leave the total out", {"without_total": True})
