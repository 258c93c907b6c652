"""Sources with a column of sounds: what a recipe asks of them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.decoded.job import FilesJob
from engine.data.sounds.target import SoundTarget, fitted
from engine.data.sounds.wav import read_facts, read_wav
from engine.data.sources.base import Source, Watch
from engine.tensor.spec import Array, Shape


@dataclass(frozen=True, eq=False)
class Sounds:
    """All sounds of a column.

    Attributes:
        array: float32 (n, samples, channels), -1 to 1, memory-mapped, a row for each row of the source.
        missing: the rows, int64 (k,), whose sound cannot be read; they are silent, and are not to be learned from.
    """

    array: Array
    missing: Array = field(default_factory=lambda: np.zeros(0, np.int64))


class SoundSource(Source):
    """A source with a column of sounds."""

    @abstractmethod
    def proposed(self, name: str) -> SoundTarget:
        """What the sounds should be brought to, judged by a sample."""

    @abstractmethod
    def sounds(self, name: str, target: SoundTarget, watch: Watch | None = None) -> Sounds:
        """All sounds of a column, kept in the cache.

        Raises:
            DataError: no such column, or no space.
            Interrupted: by `watch`; what is read is kept.
        """


@dataclass(frozen=True, eq=False)
class SoundJob(FilesJob):
    """WAV files in a folder."""

    target: SoundTarget

    @property
    def shape(self) -> Shape:
        """(samples, channels)."""
        return self.target.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Float32."""
        return np.dtype(np.float32)

    def row(self, name: str) -> Array:
        """(samples, channels): as much of a file as is needed, fitted."""
        path = Path(self.root) / name
        needed = int(self.target.samples * read_facts(path).rate / self.target.rate) + 2
        wave, facts = read_wav(path, needed)
        return fitted(wave, facts.rate, self.target)
