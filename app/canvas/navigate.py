"""Where the arrow keys lead from a node: along wires to the sides, to the nearest node above or below."""

import math
from enum import Enum

from engine.graph.document import ModelGraph, Node


class Direction(Enum):
    """An arrow key, as a step on the canvas."""

    LEFT = (-1, 0)
    RIGHT = (1, 0)
    UP = (0, -1)
    DOWN = (0, 1)


def neighbour(graph: ModelGraph, node_id: str, direction: Direction) -> str | None:
    """The node that an arrow leads to; without a wire that way, the nearest node that way; `None` at the rim."""
    here = graph.nodes[node_id]
    if direction is Direction.RIGHT:
        linked = [graph.nodes[e.target] for e in graph.edges_from(node_id)]
    elif direction is Direction.LEFT:
        linked = [graph.nodes[e.source] for e in graph.edges_into(node_id)]
    else:
        linked = []
    if linked:
        return min(linked, key=lambda n: abs(n.position[1] - here.position[1])).id
    ahead = [n for n in graph.nodes.values() if _is_ahead(here, n, direction)]
    return min(ahead, key=lambda n: math.dist(here.position, n.position)).id if ahead else None


def first_node(graph: ModelGraph) -> str | None:
    """Where the arrows start: the leftmost node, of those the topmost."""
    return min(graph.nodes.values(), key=lambda n: n.position).id if graph.nodes else None


def _is_ahead(here: Node, there: Node, direction: Direction) -> bool:
    """Whether `there` lies within 45 degrees of the direction."""
    dx, dy = there.position[0] - here.position[0], there.position[1] - here.position[1]
    along = dx * direction.value[0] + dy * direction.value[1]
    across = abs(dx * direction.value[1]) + abs(dy * direction.value[0])
    return there.id != here.id and along > 0 and along >= across
