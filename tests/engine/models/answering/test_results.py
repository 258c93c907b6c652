"""All answers together: columns, order, filter, files; and names of classes from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.bundle import Feature
from engine.data.errors import DataError
from engine.models.answering.results import Results
from engine.models.answering.table import Answer
from engine.models.answering.words import names_of, read_class_names

KIND = Feature("kind", "category", (), class_names=("b", "a", "=c"))
SHARES = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [np.nan] * 3], np.float32)


@pytest.fixture
def results() -> Results:
    cells: list[list[object]] = [["one", 3.0], ["=two", 1.0], ["three", None], ["four", 2.0]]
    return Results(
        "in.csv", [Answer(KIND, SHARES)], ["name", "size"], cells, {"kind": np.array([0, 2, -1, 1], np.int32)}
    )


@pytest.fixture
def prices() -> Results:
    price = Feature("price", "numeric", (1,), column_names=("price",))
    return Results("in.csv", [Answer(price, np.array([[2.0], [1.0], [np.nan]]))])


def test_answers_stand_before_the_cells_of_the_file(results: Results) -> None:
    assert [h.key[0] for h in results.columns()] == ["class", "share", "truth", "error", "cell", "cell"]


def test_pictures_stand_before_the_answers(results: Results) -> None:
    results.shown = [[np.zeros((2, 2, 3), np.uint8), 1.0]] * 4
    assert results.columns()[0].key == ("cell", 0)


def test_values_of_rows(results: Results) -> None:
    assert [results.value(r, ("class", 0)) for r in range(4)] == ["b", "=c", "a", None]
    assert [results.value(r, ("truth", 0)) for r in range(4)] == ["b", "=c", None, "a"]
    assert results.value(0, ("share", 0)) == pytest.approx(0.6)
    assert [name for name, _, _ in results.top(1)] == ["=c", "a", "b"]


@pytest.mark.parametrize(
    ("key", "downward", "expected"),
    [
        (("row", 0), True, [3, 2, 1, 0]),
        (("share", 0), True, [1, 0, 2, 3]),
        (("error", 0), True, [0, 1, 3, 2]),
        (("cell", 0), False, [1, 3, 0, 2]),
        (("cell", 1), False, [1, 3, 0, 2]),
    ],
)
def test_order(results: Results, key: object, downward: bool, expected: list[int]) -> None:
    assert results.order(key, downward=downward).tolist() == expected  # type: ignore[arg-type]  # of the table


def test_how_wrong_a_class_is_is_the_probability_of_the_others(results: Results) -> None:
    errors = [results.value(r, ("error", 0)) for r in range(4)]
    assert errors == [
        pytest.approx(0.4),
        pytest.approx(0.3),
        None,
        None,
    ]  # nobody knows, it could not be read


def test_how_wrong_a_number_is_has_a_sign_and_the_worst_come_first(prices: Results) -> None:
    prices.truth = {"price": np.array([1.5, 4.0, 1.0])}
    assert [h.key[0] for h in prices.columns()] == ["number", "truth", "error"]
    assert [prices.value(r, ("error", 0)) for r in range(3)] == [0.5, -3.0, None]
    assert prices.order(("error", 0), downward=True).tolist() == [1, 0, 2]


def test_classes_are_sorted_by_name(results: Results) -> None:
    order = results.order(("class", 0), downward=False).tolist()
    assert [results.value(r, ("class", 0)) for r in order if r != 3] == ["=c", "a", "b"]


@pytest.mark.parametrize(("text", "expected"), [("two", [1]), ("=C", [1]), ("o", [0, 1, 3]), ("none", [])])
def test_rows_that_say_something(results: Results, text: str, expected: list[int]) -> None:
    assert results.order(("row", 0), downward=False, text=text).tolist() == expected


def test_csv_has_no_formulas_and_what_was_not_read_is_empty(results: Results, tmp_path: Path) -> None:
    results.save_csv(tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "name,size,class,b,a,'=c,answer"
    assert lines[2].startswith("'=two,1.0,'=c,")
    assert lines[4] == "four,2.0,,,,,a"


def test_numbers_are_columns_with_names(prices: Results, tmp_path: Path) -> None:
    assert [(h.title, h.key) for h in prices.columns()] == [("price", ("number", 0))]
    assert [prices.value(r, ("number", 0)) for r in range(3)] == [2.0, 1.0, None]
    assert prices.order(("number", 0), downward=False).tolist() == [1, 0, 2]
    prices.save_npz(tmp_path / "out.npz")
    assert np.load(tmp_path / "out.npz")["y0"].shape == (3, 1)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.txt", "cat\n dog \n\n", ("cat", "dog")),
        ("a.json", '["cat", "dog"]', ("cat", "dog")),
        ("a.json", '{"1": ["n2", "dog"], "0": ["n1", "cat"]}', ("cat", "dog")),
        ("a.json", '{"dog": 1, "cat": 0}', ("cat", "dog")),
    ],
)
def test_names_of_classes_as_people_have_them(
    tmp_path: Path, name: str, text: str, expected: tuple[str, ...]
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_class_names(tmp_path / name) == expected


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", b"", "must be 1 to"),
        ("a.txt", b"\xff\xfe\x00", "must be UTF-8"),
        ("a.json", b"{", "no JSON"),
        ("a.json", b"[" * 100_000, "no JSON"),
        ("a.json", b"3", "something else"),
        ("a.json", b'{"0": "a", "2": "b"}', "something else"),
        ("a.json", b"[1, 2]", "are words"),
    ],
)
def test_what_are_no_names_is_a_sentence(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        read_class_names(tmp_path / name)


def test_a_name_is_cut_where_it_is_too_long() -> None:
    assert len(names_of("x" * 500)[0]) == 200
