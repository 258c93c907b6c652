"""What can be varied of a network and its training, over which range, and what a variant is as edits of the document."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Literal

import numpy as np
from pydantic import ValidationError

from engine.graph.document import ModelGraph, Node, UnknownLayer
from engine.graph.edits import GraphEdit, SetSection, SetSettings
from engine.graph.targets import changed
from engine.layers.activations import activations
from engine.layers.base import Layer, Role
from engine.layers.regularizers import L2, Regularizer
from engine.optimizers.base import OPTIMIZERS
from engine.training.settings import TrainingSettings

MOST = 64  # variants side by side
SECTION = "training"
WIDTH, PENALTY = "Width of hidden layers", "Penalty on weights (L2)"
TITLES = (WIDTH, PENALTY)  # those that no setting has
USUAL_ACTIVATIONS = ("relu", "tanh", "sigmoid", "leaky_relu", "elu", "gelu", "silu", "linear")
Value = float | int | str
Kind = Literal["number", "whole", "choice"]
Make = Callable[[ModelGraph, TrainingSettings, Value], list[GraphEdit]]


@dataclass(frozen=True)
class Knob:
    """A setting that variants differ in.

    Attributes:
        key: short name, the same in every language.
        title: for people.
        kind: a number over a range (by factors), a whole number over one, or one of `choices`.
        low, high: bounds of the range that make sense; those of the setting itself may be wider.
        choices: names, the usual ones first.
        geometric: whether values lie by factors, not by differences.
        make: the edits that give a network and its training a value.
    """

    key: str
    title: str
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    geometric: bool = False
    make: Make = lambda graph, settings, value: []


class RangeError(ValueError):
    """A range that no variants can be made of, as one sentence."""


def knobs_of(graph: ModelGraph, settings: TrainingSettings) -> list[Knob]:
    """What can be varied of this network and its training, the most telling first."""
    rate = settings.optimizer.learning_rate
    found = [
        Knob(
            "learning_rate",
            "Learning rate",
            "number",
            float(f"{rate / 10:.3g}"),
            min(100.0, float(f"{rate * 10:.3g}")),
            geometric=True,
            make=partial(_optimized, "learning_rate"),
        ),
        Knob("seed", "Seed", "whole", 0, 7, make=_seeded),
        Knob("optimizer", "Optimizer", "choice", choices=tuple(OPTIMIZERS.members), make=_another_optimizer),
        Knob("batch_size", "Batch size", "whole", 8, 128, geometric=True, make=_batched),
    ]
    activated = [n for n in _inner(graph) if _activation(n) is not None]
    if activated:
        others = tuple(n for n in activations() if n not in USUAL_ACTIVATIONS)
        names = (*USUAL_ACTIVATIONS, *others)
        found.append(Knob("activation", "Activation", "choice", choices=names, make=_activated))
    if any(_width(n) is not None for n in _inner(graph)):
        found.append(Knob("width", WIDTH, "whole", 2, 32, geometric=True, make=_widened))
    if any(_penalties(n) for n in _hidden(graph)):
        found.append(Knob("penalty", PENALTY, "number", 1e-5, 0.1, geometric=True, make=_penalized))
    return found


def values_of(knob: Knob, low: float, high: float, count: int) -> tuple[Value, ...]:
    """`count` values from `low` to `high`, as people write them; fewer where whole numbers leave no more.

    Raises:
        RangeError: the range is none.
    """
    if count < 1:
        raise RangeError(f"There is at least one value of a setting, received {count}.")
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RangeError(f"A range of {knob.title} goes from a number to a number.")
    if low > high:
        raise RangeError(f"A range of {knob.title} goes up, received {low:g} to {high:g}. Exchange them.")
    if knob.geometric and low <= 0:
        raise RangeError(f"{knob.title} is varied by factors, so its range begins above 0, received {low:g}.")
    if count == 1 or low == high:
        spread = np.array([low])
    elif knob.geometric:
        spread = np.geomspace(low, high, count)
    else:
        spread = np.linspace(low, high, count)
    if knob.kind == "whole":
        return tuple(dict.fromkeys(round(float(v)) for v in spread))
    return tuple(dict.fromkeys(float(f"{v:.3g}") for v in spread))


@dataclass(frozen=True)
class Variation:
    """One variant.

    Attributes:
        values: of each knob that is varied, by its key.
        edits: what has to be changed for it.
    """

    values: Mapping[str, Value]
    edits: tuple[GraphEdit, ...]

    @property
    def words(self) -> str:
        """The values on one line."""
        return " · ".join(value_text(v) for v in self.values.values())


def value_text(value: Value) -> str:
    """A value as people write it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def variations(
    graph: ModelGraph, settings: TrainingSettings, chosen: Sequence[tuple[Knob, Sequence[Value]]]
) -> list[Variation]:
    """All combinations of the values of one knob or of several.

    Raises:
        RangeError: too many, none, or a value that a setting does not allow.
    """
    keys = [knob.key for knob, _ in chosen]
    if not chosen or any(not values for _, values in chosen):
        raise RangeError("Choose at least one value of a setting.")
    if len(set(keys)) < len(keys):
        raise RangeError("The two settings are the same one. Choose another, or only one.")
    total = math.prod(len(values) for _, values in chosen)
    if total > MOST:
        raise RangeError(f"At most {MOST} variants train side by side, received {total}. Take fewer values.")
    found = []
    for combination in product(*(values for _, values in chosen)):
        now, edits, own = settings, list[GraphEdit](), graph
        for (knob, _), value in zip(chosen, combination, strict=True):
            try:
                made = knob.make(own, now, value)
            except (ValidationError, ValueError) as error:
                raise RangeError(f"{knob.title} can't be {value_text(value)}: {_reason(error)}") from error
            now = next((_training(e) for e in made if isinstance(e, SetSection)), now)
            layers = [e for e in made if not isinstance(e, SetSection)]
            if layers and len(chosen) > 1:  # what the next knob changes is as this one left it
                own = own.copy() if own is graph else own
                for edit in layers:
                    edit.apply(own)
            edits += layers
        if now != settings:
            edits.append(SetSection(SECTION, now))
        found.append(Variation(dict(zip(keys, combination, strict=True)), tuple(edits)))
    return found


