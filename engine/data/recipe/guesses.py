"""Guesses of roles from names, kinds and facts, each with the reason that the user reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.data.recipe.facts import ColumnFacts, Facts
from engine.data.recipe.settings import Recipe, Role
from engine.data.sources.base import Column, Kind

TARGET_NAMES = (
    "target", "y", "label", "labels", "class", "classes", "outcome", "output", "species", "diagnosis", "survived",
    "price", "prices", "medv", "quality", "churn", "response", "result", "category", "kind", "sentiment", "rating",
    "score",
)  # fmt: skip
SPLIT_NAMES = frozenset({"split", "subset", "partition", "part", "fold", "set"})
SPLIT_WORDS = {
    "train": "train", "training": "train", "fit": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test", "testing": "test", "holdout": "test",
}  # fmt: skip
_IDENTIFIER = re.compile(
    r"(^|[\s_\-.])(id|ids|uuid|guid|index|nr|no|key|rownames?|serial)$|^unnamed|^#$", re.I
)
# PassengerId, Kundennr
_JOINED_IDENTIFIER = re.compile(r"[a-z](I[dD]|N[ro])$|[a-zäöü]{3}(nr|nummer)$|^(Nr|Nummer)$")
_NAMELESS = re.compile(r"^column \d+$")  # called so when it was read, since its file gives it no name
_FILE_NAMES = frozenset({"file", "filename", "path", "file name"})
_MASK = re.compile(r"mask|segment", re.I)
_NUMBERED_TARGET = re.compile(r"^y\d*$")
_DIFFERENT = 0.95  # share of different values from which a column tells rows apart and nothing else
_SINGLE = (Kind.NUMBER, Kind.TEXT, Kind.BOOL, Kind.DATE)


def named(name: str) -> str:
    """A column in a sentence."""
    return repr(name)


def listed(names: Sequence[str], most: int = 10) -> str:
    """A few names and how many more there are."""
    shown = ", ".join(map(repr, names[:most]))
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def guess_target(columns: Sequence[Column], facts: Facts, recipe: Recipe) -> list[tuple[str, str]]:
    """What is to be predicted, with the reason; several for arrays y0, y1 .. and for nothing else."""
    numbered = [c.name for c in columns if _NUMBERED_TARGET.match(c.name)]
    if numbered and any(c.kind is Kind.ARRAY for c in columns):
        return [(name, f"Arrays named {name!r} are targets.") for name in numbered]
    if recipe.rules == 1:
        return [(columns[-1].name, "It is the last column.")] if columns else []
    for column in columns:
        if column.kind is Kind.PICTURE and _MASK.search(column.name):
            return [(column.name, "It is a mask: each point of the picture has a class.")]
    possible = [c for c in columns if _possible(c, facts.get(c.name))]
    by_name = {c.name.strip().lower(): c.name for c in reversed(possible)}
    for name in TARGET_NAMES:
        if name in by_name:
            return [(by_name[name], f"Columns named {by_name[name]!r} usually hold what is to be predicted.")]
    if possible:
        return [(possible[-1].name, "It is the last column, which is what is to be predicted in most files.")]
    return []


def _possible(column: Column, facts: ColumnFacts | None) -> bool:
    if column.kind in (Kind.PICTURE, Kind.SOUND, Kind.DATE) or column.name.strip().lower() in _FILE_NAMES:
        return False
    if facts is None:
        return True
    return not facts.constant and facts.known > 0 and not _is_split(column, facts)


def guess_role(column: Column, facts: ColumnFacts | None, recipe: Recipe) -> tuple[Role, str]:
    """The role of a column that is no target, and the reason."""
    if recipe.rules == 1:
        return "input", "All other columns are inputs."
    if facts is not None and column.kind in _SINGLE:
        if is_no_target(column, facts):
            return "ignore", said_of_no_target(column, facts)
        found = _by_facts(column, facts)
        if found is not None:
            return found
    if column.name.strip().lower() in _FILE_NAMES and column.kind is Kind.TEXT:
        return "ignore", "It names the file of the row, which says nothing about others."
    return "input", "It may help to predict the target."


def is_no_target(column: Column, facts: ColumnFacts) -> bool:
    """Whether a column is named as what is to be predicted, but has the same value everywhere, or none anywhere."""
    alike = facts.constant and facts.known > 1
    return column.name.strip().lower() in TARGET_NAMES and (alike or (facts.rows > 1 and not facts.known))


def said_of_no_target(column: Column, facts: ColumnFacts) -> str:
    """Why it is not predicted."""
    if not facts.known:
        return (
            f"{named(column.name)} is named like a target, but has no value in any row: there is nothing to learn. Fill it "
            "in, or choose another target."
        )
    value = f" ({facts.values[0]})" if facts.values else ""
    return (
        f"{named(column.name)} is named like a target, but has one value only{value}: there is nothing to tell apart. Add "
        "rows with others, or choose another target."
    )


def _by_facts(column: Column, facts: ColumnFacts) -> tuple[Role, str] | None:
    if facts.known == 0:
        return "ignore", "All of its cells are missing."
    if facts.constant and facts.rows > 1 and not facts.missing:
        return "ignore", "It has the same value in every row."
    if column.name.strip().lower() == "sample_weight" and column.kind is Kind.NUMBER and facts.low >= 0:
        return "weight", "Its name says that it is how much each row counts."
    if _is_split(column, facts):
        return "split", "Its words say which rows are for training, validation and test."
    if column.kind is Kind.DATE and facts.ascending:
        return "time", "Its dates follow each other from row to row, so the rows are in time."
    if _identifies(column, facts):
        return "ignore", "It tells rows apart and says nothing about others: an identifier."
    return None


def _is_split(column: Column, facts: ColumnFacts) -> bool:
    words = {str(value).strip().lower() for value in facts.values}
    return (
        column.kind is Kind.TEXT
        and column.name.strip().lower() in SPLIT_NAMES
        and "train" in {SPLIT_WORDS.get(word) for word in words}
        and words <= set(SPLIT_WORDS)
    )


def _identifies(column: Column, facts: ColumnFacts) -> bool:
    if facts.rows < 10 or not facts.known:
        return False
    told = facts.unlike if facts.distinct is None else facts.distinct / facts.rows
    different = told >= _DIFFERENT
    by_name = any(names.search(column.name.strip()) for names in (_IDENTIFIER, _JOINED_IDENTIFIER))
    if column.kind is Kind.NUMBER:
        counts = facts.ascending and facts.high - facts.low + 1 == facts.known
        nameless = _NAMELESS.match(column.name) is not None
        return facts.whole and different and (by_name or (nameless and counts))
    if column.kind is Kind.TEXT:
        return different and (by_name or facts.wordy < 0.5)
    return False
