"""A layer that PyTorch has no module for, as a module of its own: its parameters, and its operations line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.exchange.torch.expressions import PRODUCT, Expression, number
from engine.exchange.torch.lines import Lines
from engine.exchange.torch.text import docstring, identifier, indented
from engine.exchange.torch.tracing import Traced
from engine.tensor.spec import Array

SHORTEST = 16  # numbers of a constant that are written out; longer ones are kept with the weights


@dataclass(frozen=True, eq=False)
class OpModule:
    """The text of a class, and what belongs to it.

    Attributes:
        lines: of the class, without the line `class ..`.
        names: of the parameters and buffers, by our names of the weights.
        constants: arrays that are kept with the weights, by name.
        masks: which of the inputs' masks it is called with, behind the inputs.
        passes: whether it returns the mask of its first output, too.
    """

    lines: tuple[str, ...]
    names: Mapping[str, str]
    constants: Mapping[str, Array] = field(default_factory=dict)
    masks: tuple[int, ...] = ()
    passes: bool = False


def op_module(
    title: str, use: Traced, learn: Traced, helpers: dict[str, list[str]], *, passes: bool
) -> OpModule:
    """The module of a layer.

    Args:
        title: what it is, for its docstring.
        use: the layer in use.
        learn: the same in a step of training.
        helpers: functions of the file that it may call, by name; those that it needs are added.
        passes: whether somebody reads the mask that goes on with its first output.

    Raises:
        FormatError: there is no expression for one of its ops.
    """
    return _Writer(use, learn, helpers, passes=passes).module(title)


class _Writer:
    def __init__(self, use: Traced, learn: Traced, helpers: dict[str, list[str]], *, passes: bool) -> None:
        self._use, self._learn, self._passes = use, learn, passes
        self._taken = {"self", "torch", "nn", "F"}
        self._names = {n: identifier(n.replace("/", "_"), "weight", self._taken) for n in use.weights}
        self._kept: dict[str, Array] = {}
        self._init: list[str] = []
        self._helpers = helpers
        several = len(use.inputs) > 1
        self._inputs = [f"x{k}" if several else "x" for k in range(len(use.inputs))]
        read = {k for t in (use, learn) for k, name in enumerate(t.masks) if name and self._reads(t, name)}
        self._masks = tuple(sorted(read))

    def _reads(self, traced: Traced, name: str) -> bool:
        return any(name in o.inputs for o in traced.operations) or (
            self._passes and name in traced.passed[:1]
        )

    def module(self, title: str) -> OpModule:
        for name, spec in self._use.weights.items():
            own = self._names[name]
            start = "ones" if spec.initializer.key() == "ones" else "zeros"
            value = f"torch.{start}({', '.join(map(str, spec.shape)) or '()'})"
            line = f"nn.Parameter({value})" if spec.trainable else value
            self._init.append(
                f"self.{own} = {line}" if spec.trainable else f'self.register_buffer("{own}", {line})'
            )
        arguments = ", ".join(["self", *(f"{i}: torch.Tensor" for i in self._inputs + self._mask_names())])
        several = len(self._use.outputs) + self._passes > 1
        result = "tuple[torch.Tensor, ...]" if several else "torch.Tensor"
        forward = [f"def forward({arguments}) -> {result}:"]
        in_use, in_training = self._body(self._use), []
        if self._learn.alike != self._use.alike:
            in_training = self._body(self._learn)
            forward += indented(["if self.training:", *indented(in_training)])
        forward += indented(in_use)
        init = ["def __init__(self) -> None:", *indented(["super().__init__()", *self._init])]
        lines = [f'"""{docstring(title)}"""', "", *([*init, ""] if self._init else []), *forward]
        return OpModule(tuple(lines), self._names, self._kept, self._masks, self._passes)

    def _mask_names(self) -> list[str]:
        return [f"mask{k}" if len(self._inputs) > 1 else "mask" for k in self._masks]

    def _body(self, traced: Traced) -> list[str]:
        known = {f"input{k}": Expression(name) for k, name in enumerate(self._inputs)}
        known |= {f"mask{k}": Expression(n) for k, n in zip(self._masks, self._mask_names(), strict=True)}
        known |= {f"weight/{n}": Expression(f"self.{own}") for n, own in self._names.items()}
        known |= {name: Expression("0") for name in ("seed", "step")}  # PyTorch draws its own numbers
        for name, share in traced.shares.items():
            text = f"{number(round(share, 6)).text} / {self._inputs[0]}.shape[0]"
            known[name] = Expression(text, PRODUCT, share=share)
        wanted = [*traced.outputs, *traced.passed[: int(self._passes)], *traced.updates.values()]
        wanted += traced.penalties
        used = {n for o in traced.operations for n in o.inputs} | set(wanted)
        for name, array in traced.constants.items():
            if name in used:
                known[name] = self._constant(array)
        names = {*self._inputs, *self._mask_names(), *self._taken}
        lines = Lines(
            traced.values,
            known,
            f"{self._inputs[0]}.shape[0]",
            f"{self._inputs[0]}.device",
            names,
            self._helpers,
        )
        lines.add(traced.operations, wanted)
        found = list(lines.lines)
        for name, value in traced.updates.items():
            found.append(f"self.{self._names[name]} = {lines[value].atom}.detach()")
        if traced.penalties:
            found.append(f"self.penalty = {' + '.join(lines[p].text for p in traced.penalties)}")
        ends = [lines[o].tensor for o in traced.outputs]
        ends += [lines[m].tensor for m in traced.passed[: int(self._passes)]]
        return [*found, f"return {', '.join(ends)}"]

    def _constant(self, array: Array) -> Expression:
        if not array.ndim:
            return Expression(str(int(array))) if array.dtype.kind in "iu" else number(float(array))
        same = array.size > 0 and bool((array == array.flat[0]).all())
        kind = ", dtype=torch.int32" if array.dtype.kind in "iu" else ""
        if same:
            value = str(int(array.flat[0])) if kind else number(float(array.flat[0])).text
            text = f"torch.full({array.shape}, {value}{kind})"
        elif array.size <= SHORTEST:
            text = f"torch.tensor({_listed(array)}{kind})"
        else:
            name = identifier(f"constant_{len(self._kept) + 1}", "constant", self._taken)
            self._kept[name] = array if kind else array.astype(np.float32)
            shape = ", ".join(map(str, array.shape))
            self._init.append(f'self.register_buffer("{name}", torch.zeros({shape}{kind}))')
            return Expression(f"self.{name}", whole=bool(kind))
        known = next((line for line in self._init if line.endswith(f", {text}, persistent=False)")), None)
        if known is not None:
            return Expression(f"self.{known.split(chr(34))[1]}", whole=bool(kind))
        name = identifier("constant", "constant", self._taken)
        self._init.append(f'self.register_buffer("{name}", {text}, persistent=False)')
        return Expression(f"self.{name}", whole=bool(kind))


def _listed(array: Array) -> str:
    """A small array as nested lists."""
    if array.ndim:
        return f"[{', '.join(map(_listed, array))}]"
    return str(int(array)) if array.dtype.kind in "iu" else number(float(array)).text
