"""Where the arrow keys lead from a node: along its wires, across them to the nearest node that way."""

import math
from enum import Enum

from engine.graph.document import ModelGraph, Node
from engine.graph.drawing import is_downward


class Direction(Enum):
    """An arrow key, as a step on the canvas."""

    LEFT = (-1, 0)
    RIGHT = (1, 0)
    UP = (0, -1)
    DOWN = (0, 1)


def neighbour(graph: ModelGraph, node_id: str, direction: Direction) -> str | None:
    """The node that an arrow leads to; without a wire that way, the nearest node that way; `None` at the rim."""
    here, downward = graph.nodes[node_id], is_downward(graph)
    if direction is (Direction.DOWN if downward else Direction.RIGHT):
        linked = [graph.nodes[e.target] for e in graph.edges_from(node_id)]
    elif direction is (Direction.UP if downward else Direction.LEFT):
        linked = [graph.nodes[e.source] for e in graph.edges_into(node_id)]
    else:
        linked = []
    if linked:
        across = 0 if downward else 1
        return min(linked, key=lambda n: abs(n.position[across] - here.position[across])).id
    ahead = [n for n in graph.nodes.values() if _is_ahead(here, n, direction)]
    return min(ahead, key=lambda n: math.dist(here.position, n.position)).id if ahead else None


def first_node(graph: ModelGraph) -> str | None:
    """Where the arrows start: the leftmost node, of those the topmost; the topmost where wires lead down."""
    step = -1 if is_downward(graph) else 1
    return min(graph.nodes.values(), key=lambda n: n.position[::step]).id if graph.nodes else None


def _is_ahead(here: Node, there: Node, direction: Direction) -> bool:
    """Whether `there` lies within 45 degrees of the direction."""
    dx, dy = there.position[0] - here.position[0], there.position[1] - here.position[1]
    along = dx * direction.value[0] + dy * direction.value[1]
    across = abs(dx * direction.value[1]) + abs(dy * direction.value[0])
    return there.id != here.id and along > 0 and along >= across
