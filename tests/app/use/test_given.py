"""What is typed or pasted becomes a table that the network can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.use.export_names import EXPORTS, REPORTS, with_suffix
from app.use.given import column_names, count_missed, typed
from engine.data.bundle import Feature
from engine.data.recipe.prepare import prepare
from engine.data.settings import DataSettings
from engine.tensor.spec import DType

TWO = [Feature("x", "numeric", (2,), column_names=("length", "width"))]
WORDS = [Feature("x", "text", (1,), DType.STRING)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1, 2", ["length,width", "1,2"]),
        ("1;2\n3;4", ["length,width", "1,2", "3,4"]),
        ("length\twidth\n1\t2", ["length,width", "1,2"]),
        ("a,b\n1,2", ["a,b", "1,2"]),
        ("1,2,3", ["column 1,column 2,column 3", "1,2,3"]),
        ('"1,5";2', ["length,width", '"1,5",2']),
        ("\n1,2\n\n", ["length,width", "1,2"]),
    ],
)
def test_rows_get_a_head_where_they_have_none(text: str, expected: list[str]) -> None:
    assert typed(text, TWO, None).read_text(encoding="utf-8").split("\n")[:-1] == [*expected]


def test_a_row_that_lacks_a_value_is_noticed_before_anybody_is_asked() -> None:
    assert count_missed("1, 2", ["length", "width"]) is None
    assert count_missed("1", ["length", "width"]) == 1
    assert count_missed("1; 2; 3", ["length", "width"]) == 3
    assert count_missed("well, that was it", ["text"]) is None


def test_a_text_is_one_cell_whatever_stands_in_it() -> None:
    path = typed("well, that; was it", WORDS, None)
    assert path.read_text(encoding="utf-8").split() == ["x", '"well,', "that;", "was", 'it"']


def test_names_come_from_the_recipe_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    rows = [f"{i},{'uvw'[i % 3]},{'ab'[i % 2]}" for i in range(30)]
    path.write_text("\n".join(["size,letter,species", *rows]) + "\n", encoding="utf-8")
    preparation = prepare(DataSettings(path=str(path))).preparation
    assert column_names(TWO, preparation) == ["size", "letter"]


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ([Feature("x", "numeric", (1,))], ["x"]),
        ([Feature("x", "numeric", (2,))], ["x0", "x1"]),
        ([Feature("x", "numeric", (3,), column_names=("c=red", "c=blue", "size"))], ["c", "size"]),
        ([Feature("a", "numeric", ()), Feature("b", "numeric", ())], ["a", "b"]),
    ],
)
def test_names_of_columns(features: list[Feature], expected: list[str]) -> None:
    assert column_names(features, None) == expected


@pytest.mark.parametrize(
    ("name", "chosen", "expected"),
    [
        ("a", EXPORTS[0], "a.csv"),
        ("a", EXPORTS[1], "a.npz"),
        ("a.npz", EXPORTS[0], "a.npz"),
        ("a", REPORTS[0], "a.json"),
        ("a", "", "a"),
    ],
)
def test_a_name_gets_the_ending_of_the_chosen_kind(name: str, chosen: str, expected: str) -> None:
    assert with_suffix(Path(name), chosen).name == expected
