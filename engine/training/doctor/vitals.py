"""What checkups say of single layers: dead and saturated units, gradients that vanish or explode, steps of a wrong size.

A sign counts when it is seen twice in a row: one unlucky batch accuses nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from engine.graph.diagnostics import Remedy
from engine.graph.document import ModelGraph, Node
from engine.graph.edits import SetSection, SetSettings
from engine.training.doctor.checkup import Checkup, WeightSigns
from engine.training.doctor.cures import (
    SECTION,
    activated_otherwise,
    clipped,
    normalized,
    rate_times,
    started_otherwise,
)
from engine.training.doctor.observation import Cure, Observation
from engine.training.settings import TrainingSettings

MOST_DEAD = 0.5  # of a layer's units
MOST_FLAT = 0.8  # of a layer's numbers at the ends of its activation
VANISHED = 1e-4  # of the largest gradient of a layer's weights
EXPLODED = 1e3  # times the gradient of a calm run
TOO_FAR = 0.1  # of a weight's size, in one step
TOO_LITTLE = 1e-7  # of a weight's size: float32 keeps hardly more
SETTLED = 20  # steps after which sizes of steps mean something
SEEN_TWICE = 2
CALM = "leaky_relu"
Rule = Callable[[Checkup], Iterator[Observation]]


class Vitals:
    """Looks at the checkups of one run, in order.

    Args:
        graph: of the run.
        settings: of the run, from which remedies are made.
    """

    def __init__(self, graph: ModelGraph, settings: TrainingSettings) -> None:
        self._graph = graph
        self._settings = settings
        self._seen: dict[tuple[str, str], int] = {}
        self._gradients: list[float] = []
        self._rules: tuple[Rule, ...] = (
            self._dead,
            self._flat,
            self._vanishing,
            self._exploding,
            self._updates,
        )

    def look_at(self, checkup: Checkup) -> list[Observation]:
        """What is not well now, and was not at the checkup before."""
        found = [seen for rule in self._rules for seen in rule(checkup)]
        keys = {(seen.kind, seen.node) for seen in found}
        self._seen = {key: self._seen.get(key, 0) + 1 for key in keys}
        total = _norm(checkup.weights.values())
        if np.isfinite(total):
            self._gradients = [*self._gradients[-30:], total]
        return [seen for seen in found if self._seen[seen.kind, seen.node] >= SEEN_TWICE]

    # -- rules ------------------------------------------------------------------------------------
    def _dead(self, checkup: Checkup) -> Iterator[Observation]:
        for (node, _port), signs in checkup.outputs.items():
            if signs.dead is None or signs.dead < MOST_DEAD * signs.units or signs.units < 2:
                continue
            yield Observation(
                "dead",
                f"{self._name(node)}: {signs.dead} of {signs.units} units gave 0 for every example of a batch; "
                "no gradient reaches them.",
                "A smaller learning rate, or an activation that is never quite flat, keeps units alive.",
                node,
                remedies=(*self._other_activation(node), *self._smaller_rate()),
            )

    def _flat(self, checkup: Checkup) -> Iterator[Observation]:
        for (node, _port), signs in checkup.outputs.items():
            if signs.flat is None or signs.flat < MOST_FLAT:
                continue
            yield Observation(
                "saturated",
                f"{self._name(node)}: {100 * signs.flat:.0f} % of its outputs are at the ends of its activation, where "
                "hardly any gradient passes.",
                "Scale the inputs, use a smaller learning rate or smaller first weights, or normalize before it.",
                node,
                remedies=(*self._smaller_rate(), *self._normalized(node), *self._started_otherwise(node)),
            )

    def _vanishing(self, checkup: Checkup) -> Iterator[Observation]:
        gradients = _by_node(checkup.weights)
        if len(gradients) < 2 or checkup.step < SETTLED:
            return
        greatest = max(gradients, key=lambda n: gradients[n])
        vanished = (n for n, gradient in gradients.items() if gradient < VANISHED * gradients[greatest])
        least = next(vanished, None)  # the one that is nearest to the data
        if least is None:
            return
        yield Observation(
            "vanishing",
            f"{self._name(least)}: its gradient ({gradients[least]:.1e}) has vanished beside that of "
            f"{self._name(greatest)} ({gradients[greatest]:.1e}); it hardly learns.",
            "Use ReLU between layers, put a normalization or a short cut between them, or a shallower network.",
            least,
            remedies=(*self._normalized(greatest), *self._started_otherwise(least)),
        )

    def _exploding(self, checkup: Checkup) -> Iterator[Observation]:
        if len(self._gradients) < 3:
            return
        now, usual = _norm(checkup.weights.values()), float(np.median(self._gradients))
        if not now > EXPLODED * usual > 0.0:
            return
        gradients = _by_node(checkup.weights)
        node = max(gradients, key=lambda n: gradients[n])
        yield Observation(
            "exploding",
            f"{self._name(node)}: its gradient explodes; all together are {now / usual:.0f} times what they were.",
            "Clip the gradients, or take a smaller learning rate.",
            node,
            remedies=(*self._clipped(), *self._smaller_rate()),
        )

    def _updates(self, checkup: Checkup) -> Iterator[Observation]:
        """Looks at matrices only: biases begin at 0, and a step is as large as they are."""
        if checkup.step < SETTLED:
            return
        ratios = {n: w.ratio for n, w in checkup.weights.items() if w.size > 0 and w.matrix}
        large = {name: ratio for name, ratio in ratios.items() if ratio > TOO_FAR}
        if large:
            name = max(large, key=lambda n: large[n])
            yield Observation(
                "large-steps",
                f"{self._name(_node(name))}: one step changes its weights by {100 * large[name]:.0f} % of their size; a "
                "tenth of a percent is usual.",
                "Take a smaller learning rate.",
                _node(name),
                remedies=self._smaller_rate(),
            )
        if ratios and max(ratios.values()) < TOO_LITTLE:
            yield Observation(
                "small-steps",
                f"No weight moves by more than {max(ratios.values()):.0e} of its size in a step: the network stands still.",
                "Take a larger learning rate.",
                remedies=self._larger_rate(),
            )

    # -- remedies ---------------------------------------------------------------------------------
    def _other_activation(self, node: str) -> tuple[Remedy, ...]:
        found = activated_otherwise(self._graph.nodes[node].layer, CALM)
        return (Remedy("Use leaky ReLU", SetSettings(node, *found)),) if found is not None else ()

    def _smaller_rate(self) -> tuple[Remedy, ...]:
        return self._trained("Learning rate divided by ten", rate_times(self._settings, 0.1))

    def _larger_rate(self) -> tuple[Remedy, ...]:
        return self._trained("Learning rate times ten", rate_times(self._settings, 10.0))

    def _clipped(self) -> tuple[Remedy, ...]:
        return self._trained("Clip the gradients", clipped(self._settings))

    def _normalized(self, node: str) -> tuple[Remedy, ...]:
        edit = normalized(self._graph, node)
        return (Remedy("Add normalization", edit),) if edit is not None else ()

    def _started_otherwise(self, node: str) -> tuple[Remedy, ...]:
        edit = started_otherwise(self._graph, node)
        return (Cure("Other first weights, begin anew", edit, None),) if edit is not None else ()

    def _trained(self, label: str, settings: TrainingSettings | None) -> tuple[Remedy, ...]:
        return (Remedy(label, SetSection(SECTION, settings)),) if settings is not None else ()

    def _name(self, node: str) -> str:
        known: Node | None = self._graph.nodes.get(node)
        return known.name if known is not None else node


def _norm(weights: Iterable[WeightSigns]) -> float:
    return float(np.sqrt(sum(w.gradient**2 for w in weights)))


def _node(weight: str) -> str:
    return weight.partition("/")[0]


def _by_node(weights: Mapping[str, WeightSigns]) -> dict[str, float]:
    """The largest gradient of each node's matrices."""
    found: dict[str, float] = {}
    for name, signs in weights.items():
        if signs.matrix:
            found[_node(name)] = max(found.get(_node(name), 0.0), signs.gradient)
    return found
