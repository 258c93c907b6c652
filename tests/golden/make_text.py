"""Writes `text.json`: what Keras makes of text, and of whole numbers that name something.

These layers need TensorFlow, so they are computed with it:

    python3 -m venv tensorflow-venv && tensorflow-venv/bin/pip install keras tensorflow-cpu
    KERAS_BACKEND=tensorflow tensorflow-venv/bin/python -m tests.golden.make_text

A case has our settings, the batches it is adapted to (none where the vocabulary is given), an input and Keras's output;
and the vocabulary that Keras learned, without reserved words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

WORDS = [["a", "c", "d", "d"], ["d", "z", "b", "z"], ["é", "", "c", "a"]]
OTHERS = [["a", "q", "d", "[UNK]"], ["", "z", "m", "unknown word"]]
COLUMN = [["red"], ["blue"], ["red"], ["green"]]
NUMBERS = [[12, 1138, 42, 42], [42, 1000, 36, -7], [0, 12, 5, 5]]
TEXTS = [
    ["The quick brown fox, the FOX!"],
    ["Don't  stop\tthe music; (quick)"],
    [""],
    ["Über Straße\u00a0weit, naïve café ÀÉ"],
    ["one two three one-two a_b [x] {y} ~z"],
]
NEW_TEXTS = [["a quick stop"], ["THE the the fox nobody knows of"], ["?!"], ["Über naïve"]]
LETTERS = [["hello"], ["Wörld"], [""]]
VOCABULARY = ["a", "b", "c", "d"]

# layer, settings, batches to adapt to, input
CASES: list[tuple[str, dict[str, Any], list[Any], Any]] = [
    ("StringLookup", {}, [WORDS], OTHERS),
    ("StringLookup", {"max_tokens": 4}, [WORDS], OTHERS),
    ("StringLookup", {"max_tokens": 5, "num_oov_indices": 2, "mask_token": ""}, [WORDS], OTHERS),
    ("StringLookup", {"vocabulary": VOCABULARY}, [], OTHERS),
    ("StringLookup", {"vocabulary": ["[UNK]", *VOCABULARY]}, [], OTHERS),
    ("StringLookup", {"vocabulary": ["", "[UNK]", *VOCABULARY], "mask_token": ""}, [], OTHERS),
    ("StringLookup", {"vocabulary": VOCABULARY, "num_oov_indices": 3}, [], OTHERS),
    ("StringLookup", {"vocabulary": VOCABULARY, "num_oov_indices": 5, "salt": [133, 137]}, [], OTHERS),
    ("StringLookup", {"vocabulary": VOCABULARY, "num_oov_indices": 0}, [], [["a", "d"], ["c", "b"]]),
    ("StringLookup", {"vocabulary": VOCABULARY, "output_mode": "one_hot"}, [], OTHERS),
    ("StringLookup", {"max_tokens": 6, "output_mode": "one_hot"}, [COLUMN], COLUMN),
    ("StringLookup", {"vocabulary": VOCABULARY, "output_mode": "multi_hot"}, [], OTHERS),
    ("StringLookup", {"vocabulary": VOCABULARY, "output_mode": "count", "mask_token": ""}, [], OTHERS),
    (
        "StringLookup",
        {"vocabulary": VOCABULARY, "output_mode": "count", "max_tokens": 7, "pad_to_max_tokens": True},
        [],
        OTHERS,
    ),
    ("StringLookup", {"max_tokens": 9, "output_mode": "tf_idf"}, [WORDS], OTHERS),
    (
        "StringLookup",
        {"vocabulary": VOCABULARY, "output_mode": "tf_idf", "idf_weights": [0.25, 0.75, 0.6, 0.4]},
        [],
        WORDS,
    ),
    ("StringLookup", {"vocabulary": VOCABULARY, "invert": True}, [], [[1, 3, 4], [4, 0, 2]]),
    (
        "StringLookup",
        {"vocabulary": VOCABULARY, "invert": True, "mask_token": ""},
        [],
        [[1, 3, 4], [5, 0, 2]],
    ),
    ("IntegerLookup", {}, [NUMBERS], NUMBERS),
    ("IntegerLookup", {"max_tokens": 4, "mask_token": 0}, [NUMBERS], NUMBERS),
    ("IntegerLookup", {"vocabulary": [12, 36, 1138, 42]}, [], NUMBERS),
    ("IntegerLookup", {"vocabulary": [-1, 12, 36]}, [], NUMBERS),
    ("IntegerLookup", {"vocabulary": [12, 36], "num_oov_indices": 3}, [], NUMBERS),
    ("IntegerLookup", {"vocabulary": [12, 36], "num_oov_indices": 3, "oov_method": "farmhash"}, [], NUMBERS),
    (
        "IntegerLookup",
        {"vocabulary": [12, 36], "num_oov_indices": 4, "oov_method": "farmhash", "salt": [5, 6]},
        [],
        NUMBERS,
    ),
    ("IntegerLookup", {"vocabulary": [12, 42], "output_mode": "multi_hot", "mask_token": 0}, [], NUMBERS),
    ("IntegerLookup", {"max_tokens": 9, "output_mode": "count"}, [NUMBERS], NUMBERS),
    ("IntegerLookup", {"max_tokens": 9, "output_mode": "tf_idf"}, [NUMBERS], NUMBERS),
    ("IntegerLookup", {"vocabulary": [12, 42], "invert": True, "mask_token": 7}, [], [[0, 1, 2], [3, 3, 2]]),
    ("Hashing", {"num_bins": 7}, [], OTHERS),
    ("Hashing", {"num_bins": 1000003}, [], TEXTS),
    ("Hashing", {"num_bins": 11, "mask_value": ""}, [], OTHERS),
    ("Hashing", {"num_bins": 11, "salt": [133, 137]}, [], OTHERS),
    ("Hashing", {"num_bins": 11, "salt": [133, 133], "mask_value": "a"}, [], OTHERS),
    ("Hashing", {"num_bins": 9}, [], NUMBERS),
    ("Hashing", {"num_bins": 5, "output_mode": "one_hot"}, [], COLUMN),
    ("Hashing", {"num_bins": 5, "output_mode": "multi_hot"}, [], WORDS),
    ("Hashing", {"num_bins": 5, "output_mode": "count"}, [], WORDS),
    ("TextVectorization", {"output_sequence_length": 6}, [TEXTS], NEW_TEXTS),
    ("TextVectorization", {"output_sequence_length": 3, "max_tokens": 8}, [TEXTS], NEW_TEXTS),
    ("TextVectorization", {"output_sequence_length": 4, "standardize": "lower"}, [TEXTS], TEXTS),
    ("TextVectorization", {"output_sequence_length": 4, "standardize": "strip_punctuation"}, [TEXTS], TEXTS),
    ("TextVectorization", {"output_sequence_length": 4, "standardize": None}, [TEXTS], TEXTS),
    ("TextVectorization", {"output_sequence_length": 7, "split": "character"}, [LETTERS], LETTERS),
    ("TextVectorization", {"output_sequence_length": 9, "ngrams": 2}, [TEXTS], NEW_TEXTS),
    ("TextVectorization", {"output_sequence_length": 9, "ngrams": [1, 3]}, [TEXTS], TEXTS),
    ("TextVectorization", {"output_sequence_length": 5, "vocabulary": ["the", "fox"]}, [], NEW_TEXTS),
    ("TextVectorization", {"output_mode": "multi_hot", "vocabulary": ["the", "fox"]}, [], NEW_TEXTS),
    ("TextVectorization", {"output_mode": "multi_hot", "max_tokens": 40}, [TEXTS], NEW_TEXTS),
    (
        "TextVectorization",
        {"output_mode": "count", "max_tokens": 9, "pad_to_max_tokens": True},
        [TEXTS],
        NEW_TEXTS,
    ),
    ("TextVectorization", {"output_mode": "tf_idf", "max_tokens": 50, "ngrams": 2}, [TEXTS], NEW_TEXTS),
]


def case_of(number: int, name: str, settings: dict[str, Any], adapt: list[Any], given: Any) -> dict[str, Any]:
    """Settings, data, and what Keras says."""
    tuples = {
        k: tuple(v) if k in ("salt", "ngrams") and isinstance(v, list) else v for k, v in settings.items()
    }
    layer = getattr(keras.layers, name)(**tuples)
    for batch in adapt:
        layer.adapt(np.array(batch))
    output = (
        keras.ops.convert_to_numpy(layer(np.array(given)))
        if not settings.get("invert")
        else layer(np.array(given)).numpy()
    )
    return {
        "number": number,
        "layer": name,
        "settings": settings,
        "adapt": adapt,
        "input": given,
        "output": _plain(output.tolist()),
        "vocabulary": _plain(layer.get_vocabulary(include_special_tokens=False)) if adapt else None,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode()
    return value.item() if isinstance(value, np.generic) else value


if __name__ == "__main__":
    found = [case_of(k, *case) for k, case in enumerate(CASES)]
    text = json.dumps({"keras": keras.__version__, "cases": found}, ensure_ascii=True)
    Path(__file__).with_name("text.json").write_text(text.replace('{"number"', '\n{"number"') + "\n", "utf-8")
