"""Finds the op records, so that declaring one is all it takes to have it everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import engine.ops as package
from engine.ops.op import Op
from engine.registry import Registry, instances


@cache
def ops() -> Mapping[str, Op]:
    """All ops by name, in alphabetical order."""
    return Registry[Op](
        package.__name__, "ops", instances(Op), lambda op: op.name, order=lambda op: op.name
    ).whole
