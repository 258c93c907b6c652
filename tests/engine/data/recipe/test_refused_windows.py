"""Windows of rows that cannot be cut as a recipe says: one sentence, before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data.errors import DataError
from engine.data.load import load
from engine.data.recipe.applying import apply, open_for
from tests.engine.data.recipe.files import chosen, series, table

WINDOWS = {"window": 5, "horizon": 2}


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"windows": {**WINDOWS, "columns": ["nothing"]}}, "'nothing' is neither. Change its role"),
        ({"windows": {**WINDOWS, "columns": ["value", "value"]}}, "must differ, received value, value"),
        (
            {"windows": {"window": 60, "horizon": 2}},
            "Each part of a time series must hold a window of 60 rows",
        ),
        ({"windows": {"window": 5, "horizon": 60}}, "and the 60 after it"),
        ({"windows": WINDOWS, "split": {"kind": "random"}}, "can only be divided by time"),
        (
            {"windows": WINDOWS, "columns": {"value": {"role": "ignore"}}},
            "There must be something to predict; no column is a target",
        ),
    ],
)
def test_windows_that_cannot_be_cut(tmp_path: Path, recipe: dict[str, Any], words: str) -> None:
    with pytest.raises((DataError, ValueError), match=words):
        load(chosen(series(tmp_path), recipe=recipe))


def test_windows_of_free_text_are_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    rows = [f"{2000 + i},{i},a note of {i} words that says much of {i * i}" for i in range(40)]
    path.write_text("\n".join(["year,value,note", *rows]) + "\n", encoding="utf-8")
    columns = {"year": {"role": "time"}, "value": {"role": "target"}, "note": {"role": "input"}}
    with pytest.raises(DataError, match=r"'note' is free text\. Ignore it"):
        load(chosen(path, recipe={"columns": columns, "split": {"kind": "time"}, "windows": WINDOWS}))


@pytest.mark.parametrize(("rows", "count"), [(5, 1), (6, 2), (4, 0)])
def test_a_prediction_needs_a_window_of_rows(tmp_path: Path, rows: int, count: int) -> None:
    bundle = load(chosen(series(tmp_path), recipe={"windows": WINDOWS}))
    assert bundle.preparation is not None
    (tmp_path / "few").mkdir()
    with open_for(bundle.preparation, series(tmp_path / "few", rows)) as source:
        if count:
            known = bundle.scaling["x"].invert(apply(bundle.preparation, source).inputs["x"])
            np.testing.assert_allclose(known[:, -1, 0], [104 + k for k in range(count)], rtol=1e-4)
        else:
            with pytest.raises(DataError, match=r"A window of 5 rows must fit; there are 4. Give more rows"):
                apply(bundle.preparation, source)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["size,colour,when,weight"], "A table must have rows below its header; few.csv has none"),
        (["size,colour,when,weight", "1,red,2021-01-01,inf"], "held numbers in training; row 1 holds 'inf'"),
    ],
)
def test_rows_for_a_prediction_that_are_none(tmp_path: Path, lines: list[str], words: str) -> None:
    bundle = load(chosen(table(tmp_path)))
    assert bundle.preparation is not None
    path = tmp_path / "few.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=words), open_for(bundle.preparation, path) as source:
        apply(bundle.preparation, source)
