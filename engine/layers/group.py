"""Several layers as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, Port
from engine.layers.content import EMPTY, Content, Holder
from engine.layers.exposed import MOST, Exposed, field_of, value_of, with_value
from engine.layers.weighted import Weighted
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape

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

    Choose layers on the canvas and group them; the group has the wires that they had with the outside. Open it with a
    double click to change what is inside, choose settings inside that it shows as its own, or dissolve it again. Linked
    copies have the same inside, whichever of them is changed, with weights and shown settings of their own. Used twice
    with shared weights, all layers inside are shared. Frozen, all of them are.
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
    content: Content = setting(EMPTY, "Content", "the layers inside", hidden=True)
    exposed: tuple[Exposed, ...] = setting(
        (), "Shown settings", "settings inside that it shows as its own", hidden=True, max_length=MOST
    )
    link: str = setting(
        "", "Link", "groups of one link have the same inside", hidden=True, max_length=64, pattern=r"^\w*$"
    )

    def input_ports(self) -> tuple[Port, ...]:
        """One per inlet."""
        return tuple(Port(name) for name in self.content.inlets)

    def output_ports(self) -> tuple[Port, ...]:
        """One per outlet."""
        return tuple(Port(o.name) for o in self.content.outlets)

    def subtitle(self) -> str:
        """Label and number of layers, or the shown settings."""
        values = self.shown_values()
        if values:
            names = [e.label for e in self.shown()]
            return " \u00b7 ".join(f"{n} {_short(v)}" for n, v in zip(names, values.values(), strict=True))
        count = len(self.content.parts)
        return f"{self.label} · {count} {'layer' if count == 1 else 'layers'}"

    def shown(self) -> tuple[Exposed, ...]:
        """The settings inside that it shows as its own, those left out that are no longer there."""
        return tuple(e for e in self.exposed if field_of(self.content, e.targets[0]) is not None)

    def shown_values(self) -> dict[str, Any]:
        """The values of the shown settings, by `<part>.<setting>` of their first target."""
        return {key_of(e): value_of(self.content, e.targets[0]) for e in self.shown()}

    def with_shown(self, values: Mapping[str, Any]) -> Group:
        """The group with other values of shown settings; raises ValidationError where a layer does not take one."""
        content = self.content
        for e in self.shown():
            if key_of(e) in values:
                content = with_value(content, e, values[key_of(e)])
        return self.with_content(content)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What is inside, one after the other."""
        return self.content.build(b, inputs)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """What is inside, in order."""
        names = [p.name or p.layer.title() for p in self.content.parts]
        shown = ", ".join(names[:6]) + (" .." if len(names) > 6 else "")
        return f"Several layers as one: {shown}"


def key_of(exposed: Exposed) -> str:
    """What a shown setting is told from others by."""
    return ".".join(exposed.targets[0])


def _short(value: Any) -> str:
    if isinstance(value, tuple):
        return " \u00d7 ".join(map(str, value))
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
