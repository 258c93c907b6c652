"""Series and texts: windows hold what they should, and nothing of the future reaches training."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.archive import BUNDLED, describe_text, read_table, read_text
from engine.data.bundle import DataBundle
from engine.data.errors import DataError
from engine.data.load import describe, load
from engine.data.settings import DataSettings
from engine.data.split import split_counts, split_in_time
from engine.data.windows import WindowOptions, cut
from engine.tensor.spec import Array

SERIES = {"airline": 144, "sunspots": 309, "co2": 2_284}
PLAYS = {
    "Romeo and Juliet": 141_753,
    "Hamlet": 173_942,
    "Macbeth": 103_427,
    "A Midsummer Night's Dream": 96_249,
}


def raw(name: str, *, validation: float = 0.2, test: float = 0.0, **options: int | str) -> DataBundle:
    parts = {"validation_fraction": validation, "test_fraction": test}
    return load(DataSettings(dataset=name, options=options, normalize=False, **parts))


def rows(array: Array, part: range) -> Array:
    return array[part.start : part.stop]


# -- windows -------------------------------------------------------------------------------------------
@given(st.integers(2, 9), st.integers(1, 7), st.integers(1, 5), st.integers(17, 60))
def test_windows_hold_consecutive_values(window: int, horizon: int, stride: int, length: int) -> None:
    options = WindowOptions(window=window, horizon=horizon, stride=stride)
    x, y = cut(np.arange(length, dtype=np.float32), options)
    assert len(x) == len(y) == options.rows(length)
    for row, (known, coming) in enumerate(zip(x[..., 0], y, strict=True)):
        start = row * stride
        assert [*known, *coming] == list(range(start, start + window + horizon))
    assert length - (len(x) * stride + window + horizon) < 0  # no further one would fit


@given(
    st.integers(2, 9),
    st.integers(1, 7),
    st.integers(1, 5),
    st.floats(0.1, 0.4),
    st.floats(0, 0.4),
)
def test_what_is_predicted_is_later_than_all_that_was_seen(
    window: int, horizon: int, stride: int, validation: float, test: float
) -> None:
    """On a series whose values are their own times, so that later is larger."""
    options = WindowOptions(window=window, horizon=horizon, stride=stride)
    x, y = cut(np.arange(400, dtype=np.float32), options)
    parts = [part for part in split_in_time(len(x), validation, test, options.overlap) if part]
    for earlier, later in pairwise(parts):
        assert max(rows(x, earlier).max(), rows(y, earlier).max()) < rows(y, later).min()
        # and no more is left out than needed: one example further would reach into the later part
        following = earlier.stop
        if following < later.start:
            assert y[following].max() >= rows(y, later).min()


def test_a_part_within_the_overlap_is_refused() -> None:
    with pytest.raises(DataError, match=r"longer than the 23 windows .* received 18"):
        describe(
            DataSettings(dataset="airline", options={"window": 60, "horizon": 24}, validation_fraction=0.7)
        )


# -- the series ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "length"), SERIES.items())
def test_length_is_the_published_one(name: str, length: int) -> None:
    assert len(read_table(name)) == length + 1
    bundle = raw(name, validation=0, window=2, horizon=1)
    assert bundle.spec.counts.total == length - 2


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("horizon", [1, 6])
def test_parts_follow_each_other_in_time(name: str, horizon: int) -> None:
    together = raw(name, validation=0, horizon=horizon)
    bundle = raw(name, validation=0.25, test=0.25, horizon=horizon)
    whole = together.targets["y"][:, 0]
    total = len(whole)
    counts = split_counts(total, 0.25, 0.25)
    starts = (0, counts.train, counts.train + counts.validation)
    for part, start in zip((bundle.train, bundle.validation, bundle.test), starts, strict=True):
        np.testing.assert_array_equal(rows(bundle.targets["y"], part)[:, 0], whole[start : start + len(part)])
    dropped = total - bundle.spec.counts.total
    assert dropped == 2 * (horizon - 1)


@pytest.mark.parametrize("name", SERIES)
def test_scaling_has_not_seen_the_future(name: str) -> None:
    bundle = load(DataSettings(dataset=name))
    train = rows(raw(name).inputs["x"], bundle.train)
    assert bundle.scaling["x"].mean[0] == pytest.approx(train.mean(dtype=np.float64))


def test_airline_grows_and_begins_as_published() -> None:
    bundle = raw("airline", validation=0)
    assert bundle.inputs["x"][0, :, 0].tolist() == [
        112,
        118,
        132,
        129,
        121,
        135,
        148,
        148,
        136,
        119,
        104,
        118,
    ]
    assert bundle.targets["y"][[0, -1], 0].tolist() == [115, 432]


def test_weeks_without_carbon_dioxide_take_the_value_before() -> None:
    weeks = [cells[1] for cells in read_table("co2")[1:]]
    assert weeks.count("") == 59
    values = raw("co2", validation=0, window=2, horizon=1).inputs["x"][:, 0, 0]
    gaps = [i for i, text in enumerate(weeks[:-2]) if not text]
    np.testing.assert_array_equal(values[gaps], values[[i - 1 for i in gaps]])
    assert (values.min(), values.max()) == (pytest.approx(313, abs=0.5), pytest.approx(373.9, abs=0.5))


# -- the plays -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("play", "characters"), PLAYS.items())
def test_a_play_is_whole_and_each_answer_is_the_next_character(play: str, characters: int) -> None:
    bundle = raw("shakespeare", play=play, length=100)
    x, y = bundle.inputs["x"], bundle.targets["y"]
    assert x.shape == y.shape == ((characters - 1) // 100, 100)
    np.testing.assert_array_equal(x.ravel()[1:], y.ravel()[:-1])
    assert (str(x.dtype), int(x.min())) == ("int32", 0)
    assert x.max() < len(bundle.features["y"].class_names)


def test_the_text_is_shakespeares() -> None:
    alphabet = describe_text("shakespeare", "romeo").alphabet
    text = "".join(alphabet[code] for code in read_text("shakespeare", "romeo"))
    assert text.startswith("ROMEO AND JULIET\n")
    assert "O Romeo, Romeo! wherefore art thou Romeo?" in text


def test_the_end_of_the_play_is_held_out() -> None:
    bundle = raw("shakespeare", validation=0.25, test=0.25)
    x = bundle.inputs["x"].ravel()
    np.testing.assert_array_equal(x, read_text("shakespeare", "romeo")[: len(x)])
    assert bundle.train.stop == bundle.validation.start


@pytest.mark.parametrize("damage", [b"", b"not a text"])
def test_a_damaged_text_is_refused(tmp_path: Path, damage: bytes) -> None:
    shutil.copytree(BUNDLED / "shakespeare", tmp_path / "shakespeare")
    (tmp_path / "shakespeare" / "romeo.txt.xz").write_bytes(damage)
    with pytest.raises(DataError, match=r"romeo\.txt\.xz does not match its checksum"):
        read_text("shakespeare", "romeo", tmp_path)


@pytest.mark.parametrize("relative", ["difference", "ratio"])
def test_relative_values_refer_to_what_is_known(relative: Literal["difference", "ratio"]) -> None:
    values = np.random.default_rng(5).uniform(1, 9, 40).astype(np.float32)
    x, y = cut(values, WindowOptions(window=4, horizon=2, relative=relative))
    plain_x, plain_y = cut(values, WindowOptions(window=4, horizon=2))
    if relative == "difference":
        last = plain_x[:, -1:, 0]
        np.testing.assert_allclose(y, plain_y - last, atol=1e-5)
        assert not x[:, -1].any()
    else:
        np.testing.assert_allclose(y * plain_x.mean(axis=1), plain_y, rtol=1e-5)
        np.testing.assert_allclose(x.mean(axis=1), 1.0, rtol=1e-5)
