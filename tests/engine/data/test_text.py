"""Columns of text: which are free text, how they are named, and how they come back for predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.errors import DataError
from engine.data.files import FileOptions, read_file
from engine.data.inputs import read_inputs
from engine.data.load import describe, load
from engine.data.settings import DataSettings
from engine.tensor.spec import DType

REVIEWS = "review,stars\nso good,5\nnot so good,1\nvery good,5\nso bad,1\n"


def written(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_cells_of_several_words_are_text(tmp_path: Path) -> None:
    data = read_file(written(tmp_path, REVIEWS), FileOptions())
    (feature,) = data.outline.inputs
    assert (feature.name, feature.kind, feature.dtype, feature.shape) == ("x", "text", DType.STRING, (1,))
    assert feature.column_names == ("review",)
    assert data.columns.inputs["x"].tolist() == [["so good"], ["not so good"], ["very good"], ["so bad"]]


def test_many_different_values_are_text_beside_the_numbers(tmp_path: Path) -> None:
    rows = "".join(f"word{i},{i},{i % 2}\n" for i in range(101))
    data = read_file(written(tmp_path, f"name,size,y\n{rows}"), FileOptions())
    assert [f.name for f in data.outline.inputs] == ["x", "name"]
    assert data.columns.inputs["x"].shape == (101, 1)


def test_text_columns_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, "x,colour,y\na,red,1\nb,blue,2\na,blue,2\n")
    data = read_file(path, FileOptions(text="x, colour"))
    assert [f.name for f in data.outline.inputs] == ["x text", "colour"]
    named = read_file(path, FileOptions(text="colour"))
    assert [f.name for f in named.outline.inputs] == ["x", "colour"]
    with pytest.raises(DataError, match="has no 'y' among them"):
        read_file(path, FileOptions(text="y"))


def test_a_column_that_is_not_named_is_not_text(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,y\n" + "".join(f"t{i},u{i},1\n" for i in range(101)))
    with pytest.raises(DataError, match=r"'a' of data\.csv has 101\. Name it as a text column"):
        read_file(path, FileOptions(text="b"))


def test_strings_in_an_archive_are_text(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x=np.array([["a", "b c"], ["", "d"]]), y=np.zeros(2))
    data = read_file(path, FileOptions())
    assert data.outline.inputs[0].shape == (2,)
    assert data.columns.inputs["x"].tolist() == [["a", "b c"], ["", "d"]]


def test_split_and_description(tmp_path: Path) -> None:
    settings = DataSettings(path=str(written(tmp_path, REVIEWS)), validation_fraction=0.5)
    bundle = load(settings)
    assert describe(settings).features == bundle.features
    assert sorted(bundle.inputs["x"][:, 0].tolist()) == ["not so good", "so bad", "so good", "very good"]
    assert "x" not in bundle.scaling


def test_new_text_for_a_prediction(tmp_path: Path) -> None:
    bundle = load(DataSettings(path=str(written(tmp_path, REVIEWS)), validation_fraction=0))
    features = [bundle.features["x"]]
    named = read_inputs(written(tmp_path, "stars,review\n1,\n2,bad\n", "new.csv"), features, {})
    assert named["x"].tolist() == [[""], ["bad"]]
    alone = read_inputs(written(tmp_path, "text\nso so\n", "one.csv"), features, {})
    assert alone["x"].tolist() == [["so so"]]
    np.savez(tmp_path / "new.npz", x=np.array(["fine"]))
    assert read_inputs(tmp_path / "new.npz", features, {})["x"].tolist() == [["fine"]]
    with pytest.raises(DataError, match="needs the column review"):
        read_inputs(written(tmp_path, "a,b\nc,d\n", "two.csv"), features, {})
    np.savez(tmp_path / "numbers.npz", x=np.zeros(1))
    with pytest.raises(DataError, match=r"is text; numbers\.npz has numbers"):
        read_inputs(tmp_path / "numbers.npz", features, {})
