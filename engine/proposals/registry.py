"""Finds the proposers, so that a new kind of data is one new file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import engine.proposals.kinds as package
from engine.data.bundle import Feature
from engine.proposals.proposal import Brief
from engine.proposals.proposer import Proposer
from engine.registry import Registry, instances


@cache
def proposers() -> Mapping[str, Proposer]:
    """All proposers by name."""
    return Registry[Proposer](
        package.__name__, "proposers", instances(Proposer), lambda proposer: proposer.name
    ).whole


def proposer_for(feature: Feature, brief: Brief) -> Proposer:
    """The one that suits a feature best; raises `ValueError` for a feature that none can read."""
    best = max(proposers().values(), key=lambda proposer: proposer.suits(feature, brief))
    if best.suits(feature, brief) <= 0:
        raise ValueError(
            f"No network is known for the input {feature.name!r} of kind {feature.kind}. Build one by hand, or change its "
            "preparation."
        )
    return best
