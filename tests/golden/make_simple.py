"""Writes `simple.npz`: activations, normalization, regularization, shape and merge layers as Keras computes them."""

from __future__ import annotations

from tests.golden.keras_layers import Case, write

CASES = [
    Case("Dense", {"units": 3, "activation": "gelu"}),
    Case("BatchNormalization", {"momentum": 0.8, "epsilon": 0.01}, ((3, 2, 2, 3),)),
    Case("Dropout", {"rate": 0.3}, random=True),
    Case("Concatenate", {"axis": 1}, ((2, 3, 4), (2, 1, 4))),
]

if __name__ == "__main__":
    write("simple", CASES)
