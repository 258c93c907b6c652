"""The families of losses and metrics, and the usual ones for a kind of target."""

from __future__ import annotations

from collections.abc import Mapping

from engine.objectives.auto import Auto
from engine.objectives.loss import LOSSES, Loss
from engine.objectives.metric import METRICS, Metric


def losses() -> Mapping[str, type[Loss]]:
    """All losses by name."""
    return LOSSES.members


def metrics() -> Mapping[str, type[Metric]]:
    """All metrics by name."""
    return METRICS.members


def default_loss(task: str) -> Loss:
    """The usual loss for a kind of target (`binary`, `multiclass`, `regression`)."""
    usual = LOSSES.first(lambda kind: task in kind.usual_for)
    if usual is None:
        raise ValueError(f"No loss is usual for a {task} target; choose one.")
    return usual()


def default_metrics(task: str) -> tuple[Metric, ...]:
    """The usual metrics for a kind of target."""
    return tuple(kind() for kind in metrics().values() if task in kind.usual_for)


def find_loss(loss: Loss | str, task: str) -> Loss:
    """The loss for that kind of target; `auto` is the usual one.

    Raises:
        ValueError: one sentence: there is no such loss, or it is for other targets.
    """
    found = LOSSES.read(loss)
    if isinstance(found, Auto):
        return default_loss(task)
    if task not in found.tasks:
        suitable = ", ".join(name for name, kind in losses().items() if task in kind.tasks)
        raise ValueError(
            f"The loss {found.key()!r} is for other targets; for a {task} target take {suitable}."
        )
    return found


def find_metric(metric: Metric | str, task: str) -> Metric:
    """The metric for that kind of target.

    Raises:
        ValueError: one sentence: there is no such metric, or it is for other targets.
    """
    found = METRICS.read(metric)
    if task not in found.tasks:
        suitable = ", ".join(name for name, kind in metrics().items() if task in kind.tasks)
        raise ValueError(
            f"The metric {found.key()!r} is for other targets; for a {task} target take {suitable}."
        )
    return found
