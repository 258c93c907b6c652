"""Index arithmetic in GLSL: from the number of an element to its place in another tensor.

Shapes are known when a shader is made, so the lengths are literals as a rule and the driver turns divisions by them into
multiplications. Dimensions that move together are merged first; most maps then have no division at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.tensor.spec import Shape
from gl_kernels.sizes import size


def strides_of(shape: Shape) -> tuple[int, ...]:
    """Elements between neighbours along each dimension of a dense tensor."""
    strides: list[int] = []
    step = 1
    for length in reversed(shape):
        strides.append(step)
        step *= length
    return tuple(reversed(strides))


def _literal(number: int) -> str:
    return f"{number}u"


@dataclass(frozen=True, slots=True)
class IndexMap:
    """Offsets of a walk through `lengths` in row-major order, `strides` elements apart; merged, outermost first."""

    lengths: tuple[int, ...]
    strides: tuple[int, ...]

    @classmethod
    def of(cls, lengths: Sequence[int], strides: Sequence[int]) -> IndexMap:
        """The merged map."""
        merged: list[tuple[int, int]] = []
        for length, stride in zip(lengths, strides, strict=True):
            if length == 1:
                continue
            if merged and merged[-1][1] == stride * length:
                merged[-1] = (merged[-1][0] * length, stride)
            else:
                merged.append((length, stride))
        return cls(tuple(n for n, _ in merged), tuple(s for _, s in merged))

    @classmethod
    def broadcast(cls, source: Shape, target: Shape) -> IndexMap:
        """From the elements of `target` to those of `source`, which broadcasts to it."""
        full = (1,) * (len(target) - len(source)) + source
        strides = [0 if n == 1 else s for n, s in zip(full, strides_of(full), strict=True)]
        return cls.of(target, strides)

    @property
    def contiguous(self) -> bool:
        """Whether offsets are the element numbers themselves."""
        return self.strides in ((), (1,))

    @property
    def constant(self) -> bool:
        """Whether all offsets are 0."""
        return not any(self.strides)

    def offset(self, index: str, *, handed: bool = False) -> str:
        """GLSL (uint) for the offset of the element whose number is the uint expression `index`.

        `handed`: the launch hands the lengths and strides over, because a batch may be among them.
        """
        number = size if handed else _literal
        terms: list[str] = []
        inner = 1
        for k in reversed(range(len(self.lengths))):
            part = index if inner == 1 else f"({index} / {number(inner)})"
            if k > 0:
                part = f"({part} % {number(self.lengths[k])})"
            if self.strides[k]:
                terms.append(part if self.strides[k] == 1 else f"{part} * {number(self.strides[k])}")
            inner *= self.lengths[k]
        return f"({' + '.join(reversed(terms))})" if terms else "0u"
