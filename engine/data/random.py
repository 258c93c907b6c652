"""Counter-based random numbers: a stream is a function of a seed and a name, not of what was drawn before.

So the order of the batches of epoch 7 can be had without having trained epochs 0 to 6, two parts of a run
never share a stream by accident, and a run that is resumed goes on with the very same numbers.
"""

from __future__ import annotations

import hashlib

import numpy as np

from engine.tensor.spec import Array


def _key(seed: int, stream: tuple[str | int, ...]) -> bytes:
    # repr keeps ("a", 1) and ("a", "1"), and ("ab",) and ("a", "b"), apart.
    return hashlib.blake2b(repr((int(seed), *stream)).encode(), digest_size=16).digest()


def generator(seed: int, *stream: str | int) -> np.random.Generator:
    """A generator of its own for each seed and stream name (Philox 4x64, key hashed from both)."""
    return np.random.Generator(np.random.Philox(key=int.from_bytes(_key(seed, stream), "little")))


class Permutations:
    """The orders of rows in the epochs of a run.

    Sorts raw 64-bit words rather than calling `Generator.permutation`: NumPy promises that the words stay the
    same in its coming versions, and promises nothing about what it derives from them.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._bits = np.random.Philox(
            key=0
        )  # making one takes longer than drawing an epoch of a small data set
        self._state = self._bits.state

    def epoch(self, epoch: int, n: int) -> Array:
        """The order of `n` rows in an epoch (counted from 0), as int32 (n,)."""
        key = np.frombuffer(_key(self._seed, ("permutation", epoch)), "<u8").astype(np.uint64)
        self._bits.state = {**self._state, "state": {**self._state["state"], "key": key}}
        words = self._bits.random_raw(n)
        order = np.argsort(
            words
        )  # three times as fast as a stable sort, and the same if no word is there twice
        ordered = words[order]
        if (ordered[1:] == ordered[:-1]).any():
            order = np.argsort(words, kind="stable")
        return order.astype(np.int32)


def permutation(seed: int, epoch: int, n: int) -> Array:
    """The order of `n` rows in an epoch (counted from 0), as int32 (n,)."""
    return Permutations(seed).epoch(epoch, n)
