"""The ports of a group as nodes, as they are shown where the group is open: what arrives, and what leaves.

They are layers so that everything that works on a network works on the inside of a group; no file has them, and no
palette but that of an open group.
"""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, Layer, LayerBuilder, Role
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import ShapeError


class Boundary(Layer):
    """A port of a group, seen from inside."""

    port: str = setting("", "Port", "its name outside", hidden=True, max_length=80)


class GroupInput(Boundary):
    """What arrives at a port of the group. Its name is that of the port."""

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.DATA,
        summary="One more input of this group",
        aliases=("port", "inlet", "in"),
        inputs=(),
        role=Role.SOURCE,
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What is connected outside; raises ShapeError where nothing is."""
        try:
            return (b.feature(self.port),)
        except ShapeError:
            raise ShapeError(
                f"Nothing that is known arrives at the {self.port} of this group. Connect it outside."
            ) from None

    def subtitle(self) -> str:
        """What it is."""
        return "input of the group"


class GroupOutput(Boundary):
    """What leaves by a port of the group. Its name is that of the port."""

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.DATA,
        summary="One more output of this group",
        aliases=("port", "outlet", "out"),
        outputs=(),
        role=Role.TARGET,
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Nothing: it ends here."""
        return ()

    def subtitle(self) -> str:
        """What it is."""
        return "output of the group"
