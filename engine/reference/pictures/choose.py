"""Which picture goes with which declaration, by the base class it derives from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.layers.base import Layer
from engine.layers.constraints import Constraint
from engine.layers.initializers import Initializer
from engine.layers.regularizers import Regularizer
from engine.objectives.loss import Loss
from engine.objectives.metric import Metric
from engine.optimizers.base import Optimizer
from engine.reference.pictures.layer import layer_picture
from engine.reference.pictures.members import constraint_picture, initializer_picture, regularizer_picture
from engine.reference.pictures.objectives import loss_picture, metric_picture
from engine.reference.pictures.svg import Svg
from engine.reference.pictures.training import optimizer_picture, schedule_picture
from engine.schedules.base import Schedule
from engine.settings import Settings

_OF_MEMBERS: Mapping[type[Settings], Callable[[Any], Svg | None]] = {
    Initializer: initializer_picture,
    Regularizer: regularizer_picture,
    Constraint: constraint_picture,
    Loss: loss_picture,
    Metric: metric_picture,
    Optimizer: optimizer_picture,
    Schedule: schedule_picture,
}


def picture_of(kind: type[Settings]) -> Svg | None:
    """The picture of a declaration; None where there is nothing to see."""
    if issubclass(kind, Layer):
        return layer_picture(kind)
    draw = next((draw for base, draw in _OF_MEMBERS.items() if issubclass(kind, base)), None)
    return draw(kind()) if draw is not None else None
