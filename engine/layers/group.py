"""Several layers as one."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, Port
from engine.layers.content import Content, Holder
from engine.layers.weighted import Weighted
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError

_SAMPLE = {
    "label": "Residual block",
    "content": {
        "parts": [
            {"id": "a", "layer": {"name": "Dense", "units": 4, "activation": "relu"}},
            {"id": "b", "layer": "Add"},
        ],
        "wires": [["", "input", "a", "input"], ["", "input", "b", "inputs"], ["a", "output", "b", "inputs"]],
        "inlets": ["input"],
        "outlets": [{"name": "output", "part": "b", "port": "output"}],
    },
}


class Group(Holder, Weighted):
    """Several layers that count as one: a network inside the network.

    Choose layers on the canvas and group them; the group has the wires that they had with the outside. Used twice
    with shared weights, all layers inside are shared. Frozen, all of them are. Dissolve it to change what is inside.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CORE,
        summary="Several layers as one",
        aliases=("block", "module", "submodel", "nested model", "subgraph"),
        keras="Model",
        torch="Module",
        inputs=(),
        outputs=(),
        listed=False,
        samples=(LayerSample(_SAMPLE, ((2, 4),)),),
    )
    label: str = setting("Group", "Label", "what it is called on the node", prominent=True, max_length=80)
    content: Content = setting(Content(), "Content", "the layers inside", hidden=True)

    def input_ports(self) -> tuple[Port, ...]:
        """One per inlet."""
        return tuple(Port(name) for name in self.content.inlets)

    def output_ports(self) -> tuple[Port, ...]:
        """One per outlet."""
        return tuple(Port(o.name) for o in self.content.outlets)

    def subtitle(self) -> str:
        """Label and number of layers."""
        count = len(self.content.parts)
        return f"{self.label} · {count} {'layer' if count == 1 else 'layers'}"

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What is inside, one after the other."""
        if not self.content.parts:
            raise ShapeError(
                "A group needs layers inside, and this one has none. Choose layers on the canvas and group them."
            )
        return self.content.build(b, inputs)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What is inside, in order."""
        names = [p.name or p.layer.title() for p in self.content.parts]
        shown = ", ".join(names[:6]) + (" .." if len(names) > 6 else "")
        return f"Several layers as one: {shown}"
