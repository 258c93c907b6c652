"""Shakespeare, letter by letter: the next character after each, which is how language models learn."""

from __future__ import annotations

from typing import Literal

import numpy as np

from engine.data.archive import describe_text, read_text
from engine.data.bundle import INPUT, TARGET, Feature, TaskKind
from engine.data.dataset import Columns, DataGroup, DataSet, Options, Outline, columns
from engine.settings import setting
from engine.tensor.spec import DType

FOLDER = "shakespeare"
IN_WORDS = {"\n": "line end", " ": "space"}
KEYS = {
    "Romeo and Juliet": "romeo",
    "Hamlet": "hamlet",
    "Macbeth": "macbeth",
    "A Midsummer Night's Dream": "dream",
}


class ShakespeareOptions(Options):
    """Settings of the plays."""

    play: Literal["Romeo and Juliet", "Hamlet", "Macbeth", "A Midsummer Night's Dream"] = setting(
        "Romeo and Juliet", "Play", "the whole text of it"
    )
    length: int = setting(50, "Length", "how many characters an example has", prominent=True, ge=5, le=500)


def _outline(options: ShakespeareOptions) -> Outline:
    facts = describe_text(FOLDER, KEYS[options.play])
    names = tuple(IN_WORDS.get(letter, letter) for letter in facts.alphabet)
    shape = (options.length,)
    return Outline(
        (Feature(INPUT, "index", shape, DType.INT32, class_names=names),),
        (Feature(TARGET, "category", shape, DType.INT32, class_names=names),),
        rows=(facts.characters - 1) // options.length,
        in_time=True,
    )


def _load(options: ShakespeareOptions, _rng: np.random.Generator) -> Columns:
    """Examples do not overlap: the last character to predict is the first of the next example."""
    text = read_text(FOLDER, KEYS[options.play])
    rows = (len(text) - 1) // options.length
    stop = rows * options.length
    shape = (rows, options.length)
    return columns(text[:stop].reshape(shape), text[1 : stop + 1].reshape(shape).copy())


SHAKESPEARE = DataSet(
    name="shakespeare",
    title="Shakespeare",
    summary="The next character of a play, predicted from those before",
    description="A play cut into pieces of equal length. After each character the network predicts the next; the answer is "
    "the same text, a character further on. About 70 different characters: guessing the most frequent one, the space, is "
    "right one time in six, and what is right half of the time already writes something like English. The end of the "
    "play is the validation part.",
    source="W. Shakespeare, in the edition of Project Gutenberg; from the Python package shakespeare 0.6.",
    licence="public domain (package: CC BY 2.5)",
    task=TaskKind.MULTICLASS,
    group=DataGroup.TEXT,
    settings=ShakespeareOptions,
    outline=_outline,
    load=_load,
)
