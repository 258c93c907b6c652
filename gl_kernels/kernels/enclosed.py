"""Ops with element-wise steps around them: the kernel of the op itself, reading formed operands and going on at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.program.enclosed import EPILOGUE, Enclosure
from engine.tensor.spec import TensorSpec
from gl_kernels.bodies import Front
from gl_kernels.kernels.products import TOTALS
from gl_kernels.kernels.registry import Kernel, required
from gl_kernels.launch import Launch, Operand, Request


def _lower(request: Request) -> Sequence[Launch]:
    around: Enclosure = request.attrs["around"]
    parts, rest = around.parts(range(len(request.inputs)))
    inputs: list[Operand] = []
    for front, places in zip(around.fronts, parts, strict=True):
        operands = [request.inputs[i] for i in places]
        if front is None:
            inputs += operands
            continue
        literals = {k: request.literals[i] for k, i in enumerate(places) if i in request.literals}
        spec = TensorSpec(front.shape)
        inputs.append(Operand(spec, operands[0].place, front=Front(front, tuple(operands), literals)))
    literals = {len(inputs) + k: request.literals[i] for k, i in enumerate(rest) if i in request.literals}
    inputs += [request.inputs[i] for i in rest]
    attrs = around.attrs if around.end is None else {**around.attrs, EPILOGUE: around.end}
    if around.totals:
        attrs = {**attrs, TOTALS: True}
    core = replace(request, op=around.core, attrs=attrs, inputs=tuple(inputs), literals=literals)
    launches = required(around.core).lower(core)
    request.scratch_bytes = core.scratch_bytes
    return launches


enclosed = Kernel("enclosed", _lower)
