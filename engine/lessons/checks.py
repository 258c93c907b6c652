"""How a lesson notices that something was done: conditions on the project, the training and the use of the window.

A new kind of check is one class here; file format, editor and generic tests follow from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel

from engine.families import Family, Member
from engine.formats.sections import DATA, TRAINING
from engine.graph.document import ModelGraph, Node
from engine.layers.base import Role
from engine.lessons.seen import Seen
from engine.settings import setting

LONGEST = 200  # letters of a name or a value
Ending = Literal["done", "stopped", "early", "diverged"]


class Check(Member):
    """Something that a learner is to do."""

    def holds(self, seen: Seen) -> bool:
        """Whether it was done."""
        raise NotImplementedError


CHECKS = Family(Check, "engine.lessons.checks", "check")
AnyCheck = Annotated[Check, CHECKS]


def checks_in(check: Check | None) -> Iterator[Check]:
    """A check and those it is made of."""
    if check is not None:
        yield check
        for inner in getattr(check, "checks", ()):
            yield from checks_in(inner)


def value_at(thing: object, path: str) -> object:
    """What stands in a setting, or in a setting of a setting (`optimizer.learning_rate`); None where there is none."""
    for name in path.split("."):
        if isinstance(thing, BaseModel):
            thing = getattr(thing, name, None) if name in type(thing).model_fields else None
        elif isinstance(thing, dict):
            thing = thing.get(name)
        else:
            return None
    return thing


def word_of(value: object) -> str:
    """A value as a lesson writes it: `relu`, `true`, `0.1`, `3, 3`, `adam`."""
    if isinstance(value, Member):
        return value.key().lower()
    if isinstance(value, BaseModel):
        return type(value).__name__.lower()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return ", ".join(word_of(each) for each in value)
    return "" if value is None else str(value).lower()


class _Valued(Check):
    """A check on a value; all that is said of it must hold."""

    value: str = setting("", "Is", "a word or a number; empty: anything", max_length=LONGEST)
    at_least: float | None = setting(None, "At least", "smallest number that will do")
    at_most: float | None = setting(None, "At most", "largest number that will do")
    changed: bool = setting(False, "Changed", "is not what it was when the step began")

    def fits(self, now: object, before: object) -> bool:
        """Whether a value is as it should be."""
        if self.value and word_of(now) != self.value.strip().lower():
            return False
        if self.at_least is not None or self.at_most is not None:
            if isinstance(now, bool) or not isinstance(now, int | float):
                return False
            low = -math.inf if self.at_least is None else self.at_least
            high = math.inf if self.at_most is None else self.at_most
            if not low <= now <= high:
                return False
        return not self.changed or now != before


class HasLayers(Check):
    """The network has so many layers of a kind."""

    label: ClassVar[str] = "Layers in the network"
    summary: ClassVar[str] = "The network has so many layers of a kind"

    layer: str = setting("Dense", "Layer", "its name in the palette", max_length=LONGEST)
    at_least: int = setting(1, "At least", "so many of them", ge=0, le=1000)
    at_most: int | None = setting(None, "At most", "so many of them; empty: any number", ge=0, le=1000)
    in_use: bool = setting(True, "In use", "counts only those from which wires lead to the target")

    def holds(self, seen: Seen) -> bool:
        """Counts them."""
        nodes = seen.graph.nodes.values()
        used = _in_use(seen.graph) if self.in_use else seen.graph.nodes.keys()
        count = sum(node.layer.title() == self.layer for node in nodes if node.id in used)
        return self.at_least <= count <= (math.inf if self.at_most is None else self.at_most)


def _in_use(graph: ModelGraph) -> set[str]:
    """The nodes from which wires lead to a target."""
    before: dict[str, list[str]] = {}
    for edge in graph.edges:
        before.setdefault(edge.target, []).append(edge.source)
    waiting = [node.id for node in graph.nodes.values() if node.role is Role.TARGET]
    found = set(waiting)
    while waiting:
        new = [source for source in before.get(waiting.pop(), ()) if source not in found]
        found.update(new)
        waiting += new
    return found


class LayerSetting(_Valued):
    """A setting of layers has a value."""

    label: ClassVar[str] = "Setting of a layer"
    summary: ClassVar[str] = "A setting of a layer has a value"

    node: str = setting(
        "", "On the canvas", "name of the node; empty: any layer of the kind", max_length=LONGEST
    )
    layer: str = setting("", "Layer", "its name in the palette; empty: any", max_length=LONGEST)
    path: str = setting("units", "Setting", "its name in files", max_length=LONGEST)
    every: bool = setting(False, "All of them", "every such layer; otherwise one is enough")

    def holds(self, seen: Seen) -> bool:
        """Looks at all layers that are meant and have the setting."""
        meant = [node for node in self._nodes(seen.graph) if value_at(node.layer, self.path) is not None]
        before = seen.before.nodes
        found = [self._fits(node, before.get(node.id)) for node in meant]
        return bool(found) and (all(found) if self.every else any(found))

    def _nodes(self, graph: ModelGraph) -> list[Node]:
        return [
            node
            for node in graph.nodes.values()
            if self.node in ("", node.name) and self.layer in ("", node.layer.title())
        ]

    def _fits(self, node: Node, before: Node | None) -> bool:
        old = value_at(before.layer, self.path) if before is not None else None
        return self.fits(value_at(node.layer, self.path), old)


class _OfSection(_Valued):
    section: ClassVar[str] = ""

    path: str = setting("", "Setting", "its name in files; a dot leads into it", max_length=LONGEST)

    def holds(self, seen: Seen) -> bool:
        """Looks it up."""
        return self.fits(self._value(seen.graph), self._value(seen.before))

    def _value(self, graph: ModelGraph) -> object:
        return value_at(graph.sections.get(self.section), self.path)


class TrainingSetting(_OfSection):
    """A setting of the training has a value."""

    label: ClassVar[str] = "Setting of the training"
    summary: ClassVar[str] = "A setting of the training has a value"
    section: ClassVar[str] = TRAINING


class DataSetting(_OfSection):
    """A setting of the data has a value."""

    label: ClassVar[str] = "Setting of the data"
    summary: ClassVar[str] = "A setting of the data has a value"
    section: ClassVar[str] = DATA


class Trained(Check):
    """The network was trained for a while."""

    label: ClassVar[str] = "Trained for a while"
    summary: ClassVar[str] = "The network was trained for a while since the step began"

    steps: int = setting(0, "Steps", "of the optimizer, at least", ge=0, le=10**9)
    epochs: float = setting(0.0, "Epochs", "rounds through the data, at least", ge=0.0, le=1e6)
    runs: int = setting(0, "Runs", "begun, at least", ge=0, le=1000)

    def holds(self, seen: Seen) -> bool:
        """Counts since the step began."""
        enough = seen.steps >= max(self.steps, 1) and seen.epochs >= self.epochs - 1e-6
        return enough and seen.runs >= self.runs


class Figure(Check):
    """A figure of the run lies below or above a bound."""

    label: ClassVar[str] = "Figure of the run"
    summary: ClassVar[str] = "The loss or another figure lies below or above a bound"

    figure: str = setting("loss", "Figure", "loss, val_loss, accuracy, val_accuracy ..", max_length=LONGEST)
    below: float | None = setting(None, "Below", "this number")
    above: float | None = setting(None, "Above", "this number")

    def holds(self, seen: Seen) -> bool:
        """Looks at the newest value."""
        value = seen.values.get(self.figure)
        if value is None:
            return False
        if not math.isfinite(value):
            return self.below is None  # a loss that is no number any more is above any
        return (self.above is None or value > self.above) and (self.below is None or value < self.below)


class Gap(Check):
    """The network does worse on what it has not seen."""

    label: ClassVar[str] = "Gap to validation"
    summary: ClassVar[str] = "The validation loss is several times the training loss"

    times: float = setting(2.0, "Times", "validation loss over training loss, at least", gt=0.0, le=1e6)

    def holds(self, seen: Seen) -> bool:
        """Compares the newest losses."""
        return seen.values.get("val_loss", -math.inf) >= self.times * seen.values.get("loss", math.inf)


class RunEnded(Check):
    """A run has come to an end."""

    label: ClassVar[str] = "Run has ended"
    summary: ClassVar[str] = "A run came to an end since the step began"

    reason: Ending | Literal["any"] = setting("any", "How", "what ended it")

    def holds(self, seen: Seen) -> bool:
        """Looks at all ends since the step began."""
        return bool(seen.ended) if self.reason == "any" else self.reason in seen.ended


class WeightIs(Check):
    """A weight lies between two numbers."""

    label: ClassVar[str] = "Value of a weight"
    summary: ClassVar[str] = "A learned weight lies between two numbers"

    node: str = setting("dense", "On the canvas", "name of the node", max_length=LONGEST)
    weight: str = setting("weight", "Weight", "its name in files", max_length=LONGEST)
    place: int = setting(0, "Place", "of the number among all of the weight, from 0", ge=0, le=10**9)
    at_least: float = setting(0.0, "At least", "smallest number that will do")
    at_most: float = setting(1.0, "At most", "largest number that will do")

    def holds(self, seen: Seen) -> bool:
        """Looks at the newest weights that are known."""
        array = seen.weights().get(f"{self.node}/{self.weight}")
        if array is None or array.size <= self.place:
            return False
        return self.at_least <= float(array.reshape(-1)[self.place]) <= self.at_most


class Noticed(Check):
    """The doctor has noticed something."""

    label: ClassVar[str] = "Noticed by the doctor"
    summary: ClassVar[str] = "The doctor says something about the run"

    kind: str = setting("overfitting", "What", "name of the finding", max_length=LONGEST)

    def holds(self, seen: Seen) -> bool:
        """Looks at what it says now."""
        return self.kind in seen.observed


class Did(Check):
    """Something was opened, chosen or used."""

    label: ClassVar[str] = "Opened or used"
    summary: ClassVar[str] = "A panel was opened, a layer chosen or a command used"

    deed: str = setting(
        "panel/runs",
        "What",
        "panel/, command/, layer/, node/ or view/ with a name, or a button: example/next",
        max_length=LONGEST,
    )

    def holds(self, seen: Seen) -> bool:
        """Looks at all that was done since the step began."""
        return self.deed in seen.deeds


class IsSound(Check):
    """Nothing keeps the network from training."""

    label: ClassVar[str] = "Network without faults"
    summary: ClassVar[str] = "Nothing keeps the network from being trained"

    def holds(self, seen: Seen) -> bool:
        """Asks whoever knows the data."""
        return seen.sound()


class _Several(Check):
    checks: tuple[AnyCheck, ...] = setting((), "Checks", "what they are", max_length=20)


class AllOf(_Several):
    """Several things were done."""

    label: ClassVar[str] = "All of several"
    summary: ClassVar[str] = "Each of several checks holds"

    def holds(self, seen: Seen) -> bool:
        """All at the same time."""
        return all(check.holds(seen) for check in self.checks)


class AnyOf(_Several):
    """One of several things was done."""

    label: ClassVar[str] = "One of several"
    summary: ClassVar[str] = "One of several checks holds"

    def holds(self, seen: Seen) -> bool:
        """One is enough."""
        return any(check.holds(seen) for check in self.checks)


def either(*checks: Check) -> Check:
    """One of these."""
    return AnyOf(checks=checks)


def both(*checks: Check) -> Check:
    """All of these."""
    return AllOf(checks=checks)


def setting_is(name: str, value: str, **more: Any) -> LayerSetting:
    """A setting of a layer has a value: the check that lessons need most."""
    return LayerSetting(path=name, value=value, **more)
