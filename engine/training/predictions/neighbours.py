"""A map on which near points stay near: stochastic neighbour embedding with Student's distribution, step by step.

Source: L. van der Maaten, G. Hinton, Visualizing data using t-SNE, 2008. Exact, for the few hundred points of a picture.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.tensor.spec import Array

EXAGGERATION: Final = 12.0
EXAGGERATED: Final = 100  # steps in which attraction is exaggerated, so that groups find each other
_LEAST: Final = 1e-12
_SEARCHES: Final = 60
_SLOW, _FAST = 0.5, 0.8  # momentum while exaggerated, and then
_LEAST_RATE: Final = 50.0


def squared_distances(points: Array) -> Array:
    """Of all pairs (n, n) of points (n, d), float64."""
    x = np.asarray(points, np.float64)
    norms = (x * x).sum(axis=1)
    squared: Array = np.maximum(norms[:, None] + norms[None] - 2.0 * (x @ x.T), 0.0)
    np.fill_diagonal(squared, 0.0)
    return squared


def affinities(points: Array, perplexity: float) -> Array:
    """How much the points (n, d) belong together in pairs: symmetric (n, n), sum 1.

    Args:
        points: in as many dimensions as there are.
        perplexity: how many neighbours each point counts, as 2 to the entropy of its conditional distribution.
    """
    squared = squared_distances(points)
    n = len(squared)
    wanted = np.log(min(perplexity, max(1.0, (n - 1) / 3)))
    off = ~np.eye(n, dtype=bool)
    scale = max(float(squared[off].mean()), _LEAST) if n > 1 else 1.0
    squared = squared / scale
    beta, low, high = np.ones(n), np.zeros(n), np.full(n, np.inf)
    p = np.zeros((n, n))
    for _ in range(_SEARCHES):
        shifted = squared - np.where(off, squared, np.inf).min(axis=1, keepdims=True)
        p = np.where(off, np.exp(-shifted * beta[:, None]), 0.0)
        total = np.maximum(p.sum(axis=1), _LEAST)
        entropy = np.log(total) + beta * (shifted * p).sum(axis=1) / total
        p /= total[:, None]
        wide = entropy > wanted
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
        beta = np.where(np.isinf(high), beta * 2.0, (low + high) / 2.0)
    both: Array = p + p.T
    return np.maximum(both / max(float(both.sum()), _LEAST), _LEAST)


def divergence(joint: Array, places: Array, exaggeration: float = 1.0) -> tuple[float, Array]:
    """Kullback-Leibler divergence of a map (n, 2) from the affinities (n, n), and its gradient (n, 2)."""
    kernel = 1.0 / (1.0 + squared_distances(places))
    np.fill_diagonal(kernel, 0.0)
    q = np.maximum(kernel / max(float(kernel.sum()), _LEAST), _LEAST)
    p = joint * exaggeration
    loss = float((p * np.log(np.maximum(p, _LEAST) / q)).sum())
    pull = (p - q) * kernel
    gradient: Array = 4.0 * (pull.sum(axis=1)[:, None] * places - pull @ places)
    return loss, gradient


class NeighbourMap:
    """A map that is improved step by step, also while the points that it is of move.

    Args:
        start: places (n, 2) to begin at, such as the principal components.
    """

    def __init__(self, start: Array) -> None:
        spread = float(np.std(start[:, 0])) if len(start) else 0.0
        self.places: Array = np.asarray(start, np.float64) / (spread or 1.0) * 1e-4
        if not spread:
            self.places = np.random.Generator(np.random.Philox(key=0)).normal(0.0, 1e-4, np.shape(start))
        self.steps = 0
        self.loss = 0.0
        self._speed = np.zeros_like(self.places)
        self._gains = np.ones_like(self.places)
        self._joint: Array | None = None

    def aim(self, joint: Array) -> None:
        """Let these affinities (n, n) be what the map shows from now on."""
        self._joint = joint

    def step(self) -> None:
        """One step of gradient descent with momentum and gains."""
        if self._joint is None:
            return
        early = self.steps < EXAGGERATED
        self.loss, gradient = divergence(self._joint, self.places, EXAGGERATION if early else 1.0)
        against = self._speed * gradient < 0.0
        self._gains = np.maximum(np.where(against, self._gains + 0.2, self._gains * 0.8), 0.01)
        rate = max(len(self.places) / EXAGGERATION / 4.0, _LEAST_RATE)
        self._speed = (_SLOW if early else _FAST) * self._speed - rate * self._gains * gradient
        self.places = self.places + self._speed
        self.places -= self.places.mean(axis=0)
        self.steps += 1
