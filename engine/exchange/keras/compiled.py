"""How a model was to be trained: optimizer, schedule, losses and metrics of a file, as ours and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.exchange.keras.names import activation
from engine.exchange.outgoing import Outgoing
from engine.families import Family, Member
from engine.layers.base import Layer
from engine.objectives.crossentropy import Linked
from engine.objectives.loss import LOSSES, Loss
from engine.objectives.metric import METRICS
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.schedules.base import SCHEDULES, Schedule
from engine.training.settings import TrainingSettings

_RENAMED = {"lr": "learning_rate", "thresholds": "threshold"}  # settings: of Keras 2, and of metrics
_COUNTS = frozenset(("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"))
_THRESHOLDS = _COUNTS | {"Precision", "Recall"}  # these may have several there
# what Keras does not have, or does not make without knowing the number of classes
_OURS = frozenset(
    (
        *(
            "CohenKappa",
            "ConfusionMatrix",
            "DiceCoefficient",
            "MatthewsCorrelation",
            "Perplexity",
            "Specificity",
        ),
        *("IoU", "MeanIoU", "Contrastive", "TripletHard", "TripletSemiHard", "ScheduleFreeAdamW"),
        *("Auto", "Constant", "LinearWarmup", "OneCycle", "ReduceLROnPlateau", "StepDecay"),
    )
)
_SPARING = "exclude_biases_from_weight_decay"  # a call of the optimizer there
_LINKS = ("softmax", "sigmoid")


def training_of(config: Mapping[str, Any], notes: list[str]) -> TrainingSettings:
    """Optimizer and schedule of a `compile_config` or `training_config`; what can't be read is noted and usual."""
    value = config.get("optimizer", config.get("optimizer_config"))
    rate = _config(value).get("learning_rate", _config(value).get("lr"))
    found = None if value is None else _member(OPTIMIZERS, value, "optimizer", notes)
    if not isinstance(found, Optimizer):
        return TrainingSettings()
    schedule = (
        _member(SCHEDULES, rate, "schedule of the learning rate", notes)
        if isinstance(rate, Mapping)
        else None
    )
    if not isinstance(schedule, Schedule):
        return TrainingSettings(optimizer=found)
    first = getattr(schedule, "initial_learning_rate", None)
    if first:
        found = found.model_copy(update={"learning_rate": first})
        schedule = schedule.model_copy(update={"initial_learning_rate": None})
    return TrainingSettings(optimizer=found, schedule=schedule)


def targets_of(
    config: Mapping[str, Any], outputs: Sequence[str], notes: list[str]
) -> dict[int, dict[str, object]]:
    """Loss, weight and metrics by number of the output; what can't be read is noted and left out."""
    count = len(outputs)
    found: dict[int, dict[str, object]] = {k: {} for k in range(count)}
    for k, one in enumerate(_by_output(config.get("loss"), outputs)):
        loss = None if one is None else _member(LOSSES, one, "loss", notes)
        if isinstance(loss, Loss):
            found[k]["loss"] = loss
    for k, weight in enumerate(_by_output(config.get("loss_weights"), outputs)):
        if isinstance(weight, int | float) and 0.0 <= weight <= 1e6 and weight != 1.0:
            found[k]["weight"] = float(weight)
    for k, several in enumerate(_metrics_by_output(config.get("metrics"), outputs)):
        members = [_member(METRICS, _metric(one), "metric", notes) for one in several if one is not None]
        if kept := tuple(m for m in members if m is not None):
            found[k]["metrics"] = kept
    return found


def compile_config(out: Outgoing) -> dict[str, Any] | None:
    """What Keras compiles a model with that is loaded; None where it does not have such a loss or optimizer."""
    needed = [type(loss).__name__ for loss in out.losses] + [type(out.optimizer).__name__]
    if _OURS.intersection(needed) or not out.losses:
        return None
    losses = [_loss(loss, scores) for loss, scores in zip(out.losses, _give_scores(out), strict=True)]
    metrics = [[_metric_out(m) for m in own if type(m).__name__ not in _OURS] for own in out.metrics]
    weights = list(out.loss_weights)
    return {
        "optimizer": _optimizer(out.training),
        "loss": losses[0] if len(losses) == 1 else losses,
        "loss_weights": weights if any(w != 1.0 for w in weights) else None,
        "metrics": (metrics[0] if len(metrics) == 1 else metrics) if any(metrics) else None,
        "weighted_metrics": None,
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": False,
    }


def has_schedule(training: TrainingSettings) -> bool:
    """Whether the learning rate of the file is a schedule and no number."""
    return type(training.schedule).__name__ not in _OURS and training.schedule.counts_steps


