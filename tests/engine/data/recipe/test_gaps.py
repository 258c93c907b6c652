"""Examples of rows in time do not reach over gaps, unless they are told to or hardly any would be left."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.bundle import TARGET, DataBundle
from engine.data.load import load
from engine.data.recipe.applying import apply, open_for
from engine.tensor.spec import Array
from tests.engine.data.recipe.files import chosen

WINDOWS = {"window": 5, "horizon": 1}


def daily(folder: Path, missing: Sequence[int] = (), rows: int = 100, groups: str = "a") -> Path:
    """A value that counts the days, some of which are missing."""
    first = datetime.date(2021, 1, 1)
    lines = [
        f"{first + datetime.timedelta(days=day)},{group},{day}"
        for group in groups
        for day in range(rows)
        if day not in missing
    ]
    path = folder / "daily.csv"
    path.write_text("\n".join(["day,place,value", *lines]) + "\n", encoding="utf-8")
    return path


def windows(path: Path, **more: Any) -> DataBundle:
    columns = {"value": {"role": "target"}, "place": {"role": more.pop("place", "ignore")}}
    recipe = {"windows": {**WINDOWS, **more}, "columns": columns, "split": {"kind": "time", "column": "day"}}
    return load(chosen(path, recipe=recipe))


def days(bundle: DataBundle) -> Array:
    """The day numbers of each example, those known and the one asked for."""
    known = bundle.scaling["x"].invert(np.asarray(bundle.inputs["x"]))[..., 0]
    asked = bundle.scaling[TARGET].invert(np.asarray(bundle.targets[TARGET]))
    found: Array = np.rint(np.concatenate([known, asked], axis=1))
    return found


def test_no_example_reaches_over_a_gap(tmp_path: Path) -> None:
    bundle = windows(daily(tmp_path, (50, 51, 70)))
    assert (np.diff(days(bundle), axis=1) == 1).all()
    assert bundle.notes == (
        "The time 'day' has 2 gaps, the longest of 3 days before row 51; 10 of 92 examples reach over and are left out.",
    )


def test_examples_reach_over_gaps_where_they_are_told_to(tmp_path: Path) -> None:
    bundle = windows(daily(tmp_path, (50, 51, 70)), across=True)
    assert (np.diff(days(bundle), axis=1) > 1).any()
    assert bundle.notes[0].endswith("10 of 92 examples reach over and are learned from.")
    assert "gap" not in "".join(windows(daily(tmp_path)).notes)


def test_each_group_has_its_gaps(tmp_path: Path) -> None:
    bundle = windows(daily(tmp_path, (50,), groups="ab"), place="group")
    assert (np.diff(days(bundle), axis=1) == 1).all()
    assert "has 2 gaps" in bundle.notes[0]


def test_a_series_full_of_gaps_is_learned_from_all_the_same(tmp_path: Path) -> None:
    bundle = windows(daily(tmp_path, range(5, 100, 6)))
    assert bundle.notes[0].endswith("are learned from, since too few would be left without them.")
    assert bundle.preparation is not None
    assert bundle.preparation.windows is not None
    assert bundle.preparation.windows.across, "so it is no news when it predicts"


def test_a_prediction_over_a_gap_is_made_and_said(tmp_path: Path) -> None:
    preparation = windows(daily(tmp_path)).preparation
    assert preparation is not None
    (tmp_path / "new").mkdir()
    with open_for(preparation, daily(tmp_path / "new", (15,), 30)) as source:
        found = apply(preparation, source)
    assert len(found.inputs["x"]) == 25
    assert found.notes == (
        "4 of 25 windows reach over a gap in time, as none in training did; what is said of them is less sure.",
    )