def varied(
    graph: ModelGraph, settings: TrainingSettings, variants: Sequence[Variation]
) -> list[tuple[ModelGraph, TrainingSettings]]:
    """The network and the training of each variant; the very same graph for those that only training tells apart."""
    found: list[tuple[ModelGraph, TrainingSettings]] = []
    known: list[tuple[list[GraphEdit], ModelGraph]] = [([], graph)]
    for variant in variants:
        layers = [e for e in variant.edits if not isinstance(e, SetSection)]
        own = next((g for edits, g in known if edits == layers), None)
        if own is None:
            own = graph.copy()
            for edit in layers:
                edit.apply(own)
            known.append((layers, own))
        training = next((_training(e) for e in variant.edits if isinstance(e, SetSection)), settings)
        found.append((own, training))
    return found


def _training(edit: SetSection) -> TrainingSettings:
    assert isinstance(edit.value, TrainingSettings)
    return edit.value


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return str(error)


# -- training ---------------------------------------------------------------------------------------


def _set(settings: TrainingSettings, **changes: object) -> list[GraphEdit]:
    given = {name: getattr(settings, name) for name in TrainingSettings.model_fields}
    return [SetSection(SECTION, TrainingSettings.model_validate({**given, **changes}))]


def _seeded(_graph: ModelGraph, settings: TrainingSettings, value: Value) -> list[GraphEdit]:
    return _set(settings, seed=value)


def _batched(_graph: ModelGraph, settings: TrainingSettings, value: Value) -> list[GraphEdit]:
    return _set(settings, batch_size=value)


def _optimized(name: str, _graph: ModelGraph, settings: TrainingSettings, value: Value) -> list[GraphEdit]:
    before = settings.optimizer
    return _set(settings, optimizer=type(before).model_validate({**before.model_dump(), name: value}))


def _another_optimizer(_graph: ModelGraph, settings: TrainingSettings, value: Value) -> list[GraphEdit]:
    """Another rule; the learning rate stays, so that two knobs vary what they say."""
    kind = OPTIMIZERS.members[str(value)]
    if isinstance(settings.optimizer, kind):
        return []
    return _set(settings, optimizer=kind.model_validate({"learning_rate": settings.optimizer.learning_rate}))


# -- layers -----------------------------------------------------------------------------------------


def _hidden(graph: ModelGraph) -> list[Node]:
    return [
        n
        for n in graph.nodes.values()
        if n.role is Role.HIDDEN and not isinstance(n.layer, UnknownLayer) and not n.shares
    ]


def _inner(graph: ModelGraph) -> list[Node]:
    """Hidden layers but for those that give the answer: the last ones with weights before a target."""
    last: set[str] = set()
    for target in (n for n in graph.nodes.values() if n.role is Role.TARGET):
        wires = graph.edges_into(target.id)
        while wires:
            node = graph.nodes[wires[0].source]
            last.add(node.id)
            wires = () if _width(node) is not None else graph.edges_into(node.id)
    return [n for n in _hidden(graph) if n.id not in last]


def _layer(node: Node) -> Layer:
    assert not isinstance(node.layer, UnknownLayer)
    return node.layer


def _activation(node: Node) -> str | None:
    """The setting of a layer that is an activation."""
    names = set(activations())
    return next((k for k, v in node.layer if k == "activation" and v in names), None)  # type: ignore[union-attr]  # of a known layer


def _width(node: Node) -> str | None:
    """The setting of a layer that says how many outputs it has."""
    if isinstance(node.layer, UnknownLayer):
        return None
    return next((k for k, v in node.layer if k in ("units", "filters") and isinstance(v, int)), None)


def _penalties(node: Node) -> list[str]:
    """The settings of a layer that are penalties on its matrices."""
    layer = _layer(node)
    kinds = {k: v for k, v in layer if k.startswith(("kernel", "depthwise"))}
    return [
        k for k, v in kinds.items() if k.endswith("regularizer") and (v is None or isinstance(v, Regularizer))
    ]


def _edits(nodes: Sequence[Node], setting: Callable[[Node], str | None], value: object) -> list[GraphEdit]:
    edits: list[GraphEdit] = []
    for node in nodes:
        name = setting(node)
        if name is None or getattr(node.layer, name) == value:
            continue
        layer = changed(_layer(node), name, value)
        if layer is None:
            raise ValueError(f"{node.name} does not allow it.")
        edits.append(SetSettings(node.id, layer, name))
    return edits


def _activated(graph: ModelGraph, _settings: TrainingSettings, value: Value) -> list[GraphEdit]:
    return _edits(_inner(graph), _activation, value)


def _widened(graph: ModelGraph, _settings: TrainingSettings, value: Value) -> list[GraphEdit]:
    return _edits(_inner(graph), _width, value)


def _penalized(graph: ModelGraph, _settings: TrainingSettings, value: Value) -> list[GraphEdit]:
    penalty = L2.model_validate({"l2": value})
    return _edits(_hidden(graph), lambda n: next(iter(_penalties(n)), None), penalty)
