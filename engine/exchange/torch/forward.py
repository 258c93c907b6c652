"""The method `forward`: values under names, masks beside them, and the channels where each layer wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.exchange.net import End, Net, Part
from engine.exchange.torch.text import identifier, indented, wrapped
from engine.layers.activations import activations
from engine.layers.torch_form import Layout, TorchForm
from engine.tensor.spec import TensorSpec

LINKS = ("softmax", "sigmoid")  # what losses on classes include


@dataclass(frozen=True, eq=False)
class Step:
    """The call of a part.

    Attributes:
        part: what is called.
        home: the attribute that it is, `self.dense`; "" where it is an expression alone.
        form: what PyTorch has for it; None: a class of the file.
        masks: inputs whose masks the class is called with.
        passes: whether the class gives the mask of its first output, too.
        follows: the input whose mask goes on with the first output, for forms.
        outputs: how many there are.
        name: for its output, where it needs one.
    """

    part: Part
    home: str
    form: TorchForm | None
    masks: tuple[int, ...]
    passes: bool
    follows: int | None
    outputs: int
    name: str


@dataclass
class _Value:
    """A value that is there: its names with the channels last and first, and that of its mask."""

    last: str = ""
    first: str = ""
    mask: str = ""

    def now(self) -> Layout:
        return "last" if self.last else "first"


class Forward:
    """Writes the method.

    Args:
        net: the network.
        specs: of its values, without the batch.
        masks: inlets whose masks it is called with.
        passes: whether it gives the mask of its first output, too.
        top: whether it is the whole network, which can be asked for scores.
    """

    def __init__(
        self, net: Net, specs: Mapping[End, TensorSpec], masks: tuple[int, ...], *, passes: bool, top: bool
    ) -> None:
        self._net, self._specs, self._masks, self._passes = net, specs, masks, passes
        self._top = top
        self._values: dict[End, _Value] = {}
        self._left = Counter(end for p in net.parts for end in p.inputs)
        self._left.update(net.outputs)
        self._taken: set[str] = {"x"}
        self._lines: list[str] = []
        self.linked: dict[End, str] = {}  # outputs that a link ends in, and its expression of `{x}`

    def lines(self, steps: Sequence[Step]) -> list[str]:
        """All lines of the method."""
        inlets = self._net.inlets
        several = len(inlets) > 1
        names = [
            identifier(self._net.names.get(i.id, i.id), "input", self._taken) if several else "x"
            for i in inlets
        ]
        for inlet, name in zip(inlets, names, strict=True):
            self._values[inlet.id, 0] = _Value(last=name)
        arguments = [f"{name}: torch.Tensor" for name in names]
        for k in self._masks:
            mask = identifier(f"{names[k]}_mask" if several else "mask", "mask", self._taken)
            self._values[inlets[k].id, 0].mask = mask
            arguments.append(f"{mask}: torch.Tensor")
        for step in steps:
            self._add(step)
        results = [self._get(end, "last") for end in self._net.outputs]
        if self.linked:
            scores = ", ".join(results)
            self._lines += ["if scores:", f"    return {scores}"]
            results = [
                self.linked[end].replace("{x}", name) if end in self.linked else name
                for end, name in zip(self._net.outputs, results, strict=True)
            ]
            arguments.append("scores: bool = False")
        results += [self._values[self._net.outputs[0]].mask] if self._passes else []
        kind = "torch.Tensor" if len(results) == 1 else "tuple[torch.Tensor, ...]"
        head = wrapped(f"def forward(self, {', '.join(arguments)}) -> {kind}:", 96)
        return [*head, *indented([*self._lines, f"return {', '.join(results)}"])]

    def _add(self, step: Step) -> None:
        part, form = step.part, step.form
        layout: Layout = "last"
        if form is not None:
            layout = form.layout
            if layout == "any":
                layout = self._values[part.inputs[0]].now() if part.inputs else "last"
        given = [self._get(end, layout) for end in part.inputs]
        mask_names = [self._values[part.inputs[k]].mask for k in step.masks]
        follows = self._values[part.inputs[step.follows]].mask if step.follows is not None else ""
        for end in part.inputs:
            self._left[end] -= 1
        nothing = form is not None and not step.home and form.call == "{0}" and form.activation == "linear"
        if nothing and not self._left[part.inputs[0]]:
            before = self._values[part.inputs[0]]
            self._values[part.id, 0] = _Value(before.last, before.first, follows)
            return
        form = self._without_link(step, form)
        names = self._names(step)
        call = (
            f"{step.home}({', '.join([*given, *mask_names])})"
            if form is None
            else self._expression(step, form, given, layout)
        )
        mask = ""
        targets = list(names)
        if step.passes:
            wanted = f"{names[0]}_mask" if "mask" in self._live([]) and names[0] != "x" else "mask"
            mask = identifier(wanted, "mask", self._live(names))
            targets.append(mask)
        self._lines += wrapped(f"{', '.join(targets)} = {call}", 92)
        for k, name in enumerate(names):
            end = (part.id, k)
            value = _Value(last=name)
            if form is not None and layout == "first" and len(self._specs[end].shape) > 1:
                value = _Value(first=name)
            value.mask = (mask or follows) if k == 0 else ""
            self._values[end] = value

    def _without_link(self, step: Step, form: TorchForm | None) -> TorchForm | None:
        """Of the last layer: what it gives before its soft-max or sigmoid, which losses take."""
        end = (step.part.id, 0)
        last = self._top and end in self._net.outputs and self._left[end] == 1
        if form is None or not last or form.activation not in LINKS:
            return form
        self.linked[end] = activations()[form.activation].torch.replace("{c}", "-1")
        return replace(form, activation="linear")

    def _expression(self, step: Step, form: TorchForm, given: Sequence[str], layout: Layout) -> str:
        shape = self._specs[step.part.inputs[0]].shape if step.part.inputs else ()
        first = layout == "first" and len(shape) > 1
        spatial = tuple(range(2, len(shape) + 1)) if first else tuple(range(1, len(shape)))
        axes = str(spatial[0]) if len(spatial) == 1 else str(spatial)
        channel = "1" if first else "-1"
        text = form.call.replace("{c}", channel).replace("{s}", axes).replace("{m}", step.home)
        for k, name in enumerate(given):
            text = text.replace(f"{{{k}}}", name)
        rule = activations()[form.activation].torch
        return rule.replace("{x}", text).replace("{c}", channel)

    def _get(self, end: End, layout: Layout) -> str:
        """The name of a value with its channels there; a line is added where they are elsewhere."""
        value = self._values[end]
        flat = len(self._specs[end].shape) < 2
        found = (value.last or value.first) if flat else value.first if layout == "first" else value.last
        if found:
            return found
        name = value.last or value.first
        only = self._left[end] <= 1
        target = name if only else identifier(f"{name}_{layout}", "value", self._live([]))
        if layout == "first":
            self._lines.append(f"{target} = {name}.movedim(-1, 1)  # channels first")
            value.first = target
            value.last = "" if only else value.last
        else:
            self._lines.append(f"{target} = {name}.movedim(1, -1)  # channels last")
            value.last = target
            value.first = "" if only else value.first
        return target

    def _live(self, more: Sequence[str]) -> set[str]:
        """Names of values that are still read."""
        found = {n for end, v in self._values.items() if self._left[end] > 0 for n in (v.last, v.first)}
        masks = {v.mask for end, v in self._values.items() if self._left[end] > 0}
        return {"self", "torch", "nn", "F", *found, *masks, *more} - {""}

    def _names(self, step: Step) -> list[str]:
        live = self._live([])
        if step.outputs == 1:
            if "x" not in live:
                return ["x"]
            return [identifier(step.name, "value", live)]
        return [
            identifier(f"{step.name}_{k}" if k else step.name, "value", live) for k in range(step.outputs)
        ]
