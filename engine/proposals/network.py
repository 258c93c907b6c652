"""The whole network: every input read by the proposer of its kind, joined, and an output for every target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.bundle import Feature
from engine.layers.concatenate import Concatenate
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.reshape import Reshape
from engine.proposals.draft import Draft, Flow
from engine.proposals.kinds.sequences import one_hidden
from engine.proposals.mirror import passed_through
from engine.proposals.outputs import end, wanted_of
from engine.proposals.proposal import Brief, Topic
from engine.proposals.proposer import Pace, Proposer
from engine.proposals.registry import proposer_for
from engine.tensor.spec import Shape, TensorSpec

LANE = 2.0  # rows of the grid between inputs


@dataclass(frozen=True)
class Part:
    """An input, where it enters, and who reads it."""

    feature: Feature
    flow: Flow
    proposer: Proposer


def draw(draft: Draft, brief: Brief) -> tuple[str, Pace]:
    """Put the network together; its title, and how it learns.

    Raises:
        ValueError: no network is known for such data; one sentence.
    """
    own = [name for name in brief.spec.targets if name in brief.spec.inputs]
    at_places = [name for name in brief.spec.targets if name not in own and _has_places(name, brief)]
    rest = [name for name in brief.spec.targets if name not in (*own, *at_places)]
    parts = _sources(draft, brief, brief.spec.inputs if rest or at_places else own)
    lane = _Lanes(brief.spec.targets)
    for name in own:
        part = next(p for p in parts if p.feature.name == name)
        end(draft, passed_through(draft, part.flow, part.feature, brief), name, brief, lane.of(name))
    if at_places:
        places = _places(draft, parts[0], brief)
        for name in at_places:
            flow = _output(draft, places, wanted_of(draft, name), lane.of(name), each=True)
            end(draft, flow, name, brief, lane.of(name))
    if rest:
        flow = _joined(draft, parts, brief)
        for name in rest:
            wanted = wanted_of(draft, name)
            end(draft, _output(draft, flow, wanted, lane.of(name)), name, brief, lane.of(name))
    return _title(parts, own), _pace(parts, brief)


class _Lanes:
    """The row of each target: beside what it reads where there is one, else one below the other."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = targets

    def of(self, name: str) -> float | None:
        if len(self._targets) == 1:
            return None
        return LANE * self._targets.index(name)


def _sources(draft: Draft, brief: Brief, names: Sequence[str]) -> list[Part]:
    found = []
    for k, name in enumerate(names):
        feature = brief.spec.features[name]
        flow = draft.source(Input(feature=name), LANE * k)
        found.append(Part(feature, flow, proposer_for(feature, brief)))
    return found


def _has_places(name: str, brief: Brief) -> bool:
    """Whether there is an answer for each step or pixel of the one input."""
    target, feature = brief.spec.features[name], brief.spec.features[brief.spec.inputs[0]]
    if len(brief.spec.inputs) != 1 or proposer_for(feature, brief).places is None:
        return False
    shape = target.shape if target.class_names else target.shape[:-1]
    inner = feature.shape if feature.kind in ("index", "category") else feature.shape[:-1]
    return bool(shape) and shape == inner


def _places(draft: Draft, part: Part, brief: Brief) -> Flow:
    if part.proposer.places is None:
        raise ValueError(f"{part.proposer.title} has one answer for each example.")
    return part.proposer.places(draft, part.flow, part.feature, brief)


def _joined(draft: Draft, parts: Sequence[Part], brief: Brief) -> Flow:
    """One row of numbers for each example, from all inputs."""
    rows = [p.proposer.vector(draft, p.flow, p.feature, brief) for p in parts]
    kinds = {p.proposer.name for p in parts}
    if len(rows) > 1:
        draft.because(
            Topic.ARCHITECTURE,
            f"{len(rows)} inputs side by side",
            "Each is read by layers of its own kind; then all that was read is weighed together.",
        )
    flow = rows[0] if len(rows) == 1 else draft.add(Concatenate(), *rows)
    hidden = parts[0].proposer.hidden if len(kinds) == 1 else one_hidden
    return hidden(draft, flow, brief)


def _output(draft: Draft, flow: Flow, wanted: Shape, row: float | None, *, each: bool = False) -> Flow:
    """The last layer with weights: as many units as there are scores or numbers to say."""
    if each:
        return draft.add(Dense(units=wanted[-1]), flow, row=row)
    flow = draft.add(Dense(units=max(1, TensorSpec(wanted).size)), flow, row=row)
    return flow if len(wanted) == 1 else draft.add(Reshape(target_shape=wanted), flow)


def _title(parts: Sequence[Part], own: Sequence[str]) -> str:
    if own:
        return "Autoencoder"
    titles = dict.fromkeys(p.proposer.title for p in parts)
    if len(titles) == 1:
        return next(iter(titles))
    return f"Network with {len(parts)} inputs"


def _pace(parts: Sequence[Part], brief: Brief) -> Pace:
    """That of the input that learns most slowly."""
    return min((p.proposer.pace(p.feature, brief) for p in parts), key=lambda pace: pace.rate)
