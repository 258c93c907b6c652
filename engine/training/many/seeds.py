"""What holds over several seeds: of one lucky run a setting is not better than another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.training.many.knobs import Value, Variation

SEED = "seed"  # the key of the knob


@dataclass(frozen=True)
class Steady:
    """A setting over several seeds.

    Attributes:
        values: of the other knobs, by key.
        mean: of the scores.
        spread: standard deviation of the scores (of a sample).
        seeds: how many.
    """

    values: Mapping[str, Value]
    mean: float
    spread: float
    seeds: int


def steadiest(variants: Sequence[Variation], scores: NDArray[np.float64]) -> Steady | None:
    """The values with the least mean score over seeds; None where seeds, or nothing beside them, are varied.

    Args:
        variants: trained side by side.
        scores: of each, less is better; what is not finite broke, and so its values are left out.
    """
    groups: dict[tuple[tuple[str, Value], ...], list[float]] = {}
    for variant, score in zip(variants, scores.tolist(), strict=True):
        others = tuple((key, value) for key, value in variant.values.items() if key != SEED)
        if len(others) == len(variant.values) or not others:
            return None
        groups.setdefault(others, []).append(score)
    found = [
        Steady(dict(others), float(np.mean(each)), float(np.std(each, ddof=1)), len(each))
        for others, each in groups.items()
        if len(each) > 1 and np.isfinite(each).all()
    ]
    return min(found, key=lambda one: one.mean, default=None)
