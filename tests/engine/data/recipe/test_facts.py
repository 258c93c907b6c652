"""Facts that guesses rest on: counted block by block, the same however the blocks are cut."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from engine.data.errors import DataError
from engine.data.recipe.applying import matched
from engine.data.recipe.facts import ColumnFacts, Survey
from engine.data.recipe.guesses import guess_role, is_no_target
from engine.data.recipe.preparation import Preparation
from engine.data.recipe.settings import Recipe
from engine.data.sources.base import Column, Kind, Source


def surveyed(kind: Kind, *blocks: list[Any]) -> ColumnFacts:
    survey = Survey(kind)
    for block in blocks:
        survey.add(np.array(block, object if kind is Kind.TEXT else np.float64).astype(_type(kind)))
    return survey.facts()


def _type(kind: Kind) -> Any:
    return np.dtypes.StringDType(na_object=np.nan) if kind is Kind.TEXT else np.float64


@pytest.mark.parametrize(
    ("numbers", "ascending", "counts_up"),
    [
        ([1, 2, 3, 4], True, True),
        ([0, 1, 2, 3], True, True),
        ([2, 3, 4, 5], True, False),
        ([1, 2, 4, 5], True, False),
        ([1, 2, 2, 3], False, True),  # as numbers of classes do
        ([1, 2, 4, 3], False, True),
        ([1.5, 2.5, 3.5, 4.5], True, False),
        ([5, 4, 3, 2], False, False),
    ],
)
@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_numbers_that_ascend_or_count(
    numbers: list[float], ascending: bool, counts_up: bool, cut: int
) -> None:
    facts = surveyed(Kind.NUMBER, numbers[:cut], numbers[cut:])
    assert facts == surveyed(Kind.NUMBER, numbers)
    assert facts.ascending is ascending
    assert facts.counts_up is counts_up
    assert (facts.rows, facts.low, facts.high) == (4, min(numbers), max(numbers))
    assert facts.whole is all(n == int(n) for n in numbers)
    assert facts.values == tuple(sorted(set(numbers)))


def test_what_is_missing_is_no_value() -> None:
    facts = surveyed(Kind.NUMBER, [np.nan, 2.0], [np.nan], [2.0])
    assert (facts.rows, facts.missing, facts.known, facts.distinct) == (4, 2, 2, 1)
    assert facts.constant
    assert not facts.ascending
    empty = surveyed(Kind.NUMBER, [np.nan])
    assert (empty.low, empty.high, empty.known, empty.ascending) == (0.0, 0.0, 0, False)
    assert empty.constant


def test_one_number_does_not_ascend() -> None:
    assert not surveyed(Kind.NUMBER, [3.0]).ascending
    assert surveyed(Kind.NUMBER, [3.0], [4.0]).ascending


def test_words_and_letters_of_texts() -> None:
    facts = surveyed(Kind.TEXT, ["a b", "cc"], ["a b", "dddd"])
    assert facts.wordy == 0.5
    assert facts.letters == (3 + 2 + 3 + 4) / 4
    assert facts.unlike == 0.75
    assert facts.values == ("a b", "cc", "dddd")
    assert (facts.whole, facts.ascending, facts.low, facts.high) == (False, False, 0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "kind", "role"),
    [
        ("path", Kind.TEXT, "ignore"),
        (" File Name ", Kind.TEXT, "ignore"),
        ("path", Kind.NUMBER, "input"),
        ("pathology", Kind.TEXT, "input"),
    ],
)
def test_a_column_that_names_files_is_ignored(name: str, kind: Kind, role: str) -> None:
    assert guess_role(Column(name, kind), None, Recipe())[0] == role


@pytest.mark.parametrize(
    ("name", "facts", "useless"),
    [
        ("target", ColumnFacts(9, distinct=1), True),
        (" Label ", ColumnFacts(9, distinct=1), True),
        ("target", ColumnFacts(9, distinct=2), False),
        ("target", ColumnFacts(1, distinct=1), False),  # of one row nothing is known yet
        ("target", ColumnFacts(9, missing=9, distinct=0), True),
        ("target", ColumnFacts(9, missing=8, distinct=1), False),
        ("target", ColumnFacts(1, missing=1, distinct=0), False),
        ("size", ColumnFacts(9, distinct=1), False),
    ],
)
def test_a_target_that_is_the_same_everywhere_is_none(name: str, facts: ColumnFacts, useless: bool) -> None:
    assert is_no_target(Column(name, Kind.TEXT), facts) is useless


class _Table:
    """As much of a source as its columns are."""

    title = "a.csv"

    def __init__(self, *names: str) -> None:
        self.columns = tuple(Column(name, Kind.NUMBER) for name in names)


def found(there: tuple[str, ...], *names: str, ordering: tuple[str, ...] = ()) -> dict[str, str]:
    source, preparation = cast(Source, _Table(*there)), cast(Preparation, None)
    return {n: c.name for n, c in matched(preparation, source, list(names), list(ordering)).items()}


def test_columns_are_found_by_name_or_all_of_them_by_order() -> None:
    assert found(("b", "x", "a"), "a", "b") == {"a": "a", "b": "b"}
    assert found(("x", "y"), "a", "b") == {"a": "x", "b": "y"}
    assert found(("t", "b", "a"), "a", "b", ordering=("t",)) == {"a": "a", "b": "b", "t": "t"}


@pytest.mark.parametrize(
    ("there", "ordering"), [(("x", "y", "z"), ()), (("x",), ()), (("a", "x"), ()), (("x", "y"), ("t",))]
)
def test_columns_of_other_names_are_not_taken_where_order_may_mislead(
    there: tuple[str, ...], ordering: tuple[str, ...]
) -> None:
    with pytest.raises(DataError, match=r"The network needs the columns .* lacks .* It has"):
        found(there, "a", "b", ordering=ordering)
