"""Writes `recurrent.npz`: recurrent layers, their wrappers and masks, as Keras computes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras.src import backend

from tests.golden.keras_layers import Case, Whole, write

MASK = np.array([[0, 0, 1, 1], [1, 1, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)
SEQUENCE = (5, 4, 3)
ALL = {"return_sequences": True, "return_state": True}
GRU_BEFORE = {"reset_after": False}
CELLS = [
    *(("SimpleRNN", {"use_bias": bias}, 1) for bias in (True, False)),
    *(("LSTM", {"use_bias": bias}, 2) for bias in (True, False)),
    *(
        ("GRU", {"reset_after": after, "use_bias": bias}, 1)
        for after in (True, False)
        for bias in (True, False)
    ),
]
NAMES = (("simple_rnn_cell/", ""), ("lstm_cell/", ""), ("gru_cell/", ""))


def started(layer: Any, tensors: Sequence[Any], **keywords: Any) -> Any:
    """The layer from initial states on; Keras takes no mask from the sequence then, so it is given."""
    mask = backend.get_keras_mask(tensors[0])
    y = layer(tensors[0], initial_state=list(tensors[1:]), mask=mask, **keywords)
    if mask is not None and layer.return_sequences:
        backend.set_keras_mask(y[0] if isinstance(y, (list, tuple)) else y, mask)
    return y


def one(
    layer: str, settings: Mapping[str, Any], inputs: Any = (SEQUENCE,), masks: Any = (), **how: Any
) -> Case:
    """A recurrent layer by itself."""
    call = started if len(inputs) > 1 else None
    return Case(layer, {"units": 2, **settings}, inputs, masks, rename=NAMES, call=call, **how)


def both(
    layer: str, settings: Mapping[str, Any], inputs: Any = (SEQUENCE,), masks: Any = (), **wrapper: Any
) -> Case:
    """A Bidirectional."""

    def make() -> Any:
        inner = getattr(keras.layers, layer)(**{"units": 2, **settings, "name": "inner"})
        return keras.layers.Bidirectional(inner, **wrapper)

    return Case(
        "Bidirectional",
        {"layer": {"name": layer, "units": 2, **settings}, **wrapper},
        inputs,
        masks,
        make=make,
        call=started if len(inputs) > 1 else None,
        rename=(*NAMES, ("forward_inner/", "forward/"), ("backward_inner/", "backward/")),
    )


def each_step(layer: str, settings: Mapping[str, Any], inputs: Any, masks: Any = ()) -> Case:
    """A TimeDistributed."""

    def make() -> Any:
        tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
        return keras.layers.TimeDistributed(getattr(keras.layers, layer)(**tuples, name="inner"))

    named = {"layer": {"name": layer, **settings}}
    return Case("TimeDistributed", named, inputs, masks, make=make, rename=(*NAMES, ("inner/", "layer/")))


def reader() -> Any:
    """Words, the last of which are padding, read by an LSTM and judged."""
    return keras.Sequential(
        [
            keras.layers.Embedding(6, 3, mask_zero=True, name="words"),
            keras.layers.LSTM(2, return_sequences=True, name="first"),
            keras.layers.GRU(2, name="second"),
            keras.layers.Dense(2, name="judge"),
        ]
    )


READER = {
    "content": {
        "parts": [
            {
                "id": "words",
                "layer": {"name": "Embedding", "input_dim": 6, "output_dim": 3, "mask_zero": True},
            },
            {"id": "first", "layer": {"name": "LSTM", "units": 2, "return_sequences": True}},
            {"id": "second", "layer": {"name": "GRU", "units": 2}},
            {"id": "judge", "layer": {"name": "Dense", "units": 2}},
        ],
        "wires": [
            ["", "input", "words", "input"],
            ["words", "output", "first", "input"],
            ["first", "output", "second", "input"],
            ["second", "output", "judge", "input"],
        ],
        "inlets": ["input"],
        "outlets": [{"name": "output", "part": "judge", "port": "output"}],
    }
}
PADDED = np.array([[1, 5, 2, 0], [3, 0, 0, 0], [0, 4, 0, 1], [0, 0, 0, 0]], np.int32)

STATES = {"SimpleRNN": ((5, 2),), "LSTM": ((5, 2), (5, 2)), "GRU": ((5, 2),)}
CASES = [
    *(one(layer, settings) for layer, settings, _ in CELLS),
    *(one(layer, {**settings, **ALL}, masks=(MASK,)) for layer, settings, _ in CELLS),
    *(one(layer, {**ALL, "go_backwards": True}, masks=(MASK,)) for layer in STATES),
    *(one(layer, {"go_backwards": True}) for layer in STATES),
    *(one(layer, ALL, (SEQUENCE, *states), (MASK,)) for layer, states in STATES.items()),
    *(one(layer, {"return_state": True}, (SEQUENCE, *states)) for layer, states in STATES.items()),
    *(one(layer, {}, masks=(MASK,)) for layer in STATES),
    one("GRU", {**ALL, **GRU_BEFORE, "go_backwards": True}, (SEQUENCE, (5, 2)), (MASK,)),
    one("LSTM", {"units": 5, "return_sequences": True}, ((1, 7, 1),)),
    one("GRU", {"units": 1}, ((3, 1, 2),)),
    one("SimpleRNN", {"units": 3, "activation": "relu"}, ((2, 3, 11),)),
    one("LSTM", {"activation": "gelu", "recurrent_activation": "hard_sigmoid"}),
    one("GRU", {"activation": "softsign", "recurrent_activation": "linear"}),
    one("LSTM", {"kernel_regularizer": "l2", "recurrent_regularizer": "l1", "bias_regularizer": "l2"}),
    *(both(layer, {}) for layer in STATES),
    *(both("LSTM", {"return_sequences": True}, merge_mode=mode) for mode in ("sum", "mul", "ave", None)),
    *(both(layer, {"return_sequences": True}, masks=(MASK,)) for layer in STATES),
    both("GRU", {}, masks=(MASK,), merge_mode=None),
    both("GRU", ALL, masks=(MASK,), merge_mode="sum"),
    both("LSTM", ALL, (SEQUENCE, *[(5, 2)] * 4), merge_mode=None),
    both("SimpleRNN", ALL, (SEQUENCE, *[(5, 2)] * 2), (MASK,)),
    each_step("Dense", {"units": 3, "activation": "tanh"}, (SEQUENCE,)),
    each_step("Dense", {"units": 2}, (SEQUENCE,), (MASK,)),
    each_step("Conv2D", {"filters": 2, "kernel_size": [2, 2]}, ((2, 3, 4, 3, 2),)),
    each_step("GRU", {"units": 2}, ((2, 3, 4, 2),)),
    each_step("LayerNormalization", {}, (SEQUENCE,)),
    each_step("BatchNormalization", {"momentum": 0.8}, (SEQUENCE,)),
    Case("Masking", {}, (np.where(MASK[:, :, np.newaxis], 1.5, 0.0) * np.ones(3),)),
    Case("Masking", {"mask_value": 2.0}, (np.where(MASK[:, :, np.newaxis], [2.0, 1.0, 2.0], 2.0),)),
    Case("Embedding", {"input_dim": 7, "output_dim": 3}, (Whole((3, 4), 7),)),
    Case("Embedding", {"input_dim": 6, "output_dim": 2, "mask_zero": True}, (PADDED,)),
    Case("Embedding", {"input_dim": 6, "output_dim": 2, "embeddings_regularizer": "l2"}, (Whole((4,), 6),)),
    Case("Group", READER, (PADDED,), make=reader, rename=NAMES),
]

if __name__ == "__main__":
    write("recurrent", CASES)
