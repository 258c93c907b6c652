"""The two directions in which points differ most, for a map of what a layer makes of examples.

Source: K. Pearson, On lines and planes of closest fit to systems of points in space, 1901.
"""

from __future__ import annotations

import numpy as np

from engine.tensor.spec import Array


def principal_components(points: Array, count: int = 2) -> tuple[Array, Array]:
    """Places (n, count) of points (n, d) along the directions of greatest variance, and the share of each (count,).

    Directions are turned so that the largest of their parts is positive, as scikit-learn does it.
    """
    centred = np.asarray(points, np.float64) - np.mean(points, axis=0, dtype=np.float64)
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    total = float((sizes**2).sum())
    rank = min(count, len(sizes))
    largest = np.abs(right[:rank]).argmax(axis=1)
    signs = np.where(right[np.arange(rank), largest] < 0, -1.0, 1.0)
    places, shares = np.zeros((len(centred), count)), np.zeros(count)
    places[:, :rank] = left[:, :rank] * sizes[:rank] * signs
    shares[:rank] = sizes[:rank] ** 2 / total if total else 0.0
    return places, shares


def turned_like(places: Array, before: Array) -> Array:
    """A map (n, 2) turned and mirrored so that it is nearest to the one before, which a moving picture must not jump from.

    Source: P. H. Schönemann, A generalized solution of the orthogonal Procrustes problem, 1966.
    """
    if places.shape != before.shape:
        return places
    left, _, right = np.linalg.svd((places - places.mean(0)).T @ (before - before.mean(0)))
    turned: Array = places @ (left @ right)
    return turned
