"""How a model was to be trained: optimizer, losses and metrics of a file, as ours and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.families import Family
from engine.objectives.loss import LOSSES, Loss
from engine.optimizers.base import OPTIMIZERS, Optimizer

_RENAMED = {"lr": "learning_rate"}  # of Keras 2


def optimizer_of(config: Mapping[str, Any], notes: list[str]) -> Optimizer | None:
    """The optimizer of a `compile_config` or `training_config`; None where it can't be read, which is noted."""
    value = config.get("optimizer", config.get("optimizer_config"))
    if value is None:
        return None
    found = _member(OPTIMIZERS, value, "optimizer", notes)
    return found if isinstance(found, Optimizer) else None


def losses_of(config: Mapping[str, Any], outputs: Sequence[str], notes: list[str]) -> dict[int, Loss]:
    """The losses by number of the output; those that can't be read are noted and left to `auto`."""
    value = config.get("loss")
    if isinstance(value, Mapping) and "class_name" not in value:
        values = [value.get(name) for name in outputs]
    elif isinstance(value, list):
        values = list(value[: len(outputs)])
    else:
        values = [value] * len(outputs)
    found: dict[int, Loss] = {}
    for k, one in enumerate(values):
        if one is not None:
            loss = _member(LOSSES, one, "loss", notes)
            if isinstance(loss, Loss):
                found[k] = loss
    return found


def compile_config(optimizer: Optimizer, losses: Sequence[Loss]) -> dict[str, Any]:
    """What Keras compiles a model with that is loaded."""
    names = [loss.key() for loss in losses]
    return {
        "optimizer": {
            "module": "keras.optimizers",
            "class_name": type(optimizer).__name__,
            "config": optimizer.model_dump(mode="json"),
            "registered_name": None,
        },
        "loss": names[0] if len(names) == 1 else names,
        "loss_weights": None,
        "metrics": None,
        "weighted_metrics": None,
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": False,
    }


def _member(family: Family[Any], value: Any, what: str, notes: list[str]) -> Any:
    try:
        if not isinstance(value, Mapping):
            return family.read(value)
        name, config = value.get("class_name"), value.get("config")
        if isinstance(config, str):  # a function by its name
            return family.read(config)
        if not isinstance(name, str):
            return family.read(value)
        config = config if isinstance(config, Mapping) else {}
        kind = type(family(name))
        renamed = {_RENAMED.get(str(k), str(k)): v for k, v in config.items()}
        kept: dict[str, Any] = {k: v for k, v in renamed.items() if k in kind.model_fields and v is not None}
        if isinstance(kept.get("learning_rate"), Mapping):
            schedule = kept.pop("learning_rate").get("class_name", "schedule")
            notes.append(
                f"The schedule {schedule} of the learning rate is left out; choose one under Training."
            )
        return family(name, **{k: _short(v) if isinstance(v, float) else v for k, v in kept.items()})
    except ValueError as error:
        notes.append(f"The {what} of the file is left out: {error}")
        return None


def _short(value: float) -> float:
    """A number that was held as float32 as people wrote it: 0.002 and not 0.0020000000949949026."""
    held = np.float32(value)
    return float(str(held)) if float(held) == value else value
