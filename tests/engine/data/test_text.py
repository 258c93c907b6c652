"""Columns of text: which are free text, how they are named, and how they come back for predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.errors import DataError
from engine.data.load import describe, load
from engine.data.settings import DataSettings
from tests.engine.data.reading import read_inputs

REVIEWS = "review,stars\nso good,5\nnot so good,1\nvery good,5\nso bad,1\n"


def written(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


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
