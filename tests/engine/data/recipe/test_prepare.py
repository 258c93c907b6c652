"""Preparing: only training rows are learned from, nothing leaks, large results are the small ones, and files may change."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.data.bundle import DataBundle
from engine.data.errors import DataError
from engine.data.load import describe, load
from engine.data.profile import profile
from engine.data.recipe import store
from engine.data.recipe.applying import apply, open_for
from engine.data.recipe.preparation import Preparation
from engine.data.sources.registry import open_source
from engine.devices.base import Interrupted
from tests.engine.data.recipe.files import chosen, series, table

FIXED = {"split": {"kind": "column"}, "columns": {"part": {"role": "split"}}}


def with_parts(folder: Path, change: Callable[[list[str]], list[str]], name: str) -> Path:
    """The table with a column that says the part; `change` edits the cells of validation rows."""
    with table(folder).open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    lines = [",".join([*header, "part"])]
    for i, row in enumerate(rows):
        held = i % 5 == 0
        lines.append(",".join([*(change(row) if held else row), "validation" if held else "train"]))
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def learned(bundle: DataBundle) -> tuple[object, ...]:
    assert bundle.preparation is not None
    return bundle.preparation.columns


def test_only_training_rows_are_learned_from(tmp_path: Path) -> None:
    plain = with_parts(tmp_path, lambda row: row, "plain.csv")
    wild = with_parts(tmp_path, lambda row: ["9999", "red", "2021-05-05", "1e6", row[4]], "wild.csv")
    one, other = (load(chosen(path, recipe=FIXED)) for path in (plain, wild))
    assert learned(one) == learned(other)
    part = slice(one.train.start, one.train.stop)
    np.testing.assert_array_equal(one.inputs["x"][part], other.inputs["x"][part])
    assert not np.array_equal(one.inputs["x"], other.inputs["x"])


def test_steps_are_those_of_the_plan(tmp_path: Path) -> None:
    recipe = {
        "columns": {
            "size": {"missing": {"name": "mean", "indicator": True}, "numbers": "min_max"},
            "colour": {"categories": "embedding"},
            "weight": {"numbers": "log"},
            "when": {"role": "ignore"},
        }
    }
    bundle = load(chosen(table(tmp_path), recipe=recipe))
    assert bundle.features["x"].column_names == ("size", "size missing", "weight")
    assert bundle.features["colour"].kind == "index"
    assert bundle.features["colour"].class_names == ("(other)", "(missing)", "blue", "green", "red")
    x = bundle.inputs["x"][: len(bundle.train)]
    assert (x[:, 0].min(), x[:, 0].max()) == (0, 1)
    assert set(np.unique(x[:, 1]).tolist()) == {0, 1}
    original = bundle.scaling["x"].invert(bundle.inputs["x"])
    with table(tmp_path).open(encoding="utf-8") as file:
        weights = sorted(float(row["weight"]) for row in csv.DictReader(file))
    np.testing.assert_allclose(np.sort(original[:, 2]), weights, rtol=1e-4)


def test_the_same_settings_give_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path)
    small = load(chosen(path, test_fraction=0.1))
    monkeypatch.setattr(store, "KEPT_FROM", 0)
    monkeypatch.setattr("engine.data.recipe.reading.KEPT_BYTES", 0)
    monkeypatch.setattr("engine.data.recipe.reading.BLOCK_ROWS", 64)
    moved = path.rename(tmp_path / "moved.csv")
    os.utime(moved, ns=(1, 1))
    mapped = load(chosen(moved, test_fraction=0.1))
    assert isinstance(mapped.inputs["x"].base, np.memmap)
    assert not mapped.inputs["x"].flags.writeable
    np.testing.assert_allclose(small.inputs["x"], mapped.inputs["x"], rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(small.targets["y"], mapped.targets["y"])
    monkeypatch.setattr("engine.data.recipe.prepare.open_source", None)  # nothing is read a second time
    again = load(chosen(moved, test_fraction=0.1))
    np.testing.assert_array_equal(again.inputs["x"], mapped.inputs["x"])
    assert describe(chosen(moved, test_fraction=0.1)) == mapped.spec


def test_a_prediction_sees_what_training_saw(tmp_path: Path) -> None:
    path = table(tmp_path)
    bundle = load(chosen(path, recipe={"columns": {"colour": {"categories": "one_hot"}}}))
    saved = Preparation.read(bundle.preparation.model_dump_json() if bundle.preparation else "")
    assert saved == bundle.preparation
    with open_for(saved, path) as source:
        applied = apply(saved, source)
    assert applied.notes == ()
    rows = sorted(map(tuple, applied.inputs["x"].tolist()))
    assert rows == sorted(map(tuple, bundle.inputs["x"].tolist()))
    stand_in = saved.stand_in()
    assert stand_in.spec.features == bundle.spec.features
    assert "one-hot of" in saved.describe()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("size,colour,when\n1,red,2021-01-01\n", r"lacks 'weight'"),
        (
            "size,colour,when,weight\nbig,red,2021-01-01,1\n",
            r"'size' held numbers in training; row 1 holds 'big'",
        ),
    ],
)
def test_what_a_prediction_lacks_is_said(tmp_path: Path, text: str, said: str) -> None:
    bundle = load(chosen(table(tmp_path)))
    new = tmp_path / "new.csv"
    new.write_text(text, encoding="utf-8")
    assert bundle.preparation is not None
    with open_for(bundle.preparation, new) as source, pytest.raises(DataError, match=said):
        apply(bundle.preparation, source)


def test_unseen_words_count_as_none_and_are_named(tmp_path: Path) -> None:
    bundle = load(chosen(table(tmp_path)))
    new = tmp_path / "new.csv"
    new.write_text("size,colour,when,weight\n1,pink,2021-01-01,3\n2,red,2021-02-01,4\n", encoding="utf-8")
    assert bundle.preparation is not None
    with open_for(bundle.preparation, new) as source:
        applied = apply(bundle.preparation, source)
    assert "'pink'" in applied.notes[0]
    at = [k for k, name in enumerate(bundle.features["x"].column_names) if name.startswith("colour=")]
    assert applied.inputs["x"][0, at].sum() == 0


def test_words_may_be_refused(tmp_path: Path) -> None:
    recipe = {"columns": {"colour": {"categories": {"name": "one_hot", "unseen": "refuse"}}}}
    bundle = load(chosen(table(tmp_path), recipe=recipe))
    new = tmp_path / "new.csv"
    new.write_text("size,colour,when,weight\n1,pink,2021-01-01,3\n", encoding="utf-8")
    assert bundle.preparation is not None
    with open_for(bundle.preparation, new) as source, pytest.raises(DataError, match="received 'pink'"):
        apply(bundle.preparation, source)


# -- windows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("horizon", [1, 3])
def test_no_window_knows_what_a_later_part_asks(tmp_path: Path, stride: int, horizon: int) -> None:
    recipe = {"windows": {"window": 5, "horizon": horizon, "stride": stride}}
    bundle = load(chosen(series(tmp_path), test_fraction=0.2, recipe=recipe))
    asked = bundle.scaling["y"].invert(bundle.targets["y"])
    known = bundle.scaling["x"].invert(bundle.inputs["x"])[..., 0]
    np.testing.assert_allclose(known[:, -1] + 1, asked[:, 0], atol=1e-3)
    parts = [asked[r.start : r.stop] for r in (bundle.train, bundle.validation, bundle.test)]
    assert all(len(part) for part in parts)
    assert parts[0].max() < parts[1].min()
    assert parts[1].max() < parts[2].min()
    seen = np.concatenate([known[: len(bundle.train)].ravel(), parts[0].ravel()])
    assert bundle.scaling["x"].mean[0] == pytest.approx(np.unique(seen.round()).mean(), abs=0.01)


def test_windows_stay_in_their_group(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    rows = [f"{'ab'[k]},{i},{1000 * k + i}" for i in range(40) for k in (0, 1)]
    path.write_text("\n".join(["who,step,value", *rows]) + "\n", encoding="utf-8")
    recipe = {
        "columns": {"who": {"role": "group"}, "step": {"role": "time"}, "value": {"role": "target"}},
        "split": {"kind": "time"},
        "windows": {"window": 4, "horizon": 2},
    }
    bundle = load(chosen(path, recipe=recipe))
    known = bundle.scaling["x"].invert(bundle.inputs["x"])[..., 0].round()
    asked = bundle.scaling["y"].invert(bundle.targets["y"]).round()
    np.testing.assert_array_equal(np.diff(np.concatenate([known, asked], axis=1), axis=1), 1)
    steps = [asked[r.start : r.stop] % 1000 for r in (bundle.train, bundle.validation)]
    assert steps[0].max() < steps[1].min()


def test_windows_for_a_prediction_reach_the_last_row(tmp_path: Path) -> None:
    path = series(tmp_path)
    bundle = load(chosen(path, recipe={"windows": {"window": 5, "horizon": 2}}))
    assert bundle.preparation is not None
    with open_for(bundle.preparation, path) as source:
        known = bundle.scaling["x"].invert(apply(bundle.preparation, source).inputs["x"])
    assert known.shape == (56, 5, 1)
    np.testing.assert_allclose(known[-1, -1, 0], 159, rtol=1e-4)


# -- what may go wrong ---------------------------------------------------------------------------------


def test_a_cancel_ends_it_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT_FROM", 0)
    monkeypatch.setenv("LAYERLOOM_CACHE_DIR", str(tmp_path / "cache"))
    seen: list[tuple[int, int]] = []

    def watch(done: int, total: int) -> None:
        seen.append((done, total))
        if len(seen) > 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        load(chosen(table(tmp_path)), watch)
    left = tmp_path / "cache" / "prepared"
    assert not left.exists() or not list(left.iterdir())


def test_a_full_disk_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT_FROM", 0)
    monkeypatch.setattr(store, "SPARE", 10**18)
    assert len(load(chosen(table(tmp_path), seed=7)).train)  # small enough for memory
    monkeypatch.setattr(store, "IN_MEMORY", 0)
    with pytest.raises(DataError, match="Make room on the disk"):
        load(chosen(table(tmp_path), seed=8))


def test_a_disk_that_fills_up_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("LAYERLOOM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "KEPT_FROM", 0)
    monkeypatch.setattr(store, "_reserve", full)
    with pytest.raises(DataError, match="No space left on device"):
        load(chosen(table(tmp_path), seed=9))


def test_old_sets_make_room_for_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "KEPT_FROM", 0)
    path = table(tmp_path)
    load(chosen(path, seed=1))
    (first,) = (tmp_path / "cache" / "prepared").iterdir()
    os.utime(first, (1, 1))
    load(chosen(path, seed=2))
    size = sum(f.stat().st_size for f in first.iterdir())
    monkeypatch.setattr(store, "BUDGET", 3 * size)
    load(chosen(path, seed=3))
    load(chosen(path, seed=4))
    assert not first.exists()


def test_a_file_that_changes_or_goes_is_noticed(tmp_path: Path) -> None:
    path = table(tmp_path)
    bundle = load(chosen(path))
    assert bundle.origin is not None
    assert bundle.origin.complaint() == ""
    os.utime(path)
    assert bundle.origin.complaint() == ""  # touched is not changed
    path.write_text(path.read_text("utf-8") + "1,red,2021-01-01,5,a\n", encoding="utf-8")
    assert "has changed" in bundle.origin.complaint()
    assert load(chosen(path)).spec.counts.total == bundle.spec.counts.total + 1
    path.unlink()
    assert "no longer there" in bundle.origin.complaint()


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"columns": {"nothing": {"role": "target"}}}, "names the column 'nothing'"),
        ({"columns": {"colour": {"missing": "mean"}}}, "Words have no mean"),
        ({"columns": {"size": {"missing": {"name": "value", "value": "x"}}}}, "can't be filled with a word"),
        ({"split": {"kind": "group"}}, "split by group needs a column"),
        ({"columns": {"colour": {"role": "weight"}}}, "Weights must be numbers"),
        (
            {"columns": {"weight": {"numbers": {"name": "log", "signed": False, "shift": -1000.0}}}},
            "larger shift",
        ),
        ({"columns": {c: {"role": "ignore"} for c in ("size", "colour", "when", "weight")}}, "predict from"),
        ({"columns": {"size": {"role": "target"}}, "balance": "resample"}, "one class a row"),
    ],
)
def test_recipes_that_cannot_be_followed(tmp_path: Path, recipe: dict[str, object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        load(chosen(table(tmp_path), recipe=recipe))


def huge(folder: Path) -> Path:
    path = folder / "huge.csv"
    rows = [f"{'-' * (i % 2)}1e{150 + 20 * (i % 8)},{i % 5},{'ab'[i % 2]}" for i in range(60)]
    path.write_text("\n".join(["size,other,label", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("numbers", [None, {"name": "min_max"}, {"name": "robust"}, {"name": "as_is"}])
def test_numbers_that_no_deviation_can_be_made_of_are_told(
    tmp_path: Path, numbers: dict[str, object] | None
) -> None:
    recipe = {"columns": {"size": {"role": "input", "numbers": numbers}}}
    with pytest.raises(DataError, match=r"must be below 1e\+150 to be scaled; those of 'size' reach 1e\+290"):
        load(chosen(huge(tmp_path), recipe=recipe))


@pytest.mark.parametrize("size", [{"numbers": {"name": "log"}}, {"role": "ignore"}])
def test_there_is_a_way_on_from_them(tmp_path: Path, size: dict[str, object]) -> None:
    found = load(chosen(huge(tmp_path), recipe={"columns": {"size": size}}))
    assert all(np.isfinite(array).all() for array in found.inputs.values())


def test_a_profile_of_them_is_made_in_silence(tmp_path: Path) -> None:
    with open_source(huge(tmp_path), {}) as source:
        found = profile(source, target="label")
    assert [column.name for column in found.columns] == ["size", "other", "label"]
