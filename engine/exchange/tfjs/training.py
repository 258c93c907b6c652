"""How a model is trained, in the words of TensorFlow.js: `trainingConfig` of a `model.json`, with which it is compiled.

There are no weights of losses, no schedules, and losses have no settings; what it can't say exactly is left out as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.exchange.keras.compiled import compile_config
from engine.exchange.outgoing import Outgoing
from engine.optimizers.base import Optimizer

_MOMENTS = {"beta_1": "beta1", "beta_2": "beta2", "epsilon": "epsilon"}
# of an optimizer of Keras: the class there, and its settings beside the rate
_OPTIMIZERS: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "SGD": ("Momentum", {"momentum": "momentum", "nesterov": "use_nesterov"}),
        "Adam": ("Adam", _MOMENTS),
        "Adamax": ("Adamax", _MOMENTS),
        "RMSprop": (
            "RMSProp",
            {"rho": "decay", "momentum": "momentum", "epsilon": "epsilon", "centered": "centered"},
        ),
        "Adagrad": ("Adagrad", {"initial_accumulator_value": "initial_accumulator_value"}),
        "Adadelta": ("Adadelta", {"rho": "rho", "epsilon": "epsilon"}),
    }
)
_LOSSES = MappingProxyType(
    {
        **{
            name: name
            for name in (
                "mean_squared_error",
                "mean_absolute_error",
                "mean_absolute_percentage_error",
                "mean_squared_logarithmic_error",
                "squared_hinge",
                "hinge",
                "categorical_hinge",
                "categorical_crossentropy",
                "sparse_categorical_crossentropy",
                "binary_crossentropy",
                "poisson",
            )
        },
        "log_cosh": "logcosh",
        "kl_divergence": "kullback_leibler_divergence",
    }
)
_METRICS = MappingProxyType(
    {
        "accuracy": "accuracy",
        "BinaryAccuracy": "binary_accuracy",
        "CategoricalAccuracy": "categorical_accuracy",
        "MeanSquaredError": "mse",
        "MeanAbsoluteError": "mae",
    }
)


def training_config(out: Outgoing) -> dict[str, Any] | None:
    """What `loadLayersModel` compiles the model with; None where it can't be said."""
    compiled = compile_config(out)
    optimizer = _optimizer(out.optimizer)
    if compiled is None or optimizer is None or type(out.training.schedule).__name__ != "Constant":
        return None
    given = compiled["loss"] if isinstance(compiled["loss"], list) else [compiled["loss"]]
    losses = [_LOSSES.get(loss) if isinstance(loss, str) else None for loss in given]
    if None in losses or compiled["loss_weights"] is not None:
        return None
    found = {"optimizer_config": optimizer, "loss": losses if len(losses) > 1 else losses[0]}
    metrics = _metrics(compiled["metrics"]) if len(losses) == 1 else []
    return found | ({"metrics": metrics} if metrics else {})


def as_keras(config: Mapping[str, Any]) -> dict[str, Any]:
    """A training config of TensorFlow.js in the words of Keras; one of the converter in Python, which has them, stays.

    What TensorFlow.js saves itself has names like `learningRate`; it takes `learning_rate`, too.
    """
    optimizer = config.get("optimizer_config")
    settings = optimizer.get("config") if isinstance(optimizer, Mapping) else None
    back = {theirs: (ours, names) for ours, (theirs, names) in _OPTIMIZERS.items()}
    kind = str(optimizer.get("class_name")) if isinstance(optimizer, Mapping) else ""
    ours, names = back.get(kind, (kind, {}))
    renamed = {theirs: own for own, theirs in names.items()}
    found = dict(config)
    if isinstance(settings, Mapping):
        snake = {re.sub(r"(?<!^)([A-Z])", r"_\1", str(k)).lower(): v for k, v in settings.items()}
        kept = {renamed.get(k, k): v for k, v in snake.items()}
        found["optimizer_config"] = {"class_name": ours, "config": kept}
    loss = config.get("loss")
    losses = {theirs: own for own, theirs in _LOSSES.items()}
    if isinstance(loss, str):
        found["loss"] = losses.get(loss, loss)
    return found


def _optimizer(optimizer: Optimizer) -> dict[str, Any] | None:
    known = _OPTIMIZERS.get(type(optimizer).__name__)
    if known is None:
        return None
    kind, names = known
    usual = type(optimizer)()
    others = [n for n in type(optimizer).model_fields if n not in names and n != "learning_rate"]
    if any(getattr(optimizer, n) != getattr(usual, n) for n in others):
        return None
    config = {theirs: getattr(optimizer, own) for own, theirs in names.items()}
    return {"class_name": kind, "config": {"learning_rate": optimizer.learning_rate, **config}}


def _metrics(given: Any) -> list[str]:
    names = [m if isinstance(m, str) else m["class_name"] for m in given or ()]
    return [_METRICS[name] for name in names if name in _METRICS]
