"""What ops that compute do to filling: it is kept away from whatever adds up or compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.compiler.filling import Filled, Mask, rest_of, same_mask
from engine.compiler.filling_moves import Moves
from engine.compiler.variants import UnlikeError
from engine.ops.op import OpKind
from engine.program.program import Node
from engine.tensor.spec import normalize_axis

NEUTRAL = {"sum": 0.0, "max": -np.inf, "min": np.inf, "prod": 1.0}
Rule = Callable[[Node, list[Filled]], Filled]


class Rules(Moves):
    """Rules by op."""

    def _rule(self, node: Node) -> Rule:
        """The rule of a node.

        Raises:
            UnlikeError: there is none.
        """
        named: dict[str, Rule] = {
            "view": self._view,
            "pack": self._pack,
            "reshape": self._reshape,
            "transpose": self._transpose,
            "slice": self._slice,
            "pad": self._pad,
            "concat": self._concat,
            "broadcast_to": self._broadcast,
            "matmul": self._matmul,
            "softmax": self._softmax,
            "uniform": self._uniform,
            "take_rows": self._rows,
            "scatter_add_rows": self._rows,
            "conv": self._conv,
            "conv_input_grad": self._conv_input_grad,
            "conv_weight_grad": self._conv_weight_grad,
            **dict.fromkeys(("cast", "copy", "stop_gradient"), self._same),
            **dict.fromkeys(("max_pool", "avg_pool", "max_pool_grad", "avg_pool_grad"), self._pool),
            **dict.fromkeys(NEUTRAL, self._reduction),
        }
        rule = named.get(node.op.name, self._elementwise if node.op.kind is OpKind.ELEMENTWISE else None)
        if rule is None:
            raise UnlikeError(f"The operation {node.op.name} cannot be told apart from filling.")
        return rule

    def _elementwise(self, node: Node, fills: list[Filled]) -> Filled:
        rank = self._wide.values[node.outputs[0]].spec.rank
        axes: list[Mask | None] = [None] * rank
        for filled in fills:
            for i, mask in enumerate(filled.axes, rank - len(filled.axes)):
                if mask is not None:
                    axes[i] = mask if axes[i] is None else axes[i]
        for value, filled in zip(node.inputs, fills, strict=True):
            shape = self._editor.values[value].spec.shape
            for i, n in enumerate(shape):
                if n > 1:
                    self._agree(value, i, filled.axes[i], axes[rank - len(shape) + i])
        open_ = [self._places.get(v) for v, f in zip(node.inputs, fills, strict=True) if not f.full]
        if len(set(open_)) == 1 and open_[0] is not None and all(len(f.axes) in (0, rank) for f in fills):
            self._places[node.outputs[0]] = open_[0]
        operands = [
            (self._known_number(v) if f.full else f.rest, f.full)
            for v, f in zip(node.inputs, fills, strict=True)
        ]
        covering = [
            f for f in fills if not f.full and all(map(same_mask, f.axes, axes[rank - len(f.axes) :]))
        ]
        rest = rest_of(node.op, dict(node.attrs), operands) if _cover(fills, axes) else None
        arena = next((f.arena for f in covering if f.arena), "")
        return self._keep(node, Filled(tuple(axes), rest, arena))

    def _reduction(self, node: Node, fills: list[Filled]) -> Filled:
        filled, rank = fills[0], len(fills[0].axes)
        axes = {normalize_axis(a, rank) for a in node.attrs["axes"]}
        neutral, rest = NEUTRAL[node.op.name], filled.rest
        if any(filled.axes[a] is not None for a in axes):
            node = self._with(node, 0, self._masked(node.inputs[0], neutral, node))
            rest = neutral
        elif rest != neutral and node.op.name in ("sum", "prod"):
            rest = None
        kept = [None if i in axes else mask for i, mask in enumerate(filled.axes)]
        if not node.attrs["keepdims"]:
            kept = [mask for i, mask in enumerate(filled.axes) if i not in axes]
        return self._keep(node, Filled(tuple(kept), rest))

    def _matmul(self, node: Node, fills: list[Filled]) -> Filled:
        a, b = fills
        rows, k_of_a = (-1, -2) if node.attrs["transpose_a"] else (-2, -1)
        columns, k_of_b = (-2, -1) if node.attrs["transpose_b"] else (-1, -2)
        node = self._contracted(node, (k_of_a, k_of_b))
        for i, mask in enumerate(a.axes[:-2]):
            self._agree(node.inputs[1], i, b.axes[i], mask)
        axes = (*a.axes[:-2], a.axes[rows], b.axes[columns])
        return self._keep(node, Filled(axes, self._product_rest(node, (a.axes[rows], b.axes[columns]))))

    def _contracted(self, node: Node, summed: tuple[int, int]) -> Node:
        """The node with operands that are zero where an axis that is summed over is filled."""
        a, b = (self._filled[i] for i in node.inputs)
        i, j = summed[0] % len(a.axes), summed[1] % len(b.axes)
        if not same_mask(a.axes[i], b.axes[j]):
            if (
                node.inputs[0] in self._places
                and a.axes[i] is not None
                and node.inputs[1] not in self._places
            ):
                self._agree(node.inputs[0], i, a.axes[i], b.axes[j])
            self._agree(node.inputs[1], j, b.axes[j], a.axes[i])
        if a.axes[i] is None or (a.rest is not None and b.rest is not None and a.rest * b.rest == 0.0):
            return node
        for operand, filled in ((0, a), (1, b)):
            if filled.rest != 0.0:
                node = self._with(node, operand, self._masked(node.inputs[operand], 0.0, node))
        return node

    def _product_rest(self, node: Node, outer: tuple[Mask | None, Mask | None]) -> float | None:
        """Zero where every operand with an axis of the result that is filled is zero there."""
        fills = [self._filled[i] for i in node.inputs]
        zero = all(f.rest == 0.0 for f, mask in zip(fills, outer, strict=True) if mask is not None)
        return 0.0 if zero else None

    def _conv(self, node: Node, fills: list[Filled]) -> Filled:
        x, weight = fills
        self._one_group(node)
        node = self._contracted(node, (-1, -2))
        axes = (*x.axes[:-1], weight.axes[-1])
        return self._keep(node, Filled(axes, self._product_rest(node, (None, weight.axes[-1]))))

    def _conv_input_grad(self, node: Node, fills: list[Filled]) -> Filled:
        grad, weight = fills
        self._one_group(node)
        node = self._contracted(node, (-1, -1))
        axes = (*grad.axes[:-1], weight.axes[-2])
        return self._keep(node, Filled(axes, self._product_rest(node, (None, weight.axes[-2]))))

    def _conv_weight_grad(self, node: Node, fills: list[Filled]) -> Filled:
        x, grad = fills
        self._one_group(node)
        rank = self._wide.values[node.outputs[0]].spec.rank
        axes = (*(None,) * (rank - 2), x.axes[-1], grad.axes[-1])
        return self._keep(node, Filled(axes, self._product_rest(node, (x.axes[-1], grad.axes[-1]))))

    def _one_group(self, node: Node) -> None:
        if node.attrs["groups"] != 1:
            raise UnlikeError("A convolution in groups cannot be told apart from filling.")
        spatial = [mask for i in node.inputs for mask in self._filled[i].axes[:-2]]
        if any(mask is not None for mask in spatial):
            raise UnlikeError("Pictures of different sizes.")

    def _pool(self, node: Node, fills: list[Filled]) -> Filled:
        axes = fills[0].axes
        for value, filled in zip(node.inputs, fills, strict=True):
            self._agree(value, len(axes) - 1, filled.axes[-1], axes[-1])
        if any(mask is not None for mask in axes[:-1]):
            raise UnlikeError("Pictures of different sizes.")
        last = fills[-1].rest  # of the gradient, where there is one
        return self._keep(node, Filled(axes, last if last == 0.0 else None))

    def _softmax(self, node: Node, fills: list[Filled]) -> Filled:
        filled = fills[0]
        if filled.axes[-1] is None:
            return self._keep(node, filled.filled_with(None))
        node = self._with(node, 0, self._masked(node.inputs[0], -np.inf, node))
        return self._keep(
            node, filled.filled_with(0.0 if sum(m is not None for m in filled.axes) == 1 else None)
        )


def _cover(fills: Sequence[Filled], axes: Sequence[Mask | None]) -> bool:
    """Whether one operand is filled wherever the result is: then one number says what becomes of all filling."""
    filled = [f for f in fills if not f.full]
    return (
        all(all(map(same_mask, (*(None,) * (len(axes) - len(f.axes)), *f.axes), axes)) for f in filled)
        or sum(mask is not None for mask in axes) == 1
    )
