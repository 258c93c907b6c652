"""The loss of an answer that looks at no input: whoever is not better has learned nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.compiler.losses import Objective
from engine.data.bundle import DataBundle
from engine.graph.targets import task_of
from engine.objectives.loss import REGRESSION
from engine.objectives.registry import default_loss
from engine.training.features import class_counts, feature_specs


def constant_loss(objectives: Sequence[Objective], bundle: DataBundle) -> float | None:
    """The training loss of the best constant answer: the entropy of the classes, or the variance of the numbers.

    None where there are several targets, weights, or a loss of which nobody knows that answer.
    """
    if len(objectives) != 1:
        return None
    (objective,) = objectives
    feature = feature_specs(bundle.spec)[objective.target]
    task = task_of(feature)
    plain = objective.weight == 1.0 and not objective.class_weights and objective.sample_weight is None
    if not plain or objective.loss != default_loss(task):
        return None
    if task != REGRESSION:
        counts = class_counts(bundle).get(objective.target)
        shares = counts[counts > 0] / counts.sum() if counts is not None and counts.sum() else np.ones(1)
        return float(-(shares * np.log(shares)).sum())
    if objective.target not in bundle.targets:  # an autoencoder gives what it reads
        return None
    values = np.asarray(bundle.targets[objective.target][bundle.train.start : bundle.train.stop], np.float64)
    return float(values.var(axis=0).mean()) if len(values) else None
