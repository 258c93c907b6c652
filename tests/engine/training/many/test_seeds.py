"""Settings compared over seeds."""

from __future__ import annotations

import numpy as np
import pytest

from engine.training.many.knobs import Value, Variation
from engine.training.many.seeds import steadiest


def _variants(*values: dict[str, Value]) -> list[Variation]:
    return [Variation(each, ()) for each in values]


def test_the_least_mean_wins_and_what_broke_once_does_not_count() -> None:
    values: list[dict[str, Value]] = [{"rate": r, "seed": s} for r in (0.1, 0.2, 0.3) for s in range(3)]
    variants = _variants(*values)
    found = steadiest(variants, np.array([0.1, 0.9, 0.5, 0.3, 0.2, 0.4, 0.0, 0.0, np.nan]))
    assert found is not None  # 0.1 has the best single run, 0.3 broke
    assert found.values == {"rate": 0.2}
    assert [found.mean, found.spread] == pytest.approx([0.3, 0.1])
    assert found.seeds == 3


@pytest.mark.parametrize(
    "values",
    [
        [{"rate": 0.1}, {"rate": 0.2}],
        [{"seed": 0}, {"seed": 1}],
        [{"rate": 0.1, "seed": 0}, {"rate": 0.2, "seed": 0}],
    ],
)
def test_there_is_nothing_to_say_without_several_seeds_of_something(values: list[dict[str, Value]]) -> None:
    assert steadiest(_variants(*values), np.array([0.1, 0.2])) is None
