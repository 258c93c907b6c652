"""What a layer is in PyTorch: a module of `torch.nn` or an expression, and how its weights lie there.

A layer says so itself (`Layer.torch_form`); what says nothing is exported op by op.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from engine.tensor.spec import Array, Shape

Layout = Literal["last", "first", "any"]


@dataclass(frozen=True)
class Kept:
    """How PyTorch keeps a weight of ours.

    Attributes:
        weight: its name with us.
        order: our axes in the order in which they lie there; empty: the same.
        shape: lengths there, where axes are joined; None: those of the axes.
        parts: in which order the equal parts of our last axis (the gates of a cell) lie there; empty: the same.
        row: which row of ours it is; None: all of it.
        added: it is added to another one there; written as zeros.
    """

    weight: str
    order: tuple[int, ...] = ()
    shape: Shape | None = None
    parts: tuple[int, ...] = ()
    row: int | None = None
    added: bool = False

    def there(self, ours: Array) -> Array:
        """The array as PyTorch has it."""
        x = ours if self.row is None else ours[self.row]
        if self.added:
            return np.zeros(self.shape if self.shape is not None else x.shape, ours.dtype)
        if self.parts:
            pieces = np.split(x, len(self.parts), axis=-1)
            x = np.concatenate([pieces[k] for k in self.parts], axis=-1)
        x = x.transpose(self.order) if self.order else x
        return np.ascontiguousarray(x if self.shape is None else x.reshape(self.shape))

    def here(self, theirs: Array, ours: Shape) -> Array:
        """The part of our array, of shape `ours` (that of a row where it is one), that theirs is."""
        if self.order:
            moved = theirs.reshape([ours[k] for k in self.order])
            theirs = moved.transpose(np.argsort(self.order))
        x = theirs.reshape(ours)
        if self.parts:
            pieces = np.split(x, len(self.parts), axis=-1)
            x = np.concatenate([pieces[self.parts.index(k)] for k in range(len(self.parts))], axis=-1)
        return x


@dataclass(frozen=True)
class TorchForm:
    """A layer with certain inputs, in PyTorch.

    Attributes:
        module: the expression that makes it; "" where it needs none.
        weights: how each entry of the module's state is kept, by name.
        call: the expression of its output. `{m}` is the module, `{0}`, `{1}` .. the inputs, `{c}` the axis of the channels,
            `{s}` the axes of the lengths, as a tuple.
        activation: our name of the activation that follows.
        layout: "first" for channels before the lengths, "last" for ours; "any": it is the same in both.
        notes: sentences on what differs in training, for a comment.
        still: entries of the state that do not learn.
        statistics: whether it keeps averages in training, whether frozen or not.
    """

    module: str = ""
    weights: Mapping[str, Kept] = field(default_factory=dict)
    call: str = "{m}({0})"
    activation: str = "linear"
    layout: Layout = "last"
    notes: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    statistics: bool = False


def to_torch(form: TorchForm, ours: Mapping[str, Array]) -> dict[str, Array]:
    """The state of the module, from our weights by name."""
    return {name: kept.there(ours[kept.weight]) for name, kept in form.weights.items()}


def from_torch(form: TorchForm, state: Mapping[str, Array], shapes: Mapping[str, Shape]) -> dict[str, Array]:
    """Our weights, as far as the state has them.

    Args:
        form: of the layer.
        state: arrays by their names in the module; each has the right number of elements.
        shapes: of our weights.
    """
    found: dict[str, Array] = {}
    for name, kept in form.weights.items():
        if name not in state:
            continue
        shape = shapes[kept.weight]
        piece = kept.here(np.asarray(state[name], np.float32), shape if kept.row is None else shape[1:])
        if kept.weight not in found:
            found[kept.weight] = np.zeros(shape, np.float32)
        if kept.row is None:
            found[kept.weight] = found[kept.weight] + piece
        else:
            found[kept.weight][kept.row] += piece
    return found


def numbers(values: Sequence[int]) -> str:
    """Sizes as people write them in PyTorch: `3` for equal ones, `(3, 2)` for others."""
    found = tuple(values)
    return str(found[0]) if len(set(found)) == 1 else str(found)


def call_of(name: str, *positional: object, **keywords: object) -> str:
    """A call as text; keywords that are None are left out."""
    given = [str(p) for p in positional] + [f"{k}={v}" for k, v in keywords.items() if v is not None]
    return f"{name}({', '.join(given)})"


def padded(pairs: Sequence[tuple[int, int]], value: str = "") -> str:
    """The input `{0}`, channels first, with elements added before and after along each of its lengths."""
    flat = [n for pair in reversed(pairs) for n in pair]
    return f"F.pad({{0}}, ({', '.join(map(str, flat))}){value})"