# -- in ------------------------------------------------------------------------------------------
def _by_output(value: Any, outputs: Sequence[str]) -> list[Any]:
    if isinstance(value, Mapping) and "class_name" not in value:
        return [value.get(name) for name in outputs]
    if isinstance(value, list):
        return [*value[: len(outputs)], *[None] * (len(outputs) - len(value))]
    return [value] * len(outputs)


def _metrics_by_output(value: Any, outputs: Sequence[str]) -> list[list[Any]]:
    if isinstance(value, list) and len(outputs) == 1:
        flat = [inner for one in value for inner in (one if isinstance(one, list) else [one])]
        return [flat]
    if isinstance(value, list) and len(value) != len(outputs):
        return [list(value) for _ in outputs]  # Keras 2: the same of all
    return [one if isinstance(one, list) else [one] for one in _by_output(value, outputs)]


def _metric(value: Any) -> Any:
    """A metric that is only a function in a wrapper, as that function."""
    config = _config(value)
    if isinstance(value, Mapping) and value.get("class_name") == "MeanMetricWrapper":
        function = config.get("fn")
        return _config(function, str(function)) if isinstance(function, Mapping) else function
    return value


def _config(value: Any, otherwise: Any = None) -> Any:
    found = value.get("config") if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping | str) and found else {} if otherwise is None else otherwise


def _member(family: Family[Any], value: Any, what: str, notes: list[str]) -> Any:
    try:
        if not isinstance(value, Mapping):
            return family.read(value)
        name, config = value.get("class_name"), value.get("config")
        if isinstance(config, str):  # a function by its name
            return family.read(config)
        if not isinstance(name, str):
            return family.read(value)
        name = name.rpartition(">")[2]  # Custom>Adam
        config = config if isinstance(config, Mapping) else {}
        kind = type(family(name))
        fields = kind.model_fields
        renamed = {k if k in fields else _RENAMED.get(str(k), str(k)): v for k, v in config.items()}
        kept: dict[str, Any] = {k: v for k, v in renamed.items() if k in fields and v is not None}
        if isinstance(kept.get("learning_rate"), Mapping):  # a schedule, read on its own
            kept.pop("learning_rate")
        return family(name, **{k: _short(v) if isinstance(v, float) else v for k, v in kept.items()})
    except ValueError as error:
        notes.append(f"The {what} of the file is left out: {error}")
        return None


def _short(value: float) -> float:
    """A number that was held as float32 as people wrote it: 0.002 and not 0.0020000000949949026."""
    held = np.float32(value)
    return float(str(held)) if float(held) == value else value


# -- out -----------------------------------------------------------------------------------------
def _optimizer(training: TrainingSettings) -> dict[str, Any]:
    optimizer = training.optimizer
    settings = optimizer.model_dump(mode="json", exclude={_SPARING})
    if has_schedule(training):
        first = {"initial_learning_rate": optimizer.learning_rate}
        given = training.schedule.model_dump(mode="json", exclude_none=True)
        names = type(training.schedule).model_fields
        config = {**{k: v for k, v in first.items() if k in names}, **given}
        kind = type(training.schedule).__name__
        settings["learning_rate"] = _object("keras.optimizers.schedules", kind, config)
    return _object("keras.optimizers", type(optimizer).__name__, settings)


def _loss(loss: Loss, scores: bool) -> Any:
    if isinstance(loss, Linked) and loss.from_logits == "auto" and scores:
        loss = loss.model_copy(update={"from_logits": True})
    return _named(loss, "keras.losses", {"from_logits": "auto"})


def _named(member: Member, module: str, unsaid: Mapping[str, object] | None = None) -> Any:
    """The name of a member with the usual settings, which Keras finds by it, too; an object of others."""
    usual = type(member)()
    changed = [k for k in type(member).model_fields if getattr(member, k) != getattr(usual, k)]
    if not changed:
        return member.key()
    settings = member.model_dump(mode="json")
    kept = {k: v for k, v in settings.items() if (unsaid or {}).get(k) != v}
    return _object(module, type(member).__name__, kept)


def _metric_out(metric: Member) -> Any:
    if metric.key() == "accuracy":  # Keras finds out which one is meant; its class of that name is another
        return metric.key()
    kind = type(metric).__name__
    settings = metric.model_dump(mode="json", exclude_none=True)
    if kind in _THRESHOLDS:
        settings["thresholds"] = settings.pop("threshold")
    return _object("keras.metrics", kind, settings)


def _object(module: str, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": dict(config), "registered_name": None}


def _give_scores(out: Outgoing) -> list[bool]:
    """For each output, whether no soft-max and no sigmoid is its end."""
    layers = {part.id: part.what for part in out.net.parts}
    ends = [layers.get(end[0]) for end in out.net.outputs]
    return [not (isinstance(layer, Layer) and _function(layer) in _LINKS) for layer in ends]


def _function(layer: Layer) -> str:
    return str(getattr(layer, "activation", activation(type(layer).__name__)))
