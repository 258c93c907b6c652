"""Reverse-mode differentiation of a program under construction."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ops.backward import backward
from engine.ops.op import Tensor
from engine.program.builder import ProgramBuilder
from engine.program.program import Phase


def differentiate(builder: ProgramBuilder, loss: Tensor, wrt: Sequence[Tensor]) -> list[Tensor]:
    """The gradients of `loss` (a scalar) with respect to `wrt`, appended to the builder (see `backward`)."""
    with builder.phase(Phase.BACKWARD):
        return backward(builder, loss, wrt)
