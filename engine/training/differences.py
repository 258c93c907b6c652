"""What somebody changed, as marks for the curves of a run: one for each setting, layer or wire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from engine.graph.document import Edge, Node
from engine.training.moments import EventKind
from engine.training.settings import TrainingSettings

MOST = 3  # marks of one change; more could not be read
LONGEST = 60  # letters of a value
_SILENT = frozenset({"time_machine_mb", "device"})
_TRAINABLE = "trainable"
Difference = tuple[EventKind, str]


def differences(
    before: tuple[Sequence[Node], Sequence[Edge], TrainingSettings],
    after: tuple[Sequence[Node], Sequence[Edge], TrainingSettings],
) -> list[Difference]:
    """Kind and detail of what differs, the most telling first; at most `MOST`."""
    found = [*_of_training(before[2], after[2]), *_of_nodes(before[0], after[0])]
    ids = [{n.id for n in nodes} for nodes in (before[0], after[0])]
    names = {n.id: n.name for n in (*before[0], *after[0])}
    found += [(EventKind.NETWORK, f"+ {names[i]}") for i in sorted(ids[1] - ids[0])]
    found += [(EventKind.NETWORK, f"- {names[i]}") for i in sorted(ids[0] - ids[1])]
    if ids[0] == ids[1] and tuple(before[1]) != tuple(after[1]):
        found.append((EventKind.NETWORK, ""))
    return found[:MOST]


def _of_training(one: TrainingSettings, other: TrainingSettings) -> Iterator[Difference]:
    if type(one.optimizer) is type(other.optimizer):
        for title, change, name in _fields(one.optimizer, other.optimizer):
            kind = EventKind.RATE if name == "learning_rate" else EventKind.SETTING
            yield kind, change if kind is EventKind.RATE else f"{title} {change}"
    else:
        yield EventKind.SETTING, f"{type(one.optimizer).key()} → {type(other.optimizer).key()}"
    for title, change, name in _fields(one, other):
        if name not in _SILENT and name != "optimizer":
            yield EventKind.SETTING, f"{title} {change}"


def _of_nodes(before: Sequence[Node], after: Sequence[Node]) -> Iterator[Difference]:
    known = {node.id: node for node in before}
    for node in after:
        old = known.get(node.id)
        if old is None or (old.layer, old.bypassed, old.muted) == (
            node.layer,
            node.bypassed,
            node.muted,
        ):
            continue
        if (old.bypassed, old.muted) != (node.bypassed, node.muted):
            yield EventKind.NETWORK, f"{'-' if node.bypassed or node.muted else '+'} {node.name}"
        elif type(old.layer) is not type(node.layer) or not isinstance(node.layer, BaseModel):
            yield EventKind.NETWORK, node.name
        elif isinstance(old.layer, BaseModel):
            for title, change, name in _fields(old.layer, node.layer):
                if name == _TRAINABLE:
                    learns = getattr(node.layer, _TRAINABLE)
                    yield EventKind.UNFROZEN if learns else EventKind.FROZEN, node.name
                else:
                    yield EventKind.SETTING, f"{node.name}: {title} {change}"


def _fields(one: BaseModel, other: BaseModel) -> Iterator[tuple[str, str, str]]:
    """Title, "old → new" and name of each field that differs."""
    for name, info in type(one).model_fields.items():
        old, new = getattr(one, name), getattr(other, name, None)
        if old != new:
            yield info.title or name, f"{_short(old)} → {_short(new)}", name


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, BaseModel):
        return type(value).__name__
    text = "none" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
