"""The examples in which order matters: a forecast, a text, something to remember, and something to count."""

from __future__ import annotations

from engine import layers
from engine.data.settings import DataSettings
from engine.formats.example import Example, adam, chain_of

CHARACTERS = 69  # in Romeo and Juliet
PITCHES = 27  # in the bundled melodies, with the silence and the end of a tune
SYMBOLS = 6

SEQUENCE_EXAMPLES = (
    Example(
        "airline",
        "Airline passengers",
        "Twelve months are known, the next is forecast: an LSTM learns growth and seasons from eight years.",
        chain_of(lambda: (layers.LSTM(units=16), layers.Dense(units=1))),
        DataSettings(dataset="airline", options={"relative": "ratio"}),
        adam(0.01, 16, 100, keep_best=True),
    ),
    Example(
        "shakespeare",
        "Shakespeare, letter by letter",
        "Reads Romeo and Juliet and guesses each next letter: nearly half of them are right after six rounds.",
        chain_of(
            lambda: (
                layers.Embedding(input_dim=CHARACTERS, output_dim=24),
                layers.GRU(units=96, return_sequences=True),
                layers.Dense(units=CHARACTERS),
            )
        ),
        DataSettings(dataset="shakespeare"),
        adam(0.005, 16, 6),
    ),
    Example(
        "melodies",
        "Melodies, note by note",
        "Reads well-known tunes and guesses each next note: one in three is right, in tunes it never heard.",
        chain_of(
            lambda: (
                layers.Embedding(input_dim=PITCHES, output_dim=24),
                layers.GRU(units=64, return_sequences=True),
                layers.Dropout(rate=0.5),
                layers.Dense(units=PITCHES),
            )
        ),
        DataSettings(dataset="melodies"),
        adam(0.01, 8, 15, keep_best=True),
    ),
    Example(
        "copy",
        "Sequence copy",
        "Five symbols are read, then said again from memory: watch an LSTM find out how to keep them.",
        chain_of(
            lambda: (
                layers.Embedding(input_dim=SYMBOLS + 1, output_dim=8),
                layers.LSTM(units=64, return_sequences=True),
                layers.Dense(units=SYMBOLS + 1),
            )
        ),
        DataSettings(dataset="copy", options={"symbols": SYMBOLS}),
        adam(0.01, 32, 40),
    ),
    Example(
        "parity",
        "Parity",
        "Eight bits, read one by one: for long nothing happens, then the GRU sees that it need only count.",
        chain_of(lambda: (layers.Reshape(target_shape=(8, 1)), layers.GRU(units=16), layers.Dense(units=1))),
        DataSettings(dataset="parity"),
        adam(0.02, 16, 120, keep_best=True),
    ),
)
