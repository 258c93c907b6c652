"""How a product reads its two sides: stored matrices, and the patches of pictures that make a convolution a product.

A side is seen as rows `p` of elements `q`, where neighbours in q are neighbours in memory where that is possible. The
GLSL splits the address into a part that depends on p and one that depends on q, so that a shader computes each of them
outside its inner loop: `<name>_outer(z, p)`, `<name>_inner(q)`, and `<name>_get(outer, four inners)`. Offsets are linear in
the place of a window wherever it does not skip, so their parts are only added. `<name>_later(z, p, outer, t)` is the outer
part of p + t, where p is divisible by four and outer is its own: mostly a step from there, which saves the divisions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.ops.conv import is_depthwise
from engine.ops.windows import Lengths, Window
from gl_kernels.launch import Draft, Operand
from gl_kernels.sizes import size


@dataclass(frozen=True, slots=True)
class Matrix:
    """One side of a product.

    Attributes:
        operand: the tensor.
        along_k: whether q is the summed index k (then p is the row or column of the product), or p is.
        quads: whether q, q + 1 .. q + 3 are neighbours in memory for every q divisible by four, and aligned.
        outer: ivec4 expression over `z` and `p` (uint, inside the matrix).
        inner: ivec4 expression over `q` (uint, inside the matrix).
        rows: number of p.
        columns: number of q.
        place: int expression over `p` and `q` (ivec4) for the element's offset.
        step: ivec4 expression for the difference of the outer parts of neighbours in a quad of rows; "" where it varies.
        inside: bool expression over `p` and `q`; elements outside are zero.
    """

    operand: Operand
    along_k: bool
    quads: bool
    outer: str
    inner: str
    rows: int
    columns: int
    place: str = "p.x + q.x"
    inside: str = "true"
    step: str = ""

    def install(self, draft: Draft, name: str, *, handed: bool) -> str:
        """Bind the tensor as `<name>`; the three functions. `handed`: the launch hands the number of rows over."""
        draft.fetches(name, self.operand, "vec4" if self.quads else "float")
        last_row = size(self.rows - 1) if handed else f"{self.rows - 1}u"
        last = self.columns - (4 if self.quads else 1)
        if self.quads:
            element = self._element(name, " / 4", "vec4(0.0)")
            get = f"vec4 {name}_get(ivec4 p, ivec4 q, ivec4 q1, ivec4 q2, ivec4 q3) {{ {element} }}"
        else:
            at = f"float {name}_at(ivec4 p, ivec4 q) {{ {self._element(name, '', '0.0')} }}"
            calls = ", ".join(f"{name}_at(p, q{c})" for c in range(4))
            get = f"{at}\nvec4 {name}_get(ivec4 p, ivec4 q0, ivec4 q1, ivec4 q2, ivec4 q3) {{ return vec4({calls}); }}"
        later = f"first + t * {self.step}" if self.step else f"{name}_outer(z, p + uint(t))"
        return (
            f"ivec4 {name}_outer(uint z, uint p) {{ p = min(p, {last_row}); return {self.outer}; }}\n"
            f"ivec4 {name}_later(uint z, uint p, ivec4 first, int t) {{ return {later}; }}\n"
            f"ivec4 {name}_inner(uint q) {{ q = min(q, {last}u); return {self.inner}; }}\n{get}"
        )

    def _element(self, name: str, divisor: str, zero: str) -> str:
        if self.inside == "true":
            return f"return load_{name}(({self.place}){divisor});"
        return (
            f"bool inside = {self.inside}; int i = inside ? {self.place} : 0; "
            f"return inside ? load_{name}(i{divisor}) : {zero};"
        )


def stored(operand: Operand, *, along_k: bool, rows: int, columns: int, row: int, batch: int) -> Matrix:
    """A matrix as it lies in memory, `row` elements from row to row and `batch` from one matrix to the next."""
    quads = columns % 4 == 0 and row % 4 == 0 and batch % 4 == 0
    step = f"ivec4({row})" if rows % 4 == 0 else ""
    outer = f"ivec4(z * {batch}u + p * {row}u)"
    return Matrix(operand, along_k, quads, outer, "ivec4(q)", rows, columns, step=step)


@dataclass(frozen=True, slots=True)
class Convolution:
    """The numbers of a convolution, and its three products seen as matrices."""

    pictures: int
    window: Window
    channels: int
    filters: int
    groups: int

    @property
    def depthwise(self) -> bool:
        """Whether every filter sees one of several channels."""
        return is_depthwise((self.channels,), self.groups)

    @property
    def group_channels(self) -> int:
        """Input channels of a group."""
        return self.channels // self.groups

    @property
    def group_filters(self) -> int:
        """Output channels of a group."""
        return self.filters // self.groups

    @property
    def taps(self) -> int:
        """Elements of a window in one channel."""
        return self.window.taps

    @property
    def windows(self) -> int:
        """Windows of all pictures."""
        return self.pictures * math.prod(self.window.count)

    @property
    def pixels(self) -> int:
        """Elements of one channel of all pictures."""
        return self.pictures * math.prod(self.window.image)

    def patches(self, x: Operand, *, along_k: bool) -> Matrix:
        """Rows: windows. Columns: tap and input channel."""
        w, c = self.window, self.group_channels
        steps = [
            f"(int({place} * {stride}u) - {before})"
            for place, stride, (before, _) in zip(_places("p", w.count), w.strides, w.padding, strict=True)
        ]
        checks = [
            f"uint(p.{a} + q.{a}) < {n}u"
            for a, n, pads in zip(AXES, w.image, w.padding, strict=False)
            if any(pads)
        ]
        picture = self._picture(w.count, w.image, self.channels, c)
        along = ["0"] * (w.rank - 1) + [str(w.strides[-1])]
        by_quads = w.count[-1] % 4 == 0  # four windows then lie in one row
        return Matrix(
            x,
            along_k,
            c % 4 == 0,
            _vector(f"int({picture}) + {_nested(steps, w.image)} * {self.channels}", steps),
            self._tap(c, w.image, self.channels),
            self.windows,
            self.taps * c,
            inside=" && ".join(checks) or "true",
            step=_vector(str(w.strides[-1] * self.channels), along) if by_quads else "",
        )

    def spread(self, grad: Operand) -> Matrix:
        """Rows: elements of the picture. Columns: tap and output channel: the gradient of the window seen so."""
        w, f = self.window, self.group_filters
        starts = [
            f"(int({at}) + {pads[0]})" for at, pads in zip(_places("p", w.image), w.padding, strict=True)
        ]
        offsets = [f"(p.{a} - q.{a})" for a in AXES[: w.rank]]
        checks = [_on_grid(at, s, n) for at, s, n in zip(offsets, w.strides, w.count, strict=True)]
        numbers = [f"{at} / {s}" if s > 1 else at for at, s in zip(offsets, w.strides, strict=True)]
        picture = self._picture(w.image, w.count, self.filters, f)
        linear = set(w.strides) == {1}
        begin = f" + {_nested(starts, w.count)} * {self.filters}" if linear else ""
        skipping = f" + {_nested(numbers, w.count)} * {self.filters}"
        return Matrix(
            grad,
            True,
            f % 4 == 0,
            _vector(f"int({picture}){begin}", starts),
            self._tap(f, w.count, -self.filters if linear else 0),
            self.pixels,
            self.taps * f,
            "p.x + q.x" if linear else f"p.x + q.x{skipping}",
            " && ".join(checks),
        )

    def weight(self, weight: Operand) -> Matrix:
        """Rows: tap and input channel. Columns: output channel."""
        f = self.group_filters
        return stored(
            weight, along_k=False, rows=self.taps * self.group_channels, columns=f, row=self.filters, batch=f
        )

    def weight_transposed(self, weight: Operand) -> Matrix:
        """Rows: input channel. Columns: tap and output channel."""
        c, f = self.group_channels, self.group_filters
        return Matrix(
            weight,
            True,
            f % 4 == 0,
            f"ivec4(p * {self.filters}u + z * {f}u)",
            f"ivec4(q / {f}u * {c * self.filters}u + q % {f}u)",
            c,
            self.taps * f,
        )

    def grads(self, grad: Operand) -> Matrix:
        """Rows: windows. Columns: output channel."""
        f = self.group_filters
        return stored(grad, along_k=False, rows=self.windows, columns=f, row=self.filters, batch=f)

    def _picture(self, walked: Lengths, stored: Lengths, channels: int, each: int) -> str:
        """Offset of the picture that element `p` of a walk over `walked` belongs to, and in it of group `z`."""
        return f"p / {math.prod(walked)}u * {math.prod(stored) * channels}u + z * {each}u"

    def _tap(self, channels: int, lengths: Lengths, each: int) -> str:
        """The channel of column `q`, plus the offset of its tap in `lengths` at `each` elements; where the tap looks."""
        w = self.window
        places = _places(f"q / {channels}u" if channels > 1 else "q", w.size, outermost=True)
        steps = [f"{at} * {d}u" if d > 1 else at for at, d in zip(places, w.dilation, strict=True)]
        channel = f"int(q % {channels}u)" if channels > 1 else "0"
        return _vector(f"{channel} + int({_nested(steps, lengths)}) * ({each})" if each else channel, steps)


AXES = "yzw"  # components of an ivec4 for the place along each length; x is an offset


def _vector(first: str, rest: Sequence[str]) -> str:
    return f"ivec4({', '.join([first, *rest, *['0'] * (3 - len(rest))])})"


def _places(index: str, lengths: Lengths, *, outermost: bool = False) -> list[str]:
    """The coordinates of element `index` of a walk over `lengths`, which `outermost` says is the whole walk."""
    places = []
    for axis, length in enumerate(lengths):
        inner = math.prod(lengths[axis + 1 :])
        place = f"{index} / {inner}u" if inner > 1 else index
        places.append(f"({place})" if outermost and axis == 0 else f"({place} % {length}u)")
    return places


def _nested(places: Sequence[str], lengths: Lengths) -> str:
    """The number of the element at `places` of a walk over `lengths`."""
    total = places[0]
    for place, length in zip(places[1:], lengths[1:], strict=True):
        total = f"({total} * {length} + {place})"
    return total


def _on_grid(offset: str, stride: int, count: int) -> str:
    """Whether a window starts `offset` elements before, and which one it is exists."""
    aligned = f" && {offset} % {stride} == 0" if stride > 1 else ""
    return f"{offset} >= 0{aligned} && {offset} / {stride} < {count}"
