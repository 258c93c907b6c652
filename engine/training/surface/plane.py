"""Planes through the space of all weights, on which the loss can be drawn.

Two parameters are a plane already. Of more, two directions are chosen: at random, each filter as long as the network's own
(Li, Xu, Taylor, Studer, Goldstein, "Visualizing the Loss Landscape of Neural Nets", 2018), or the two in which the path so
far is longest (principal components).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.compiler.lower import PARAMS
from engine.tensor.spec import Array, Shape
from engine.training.surface.records import PlaneKind

Layout = Mapping[str, tuple[str, int, Shape]]  # arena, offset and shape of each weight
Extent = tuple[
    float, float, float, float
]  # from and to along the first direction, from and to along the second
FILTER_RANK = 2  # of weights that consist of filters; biases and scales stay as they are, as in the paper
MARGIN = 0.3  # of a path's size, around it
AROUND = 1.0  # of a random plane: as far as the filters are long
TINY = 1e-9
NO_WEIGHTS = "The network has no weights that are trained, so its loss has no surface."
BROKEN = "The weights are no numbers any more, so nothing lies around them. Go back to a moment before, or lower the rate."
SHORT_PATH = "The main directions of a path need three moments at different weights. Train on, or take random directions."


@dataclass(frozen=True, eq=False)
class Plane:
    """All weights `center + x * first + y * second`.

    Attributes:
        kind: how it was chosen.
        center, first, second: flat, as the arena of trained weights; float32.
        names: of the directions; of the two parameters where it is exact.
        extent: what is worth drawing of it.
    """

    kind: PlaneKind
    center: Array
    first: Array
    second: Array
    names: tuple[str, str]
    extent: Extent

    def at(self, x: float, y: float) -> Array:
        """The weights at a point."""
        moved: Array = self.center + np.float32(x) * self.first + np.float32(y) * self.second
        return moved

    def project(self, weights: Array) -> tuple[float, float]:
        """The point of the plane nearest to some weights."""
        away = weights.astype(np.float64) - self.center
        a, b = self.first.astype(np.float64), self.second.astype(np.float64)
        aa, ab, bb = float(a @ a), float(a @ b), float(b @ b)
        pa, pb = float(a @ away), float(b @ away)
        area = aa * bb - ab * ab
        if not area > TINY * aa * bb:
            return (pa / aa if aa else 0.0, 0.0)
        return (pa * bb - pb * ab) / area, (pb * aa - pa * ab) / area


class NoPlaneError(ValueError):
    """There is no such plane, as one sentence."""


def trained_numbers(layout: Layout) -> dict[str, tuple[int, Shape]]:
    """Offset and shape of each weight that is trained."""
    return {name: (offset, shape) for name, (arena, offset, shape) in layout.items() if arena == PARAMS}


def is_exact(layout: Layout) -> bool:
    """Whether exactly two numbers are trained."""
    return sum(math.prod(shape) for _, shape in trained_numbers(layout).values()) == 2


def exact_plane(layout: Layout, weights: Array, path: Sequence[Array] = ()) -> Plane:
    """The plane of a network with two parameters: its coordinates are their values.

    Args:
        layout: of the weights.
        weights: of now.
        path: earlier ones, which are to be seen, too.

    Raises:
        NoPlaneError: there are more or fewer than two.
    """
    if not is_exact(layout):
        raise NoPlaneError("Exactly two trained numbers are a surface of their own; this network has others.")
    places, names = [], []
    for name, (offset, shape) in trained_numbers(layout).items():
        for k in range(math.prod(shape)):
            places.append(offset + k)
            names.append(name.rpartition("/")[2] + (f"[{k + 1}]" if math.prod(shape) > 1 else ""))
    # a weight comes before its bias: slope to the right, intercept upwards
    first, second = (np.zeros_like(weights) for _ in places)
    first[places[0]] = second[places[1]] = 1.0
    points = [(float(w[places[0]]), float(w[places[1]])) for w in (*path, weights)]
    extent = around(points, least=2.0)
    return Plane(PlaneKind.EXACT, np.zeros_like(weights), first, second, (names[0], names[1]), extent)


def random_plane(layout: Layout, weights: Array, seed: int = 0) -> Plane:
    """Two random directions through the weights of now, each filter as long as the network's.

    Raises:
        NoPlaneError: nothing is trained.
    """
    if not trained_numbers(layout):
        raise NoPlaneError(NO_WEIGHTS)
    if not np.isfinite(weights).all():
        raise NoPlaneError(BROKEN)
    first, second = (_direction(layout, weights, seed, k) for k in (0, 1))
    extent = (-AROUND, AROUND, -AROUND, AROUND)
    return Plane(PlaneKind.RANDOM, weights.copy(), first, second, ("direction 1", "direction 2"), extent)


def _direction(layout: Layout, weights: Array, seed: int, number: int) -> Array:
    generator = np.random.Generator(np.random.Philox(key=[seed, number]))
    direction = np.zeros_like(weights)
    filters = [(o, s) for o, s in trained_numbers(layout).values() if len(s) >= FILTER_RANK]
    for offset, shape in filters or list(trained_numbers(layout).values()):
        size = math.prod(shape)
        drawn = generator.standard_normal((size // shape[-1], shape[-1]) if filters else (size, 1))
        own = weights[offset : offset + size].reshape(drawn.shape).astype(np.float64)
        lengths = np.linalg.norm(drawn, axis=0)
        scaled = drawn * (np.linalg.norm(own, axis=0) / np.where(lengths > 0.0, lengths, 1.0))
        direction[offset : offset + size] = scaled.reshape(-1)
    if not direction.any():  # all weights are 0: there is no length to take
        for offset, shape in trained_numbers(layout).values():
            direction[offset : offset + math.prod(shape)] = generator.standard_normal(math.prod(shape))
    return direction


def path_plane(path: Sequence[Array]) -> Plane:
    """The plane through the last weights of a path that holds most of it: its two principal components.

    Raises:
        NoPlaneError: the path is a point or a straight line.
    """
    finite = [w.astype(np.float64) for w in path if np.isfinite(w).all()]
    if len(finite) < 3:
        raise NoPlaneError(SHORT_PATH)
    away = np.stack([w - finite[-1] for w in finite])
    values, vectors = np.linalg.eigh(away @ away.T)
    if not values[-2] > TINY * values[-1]:
        raise NoPlaneError(SHORT_PATH)
    found = []
    for k in (-1, -2):
        direction = away.T @ vectors[:, k]
        direction /= np.linalg.norm(direction)
        if direction @ away[0] > 0.0:  # the path comes from the left below
            direction = -direction
        found.append(direction.astype(np.float32))
    plane = Plane(
        PlaneKind.PATH,
        finite[-1].astype(np.float32),
        found[0],
        found[1],
        ("main direction", "second direction"),
        (0.0, 0.0, 0.0, 0.0),
    )
    extent = around([plane.project(w) for w in finite])
    return Plane(plane.kind, plane.center, plane.first, plane.second, plane.names, extent)


def around(points: Sequence[tuple[float, float]], least: float = 0.0) -> Extent:
    """A rectangle around points, with a margin; its sides are `least` at least, and never 0."""
    sides = []
    for axis in (0, 1):
        values = [p[axis] for p in points if math.isfinite(p[axis])] or [0.0]
        low, high = min(values), max(values)
        half = max((0.5 + MARGIN) * (high - low), 0.5 * least, TINY)
        middle = (low + high) / 2.0
        sides += [middle - half, middle + half]
    x0, x1, y0, y1 = sides
    half = max((x1 - x0), (y1 - y0)) / 8.0  # a path along one axis is still seen from both sides
    x0, x1 = min(x0, (x0 + x1) / 2 - half), max(x1, (x0 + x1) / 2 + half)
    y0, y1 = min(y0, (y0 + y1) / 2 - half), max(y1, (y0 + y1) / 2 + half)
    return x0, x1, y0, y1
