"""Counter-based random numbers: a stream is a function of a seed and a name, not of what was drawn before.

So the order of the batches of epoch 7 can be had without having trained epochs 0 to 6, two parts of a run
never share a stream by accident, and a run that is resumed goes on with the very same numbers.
"""

from __future__ import annotations

import hashlib

import numpy as np

from engine.tensor.spec import Array


def _philox(seed: int, stream: tuple[str | int, ...]) -> np.random.Philox:
    # repr keeps ("a", 1) and ("a", "1"), and ("ab",) and ("a", "b"), apart.
    digest = hashlib.blake2b(repr((int(seed), *stream)).encode(), digest_size=16).digest()
    return np.random.Philox(key=int.from_bytes(digest, "little"))


def generator(seed: int, *stream: str | int) -> np.random.Generator:
    """A generator of its own for each seed and stream name (Philox 4x64, key hashed from both)."""
    return np.random.Generator(_philox(seed, stream))


def permutation(seed: int, epoch: int, n: int) -> Array:
    """The order of `n` rows in an epoch (counted from 0), as int32 (n,).

    Sorts raw 64-bit words rather than calling `Generator.permutation`: NumPy promises that the words stay the
    same in its coming versions, and promises nothing about what it derives from them.
    """
    words = _philox(seed, ("permutation", epoch)).random_raw(n)
    return np.argsort(words, kind="stable").astype(np.int32)
