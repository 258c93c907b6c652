"""What somebody asks of the loss surface of a run, and what is answered: small, plain, picklable records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.training.surface.plane import Plane


class PlaneKind(StrEnum):
    """How the two directions are chosen."""

    EXACT = "exact"  # the two parameters there are
    RANDOM = "random"
    PATH = "path"


Footprint = tuple[int, float, float]
"""A step, and the point of the plane that the weights were at or nearest to."""


@dataclass(frozen=True)
class Survey:
    """Asks for a plane of the run's weights and its path on it; from then on, where it is. `kind` None ends that."""

    number: int
    kind: PlaneKind | None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Surveyed:
    """The answer to a `Survey`.

    Attributes:
        number: of the wish.
        plane: None where there is none; the sentence says why.
        path: of the moments that are kept, and of now.
        states: the weights of now, and what a run needs besides to begin from them.
        looked: the moment of the run's past that is being looked at.
        sentence: what is wrong, "" if nothing is.
    """

    number: int
    plane: Plane | None
    path: tuple[Footprint, ...] = ()
    states: Mapping[str, Array] = field(default_factory=dict)
    sentence: str = ""
    looked: Footprint | None = None


@dataclass(frozen=True)
class Located:
    """Where the run is on the plane that somebody looks at, or was at the moment that is `looked` at."""

    number: int
    place: Footprint
    looked: bool = False
