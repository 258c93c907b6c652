"""What a project file holds of a run, as a record that needs no compiler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.tensor.spec import Array


@dataclass(frozen=True, eq=False)
class NamedStates:
    """What a project file holds of a run.

    Attributes:
        weights: by `<node id>/<weight>`.
        optimizer: slots by `<slot>/<node id>/<weight>`, those that have other shapes than the weights by
            `slot/<name>`; the best weights so far by `best/<node id>/<weight>`; `memory` of the loop.
        step: that all of it belongs to.
    """

    weights: Mapping[str, Array] = field(default_factory=dict)
    optimizer: Mapping[str, Array] = field(default_factory=dict)
    step: int = 0
