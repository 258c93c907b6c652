"""Some rows of a file on their way through a trained network: inputs as it sees them, and answers where it has any."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.data.bundle import Feature
from engine.data.sources.base import Source
from engine.devices.base import Watch
from engine.tensor.spec import Array

BLOCK_BYTES = 16_000_000  # of inputs that are held at a time
MOST_ROWS = 16_384
UNKNOWN = -1  # a class that the network does not have


@dataclass(frozen=True, eq=False)
class Block:
    """Rows `start` to `start + rows` of a file.

    Attributes:
        inputs: (n, *shape) by feature.
        truth: by target, the answers in the file: class numbers int32 (n,) (`UNKNOWN` where it is none of the classes),
            or numbers float64 (n, k) in the units of the data, NaN where there is none.
        missing: rows of the block, int64, whose picture can't be read; their inputs are zeros.
        grounds: of pictures, float32 (n,): see `engine.data.pictures.ground`; empty for all else.
        places: of small pictures, float32 (n, 3): see `engine.data.pictures.ink`; empty for all else.
        seen: the same, uint8 (n, height, width, channels), as the network gets them; empty for all else.
    """

    start: int
    inputs: Mapping[str, Array]
    truth: Mapping[str, Array] = field(default_factory=dict)
    missing: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    grounds: Array = field(default_factory=lambda: np.zeros(0, np.float32))
    places: Array = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    seen: Array = field(default_factory=lambda: np.zeros((0, 0, 0, 0), np.uint8))

    @property
    def rows(self) -> int:
        """How many."""
        return len(next(iter(self.inputs.values())))


class Rows(ABC):
    """A file that is read block by block.

    Attributes:
        count: its rows, or the examples that are made of them; None where that is known at its end only.
        source: what is closed with it; None for arrays and CSV.
        headings: the columns that `cells` shows; none for arrays.
        pictured: whether its inputs are pictures, so that they can be inverted.
    """

    count: int | None = None
    source: Source | None = None
    headings: tuple[str, ...] = ()
    pictured: bool = False

    @abstractmethod
    def blocks(self, watch: Watch | None = None) -> Iterator[Block]:
        """All rows in order, in bounded memory.

        Raises:
            DataError: a value is not what the network takes; names its place.
            Interrupted: by `watch`.
        """

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed so far, a sentence each."""
        return ()

    @property
    def answered(self) -> tuple[str, ...]:
        """Targets whose answers the file has."""
        return ()

    def cells(self, block: Block) -> Sequence[Sequence[object]]:
        """What stands in the rows of a block, as the user should see it; of the block that came last."""
        if self.source is None or not self.headings:
            return [[] for _ in range(block.rows)]
        return self.source.page(block.start, block.rows)

    def close(self) -> None:
        """Let go of the file."""
        if self.source is not None:
            self.source.close()


def rows_at_a_time(features: Sequence[Feature]) -> int:
    """How many rows of these inputs are held at a time."""
    size = sum(4 * int(np.prod(f.shape)) for f in features)
    return int(max(1, min(MOST_ROWS, BLOCK_BYTES // max(1, size))))
