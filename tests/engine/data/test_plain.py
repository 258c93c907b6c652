"""Files for networks without a recipe: which columns and arrays are inputs, which are answers, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.data.block import UNKNOWN
from engine.data.bundle import Feature, Scaling
from engine.data.errors import DataError
from engine.data.plain import Wanted, open_plain
from engine.tensor.spec import Array, DType

X = Feature("x", "numeric", (2,), column_names=("a", "b"))
KIND = Feature("kind", "category", (), DType.INT32, class_names=("red", "green", "blue"))
PRICE = Feature("price", "numeric", (1,))
TWO = Feature("speed", "numeric", (2,), column_names=("u", "v"))
SCALED = {"x": Scaling((1.0, 2.0), (2.0, 4.0))}


def read(path: Path, *targets: Feature, **more: Any) -> tuple[Array, dict[str, list[Any]]]:
    """Inputs `x` and answers of all rows."""
    wanted = Wanted((more.pop("feature", X),), more.pop("scaling", {}), targets, **more)
    rows = open_plain(path, wanted)
    try:
        blocks = list(rows.blocks())
    finally:
        rows.close()
    assert [b.start for b in blocks] == list(np.cumsum([0, *(b.rows for b in blocks)]))[:-1]
    truth = {name: np.concatenate([b.truth[name] for b in blocks]).tolist() for name in rows.answered}
    return np.concatenate([next(iter(b.inputs.values())) for b in blocks]), truth


def csv(folder: Path, *lines: str) -> Path:
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# -- tables -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "target", "expected"),
    [
        ("b,kind,a", KIND, {"kind": [1, UNKNOWN]}),
        ("b,Label,a", KIND, {"kind": [1, UNKNOWN]}),
        ("b,class,a", KIND, {"kind": [1, UNKNOWN]}),
        ("b,remark,a", KIND, {}),
        ("b,y,a", KIND, {"kind": [1, UNKNOWN]}),
    ],
)
def test_columns_are_found_by_name_and_answers_by_theirs(
    tmp_path: Path, header: str, target: Feature, expected: dict[str, list[int]]
) -> None:
    x, truth = read(csv(tmp_path, header, "2,green,1", "4,violet,3"), target)
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert truth == expected


@pytest.mark.parametrize(
    ("target", "cells", "expected"),
    [
        (KIND, ("2", "0", "3", "-1", "0.5", "?"), [2, 0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]),
        (KIND, ("blue", "red", "2", "", "Blue", "green"), [2, 0, UNKNOWN, UNKNOWN, UNKNOWN, 1]),
        (PRICE, ("1.5", "-2", "0", "1e3", "7", "8"), [[1.5], [-2.0], [0.0], [1000.0], [7.0], [8.0]]),
    ],
)
def test_answers_are_names_or_numbers(
    tmp_path: Path, target: Feature, cells: tuple[str, ...], expected: list[Any]
) -> None:
    lines = [f"{k},{k},{cell}" for k, cell in enumerate(cells)]
    _, truth = read(csv(tmp_path, f"a,b,{target.name}", *lines), target)
    assert truth == {target.name: expected}


def test_a_price_that_is_no_number_is_not_known(tmp_path: Path) -> None:
    _, truth = read(csv(tmp_path, "a,b,price", "1,2,much"), PRICE)
    assert np.isnan(truth["price"]).all()


def test_the_column_of_answers_may_be_named(tmp_path: Path) -> None:
    path = csv(tmp_path, "a,b,kind,truth", "1,2,red,blue")
    assert read(path, KIND, answers="truth")[1] == {"kind": [2]}
    assert read(path, KIND, answers="nothing")[1] == {}
    assert read(path, KIND)[1] == {"kind": [0]}


def test_several_targets_are_found_by_their_columns_alone(tmp_path: Path) -> None:
    path = csv(tmp_path, "a,b,u,v,kind", "1,2,5,6,red")
    assert read(path, TWO)[1] == {"speed": [[5.0, 6.0]]}
    assert read(path, TWO, KIND)[1] == {"speed": [[5.0, 6.0]]}
    assert read(csv(tmp_path, "a,b,u", "1,2,5"), TWO)[1] == {}


def test_numbers_are_standardized_as_in_training(tmp_path: Path) -> None:
    x, _ = read(csv(tmp_path, "a,b", "3,10"), scaling=SCALED)
    assert x.tolist() == [[1.0, 2.0]]


def test_other_kinds_of_tables_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"b": 2, "kind": "green", "a": 1.5}, {"b": 4, "kind": "red", "a": 3}]))
    x, truth = read(path, KIND)
    assert x.tolist() == [[1.5, 2.0], [3.0, 4.0]]
    assert truth == {"kind": [1, 0]}


# -- arrays -----------------------------------------------------------------------------------------------------
A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@pytest.mark.parametrize(
    ("arrays", "target", "expected"),
    [
        ({"x": A}, KIND, {}),
        ({"x": A, "y": np.array([2, 0, 7])}, KIND, {"kind": [2, 0, UNKNOWN]}),
        ({"x0": A, "y0": np.array([[2], [0], [1]])}, KIND, {"kind": [2, 0, 1]}),
        ({"x": A, "y": np.eye(3)[[1, 1, 0]]}, KIND, {"kind": [1, 1, 0]}),
        ({"x": A, "kind": np.array(["blue", "red", "?"])}, KIND, {"kind": [2, 0, UNKNOWN]}),
        ({"x": A, "y": np.array([1.5, 2.5, 3.5])}, PRICE, {"price": [[1.5], [2.5], [3.5]]}),
        ({"x": A, "y": np.array([2, 0])}, KIND, {}),  # for other rows
        ({"x": A, "y": np.array(2)}, KIND, {}),  # a single number is no answer for each row
        ({"x": A, "kind": np.array(2)}, KIND, {}),
    ],
)
def test_arrays_are_inputs_and_answers(
    tmp_path: Path, arrays: dict[str, Array], target: Feature, expected: dict[str, Any]
) -> None:
    np.savez(tmp_path / "rows.npz", allow_pickle=False, **arrays)
    x, truth = read(tmp_path / "rows.npz", target)
    np.testing.assert_array_equal(x, A)
    assert truth == expected


def test_one_array_has_no_answers(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", A)
    assert read(tmp_path / "rows.npy", KIND)[1] == {}


# -- pictures ---------------------------------------------------------------------------------------------------
PICTURE = Feature("x", "image", (4, 4, 1), DType.UINT8, scale=1.0 / 255.0)


def test_a_folder_of_pictures_has_answers_in_its_names(tmp_path: Path) -> None:
    for name, grey in (("red", 255), ("blue", 51)):
        (tmp_path / name).mkdir()
        Image.new("L", (4, 4), grey).save(tmp_path / name / "a.png")
    x, truth = read(tmp_path, KIND, feature=PICTURE)
    assert x.shape == (2, 4, 4, 1)
    assert truth == {"kind": [2, 0]}
    np.testing.assert_allclose(x.mean(axis=(1, 2, 3)), [0.2, 1.0], rtol=1e-6)


# -- refused ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.zeros((0, 2))}, "There must be rows to predict for; rows.npz has none"),
        ({"x": np.array(["a", "b"])}, "Inputs must be numbers; x in rows.npz is text"),
        ({"x": np.array([[1.0, np.nan]])}, "Values must be finite; row 0 of x"),
        ({"x": np.zeros((3, 5))}, "5"),
    ],
)
def test_arrays_that_are_no_inputs(tmp_path: Path, arrays: dict[str, Array], words: str) -> None:
    np.savez(tmp_path / "rows.npz", allow_pickle=False, **arrays)
    with pytest.raises(DataError, match=words):
        read(tmp_path / "rows.npz")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "A table must have a header and rows; rows.csv is empty"),
        ("a,b\n", "A table must have rows below its header"),
        ("a,a\n1,2\n", "Column names must differ; rows.csv has 'a' twice"),
        ("a,b\n1,2\n1\n", r"as many cells as the first \(2\); line 3 of rows.csv has 1"),
        ("a,b\n1,x\n", "finite numbers only; line 2, column 'b' of rows.csv is 'x'"),
        ("a,b\n1,1e60\n", "finite numbers only; line 2, column 'b' of rows.csv is '1e60'"),
        ("a,b\n1,\n", "Every cell must hold a value; line 2, column 'b' of rows.csv is missing"),
        ("a,b\n1,NaN\n", "Every cell must hold a value; line 2, column 'b'"),
        (b"a,b\n1,\xff\n", "A CSV file must be UTF-8 text"),
    ],
)
def test_tables_that_are_no_inputs(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=words):
        read(path)


def test_pictures_are_for_networks_that_take_one(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="The network takes x, which is no picture"):
        read(tmp_path / "a.png")
