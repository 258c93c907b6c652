"""What is said of a table follows from its figures: where each sentence begins, and where it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.data.profile.compute import profile
from engine.data.profile.findings import findings_of, findings_with_target
from engine.data.profile.model import ColumnProfile, Top
from engine.data.sources.base import Kind
from engine.data.sources.registry import open_source

ROWS = 100


def said(rows: int = ROWS, **known: Any) -> list[str]:
    column = ColumnProfile.model_validate({"name": "c", "kind": Kind.NUMBER, "distinct": 50, **known})
    return [finding.kind for finding in findings_of(rows, (column,), 0, ())]


SPREAD: dict[str, Any] = {"minimum": 0.0, "maximum": 60.0, "quartiles": (20.0, 25.0, 30.0), "mean": 25.0}


@pytest.mark.parametrize(
    ("known", "kinds"),
    [
        ({}, []),
        ({"distinct": None, "missing": ROWS}, []),  # pictures are not counted
        ({"distinct": 0, "missing": ROWS}, ["all_missing"]),
        ({"missing": 30}, []),
        ({"missing": 31}, ["missing"]),
        ({"misfits": 1}, ["misfits"]),
        ({"distinct": 1}, ["constant"]),
        ({"distinct": 1, "missing": 40}, ["constant", "missing"]),
        ({"kind": Kind.TEXT, "numeric": 9}, []),
        ({"kind": Kind.TEXT, "numeric": 10}, ["mixed"]),
        ({"kind": Kind.TEXT, "numeric": 90}, ["mixed"]),
        ({"kind": Kind.TEXT, "numeric": 91}, []),
        # names of rows
        ({"kind": Kind.TEXT, "distinct": ROWS, "words": 1.0}, ["identifier"]),
        ({"kind": Kind.TEXT, "distinct": ROWS, "words": 2.5}, []),
        ({"kind": Kind.TEXT, "distinct": ROWS - 1, "words": 1.0}, []),
        ({"kind": Kind.TEXT, "distinct": 90, "distinct_exact": False, "words": 1.0}, ["identifier"]),
        ({"kind": Kind.TEXT, "distinct": 89, "distinct_exact": False, "words": 1.0}, []),
        ({"distinct": ROWS, "whole": True, "minimum": 3.0, "maximum": 102.0}, ["identifier"]),
        ({"distinct": ROWS, "whole": True, "minimum": 3.0, "maximum": 103.0}, []),
        ({"distinct": ROWS, "whole": False, "minimum": 3.0, "maximum": 102.0}, []),
        ({"distinct": 99, "missing": 1, "whole": True, "minimum": 3.0, "maximum": 102.0}, []),
        # far from all others: twenty times the spread of the middle half
        (SPREAD, []),
        ({**SPREAD, "maximum": 230.0}, []),
        ({**SPREAD, "maximum": 231.0}, ["outliers"]),
        ({**SPREAD, "minimum": -180.0}, []),
        ({**SPREAD, "minimum": -181.0}, ["outliers"]),
        ({**SPREAD, "quartiles": (25.0, 25.0, 25.0), "maximum": 9e9}, []),
    ],
)
def test_what_is_said_of_a_column(known: dict[str, Any], kinds: list[str]) -> None:
    assert said(**known) == kinds


def test_few_rows_name_nothing_and_one_row_is_not_constant() -> None:
    name = {"kind": Kind.TEXT, "words": 1.0}
    assert said(19, **name, distinct=19) == []
    assert said(20, **name, distinct=20) == ["identifier"]
    assert said(1, distinct=1) == []


def test_both_ends_are_named_where_both_are_far() -> None:
    column = ColumnProfile.model_validate(
        {"name": "c", "kind": Kind.NUMBER, "distinct": 50, **SPREAD, "minimum": -500.0, "maximum": 1e6}
    )
    (finding,) = findings_of(ROWS, (column,), 0, ())
    assert "as far out as -500 and 1e+06, while half of them lie between 20 and 30" in finding.sentence


@pytest.mark.parametrize(
    ("counts", "association", "kinds"),
    [
        ((100, 10), 0.5, []),
        ((101, 10), 0.5, ["imbalance"]),
        ((101, 50, 10), -0.994, ["imbalance"]),
        ((5,), None, []),
        ((), 0.995, ["leak"]),
        ((), -0.995, ["leak"]),
    ],
)
def test_what_is_said_with_a_target(
    counts: tuple[int, ...], association: float | None, kinds: list[str]
) -> None:
    target = ColumnProfile(name="t", kind=Kind.TEXT, distinct=2)
    other = ColumnProfile(name="c", kind=Kind.NUMBER, association=association)
    classes = [Top(value=str(k), count=count) for k, count in enumerate(counts)]
    assert [f.kind for f in findings_with_target(target, (other,), classes)] == kinds


def test_a_target_of_one_value_is_told() -> None:
    target = ColumnProfile(name="t", kind=Kind.TEXT, distinct=1)
    (finding,) = findings_with_target(target, (), ())
    assert (finding.kind, finding.severity) == ("one_class", "warning")


@pytest.mark.parametrize(("different", "told"), [(15, True), (16, False)])
def test_words_say_something_where_they_come_back(tmp_path: Path, different: int, told: bool) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{k}.5,w{k % different}" for k in range(30)]
    path.write_text("\n".join(["y,word", *rows]) + "\n", encoding="utf-8")
    with open_source(path, {}) as source:
        word = next(c for c in profile(source, target="y").columns if c.name == "word")
    assert (word.association is not None) is told
