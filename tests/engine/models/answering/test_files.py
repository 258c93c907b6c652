"""Files of all kinds on their way through a network: tables, pictures, texts, windows; and what of them is odd."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import layers
from engine.data.block import Block, rows_at_a_time
from engine.data.bundle import Feature, Scaling
from engine.data.errors import DataError
from engine.data.plain import TableRows, Wanted, open_plain
from engine.data.recipe.applying import apply, open_for
from engine.data.recipe.prepare import prepare
from engine.data.recipe.settings import Recipe, WindowRecipe
from engine.data.recipe.streaming import RecipeRows
from engine.data.settings import DataSettings
from engine.data.table import csv_blocks
from engine.formats.project import load_project
from engine.models import Input, Sequential
from engine.models.answering.network import answering
from engine.models.answering.results import Results, gathered
from engine.tensor.spec import Array, DType

TWO = Feature("x", "numeric", (2,), column_names=("length", "width"))
KIND = Feature("kind", "category", (), DType.INT32, class_names=("ant", "bee"))


def blocks(path: Path, wanted: Wanted) -> list[Block]:
    rows = open_plain(path, wanted)
    try:
        return list(rows.blocks())
    finally:
        rows.close()


def numbers(path: Path, wanted: Wanted) -> Array:
    return np.concatenate([block.inputs["x"] for block in blocks(path, wanted)])


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
def test_tables_of_every_kind_say_the_same(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"in{suffix}"
    rows = [(1.5, 2.0, "bee"), (3.0, -4.0, "ant")]
    if suffix == ".jsonl":
        lines = [json.dumps({"width": w, "length": n, "kind": k}) for n, w, k in rows]
    else:
        mark = "," if suffix == ".csv" else "\t"
        lines = [mark.join(("width", "length", "kind"))] + [
            mark.join((repr(w), repr(n), k)) for n, w, k in rows
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (block,) = blocks(path, Wanted([TWO], {}, [KIND]))
    assert block.inputs["x"].tolist() == [[1.5, 2.0], [3.0, -4.0]]
    assert block.truth["kind"].tolist() == [1, 0]


def test_columns_are_scaled_as_in_training(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("length,width\n3,10\n", encoding="utf-8")
    found = numbers(tmp_path / "in.csv", Wanted([TWO], {"x": Scaling((1.0, 0.0), (2.0, 5.0))}))
    assert found.tolist() == [[1.0, 2.0]]


def test_words_become_the_columns_that_they_were(tmp_path: Path) -> None:
    feature = Feature("x", "numeric", (3,), column_names=("size", "colour=red", "colour=blue"))
    path = tmp_path / "in.csv"
    path.write_text("colour,size\nblue,1\nred,2\n", encoding="utf-8")
    assert numbers(path, Wanted([feature], {})).tolist() == [[1, 0, 1], [2, 1, 0]]
    path.write_text("colour,size\ngreen,1\n", encoding="utf-8")
    with pytest.raises(DataError, match="must hold what it held in training"):
        numbers(path, Wanted([feature], {}))


def test_a_table_without_numbers_or_text_is_refused(tmp_path: Path) -> None:
    for number in range(2):
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / f"{number}.png")
    with pytest.raises(DataError, match="which is no picture"):
        blocks(tmp_path, Wanted([TWO], {}))


def test_csv_in_pieces_is_csv_at_once(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("a,b\n" + "\n".join(f"{k},{-k}" for k in range(10)), encoding="utf-8")
    (whole,) = csv_blocks(path, None)
    parts = list(csv_blocks(path, 4))
    assert [len(part.lines) for part in parts] == [4, 4, 2]
    assert [line for part in parts for line in part.lines] == whole.lines
    assert [cell for part in parts for cell in part.columns["b"]] == whole.columns["b"]


def test_rows_at_a_time_fit_in_memory() -> None:
    large = rows_at_a_time([Feature("x", "image", (512, 512, 3))])
    assert 1 <= large <= 10
    assert rows_at_a_time([Feature("x", "numeric", (100_000_000,))]) == 1
    assert rows_at_a_time([TWO]) > 1_000


def test_cells_are_shown_as_they_stand_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("length,width,note\n1,2,=odd\n", encoding="utf-8")
    rows = open_plain(path, Wanted([TWO], {}))
    assert isinstance(rows, TableRows)
    (block,) = rows.blocks()
    assert rows.headings == ("length", "width", "note")
    assert [list(row) for row in rows.cells(block)] == [["1", "2", "=odd"]]


# -- with a recipe --------------------------------------------------------------------------------
def own_table(path: Path) -> Path:
    rows = [f"{i % 7},{'uvw'[i % 3]},{10.5 * i}" for i in range(40)]
    path.write_text("\n".join(["size,letter,price", *rows]) + "\n", encoding="utf-8")
    return path


def test_numbers_to_predict_are_compared_in_their_units(tmp_path: Path) -> None:
    path = own_table(tmp_path / "own.csv")
    preparation = prepare(DataSettings(path=str(path))).preparation
    assert preparation is not None
    with open_for(preparation, path) as source:
        rows = RecipeRows(preparation, source)
        (target,) = rows.answered
        truth = np.concatenate([block.truth[target] for block in rows.blocks()])
    np.testing.assert_allclose(truth[:, 0], 10.5 * np.arange(40), rtol=1e-4, atol=1e-2)


def test_what_training_did_not_have_is_noted_once(tmp_path: Path) -> None:
    preparation = prepare(DataSettings(path=str(own_table(tmp_path / "own.csv")))).preparation
    assert preparation is not None
    new = tmp_path / "new.csv"
    new.write_text("size,letter\n1,z\n2,z\n3,u\n", encoding="utf-8")
    with open_for(preparation, new) as source:
        rows = RecipeRows(preparation, source)
        assert rows.answered == ()
        list(rows.blocks())
        (note,) = rows.notes
    assert "'z'" in note


def test_windows_of_rows_are_those_at_once(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("value\n" + "\n".join(f"{np.sin(k / 3):.4f}" for k in range(60)), encoding="utf-8")
    recipe = Recipe(windows=WindowRecipe(window=5, horizon=1))
    preparation = prepare(DataSettings(path=str(path), recipe=recipe)).preparation
    assert preparation is not None
    with open_for(preparation, path) as source:
        whole = apply(preparation, source)
        rows = RecipeRows(preparation, source)
        (block,) = rows.blocks()
    for name, array in whole.inputs.items():
        np.testing.assert_array_equal(block.inputs[name], array)
    assert rows.headings == ()


def test_pictures_of_a_recipe_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for number, name in enumerate(("cat", "dog")):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for k in range(4):
            pixels = np.full((8, 8, 3), 100 * number + k, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{k}.png")
    preparation = prepare(DataSettings(path=str(tmp_path / "pets"))).preparation
    assert preparation is not None
    (tmp_path / "pets" / "dog" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    with open_for(preparation, tmp_path / "pets") as source:
        rows = RecipeRows(preparation, source)
        (block,) = rows.blocks()
        assert [row[rows.headings.index("class")] for row in rows.cells(block)] == ["cat"] * 4 + ["dog"] * 5
    assert next(iter(block.truth.values())).tolist() == [0] * 4 + [1] * 5
    assert block.missing.tolist() == [8]
    assert any("1 of the rows can't be read" in note for note in rows.notes)


# -- all together ---------------------------------------------------------------------------------
def results_of(model: Sequential, tmp_path: Path, path: Path) -> Results:
    model.save(tmp_path / "model.loom")
    network = answering(load_project(tmp_path / "model.loom"), "model.loom")
    rows = network.open(path)
    try:
        return gathered(network, rows, path.name)
    finally:
        rows.close()
        network.close()


def test_results_have_reports_where_the_file_has_answers(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("a,b,label\n1,2,0\n3,4,1\n5,6,9\n", encoding="utf-8")
    model = Sequential([Input((2,)), layers.Dense(units=2, activation="softmax")])
    found = results_of(model, tmp_path, path)
    (report,) = found.reports
    assert report.figures()["rows"] == 2
    assert report.figures()["unknown"] == 1
    assert found.value(2, ("truth", 0)) is None
    assert (found.rows, found.headings) == (3, ["a", "b", "label"])


def test_a_column_that_says_nothing_is_no_truth(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("a,b,label\n1,2,x\n3,4,y\n", encoding="utf-8")
    found = results_of(Sequential([Input((2,)), layers.Dense(units=1)]), tmp_path, path)
    assert (found.truth, found.reports) == ({}, [])


def test_an_array_has_nothing_to_show_beside_its_answers(tmp_path: Path) -> None:
    np.save(tmp_path / "in.npy", np.zeros((3, 2), np.float32))
    found = results_of(Sequential([Input((2,)), layers.Dense(units=1)]), tmp_path, tmp_path / "in.npy")
    assert [h.key[0] for h in found.columns()] == ["number"]


def test_what_there_is_no_room_for_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.models.answering.results.MOST_BYTES", 20)
    monkeypatch.setattr("engine.data.block.MOST_ROWS", 4)
    np.save(tmp_path / "in.npy", np.zeros((40, 2), np.float32))
    found = results_of(Sequential([Input((2,)), layers.Dense(units=1)]), tmp_path, tmp_path / "in.npy")
    assert found.rest
    assert found.rows == 8


@pytest.mark.parametrize("brightest", [16, 255, 100])
def test_a_picture_file_is_as_bright_as_the_data_whatever_that_is_stored_as(
    tmp_path: Path, brightest: int
) -> None:
    stored = np.array([[0, brightest], [brightest // 2, 0]], np.uint8)
    feature = Feature("x", "image", (2, 2, 1), DType.UINT8, scale=1 / brightest)
    Image.fromarray(np.rint(stored * (255 / brightest)).astype(np.uint8)).save(tmp_path / "one.png")
    (block,) = blocks(tmp_path / "one.png", Wanted([feature], {}))
    np.testing.assert_allclose(block.inputs["x"][0, ..., 0], stored / brightest, atol=0.5 / 255)
