"""What a layer that consists of layers has inside: parts, wires between them, and where its own ports lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from engine.layers.base import Layer, LayerBuilder, Role
from engine.layers.nested import AnyLayer
from engine.layers.scope import part
from engine.ops.op import Tensor
from engine.settings import Settings
from engine.tensor.spec import Shape, ShapeError

MOST_PARTS = 500
DEEPEST = 12  # contents within contents

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
PortName = Annotated[str, Field(min_length=1, max_length=80)]
Coordinate = Annotated[float, Field(ge=-1e7, le=1e7)]
Source = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")]  # a part's id, or "" for an inlet
Wire = tuple[Source, PortName, Id, PortName]  # source, its port (or the inlet), target, its port


class Part(Settings):
    """A layer inside; `shares` is the id of the part whose weights it uses."""

    id: Id
    layer: AnyLayer
    name: Annotated[str, Field(max_length=80)] = ""
    position: tuple[Coordinate, Coordinate] = (0.0, 0.0)
    shares: Id | None = None


class Outlet(Settings):
    """An output of the whole: the port of a part."""

    name: PortName
    part: Id
    port: PortName


class Content(Settings):
    """Parts in an order in which each comes after those it reads. Made from what a user drew, or by a ready block."""

    parts: Annotated[tuple[Part, ...], Field(max_length=MOST_PARTS)] = ()
    wires: Annotated[tuple[Wire, ...], Field(max_length=10 * MOST_PARTS)] = ()
    inlets: Annotated[tuple[PortName, ...], Field(max_length=100)] = ()
    outlets: Annotated[tuple[Outlet, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        parts = {p.id: p for p in self.parts}
        if len(parts) != len(self.parts):
            raise ValueError("Two layers of a group have one id; make the group anew.")
        if any(type(p.layer).declaration.role is not Role.HIDDEN for p in self.parts):
            raise ValueError("A group holds no Input and no Target; leave them outside.")
        for names in (self.inlets, [o.name for o in self.outlets]):
            if len(set(names)) != len(names):
                raise ValueError("Two ports of a group have one name; make the group anew.")
        self._check_ends(parts)
        self._check_order(parts)
        for p in self.parts:
            if p.shares is not None and type(parts.get(p.shares, p).layer) is not type(p.layer):
                raise ValueError("Only layers of one kind share weights; make the group anew.")
            if p.shares == p.id or (p.shares is not None and p.shares not in parts):
                raise ValueError(
                    "A layer of a group shares the weights of one that is not there; make it anew."
                )
        if _depth(self) > DEEPEST:
            raise ValueError(f"Groups are at most {DEEPEST} deep in each other; dissolve some.")
        return self

    def _check_ends(self, parts: Mapping[str, Part]) -> None:
        outputs = {(p.id, o.name) for p in self.parts for o in p.layer.output_ports()}
        ports = {(p.id, i.name): i for p in self.parts for i in p.layer.input_ports()}
        outputs |= {("", name) for name in self.inlets}
        sources = [w[:2] for w in self.wires] + [(o.part, o.port) for o in self.outlets]
        ends = [w[2:] for w in self.wires]
        wrong = [s for s in sources if s not in outputs] + [e for e in ends if e not in ports]
        if wrong:
            raise ValueError(
                f"A wire of a group ends at {'.'.join(wrong[0])}, which is not there; make it anew."
            )
        taken = [e for e in ends if not ports[e].variadic]
        if len(set(taken)) != len(taken):
            raise ValueError("Two wires of a group end at one port; make the group anew.")

    def _check_order(self, parts: Mapping[str, Part]) -> None:
        place = {"": -1, **{part_id: k for k, part_id in enumerate(parts)}}
        if any(place[w[0]] >= place[w[2]] for w in self.wires):
            raise ValueError(
                "The layers of a group do not come in the order of its wires; make the group anew."
            )

    def build(self, b: LayerBuilder, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Build all parts; a tensor per outlet. Weights are named `<part>/<weight>`.

        Raises:
            ShapeError: a part can't be built, or an inlet has no tensor; the sentence names the part.
        """
        if len(inputs) != len(self.inlets):
            raise ShapeError(
                f"The group has {len(self.inlets)} inputs, received {len(inputs)}. Wire all of them."
            )
        tensors = {("", name): tensor for name, tensor in zip(self.inlets, inputs, strict=True)}
        into: dict[tuple[str, str], list[Wire]] = {}
        for wire in self.wires:
            into.setdefault((wire[2], wire[3]), []).append(wire)
        for p in self.parts:
            wires = [w for port in p.layer.input_ports() for w in into.get((p.id, port.name), ())]
            try:
                outputs = part(b, p.shares or p.id, p.layer, *(tensors[w[0], w[1]] for w in wires))
            except ShapeError as error:
                raise ShapeError(f"{p.name or p.id} inside: {error}") from error
            for out, tensor in zip(p.layer.output_ports(), outputs, strict=True):
                tensors[p.id, out.name] = tensor
        return tuple(tensors[o.part, o.port] for o in self.outlets)


def _depth(content: Content) -> int:
    inner = [p.layer.content for p in content.parts if isinstance(p.layer, Holder)]
    return 1 + max(map(_depth, inner), default=0)


class Composite(Layer):
    """Base of layers that consist of layers, and can be taken apart on the canvas."""

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """What is inside, for inputs of these shapes (without the batch).

        Raises:
            ShapeError: there is nothing that could take them.
        """
        raise NotImplementedError


class Holder(Composite):
    """Base of composites whose content is a setting of their own."""

    content: Content = Content()

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """The same for all shapes."""
        return self.content
