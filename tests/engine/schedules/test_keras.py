"""Schedules give the rates of Keras and PyTorch: golden values, made by tests/golden/make_optimizers.py."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.schedules.base import SCHEDULES, Noticed, Run
from engine.tensor.spec import Array

GOLDEN = Path(__file__).parents[2] / "golden" / "schedules.npz"


@cache
def golden() -> dict[str, Array]:
    with np.load(GOLDEN) as file:
        return dict(file)


def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(golden()["cases"].tobytes())
    return found


def run() -> Run:
    return Run(facts()["rate"], facts()["run"])


def name_of(library: str) -> Any:
    return lambda n: str(facts()[f"{library}_schedules"][n])


@pytest.mark.parametrize("number", range(len(facts()["keras_schedules"])), ids=name_of("keras"))
def test_rates_are_those_of_keras(number: int) -> None:
    schedule = SCHEDULES.read(facts()["keras_schedules"][number])
    rates = schedule.rates(golden()["steps"], run())
    np.testing.assert_allclose(rates, golden()[f"keras/{number}"], rtol=2e-5, atol=2e-7)


@pytest.mark.parametrize("number", range(len(facts()["torch_schedules"])), ids=name_of("torch"))
def test_rates_are_those_of_pytorch(number: int) -> None:
    schedule = SCHEDULES.read(facts()["torch_schedules"][number])
    expected = golden()[f"torch/{number}"]
    rates = schedule.rates(golden()["steps"], run())
    np.testing.assert_allclose(rates[: len(expected)], expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("number", range(len(facts()["plateau"])), ids=lambda n: str(facts()["plateau"][n]))
def test_plateaus_are_those_of_keras(number: int) -> None:
    schedule = SCHEDULES("ReduceLROnPlateau", **{"mode": "min", **facts()["plateau"][number]})
    seen, rates = Noticed(), []
    for epoch, figure in enumerate(golden()["figures"]):
        rate = facts()["rate"] * seen.factor
        seen = schedule.noticing(seen, {"val_loss": float(figure)}, rate, epoch + 1, 1)
        rates.append(facts()["rate"] * seen.factor)
    np.testing.assert_allclose(rates, golden()["plateau"][number], rtol=1e-5)


def test_every_schedule_is_compared() -> None:
    names = {case["name"] for library in ("keras", "torch") for case in facts()[f"{library}_schedules"]}
    assert names == set(SCHEDULES.members) - {"Constant", "ReduceLROnPlateau"}
