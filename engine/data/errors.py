"""The one error of this package, so that a caller needs to catch nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Remedy:
    """A way on that can be offered beside an error.

    Attributes:
        label: what it does, as on a button.
        options: reading options that replace those of the same name.
    """

    label: str
    options: Mapping[str, object]


class DataError(Exception):
    """Data that cannot be used, as sentences for the user: the rule, what was received, what to do."""

    def __init__(self, sentence: str = "", remedies: Sequence[Remedy] = ()) -> None:
        super().__init__(sentence)
        self.remedies = tuple(remedies)


def in_bytes(count: float) -> str:
    """A number of bytes for people: 12 MB, 1.3 GB."""
    if count >= 1e9:
        return f"{count / 1e9:,.1f} GB"
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"
