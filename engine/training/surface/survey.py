"""Tells where a run has been on a plane of its weights and where it is, for whoever looks at its loss as a landscape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from engine.compiler.lower import PARAMS
from engine.tensor.spec import Array
from engine.training.past import Past
from engine.training.session import Session
from engine.training.surface.plane import (
    NO_WEIGHTS,
    Layout,
    NoPlaneError,
    Plane,
    exact_plane,
    path_plane,
    random_plane,
    trained_numbers,
)
from engine.training.surface.race import beginning
from engine.training.surface.records import Located, PlaneKind, Survey, Surveyed
from engine.training.timeline import Kept, Timeline

EVERY = 0.1  # seconds between two places of a run that goes on


def plane_of(kind: PlaneKind, layout: Layout, weights: Array, path: Sequence[Array], seed: int) -> Plane:
    """A plane of a kind, through the weights of now.

    Raises:
        NoPlaneError: there is none.
    """
    if kind is PlaneKind.EXACT:
        return exact_plane(layout, weights, path)
    if kind is PlaneKind.PATH:
        return path_plane([*path, weights])
    return random_plane(layout, weights, seed)


class Surveyor:
    """Answers `Survey`s for a run. Used by the device's thread only."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._number = 0
        self._plane: Plane | None = None
        self._layout: Layout = {}
        self._told = -1.0

    def find(self, wish: Survey, session: Session, past: Past) -> Surveyed:
        """The plane that is asked for, and the way of the run on it."""
        self._number, self._plane, self._layout = wish.number, None, session.layout
        if wish.kind is None:
            return Surveyed(wish.number, None)
        if not trained_numbers(session.layout):
            return Surveyed(wish.number, None, sentence=NO_WEIGHTS)
        states = beginning(session.states())
        kept = way_to_now(past.timeline, session.layout)
        weights = [k.states[PARAMS] for k in kept]
        try:
            plane = plane_of(wish.kind, session.layout, states[PARAMS], weights, wish.seed)
        except NoPlaneError as error:
            return Surveyed(wish.number, None, states=states, sentence=str(error))
        self._plane = plane
        path = [(k.moment.step, *plane.project(w)) for k, w in zip(kept, weights, strict=True)]
        if not path or path[-1][0] != session.step:
            path.append((session.step, *plane.project(states[PARAMS])))
        looked = next((located.place for located in self.looked(past.shown)), None)
        return Surveyed(wish.number, plane, tuple(path), states, looked=looked)

    def looked(self, moment: Kept | None) -> Iterator[Located]:
        """Where a moment is that somebody looks at; nothing where it is of another network."""
        if self._plane is None or moment is None or moment.layout != self._layout:
            return
        place = self._plane.project(moment.states[PARAMS])
        yield Located(self._number, (moment.moment.step, *place), looked=True)

    def places(self, session: Session) -> Iterator[Located]:
        """Where the run is, now and then, where somebody looks."""
        now = self._clock()
        if self._plane is None or now - self._told < EVERY or session.layout != self._layout:
            return
        self._told = now
        weights = session.memory.read(PARAMS)
        if np.isfinite(weights).all():
            yield Located(self._number, (session.step, *self._plane.project(weights)))


def way_to_now(timeline: Timeline, layout: Layout) -> list[Kept]:
    """The moments on the way to now, in the order of their steps; those of another network are left out."""
    unique: dict[int, Kept] = {}
    limit: float = float("inf")
    same = [k for k in timeline.kept if k.layout == layout and PARAMS in k.states]
    for line in sorted({k.moment.line for k in same}, reverse=True):
        own = {k.moment.step: k for k in same if k.moment.line == line and k.moment.step < limit}
        unique |= own
        limit = min([limit, *own])
    return [unique[step] for step in sorted(unique)]
