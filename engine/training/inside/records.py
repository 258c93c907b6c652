"""What somebody asks of the inside of layers, and what is answered: small, plain, picklable records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.ops.cells import Seen
from engine.tensor.spec import Array
from engine.training.inside.views import Spread, Tiles


@dataclass(frozen=True, eq=False)
class Inside:
    """Somebody looks into layers.

    Attributes:
        name: returned with every answer.
        nodes: whose inside is wanted; those that the network does not have are left out.
        inputs: one example by feature, as the network sees it (batch of 1); or the points of a plane, row by row.
        plane: rows and columns of the plane; (0, 0) for an example.
        large: for a panel, not for a node on the canvas.
        every_s: shortest time between two answers.
    """

    name: str
    nodes: tuple[str, ...]
    inputs: Mapping[str, Array] = field(default_factory=dict)
    plane: tuple[int, int] = (0, 0)
    large: bool = False
    every_s: float = 0.1


@dataclass(frozen=True, eq=False)
class LayerSeen:
    """The inside of one layer.

    Attributes:
        outputs: by port, for the example.
        spreads: of those outputs, by port.
        attention: for each attention in it, a tile for each head.
        states: of each recurrence in it, by name, units x time: its output, further states and, where large, its gates.
        weights, gradients: how their numbers are spread, by name; gradients of what is trained only.
        filters: by name of the weight.
        vectors: weights that are one number for each unit, such as biases and the statistics of a normalization.
    """

    outputs: Mapping[str, Tiles]
    spreads: Mapping[str, Spread]
    attention: tuple[Tiles, ...] = ()
    states: tuple[tuple[Seen, Tiles], ...] = ()
    weights: Mapping[str, Spread] = field(default_factory=dict)
    gradients: Mapping[str, Spread] = field(default_factory=dict)
    filters: Mapping[str, Tiles] = field(default_factory=dict)
    vectors: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class InsideSeen:
    """The answer to an `Inside`: layers by node, at a step; or a sentence why there is none."""

    name: str
    step: int
    layers: Mapping[str, LayerSeen]
    sentence: str = ""
