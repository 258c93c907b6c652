"""How the network is drawn: from left to right or from top to bottom. Saved and undone with everything else."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

from engine.graph.document import ModelGraph

DRAWING: Final = "drawing"
"""The name of the section."""


class Drawing(BaseModel):
    """The section.

    Attributes:
        downward: whether wires lead from top to bottom, not from left to right.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    downward: bool = False


def is_downward(graph: ModelGraph) -> bool:
    """Whether wires lead from top to bottom."""
    section = graph.sections.get(DRAWING)
    return isinstance(section, Drawing) and section.downward
