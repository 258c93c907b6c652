"""Optimizers compute what Keras computes: golden values, made by tests/golden/make_optimizers.py."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.optimizers.base import AVERAGE, OPTIMIZERS
from engine.program.program import Member
from engine.tensor.spec import Array, TensorSpec
from tests.engine.optimizers.running import Updates

GOLDEN = Path(__file__).parents[2] / "golden" / "optimizers.npz"


@cache
def golden() -> dict[str, Array]:
    with np.load(GOLDEN) as file:
        return dict(file)


def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(golden()["cases"].tobytes())
    return found


def places() -> list[Member]:
    found, offset = [], 0
    for k, shape in enumerate(facts()["shapes"]):
        found.append(Member("params", f"w{k}", offset, TensorSpec(tuple(shape))))
        offset += math.prod(shape)
    return found


@pytest.mark.parametrize(
    "number", range(len(facts()["optimizers"])), ids=lambda n: str(facts()["optimizers"][n])
)
def test_twenty_steps_are_those_of_keras(number: int) -> None:
    updates = Updates(OPTIMIZERS.read(facts()["optimizers"][number]), golden()["start"], places())
    after = [updates.step(gradient) for gradient in golden()["grads"]]
    expected = golden()[f"{number}/after"]
    for k, step in enumerate(facts()["kept"]):
        np.testing.assert_allclose(after[step], expected[k], rtol=2e-5, atol=2e-6)
    if f"{number}/average" in golden():
        np.testing.assert_allclose(
            updates.slots[AVERAGE], golden()[f"{number}/average"], rtol=2e-5, atol=2e-6
        )


def test_every_optimizer_is_compared_in_several_settings() -> None:
    names = [case["name"] for case in facts()["optimizers"]]
    assert {name: names.count(name) > 1 for name in OPTIMIZERS.members} == dict.fromkeys(
        OPTIMIZERS.members, True
    )
