"""Finds the losses and metrics, and names the usual ones for a kind of target."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TypeVar

import engine.objectives as package
from engine.objectives.loss import BINARY, MULTICLASS, REGRESSION, Loss
from engine.objectives.metric import Metric

Record = TypeVar("Record", Loss, Metric)

_USUAL_LOSS = {
    BINARY: "binary_crossentropy",
    MULTICLASS: "sparse_categorical_crossentropy",
    REGRESSION: "mean_squared_error",
}
_USUAL_METRICS = {BINARY: ("accuracy",), MULTICLASS: ("accuracy",), REGRESSION: ("mean_absolute_error", "r2")}


def _find(kind: type[Record]) -> Mapping[str, Record]:
    found: dict[str, Record] = {}
    for info in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, kind) and found.setdefault(value.name, value) is not value:
                raise RuntimeError(f"Two objectives are named {value.name}; the name must be unique.")
    return MappingProxyType(dict(sorted(found.items())))


@cache
def losses() -> Mapping[str, Loss]:
    """All losses by name."""
    return _find(Loss)


@cache
def metrics() -> Mapping[str, Metric]:
    """All metrics by name."""
    return _find(Metric)


def default_loss(task: str) -> Loss:
    """The usual loss for a kind of target (`binary`, `multiclass`, `regression`)."""
    return losses()[_USUAL_LOSS[task]]


def default_metrics(task: str) -> tuple[Metric, ...]:
    """The usual metrics for a kind of target."""
    return tuple(metrics()[name] for name in _USUAL_METRICS[task])


def find_loss(name: str, task: str) -> Loss:
    """The loss of that name for that kind of target; `auto` is the usual one.

    Raises:
        ValueError: one sentence: there is no such loss, or it is for other targets.
    """
    if name == "auto":
        return default_loss(task)
    suitable = [loss.name for loss in losses().values() if task in loss.tasks]
    if name not in suitable:
        fault = "is for other targets" if name in losses() else "does not exist"
        raise ValueError(f"The loss {name!r} {fault}; for a {task} target take auto, {', '.join(suitable)}.")
    return losses()[name]
