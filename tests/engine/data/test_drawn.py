"""What people draw is packed into short texts and comes back as it was; damaged texts are refused in a sentence."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.drawn import MOST_POINTS, Pictures, Points
from engine.data.errors import DataError
from engine.data.load import describe, load
from engine.data.sets.drawn import DrawnPictureOptions, DrawnPointOptions
from engine.data.settings import DataSettings

coordinates = st.integers(-1_000, 1_000).map(lambda n: n / 1_000)
CASES = settings(max_examples=40, deadline=None)


@CASES
@given(st.lists(st.tuples(coordinates, coordinates, st.integers(0, 9)), max_size=60))
def test_points_come_back_as_they_were(rows: list[tuple[float, float, int]]) -> None:
    drawing = Points.none()
    for x, y, label in rows:
        drawing = drawing.with_more(np.array([[x, y]]), label)
    again = Points.unpack(*drawing.pack())
    assert np.array_equal(again.places, drawing.places)
    assert np.array_equal(again.classes, drawing.classes)


@CASES
@given(st.integers(1, 12), st.sampled_from([1, 3]), st.integers(0, 2**31))
def test_pictures_come_back_as_they_were(count: int, channels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawing = Pictures.none(28, channels)
    for label in range(count):
        drawing = drawing.with_more(rng.integers(0, 256, (1, 28, 28, channels), dtype=np.uint8), label % 10)
    again = Pictures.unpack(*drawing.pack(), 28, channels)
    assert np.array_equal(again.pixels, drawing.pixels)
    assert np.array_equal(again.classes, drawing.classes)


def test_the_eraser_takes_what_is_near() -> None:
    drawing = Points.none().with_more(np.array([[0.0, 0.0], [0.5, 0.5]]), 0)
    assert Points.without(drawing, (0.1, 0.0), 0.2).places.tolist() == [[0.5, 0.5]]


def test_the_oldest_points_go_where_there_are_too_many() -> None:
    rng = np.random.default_rng(0)
    drawing = Points.none().with_more(rng.uniform(-1, 1, (MOST_POINTS + 50, 2)), 3)
    assert len(drawing) == MOST_POINTS
    assert len(drawing.pack()[0]) < 120_000


@pytest.mark.parametrize("bad", ["%%%", "aGVsbG8=", base64.b64encode(zlib.compress(b"abc")).decode()])
def test_damaged_points_are_refused_in_a_sentence(bad: str) -> None:
    with pytest.raises(DataError, match="drawn points of this project"):
        describe(DataSettings(dataset="drawn_points", options={"points": bad, "classes": "01"}))


def test_a_bomb_of_points_is_not_unpacked() -> None:
    bomb = base64.b64encode(zlib.compress(bytes(100_000_000), 9)).decode()
    with pytest.raises(DataError, match=r"more than 20,000"):
        Points.unpack(bomb, "01")


@pytest.mark.parametrize("bad", ["%%%", "aGVsbG8=", DrawnPictureOptions().pictures[:400]])
def test_damaged_pictures_are_refused_in_a_sentence(bad: str) -> None:
    with pytest.raises(DataError, match="drawn pictures of this project"):
        describe(DataSettings(dataset="drawn_pictures", options={"pictures": bad}))


def test_pictures_of_another_size_than_said_are_refused() -> None:
    with pytest.raises(DataError, match="28 × 672 pixels"):
        describe(DataSettings(dataset="drawn_pictures", options={"side": 64}))


def test_an_empty_drawing_says_what_to_do() -> None:
    empty = DrawnPointOptions.of(Points.none()).model_dump()
    with pytest.raises(DataError, match=r"Draw some points of each"):
        describe(DataSettings(dataset="drawn_points", options=empty))


def test_a_class_without_a_name_is_pointed_out() -> None:
    with pytest.raises(DataError, match=r"Name the class"):
        describe(DataSettings(dataset="drawn_pictures", options={"names": "one, two"}))


def test_drawings_are_split_with_every_class_in_every_part() -> None:
    bundle = load(DataSettings(dataset="drawn_pictures"))
    held_out = bundle.targets["y"][bundle.validation.start : bundle.validation.stop]
    assert set(held_out.tolist()) == {0, 1, 2}
