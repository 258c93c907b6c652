"""What ops that move numbers do to filling: it goes along."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.compiler.filling import Filled, Mask, flat, reshaped
from engine.compiler.filling_ground import Ground
from engine.compiler.variants import UnlikeError
from engine.ops.elementwise import add, mul, where
from engine.ops.random import uniform_at
from engine.program.program import Node
from engine.tensor.spec import normalize_axis

EXACT = 2**24  # whole numbers below it are float32 numbers


class Moves(Ground):
    """Rules by op."""

    def _same(self, node: Node, fills: list[Filled]) -> Filled:
        return self._keep(node, fills[0])

    def _view(self, node: Node, fills: list[Filled]) -> Filled:
        offset, shape = node.attrs["offset"], node.attrs["shape"]
        for member in self._members(fills[0].arena):
            if member.offset == offset and member.spec.shape == tuple(shape):
                self._places[node.outputs[0]] = member.name
                return self._keep(node, Filled(self._member_axes(member), fills[0].rest))
        raise UnlikeError("A part of the weights that is not one of them.")

    def _pack(self, node: Node, fills: list[Filled]) -> Filled:
        for arena, mask in self._arenas.items():
            there = {m.offset: m for m in self._members(arena)}
            if (
                mask is None
                or mask.shape[1] != node.attrs["size"]
                or not set(node.attrs["offsets"]) <= set(there)
            ):
                continue
            for value, filled, offset in zip(node.inputs, fills, node.attrs["offsets"], strict=True):
                shape = self._editor.values[value].spec.shape
                own = flat(filled.axes, shape, self._count)
                if not np.array_equal(own, mask[:, offset : offset + own.shape[1]]):
                    raise UnlikeError("A gradient has its filling in another place than its weight.")
            if all(f.full or f.rest == 0.0 for f in fills):
                return self._keep(node, Filled((mask,), 0.0, arena))
            raw = self._editor.value(self._wide.values[node.outputs[0]].spec)
            self._keep(replace(node, outputs=(raw,)), Filled((mask,), None, arena))
            inputs = (self._alive(mask, 0, node), raw, self._editor.constant(np.zeros((), np.float32)))
            clean = replace(node, op=where, inputs=inputs, attrs={})
            return self._keep(clean, Filled((mask,), 0.0, arena))
        raise UnlikeError("Parts of something that is no arena.")

    def _reshape(self, node: Node, fills: list[Filled]) -> Filled:
        source = self._editor.values[node.inputs[0]].spec.shape
        target = self._wide.values[node.outputs[0]].spec.shape
        return self._keep(node, Filled(reshaped(fills[0].axes, source, target), fills[0].rest))

    def _transpose(self, node: Node, fills: list[Filled]) -> Filled:
        return self._keep(node, Filled(tuple(fills[0].axes[i] for i in node.attrs["perm"]), fills[0].rest))

    def _slice(self, node: Node, fills: list[Filled]) -> Filled:
        cuts = zip(fills[0].axes, node.attrs["starts"], node.attrs["limits"], strict=True)
        axes = tuple(None if mask is None or mask[:, a:b].all() else mask[:, a:b] for mask, a, b in cuts)
        return self._keep(node, Filled(axes, fills[0].rest))

    def _pad(self, node: Node, fills: list[Filled]) -> Filled:
        sides = zip(fills[0].axes, node.attrs["before"], node.attrs["after"], strict=True)
        axes = tuple(
            None if mask is None else np.pad(mask, ((0, 0), (a, b)), constant_values=True)
            for mask, a, b in sides
        )
        return self._keep(node, Filled(axes, None))

    def _concat(self, node: Node, fills: list[Filled]) -> Filled:
        shapes = [self._editor.values[i].spec.shape for i in node.inputs]
        axis = normalize_axis(node.attrs["axis"], len(shapes[0]))
        parts: list[Mask] = []
        for filled, shape in zip(fills, shapes, strict=True):
            mask = filled.axes[axis]
            parts.append(np.ones((self._count, shape[axis]), np.bool_) if mask is None else mask)
        axes = list(fills[0].axes)
        for value, filled in zip(node.inputs, fills, strict=True):
            for i, alive in enumerate(axes):
                if i != axis:
                    self._agree(value, i, filled.axes[i], alive)
        joined: Mask = np.concatenate(parts, axis=1)
        axes[axis] = None if joined.all() else joined
        rests = {f.rest for f in fills if not f.full}
        return self._keep(node, Filled(tuple(axes), rests.pop() if len(rests) == 1 else None))

    def _broadcast(self, node: Node, fills: list[Filled]) -> Filled:
        source = self._editor.values[node.inputs[0]].spec.shape
        shape = self._wide.values[node.outputs[0]].spec.shape
        lengths = [s.shape for s in self._uses.specs(node.outputs[0])]
        axes = list(self._settled(self._named(node), shape, lengths))
        for i, n in enumerate(source, len(shape) - len(source)):
            if n > 1 or shape[i] == 1:
                axes[i] = fills[0].axes[i - len(shape) + len(source)]
        copied = any(mask is not None for mask in axes) and fills[0].full
        return self._keep(node, Filled(tuple(axes), None if copied else fills[0].rest))

    def _rows(self, node: Node, fills: list[Filled]) -> Filled:
        """Rows out of a table, or added to one: what is alive along a row stays so."""
        rows, numbers = (fills[0], fills[1]) if node.op.name == "take_rows" else (fills[1], fills[0])
        before = 1 if node.op.name == "take_rows" else len(numbers.axes)
        if not numbers.full or any(mask is not None for mask in rows.axes[:before]):
            raise UnlikeError("Tables of different lengths.")
        rank = self._wide.values[node.outputs[0]].spec.rank
        inner = rows.axes[before:]
        rest = rows.rest if rows.rest == 0.0 or node.op.name == "take_rows" else None
        return self._keep(node, Filled((*(None,) * (rank - len(inner)), *inner), rest))

    def _uniform(self, node: Node, fills: list[Filled]) -> Filled:
        """Each number is the one that it would be if nothing were filled: of its number among those that are alive."""
        shape = self._wide.values[node.outputs[0]].spec.shape
        lengths = np.array([s.shape for s in self._uses.specs(node.outputs[0])])
        if lengths.prod(axis=1).max() >= EXACT:
            raise UnlikeError("Too many random numbers to be counted.")
        axes = self._settled(self._named(node), shape, [tuple(row) for row in lengths.tolist()])
        number: int | None = None
        for axis, mask in enumerate(axes):
            alive = np.ones((self._count, shape[axis]), np.bool_) if mask is None else mask
            along = (np.cumsum(alive, axis=1) - 1).clip(0).astype(np.float32)
            along = along.reshape(self._count, -1, *(1,) * (len(shape) - axis - 1))
            own = self._editor.lifted(along)
            if number is not None:
                length = self._editor.lifted(lengths[:, axis].astype(np.float32))
                before = self._editor.emit(mul, (number, length), node)
                own = self._editor.emit(add, (before, own), node)
            number = own
        assert number is not None  # a single number is never filled
        numbered = replace(
            node, op=uniform_at, inputs=(*node.inputs, number), attrs={"stream": node.attrs["stream"]}
        )
        return self._keep(numbered, Filled(axes, None))
