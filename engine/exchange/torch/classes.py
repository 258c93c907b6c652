"""The classes of a file: a network and those inside it as modules, each layer as what PyTorch has for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.exchange.net import Net, Part
from engine.exchange.outgoing import inside, specs_of
from engine.exchange.torch.forward import Forward, Step
from engine.exchange.torch.masks import Looked, looked
from engine.exchange.torch.opmodule import op_module
from engine.exchange.torch.text import docstring, identifier, indented, plain, wrapped
from engine.exchange.torch.tracing import Rule, Traced
from engine.formats.errors import FormatError
from engine.layers.activations import activations
from engine.layers.base import Layer
from engine.layers.content import Composite
from engine.layers.group import Group
from engine.layers.torch_form import Kept, TorchForm
from engine.tensor.spec import Array, TensorSpec, format_shape


@dataclass(frozen=True, eq=False)
class Entry:
    """An entry of a module's state: our weight, by its name in the part, and how it lies there; or a constant."""

    weight: str
    kept: Kept | None = None
    constant: Array | None = None

    def array(self, ours: Mapping[str, Array]) -> Array:
        """What is written."""
        if self.constant is not None:
            return self.constant
        return self.kept.there(ours[self.weight]) if self.kept else ours[self.weight]


@dataclass(frozen=True, eq=False)
class Made:
    """A class of the file.

    Attributes:
        name: of the class.
        state: entries by their names in it; weights by their names in the network.
        rules: what weights obey that learn, by the entry.
        masks: inlets whose masks it is called with, behind the inputs.
        passes: whether it gives the mask of its first output, too.
        scores: by number of an output, the link that `scores=True` leaves out.
    """

    name: str
    state: Mapping[str, Entry]
    rules: Mapping[str, Rule]
    masks: tuple[int, ...] = ()
    passes: bool = False
    scores: Mapping[int, str] = field(default_factory=dict)


@dataclass(eq=False)
class File:
    """What a file holds: its classes in the order in which they need each other, and functions that they call."""

    taken: set[str]
    classes: list[tuple[str, list[str]]] = field(default_factory=list)
    helpers: dict[str, list[str]] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)
    _known: dict[tuple[object, ...], Made] = field(default_factory=dict)

    def network(
        self,
        net: Net,
        title: str,
        about: str,
        masked: Sequence[bool] = (),
        passed: Sequence[bool] = (),
        *,
        frozen: bool = False,
        top: bool = False,
    ) -> Made:
        """Add the class of a network.

        Args:
            net: the network.
            title: that its class is named after.
            about: its docstring.
            masked: whether each of its inlets has a mask.
            passed: whether the mask of each of its outputs is read.
            frozen: whether something around it is.
            top: whether it is the whole.

        Raises:
            FormatError: a part of it can't be said in PyTorch.
        """
        specs = specs_of(net)
        masked, passed = masked or [False] * len(net.inlets), passed or [False] * len(net.outputs)
        seen = looked(net, specs, masked, passed, frozen=frozen)
        name = identifier(title, "Network", self.taken, title=True)
        made, lines = _Class(self, net, seen, frozen=frozen).write(name, about, passed, top=top)
        self.classes.append((name, lines))
        return made

    def composite(
        self,
        layer: Composite,
        reads: Sequence[TensorSpec],
        masked: list[bool],
        passed: list[bool],
        *,
        frozen: bool,
    ) -> Made | None:
        """The class of a layer that consists of layers; None where it can't be taken apart."""
        key = ("composite", layer, tuple(reads), tuple(masked), tuple(passed), frozen)
        if key not in self._known:
            try:
                net = inside(layer, tuple(reads))
            except FormatError:  # parts that are switched off
                return None
            title = layer.label if isinstance(layer, Group) and layer.label else layer.title()
            about = f"{title}: {_shapes(reads)}"
            self._known[key] = self.network(net, title, about, masked, passed, frozen=frozen)
        return self._known[key]

    def operations(
        self, layer: Layer, reads: Sequence[TensorSpec], use: Traced, learn: Traced, *, passes: bool
    ) -> Made:
        """The class of a layer that is computed op by op; equal ones are one."""
        key = (type(layer), tuple(reads), use.alike, learn.alike, tuple(use.weights.items()), passes)
        if key not in self._known:
            found = op_module(
                f"{type(layer).declaration.summary}: {_shapes(reads)}",
                use,
                learn,
                self.helpers,
                passes=passes,
            )
            name = identifier(layer.title(), "Layer", self.taken, title=True)
            self.classes.append((name, list(found.lines)))
            state = {own: Entry(weight) for weight, own in found.names.items()}
            state |= {n: Entry("", constant=a) for n, a in found.constants.items()}
            rules = {found.names[w]: rule for w, rule in learn.rules.items()}
            self._known[key] = Made(name, state, rules, found.masks, found.passes)
        return self._known[key]


@dataclass(frozen=True, eq=False)
class _Unit:
    """A part as it stands in the class: how it is made and called, and its state by names relative to it."""

    made: str
    state: Mapping[str, Entry]
    rules: Mapping[str, Rule]
    form: TorchForm | None = None
    masks: tuple[int, ...] = ()
    passes: bool = False


