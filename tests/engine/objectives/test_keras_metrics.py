"""Every metric is what Keras says over several batches; with masks and weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.compiler.losses import Judged, Objective, metric_sums
from engine.objectives.loss import LOSSES
from engine.objectives.metric import METRICS
from engine.tensor.spec import Array
from tests.engine.bench import Bench
from tests.engine.objectives.golden import cases, label, part

NUMBERS = list(enumerate(cases()["metrics"]))


def sums_of(case: dict[str, Any], arrays: dict[str, Array]) -> Array:
    """The weight of the rows and the sums of one batch."""
    bench = Bench()
    metric = METRICS(case["name"], **case["settings"])
    prediction = bench.input(arrays["prediction"])
    whole = case["target"] == "class"
    target = bench.input(arrays["target"].astype(np.int32) if whole else arrays["target"])
    judged = Judged(
        Objective("node", "y", LOSSES("auto"), 1.0, (metric,)),
        prediction,
        prediction,
        target,
        padding=bench.input(arrays["mask"]) if "mask" in arrays else None,
        metric_weight=bench.input(arrays["weight"]) if "weight" in arrays else None,
    )
    ((_, tensors),) = metric_sums(bench.builder, judged, None)
    return np.concatenate(bench.run(*tensors))


@pytest.mark.parametrize(("number", "case"), NUMBERS, ids=[f"{n}-{label(c)}" for n, c in NUMBERS])
def test_metrics(number: int, case: dict[str, Any]) -> None:
    total = np.sum([sums_of(case, part(f"metric{number}/{batch}")) for batch in range(3)], axis=0)
    result = METRICS(case["name"], **case["settings"]).result(total[1:], float(total[0]))
    np.testing.assert_allclose(result, part(f"metric{number}")["result"], rtol=1e-5, atol=1e-6)


def test_every_metric_of_keras_is_asked_about() -> None:
    ours = {
        "cohen_kappa",
        "confusion_matrix",
        "dice_coefficient",
        "matthews_correlation",
        "perplexity",
        "specificity",
    }
    assert {case["name"] for case in cases()["metrics"]} | ours == set(METRICS.members)
