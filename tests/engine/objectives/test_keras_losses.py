"""Every loss is what Keras says: the batch, each position, and the gradient; with masks and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.compiler.differentiate import differentiate
from engine.compiler.link import split
from engine.compiler.losses import Judged, Objective, batch_loss
from engine.objectives.crossentropy import Linked
from engine.objectives.loss import LOSSES
from tests.engine.bench import Bench
from tests.engine.objectives.golden import cases, label, part

NUMBERS = list(enumerate(cases()["losses"]))


@pytest.mark.parametrize(("number", "case"), NUMBERS, ids=[f"{n}-{label(c)}" for n, c in NUMBERS])
def test_losses(number: int, case: dict[str, Any]) -> None:
    arrays = part(f"loss{number}")
    settings = {**case["settings"], **({} if case["logits"] is None else {"from_logits": case["logits"]})}
    loss = LOSSES(case["name"], **settings)
    bench = Bench()
    arrived = bench.input(arrays["scores"])
    whole = case["target"] == "class"
    target = bench.input(arrays["target"].astype(np.int32) if whole else arrays["target"])
    _, scores = split(bench.builder, loss, arrived)
    values = loss.values(scores, target)
    masks = [bench.input(arrays["mask"])] if "mask" in arrays else []
    counted = loss.counted(target)
    if masks and counted is not None:
        masks = [masks[0] * counted]
    elif counted is not None:
        masks = [counted]
    judged = Judged(
        Objective("node", "y", loss, 1.0, ()),
        values,
        arrived,
        target,
        counted=masks[0] if masks else None,
        weight=bench.input(arrays["weight"]) if "weight" in arrays else None,
    )
    result = batch_loss(judged)
    (gradient,) = differentiate(bench.builder, result, [arrived])
    found_loss, found_values, found_gradient = bench.run(result, values, gradient)
    np.testing.assert_allclose(found_loss, arrays["loss"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        found_values.reshape(arrays["values"].shape), arrays["values"], rtol=1e-5, atol=2e-6
    )
    np.testing.assert_allclose(found_gradient, arrays["gradient"], rtol=1e-4, atol=1e-6)


def test_every_loss_of_keras_is_asked_about() -> None:
    ours = {"auto", "contrastive", "triplet_hard", "triplet_semi_hard"}
    assert {case["name"] for case in cases()["losses"]} | ours == set(LOSSES.members)


def test_linked_losses_are_asked_about_scores_and_probabilities() -> None:
    for name, kind in LOSSES.members.items():
        if issubclass(kind, Linked):
            assert {case["logits"] for case in cases()["losses"] if case["name"] == name} == {True, False}
