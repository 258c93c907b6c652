"""The shader that computes an op, as text for people to read. Needs no OpenGL: the text is that which a GPU is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.compiler.plan_memory import Location
from engine.devices.base import DeviceError
from engine.ops.op import Attrs, Op, OpKind
from engine.tensor.spec import TensorSpec
from gl_kernels.kernels.registry import required
from gl_kernels.launch import Operand, Request
from gl_kernels.tuning import BLOCKS, TILES, Tuning

BEGINNING = "void main()"
RESULT = "float t0 = "  # of the one step of a chain (gl_kernels/bodies.py)
NOTHING = "Nothing is computed here: the same numbers count as another shape."
A_GPU = Tuning(128, 32768, 64, True, (*TILES, BLOCKS[0]))


@dataclass(frozen=True)
class Listing:
    """A shader.

    Attributes:
        name: of its file.
        text: all of it.
        line: from 0, of the one that computes the op, or at which the computing begins.
    """

    name: str
    text: str
    line: int


def listing_of(
    op: Op,
    attrs: Attrs,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    literals: Mapping[int, float] | None = None,
) -> Listing | str:
    """The shader for one application of an op, or a sentence where a GPU does not compute it.

    Args:
        op: what is computed.
        attrs: all of them.
        inputs: of it.
        outputs: of it.
        literals: numbers of inputs that are scalar constants, by position.
    """
    if op.host:
        return f"The processor computes this on every device: {op.host}"
    if op.kind is OpKind.VIEW:
        return NOTHING
    try:
        request = Request(op, attrs, _placed("in", inputs), _placed("out", outputs), literals or {}, A_GPU)
        launches = required(op).lower(request)
    except DeviceError as error:
        return str(error)
    shaders = [launch.shader for launch in launches]
    if not shaders:
        return NOTHING
    return Listing(shaders[0].name, shaders[0].text, _line(op, shaders[0].text))


def _placed(kind: str, specs: Sequence[TensorSpec]) -> tuple[Operand, ...]:
    return tuple(Operand(spec, Location(f"{kind}{k}", 0, spec.nbytes)) for k, spec in enumerate(specs))


def _line(op: Op, text: str) -> int:
    """Where the op's own expression stands; else where the main function begins."""
    lines = text.splitlines()
    begin = next((k for k, line in enumerate(lines) if line.startswith(BEGINNING)), 0)
    own = (k for k, line in enumerate(lines) if op.kind is OpKind.ELEMENTWISE and RESULT in line)
    return next(own, begin)
