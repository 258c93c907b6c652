"""A row of units below the names: noticed where it is one, shown beside the names, and never learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.sources.base import Kind
from engine.data.sources.registry import open_source
from engine.data.tables.unit_row import has_unit_row
from tests.engine.data.sources.writers import write_xlsx

BODY = "1,5.1,2024-01-02,a\n2,4.9,2024-01-03,b\n3,4.7,2024-01-04,c\n"


@pytest.mark.parametrize(
    ("row", "units"),
    [
        ("(cm),(kg),,", ["cm", "kg", "", ""]),
        ("cm,kg/m³,yyyy-mm-dd,-", ["cm", "kg/m³", "yyyy-mm-dd", ""]),
        ("[%],-,,(text)", ["%", "", "", "text"]),
        (",(°C),,", ["", "°C", "", ""]),
        ("7,kg,,", None),  # a number is data
        ("?,kg,,", None),  # a gap is data
        ("cm,kg,,word", None),  # a word over words is data
        ("cm,,,", None),  # one bare word may be a slip
    ],
)
def test_a_row_of_units_is_told_from_data(tmp_path: Path, row: str, units: list[str] | None) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"length,weight,day,name\n{row}\n{BODY}", encoding="utf-8")
    with open_source(path, {}) as source:
        assert source.options.model_dump()["unit_row"] == ("yes" if units else "no")
        assert source.count() == (3 if units else 4)
        assert [column.unit for column in source.columns] == (units or [""] * 4)
        if units:
            kinds = [column.kind for column in source.columns]
            assert kinds == [Kind.NUMBER, Kind.NUMBER, Kind.DATE, Kind.TEXT]
            np.testing.assert_array_equal(source.read(["weight"], 0, 9)["weight"], [5.1, 4.9, 4.7])
            (note,) = [n for n in source.notes if "units" in n.sentence]
            assert ", ".join(unit for unit in units if unit) in note.sentence


def test_the_user_has_the_last_word(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"length,weight,day,name\n(cm),(kg),,\n{BODY}", encoding="utf-8")
    with open_source(path, {"unit_row": "no"}) as source:
        assert source.count() == 4
        assert not any(column.unit for column in source.columns)


def test_a_wrong_cell_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "".join(f"{k},{k}\n" for k in range(30))
    path.write_text(f"Titles\n\nlength,weight\n(cm),(kg)\n{rows}x,1\n", encoding="utf-8")
    with open_source(path, {}) as source:
        (note,) = [n for n in source.notes if n.severity == "warning"]
        assert note.place == "line 35, column 'length'"


def test_sheets_have_units_too(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, {"S": [["length", "weight"], ["(cm)", "(kg)"], [1, 2.5], [3, 4.5], [5, 6.5]]})
    with open_source(path, {}) as source:
        assert [(c.kind, c.unit) for c in source.columns] == [(Kind.NUMBER, "cm"), (Kind.NUMBER, "kg")]
        assert source.count() == 3


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        (("[s]", "[m]", ""), True),
        (("(s)", "", "(kg)"), True),
        (("s", "m", ""), True),
        (("s", "m", "kg"), True),
        (("[s]", "-", "-"), True),
        (("[s]", "", ""), False),  # less than half of the columns
        (("s", "-", "-"), False),  # one unit alone, without brackets
        (("-", "-", "-"), False),
        (("", "", ""), False),
        (("[s]", "[m]", "7"), False),
        (("[s]", "[m]", "more words than a unit has in it"), False),
    ],
)
@pytest.mark.parametrize("word", ["", "[name]", "one"])
def test_which_second_row_says_units(said: tuple[str, ...], is_one: bool, word: str) -> None:
    """Over three columns of numbers and one of words."""
    below = [(f"{k}.5", str(k), str(9 - k), "blue") for k in range(8)]
    rows = [("t", "way", "mass", "who"), (*said, word), *below]
    assert has_unit_row(rows, (".", "")) is (is_one and word != "one")
    assert not has_unit_row(rows[:2], (".", ""))
    assert not has_unit_row([rows[0], rows[1][:3], *below], (".", ""))


def test_over_words_alone_no_row_says_units() -> None:
    rows = [("a", "b"), ("[s]", "[m]"), ("red", "blue"), ("blue", "red")]
    assert not has_unit_row(rows, (".", ""))
