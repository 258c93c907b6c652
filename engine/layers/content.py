"""What a layer that consists of layers has inside: parts, wires between them, and where its own ports lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Self, TypeVar

from pydantic import Field, model_validator

from engine.layers.base import Layer, LayerBuilder, Role, unwired
from engine.layers.muted import silenced
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
Place = tuple[Coordinate, Coordinate]

T = TypeVar("T")


class Part(Settings):
    """A layer inside; `shares` is the id of the part whose weights it uses. A bypassed one passes its input on.

    A muted one gives zeros.
    """

    id: Id
    layer: AnyLayer
    name: Annotated[str, Field(max_length=80)] = ""
    position: Place = (0.0, 0.0)
    shares: Id | None = None
    bypassed: bool = False
    tag: Annotated[str, Field(max_length=40)] = ""
    muted: bool = False


class Outlet(Settings):
    """An output of the whole: the port of a part, with part "" that inlet; both are "" where nothing leads to it."""

    name: PortName
    part: Source = ""
    port: Annotated[str, Field(max_length=80)] = ""
    position: Place | None = None


class PartError(ShapeError):
    """A part can't be built; `path` is its id, below those of the parts that it is in, joined by `/`."""

    def __init__(self, sentence: str, path: str) -> None:
        super().__init__(sentence)
        self.path = path


class Content(Settings):
    """Parts in an order in which each comes after those it reads. Made from what a user drew, or by a ready block.

    Attributes:
        parts, wires: what is inside.
        inlets, outlets: names of the inputs, and the outputs.
        places: where inlets stand on the canvas; those without one stand left of all parts.
    """

    parts: Annotated[tuple[Part, ...], Field(max_length=MOST_PARTS)] = ()
    wires: Annotated[tuple[Wire, ...], Field(max_length=10 * MOST_PARTS)] = ()
    inlets: Annotated[tuple[PortName, ...], Field(max_length=100)] = ()
    outlets: Annotated[tuple[Outlet, ...], Field(max_length=100)] = ()
    places: Annotated[tuple[tuple[PortName, Place], ...], Field(max_length=100)] = ()

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
        sources = [w[:2] for w in self.wires] + [(o.part, o.port) for o in self.outlets if o.port]
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
        """Build the parts that an outlet depends on; a tensor per outlet. Weights are named `<part>/<weight>`.

        Raises:
            ShapeError: as `run`.
        """

        def step(p: Part, values: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            outputs = part(b, p.shares or p.id, p.layer, *values)
            return silenced(outputs) if p.muted else outputs

        return self.run(inputs, step)

    def run(self, inputs: Sequence[T], step: Callable[[Part, tuple[T, ...]], tuple[T, ...]]) -> tuple[T, ...]:
        """Hand values through the parts that an outlet depends on; one value per outlet.

        Args:
            inputs: one per inlet.
            step: the outputs of a part for its inputs; raises ShapeError.

        Raises:
            PartError: a part has no wire where it needs one, or its `step` fails; the sentence names the part.
            ShapeError: the whole has nothing inside, or an inlet or outlet has nothing.
        """
        self._check_whole(len(inputs))
        values = {("", name): value for name, value in zip(self.inlets, inputs, strict=True)}
        into: dict[tuple[str, str], list[Wire]] = {}
        for wire in self.wires:
            into.setdefault((wire[2], wire[3]), []).append(wire)
        needed = self.needed()
        for p in self.parts:
            if p.id not in needed:
                continue
            ports = p.layer.input_ports()
            at = {port.name: into.get((p.id, port.name), []) for port in ports}
            arriving = tuple(values[w[0], w[1]] for wires in at.values() for w in wires)
            try:
                counts = {name: len(wires) for name, wires in at.items()}
                for port in unwired(ports, counts.__getitem__):
                    raise ShapeError(f"nothing is connected to its {port.name}. Connect a layer to it.")
                names = [out.name for out in p.layer.output_ports()]
                outputs = arriving[:1] * len(names) if p.bypassed and arriving else step(p, arriving)
            except ShapeError as error:
                deeper = f"/{error.path}" if isinstance(error, PartError) else ""
                raise PartError(f"{p.name or p.id} inside: {error}", p.id + deeper) from error
            values.update({(p.id, name): value for name, value in zip(names, outputs, strict=True)})
        return tuple(values[o.part, o.port] for o in self.outlets)

    def needed(self) -> frozenset[str]:
        """Ids of the parts that an outlet depends on."""
        found = {o.part for o in self.outlets} - {""}
        into = self.wires_into
        for p in reversed(self.parts):
            if p.id in found:
                found |= {w[0] for w in into.get(p.id, ())} - {""}
        return frozenset(found)

    @property
    def wires_into(self) -> Mapping[str, list[Wire]]:
        """The wires by the part where they end."""
        found: dict[str, list[Wire]] = {}
        for wire in self.wires:
            found.setdefault(wire[2], []).append(wire)
        return found

    def _check_whole(self, received: int) -> None:
        if not self.parts:
            raise ShapeError("A group needs layers inside, and this one has none. Open it and add some.")
        if received != len(self.inlets):
            raise ShapeError(
                f"The group has {len(self.inlets)} inputs, received {received}. Wire all of them."
            )
        for outlet in self.outlets:
            if not outlet.port:
                raise ShapeError(
                    f"Nothing leads to the {outlet.name} of the group. Open it and connect a layer to it."
                )


# of a group without layers; made unchecked, since the checks would have to be built for it at every start
EMPTY = Content.model_construct()


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

    content: Content = EMPTY

    def content_for(self, inputs: tuple[Shape, ...]) -> Content:
        """The same for all shapes."""
        return self.content

    def with_content(self, content: Content) -> Self:
        """The same with something else inside."""
        return self.model_copy(update={"content": content})
