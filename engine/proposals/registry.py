"""Finds the proposers, so that a new kind of data is one new file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import engine.proposals.kinds as package
from engine.data.bundle import Feature
from engine.proposals.proposal import Brief
from engine.proposals.proposer import Proposer


@cache
def proposers() -> Mapping[str, Proposer]:
    """All proposers by name."""
    found: dict[str, Proposer] = {}
    for info in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Proposer) and found.setdefault(value.name, value) is not value:
                raise RuntimeError(f"Two proposers are named {value.name}; a proposer's name must be unique.")
    return MappingProxyType(found)


def proposer_for(feature: Feature, brief: Brief) -> Proposer:
    """The one that suits a feature best; raises `ValueError` for a feature that none can read."""
    best = max(proposers().values(), key=lambda proposer: proposer.suits(feature, brief))
    if best.suits(feature, brief) <= 0:
        raise ValueError(
            f"No network is known for the input {feature.name!r} of kind {feature.kind}. Build one by hand, or change its "
            "preparation."
        )
    return best
