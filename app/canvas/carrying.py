"""Nodes that the hand carries, with the wires between them: however many they are, a step is one number for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from app.canvas.spatial import Carry

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

    from app.canvas.layers import Layer
    from app.canvas.node_item import NodeItem
    from app.canvas.wire_item import WireItem
    from engine.graph.document import Edge


class Company(NamedTuple):
    """What goes together: nodes, the wires between them, and those from them to others."""

    nodes: list[NodeItem]
    along: list[WireItem]
    beyond: list[Edge]


class Carrying:
    """Shows a company elsewhere than where it lies.

    Args:
        nodes, wires: the layers that it lies in.
        place_wire: draws a wire between the ports where its ends are now.
    """

    def __init__(
        self, nodes: Layer[NodeItem], wires: Layer[WireItem], place_wire: Callable[[Edge], None]
    ) -> None:
        self._nodes, self._wires, self._place_wire = nodes, wires, place_wire
        self._places: Mapping[str, QPointF] | None = None
        self._company = Company([], [], [])
        self._carry = Carry()

    def is_of(self, places: Mapping[str, QPointF]) -> bool:
        """Whether what is carried was lifted from these places, given as the same mapping."""
        return self._places is places

    def lift(self, places: Mapping[str, QPointF], company: Company) -> None:
        """Carries a company, which lies in these places, from now on."""
        self.lay_down()
        self._places, self._company, self._carry = places, company, Carry()
        self._nodes.lift(company.nodes, self._carry)
        self._wires.lift(company.along, self._carry)

    def show(self, step: QPointF) -> None:
        """Shows it a step away from where it was lifted."""
        if (self._carry.x, self._carry.y) == step.toTuple():
            return
        with (
            self._nodes.together(),
            self._wires.together(),
            self._nodes.changing(self._company.nodes),
            self._wires.changing(self._company.along),
        ):
            self._carry.x, self._carry.y = step.toTuple()
            for edge in self._company.beyond:
                self._place_wire(edge)

    def lay_down(self) -> None:
        """It lies where it is shown."""
        if self._places is not None:
            self._places, self._company = None, Company([], [], [])
            self._nodes.lay_down()
            self._wires.lay_down()