class _Class:
    """The text of one class."""

    def __init__(self, file: File, net: Net, seen: Looked, *, frozen: bool) -> None:
        self._file, self._net, self._seen, self._frozen = file, net, seen, frozen
        self._taken: set[str] = set()
        self._homes: dict[str, tuple[str, _Unit]] = {}  # by part id: the attribute and what it is
        self._owned: dict[str, list[str]] = {}  # by owner: its attributes
        self._init: list[str] = []
        self.state: dict[str, Entry] = {}
        self.rules: dict[str, Rule] = {}

    def write(self, name: str, about: str, passed: Sequence[bool], *, top: bool) -> tuple[Made, list[str]]:
        """The class, and its lines without `class ..`."""
        for part in self._net.parts:
            self._place(part)
        steps = [self._step(part) for part in self._net.parts]
        read = self._seen.read
        masks = tuple(k for k, i in enumerate(self._net.inlets) if (i.id, 0) in read)
        passes = bool(passed) and passed[0] and self._net.outputs[0] in self._seen.masked
        forward = Forward(self._net, self._seen.specs, masks, passes=passes, top=top)
        init = ["def __init__(self) -> None:", *indented(["super().__init__()", *self._init])]
        body = (
            [*(init if self._init else []), "", *forward.lines(steps)] if self._init else forward.lines(steps)
        )
        lines = [*_doc(about), "", *body]
        scores = {k: forward.linked[e] for k, e in enumerate(self._net.outputs) if e in forward.linked}
        return Made(name, self.state, self.rules, masks, passes, scores), lines

    def _place(self, part: Part) -> None:
        """Give a part an attribute, or that of the part whose weights it shares."""
        layer = part.what
        assert isinstance(layer, Layer)
        unit = self._unit(part, layer)
        if not unit.made:
            self._homes[part.id] = "", unit
            return
        owner = part.shares or part.id
        homes = self._owned.setdefault(owner, [])
        for other in homes:
            known = next(u for home, u in self._homes.values() if home == other)
            if known.made == unit.made:
                self._homes[part.id] = other, unit
                return
        home = identifier(self._net.names.get(part.id, part.id), "layer", self._taken)
        self._homes[part.id] = home, unit
        homes.append(home)
        self._init += self._construction(part, layer, home, unit)
        prefix = f"{owner}/"
        for entry, e in unit.state.items():
            weight = prefix + e.weight if e.constant is None else ""
            self.state[f"{home}.{entry}"] = Entry(weight, e.kept, e.constant)
        if len(homes) > 1:
            self._init += [f"self.{home}.{e} = self.{homes[0]}.{e}" for e in unit.state]
            return
        factor = layer.rate_factor
        self.rules |= {
            f"{home}.{e}": Rule(r.regularizer, r.constraint, r.rate * factor) for e, r in unit.rules.items()
        }

    def _construction(self, part: Part, layer: Layer, home: str, unit: _Unit) -> list[str]:
        outputs = [self._seen.specs[part.id, k] for k in range(len(layer.output_ports()))]
        reads = [self._seen.specs[end] for end in part.inputs]
        shapes = f"  # {_shapes(reads)} -> {_shapes(outputs)}"
        line = f"self.{home} = {unit.made}"
        lines = [line + shapes] if len(line + shapes) <= 92 else [shapes.strip(), *wrapped(line, 92)]
        for note in unit.form.notes if unit.form else ():
            if note not in self._file.noted:
                self._file.noted.add(note)
                lines.insert(0, f"# {note}")
        if layer.freezes and unit.state:
            lines.append(f"self.{home}.requires_grad_(False)")
        elif unit.form:
            lines += [f"self.{home}.{entry}.requires_grad_(False)" for entry in unit.form.still]
        return lines

    def _unit(self, part: Part, layer: Layer) -> _Unit:
        reads = [self._seen.specs[end] for end in part.inputs]
        use, learn = self._seen.use[part.id], self._seen.learn[part.id]
        mask_reads = [end in self._seen.read and bool(use.masks[k]) for k, end in enumerate(part.inputs)]
        passes = (part.id, 0) in self._seen.read
        frozen = self._frozen or layer.freezes
        if isinstance(layer, Composite):
            masked = [end in self._seen.masked for end in part.inputs]
            outputs = [(part.id, k) in self._seen.read for k in range(len(layer.output_ports()))]
            made = self._file.composite(layer, reads, masked, outputs, frozen=frozen)
            if made is not None:
                return _Unit(f"{made.name}()", made.state, made.rules, None, made.masks, made.passes)
        form = layer.torch_form(tuple(reads))
        same = not passes or use.passed[0] in use.masks
        heard = any(
            m and any(m in o.inputs for t in (use, learn) for o in t.operations) for m in use.masks
        ) and any(mask_reads)
        sayable = form is not None and bool(activations()[form.activation].torch)
        if (
            form is None
            or not sayable
            or heard
            or not same
            or learn.penalties
            or (form.statistics and frozen)
        ):
            made = self._file.operations(layer, reads, use, learn, passes=passes)
            return _Unit(f"{made.name}()", made.state, made.rules, None, made.masks, made.passes)
        state = {n: Entry(k.weight, k) for n, k in form.weights.items()}
        if form.statistics:
            state["num_batches_tracked"] = Entry("", constant=np.zeros((), np.int64))
        rules = {
            n: learn.rules[k.weight]
            for n, k in form.weights.items()
            if k.weight in learn.rules and not k.added
        }
        return _Unit(form.module, state, rules, form)

    def _step(self, part: Part) -> Step:
        layer = part.what
        assert isinstance(layer, Layer)
        home, unit = self._homes[part.id]
        use = self._seen.use[part.id]
        follows = ""
        if unit.form is not None and use.passed and use.passed[0] in use.masks:
            follows = use.passed[0]
        return Step(
            part,
            f"self.{home}" if home else "",
            unit.form,
            unit.masks,
            unit.passes,
            use.masks.index(follows) if follows else None,
            len(layer.output_ports()),
            identifier(self._net.names.get(part.id, part.id), "value", set()),
        )


def _doc(about: str) -> list[str]:
    return [f'"""{docstring(about)}"""']


def _shapes(specs: Sequence[TensorSpec]) -> str:
    return plain(", ".join(format_shape(s.shape) if s.shape else "1" for s in specs))
