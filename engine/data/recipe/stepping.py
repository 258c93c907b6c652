"""Which steps a column goes through: those the user decided, and those that suit its kind and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.data.recipe.facts import ColumnFacts
from engine.data.recipe.settings import ColumnRecipe, PictureRecipe, Recipe, Role, SoundRecipe
from engine.data.recipe.steps.base import Categories, Dates, Missing, Numbers
from engine.data.recipe.steps.categories import Embedding, OneHot, Text
from engine.data.recipe.steps.dates import WEEK, Cycles, Timestamp
from engine.data.recipe.steps.missing import Drop, Median, Value
from engine.data.recipe.steps.numbers import AsIs, Standardize
from engine.data.sources.base import Column, Kind
from engine.tensor.spec import DType

MOST_ONE_HOT = 30  # words up to which each gets a column of its own
MOST_ONE_HOT_BEFORE = 100  # in projects without recipes
MOST_GUESSED_CLASSES = 20  # whole numbers are taken for classes only up to here
NO_WORD = "(missing)"  # stands for a missing word
_SKEWED = 0.25
_HALF = 0.5


@dataclass(frozen=True)
class Chosen:
    """The steps of a column, and the reason of each."""

    missing: Missing | None = None
    categories: Categories | None = None
    numbers: Numbers | None = None
    dates: Dates | None = None
    picture: PictureRecipe | None = None
    sound: SoundRecipe | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    suggestion: str = ""


def target_task(
    column: Column, facts: ColumnFacts | None, decided: ColumnRecipe, tokens: bool
) -> tuple[Literal["classes", "numbers"], str]:
    """Whether a target is a class or a number, and why."""
    if decided.categories is not None or decided.numbers is not None:
        return ("classes" if decided.categories is not None else "numbers"), "Chosen by you."
    if column.kind is Kind.PICTURE:
        return "classes", "Each value of a mask is a class."
    if column.kind in (Kind.TEXT, Kind.BOOL) or column.dtype is DType.STRING:
        return "classes", _mixed(facts) or "Words are classes."
    if column.kind is Kind.ARRAY:
        if tokens:
            return "classes", "Each token is a class."
        return "numbers", "Arrays of numbers are predicted as numbers."
    if facts is not None and facts.counts_up and (facts.distinct or 0) <= MOST_GUESSED_CLASSES:
        return "classes", f"Its {facts.distinct} whole numbers count up without a gap, as classes do."
    return "numbers", "Its numbers have many different values, so it is a number, not a class."


def _mixed(facts: ColumnFacts | None) -> str:
    """About words some of which are numbers; "" where they are not."""
    values = [str(value) for value in facts.values] if facts is not None else []
    numbers = sum(_is_number(value) for value in values)
    if not 0 < numbers < len(values):
        return ""
    word = next(value for value in values if not _is_number(value))
    return (
        f"It mixes words and numbers, so each of its {len(values):,} values is a class. If it is a number, read the column "
        f"as numbers; words such as {word!r} are missing then."
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def choose_steps(
    column: Column,
    facts: ColumnFacts | None,
    decided: ColumnRecipe,
    role: Role,
    task: str,
    recipe: Recipe,
    normalize: bool,
    tokens: bool,
) -> Chosen:
    """The steps of an input or a target."""
    if column.kind is Kind.PICTURE:
        return Chosen(picture=decided.picture or PictureRecipe())
    if column.kind is Kind.SOUND:
        return Chosen(sound=decided.sound or SoundRecipe())
    if column.kind is Kind.ARRAY and (tokens or task == "classes" or column.dtype is DType.STRING):
        return Chosen()
    if role == "target":
        return _of_target(decided, task, normalize)
    if column.kind is Kind.ARRAY:
        return Chosen(numbers=decided.numbers or _usual_numbers(normalize))
    if decided.categories is not None or column.kind is Kind.TEXT:
        return _of_words(facts, decided, recipe)
    if column.kind is Kind.DATE and decided.numbers is None:
        return _of_dates(facts, decided)
    return _of_numbers(column, facts, decided, recipe, normalize)


def _usual_numbers(normalize: bool) -> Numbers:
    return Standardize() if normalize else AsIs()


def _of_target(decided: ColumnRecipe, task: str, normalize: bool) -> Chosen:
    missing = decided.missing or Drop()
    reasons = {"missing": "Nothing can be learned from a row without an answer."}
    if task == "classes":
        return Chosen(missing=missing, categories=decided.categories or OneHot(), reasons=reasons)
    return Chosen(missing=missing, numbers=decided.numbers or _usual_numbers(normalize), reasons=reasons)


def _of_words(facts: ColumnFacts | None, decided: ColumnRecipe, recipe: Recipe) -> Chosen:
    missing = decided.missing or Value(value=NO_WORD)
    reasons = {"missing": "A missing word is a category of its own."}
    if decided.categories is not None:
        return Chosen(missing=missing, categories=decided.categories, reasons=reasons)
    categories, reason = _usual_categories(facts, recipe)
    if isinstance(categories, Text) and decided.missing is None:
        missing = Value(value="")
        reasons["missing"] = "A missing text is an empty one."
    return Chosen(missing=missing, categories=categories, reasons={**reasons, "categories": reason})


def _usual_categories(facts: ColumnFacts | None, recipe: Recipe) -> tuple[Categories, str]:
    if facts is None:
        return OneHot(), "Words get a column each, unless there turn out to be many."
    different = facts.distinct
    several = facts.wordy > _HALF and (different is None or 2 * different > facts.known)
    before = recipe.rules == 1
    if several or (before and (different is None or different > MOST_ONE_HOT_BEFORE)):
        return Text(), "Most cells differ and hold several words: it is free text."
    if different is not None and different <= (MOST_ONE_HOT_BEFORE if before else MOST_ONE_HOT):
        return OneHot(), f"It has {different} different words: a column of 0 and 1 for each."
    count = f"{different:,}" if different is not None else "very many"
    return Embedding(), f"It has {count} different words, too many for a column each."


def _of_dates(facts: ColumnFacts | None, decided: ColumnRecipe) -> Chosen:
    missing = decided.missing or Median()
    if decided.dates is not None:
        return Chosen(missing=missing, dates=decided.dates)
    span = facts.high - facts.low if facts is not None else 0.0
    if span > 8 * WEEK:
        reason = "It spans months: the time of the year and the day of the week may matter."
        return Chosen(missing=missing, dates=Cycles(), reasons={"dates": reason})
    return Chosen(missing=missing, dates=Timestamp(), reasons={"dates": "How late it is, as one number."})


def _of_numbers(
    column: Column, facts: ColumnFacts | None, decided: ColumnRecipe, recipe: Recipe, normalize: bool
) -> Chosen:
    missing = decided.missing or Median()
    reasons = {"missing": "The median is a value as any other row could have."}
    if column.kind is Kind.BOOL and decided.numbers is None:
        if recipe.rules == 1:
            return Chosen(missing=missing, categories=OneHot(), reasons=reasons)
        return Chosen(
            missing=missing, numbers=AsIs(), reasons={**reasons, "numbers": "It is 0 or 1 already."}
        )
    if decided.numbers is not None:
        return Chosen(missing=missing, numbers=decided.numbers, reasons=reasons)
    reasons["numbers"] = (
        "Networks learn best from numbers around 0." if normalize else "Normalizing is switched off."
    )
    found = Chosen(missing=missing, numbers=_usual_numbers(normalize), reasons=reasons)
    if (
        facts is not None
        and facts.skew > _SKEWED
        and facts.low >= 0
        and facts.high > 100 * max(1.0, facts.low)
    ):
        text = "A few values are far larger than most: a logarithm may help."
        return replace(found, suggestion=text)
    return found
