"""An example of one's own, as the network sees it: typed numbers, a drawing, a text; and what it is taken for, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.data.bundle import DataBundle
from engine.tensor.spec import Array
from engine.training.inside.example import rows_of
from engine.training.pictures import probabilities
from engine.training.predictions.answers import Answer
from engine.training.predictions.arrays import predicted_values
from engine.training.predictions.spelling import tokens_of

MOST_CHANCES = 12
MOST_NUMBERS = 24


def of_row(bundle: DataBundle, row: int) -> dict[str, Array]:
    """Inputs of a row of the data."""
    return rows_of(bundle, range(row, row + 1))


def of_picture(bundle: DataBundle, row: int, name: str, pixels: Array) -> dict[str, Array]:
    """Inputs of a row with another picture: uint8 (height, width, channels) of the size that the network reads."""
    feature = bundle.features[name]
    shaped = np.asarray(pixels, np.float32).reshape(1, *feature.shape)
    return of_row(bundle, row) | {name: shaped / np.float32(255.0)}


def of_text(bundle: DataBundle, row: int, name: str, text: str) -> tuple[dict[str, Array], str, int]:
    """Inputs of a row with another text, what of it the network knows no token for, and the place of its last token."""
    feature = bundle.features[name]
    if feature.kind == "text":
        filled = np.full((1, *feature.shape), text, bundle.inputs[name].dtype)
        return of_row(bundle, row) | {name: filled}, "", 0
    found, strange = tokens_of(feature.class_names, text)
    tokens = np.zeros((1, *feature.shape), np.int32)
    last = found[-feature.shape[0] :]
    tokens[0, : len(last)] = last
    return of_row(bundle, row) | {name: tokens}, strange, max(0, len(last) - 1)


def chances(answer: Answer, output: Array, place: int = -1) -> list[tuple[str, int, float]]:
    """The most probable classes of a prediction (1, ..): name, number and probability, the most probable first.

    `place`: where there is a class for each position, the one that is meant.
    """
    p = np.nan_to_num(output)
    while p.ndim > 2:
        p = p[:, min(place, p.shape[1] - 1)]
    row = probabilities(p)[0]
    order = np.argsort(-row, kind="stable")[:MOST_CHANCES].tolist()
    return [(_name(answer.classes, k), k, float(row[k])) for k in order]


def numbers(bundle: DataBundle, answer: Answer, output: Array) -> list[tuple[str, float]]:
    """The first numbers of a prediction (1, ..) in the data's units, with their names."""
    values = predicted_values(bundle, answer, output)[0]
    names = answer.feature.column_names if len(answer.feature.column_names) == len(values) else ()
    return [
        (names[k] if names else str(k + 1), float(value))
        for k, value in enumerate(values[:MOST_NUMBERS].tolist())
    ]


def _name(names: Sequence[str], number: int) -> str:
    return names[number] if number < len(names) else str(number)
