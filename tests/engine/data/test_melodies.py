"""The bundled melodies: bars that add up, notes that come back as they were written, tunes that are whole."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.archive import read_plain
from engine.data.errors import DataError
from engine.data.load import load
from engine.data.melodies.notation import PARTS, Tone, looks_like_notes, nearest_part, read_tunes, tone
from engine.data.sets.melodies import END
from engine.data.settings import DataSettings

TUNES = dict(block.split("\n", 1) for block in read_plain("melodies", "tunes").strip().split("\n\n"))


def length(bar: str) -> Fraction:
    return sum((tone(word).length for word in bar.split()), Fraction(0))


@pytest.mark.parametrize("title", TUNES)
def test_each_bar_adds_up_to_its_metre(title: str) -> None:
    _, metre, origin = title.split(";")
    assert origin.strip()
    beats, unit = metre.strip().split("/")
    whole = Fraction(int(beats), int(unit))
    bars = [length(bar) for line in TUNES[title].splitlines() for bar in line.split("|")]
    assert len(bars) >= 4
    assert bars[1:-1] == [whole] * (len(bars) - 2)
    if bars[0] != whole:  # it begins before the first whole bar, and may end as much before the last is over
        assert bars[0] < whole
        assert bars[-1] in (whole, whole - bars[0])
    else:
        assert bars[-1] == whole


def test_there_are_many_different_ones_that_can_be_sung() -> None:
    tunes = read_tunes(read_plain("melodies", "tunes"), "tunes")
    assert len(tunes) == len(TUNES) >= 40
    assert len({tuple(map(str, tune)) for tune in tunes}) == len(tunes)
    pitches = [note.pitch for tune in tunes for note in tune if note.pitch is not None]
    assert min(pitches) >= 55
    assert max(pitches) <= 84


@pytest.mark.parametrize("rhythm", [True, False])
def test_the_answer_is_the_tune_one_note_on(rhythm: bool) -> None:
    settings = DataSettings(
        dataset="melodies", options={"rhythm": rhythm, "length": 10}, validation_fraction=0
    )
    bundle = load(settings)
    x, y = bundle.inputs["x"].ravel(), bundle.targets["y"].ravel()
    np.testing.assert_array_equal(x[1:], y[:-1])
    names = bundle.features["x"].class_names
    assert names[0] == END
    words = [names[number] for number in x[:40]]
    first = [str(note) for note in read_tunes(read_plain("melodies", "tunes"), "tunes")[0]][:40]
    assert words[: len(first)] == [word if rhythm else word.partition("/")[0] for word in first]


@given(st.integers(12, 127) | st.none(), st.sampled_from(PARTS))
def test_a_note_is_read_as_it_is_written(pitch: int | None, part: str) -> None:
    assert tone(str(Tone(pitch, part))) == Tone(pitch, part)


@pytest.mark.parametrize("part", PARTS)
def test_the_nearest_length_of_a_length_is_itself(part: str) -> None:
    assert nearest_part(4 * float(Tone(None, part).length)) == part


def test_flats_are_the_sharps_below() -> None:
    assert str(tone("Eb4/4")) == "D#4/4"
    assert str(tone("Cb5/8.")) == "B4/8."


@pytest.mark.parametrize("word", ["H4/4", "C4", "C4/5", "C10/4", "4/4", "R4/4", "C4/4x", "Cb-1/4", "G#9/4"])
def test_what_is_no_note_is_refused_with_its_line(word: str) -> None:
    with pytest.raises(DataError, match=r"^Line 2 of my\.tune: A note .*"):
        read_tunes(f"C4/4 D4/4\n{word}", "my.tune")


def test_notes_are_told_from_prose() -> None:
    assert looks_like_notes("# title\nC4/4 D4/4 | E4/4 R/4")
    assert not looks_like_notes("A4 is a size of paper, not a note; C4/4 is one.")
