"""Well-known tunes, note by note: the next note after each, learned as a text is."""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.data.archive import read_plain
from engine.data.bundle import INPUT, TARGET, Feature, TaskKind
from engine.data.dataset import Columns, DataGroup, DataSet, Options, Outline, columns
from engine.data.melodies.notation import NAMES, Tone, read_tunes
from engine.settings import setting
from engine.tensor.spec import DType

FOLDER = "melodies"
END = "end"  # of a tune


class MelodiesOptions(Options):
    """Settings of the melodies."""

    length: int = setting(16, "Length", "how many notes an example has", prominent=True, ge=4, le=100)
    rhythm: bool = setting(
        False,
        "Rhythm",
        "notes have their lengths, too: four times as many different ones, each of them rarer",
    )


@cache
def _words(rhythm: bool) -> tuple[str, ...]:
    """All tunes, one after the other, each ended."""
    tunes = read_tunes(read_plain(FOLDER, "tunes"), "tunes.txt")
    return tuple(word for tune in tunes for word in (*(_word(tone, rhythm) for tone in tune), END))


def _word(tone: Tone, rhythm: bool) -> str:
    return str(tone) if rhythm else str(tone).partition("/")[0]


@cache
def _vocabulary(rhythm: bool) -> tuple[str, ...]:
    """The end, silences, then notes from low to high."""
    return tuple(sorted(set(_words(rhythm)), key=_place))


def _place(word: str) -> tuple[int, str]:
    if word == END:
        return -2, word
    pitch = word.partition("/")[0]
    if pitch == "R":
        return -1, word
    return 12 * int(pitch[-1]) + NAMES.index(pitch[:-1]), word


def _outline(options: MelodiesOptions) -> Outline:
    names, shape = _vocabulary(options.rhythm), (options.length,)
    return Outline(
        (Feature(INPUT, "index", shape, DType.INT32, class_names=names),),
        (Feature(TARGET, "category", shape, DType.INT32, class_names=names),),
        rows=(len(_words(options.rhythm)) - 1) // options.length,
        in_time=True,
    )


def _load(options: MelodiesOptions, _rng: np.random.Generator) -> Columns:
    """Examples do not overlap: the last note to predict is the first of the next example."""
    numbers = {word: number for number, word in enumerate(_vocabulary(options.rhythm))}
    notes = np.array([numbers[word] for word in _words(options.rhythm)], np.int32)
    rows = (len(notes) - 1) // options.length
    stop, shape = rows * options.length, (rows, options.length)
    return columns(notes[:stop].reshape(shape), notes[1 : stop + 1].reshape(shape).copy())


MELODIES = DataSet(
    name="melodies",
    title="Melodies",
    summary="The next note of a tune, predicted from those before",
    description="58 folk songs, nursery rhymes, carols and themes, each a line of notes; C4 is the middle C. After each "
    "note the network predicts the next one. With rhythm, C4/4 is a quarter, and each pair of pitch and length a class of "
    "its own. The tunes stand in the order of their titles, and the last fifth is the validation part: tunes that were "
    "never heard.",
    source="Tradition, and composers who died before 1910; transcribed for Layerloom.",
    licence="CC0 1.0 (public domain)",
    task=TaskKind.MULTICLASS,
    group=DataGroup.TEXT,
    settings=MelodiesOptions,
    outline=_outline,
    load=_load,
    caution="Two and a half thousand notes are few: a large network knows them by heart and guesses new ones no better.",
)
