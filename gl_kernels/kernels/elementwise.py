"""Element-wise nodes, fused or alone: one generated shader each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.program.fused import FusedBody, FusedStep
from gl_kernels.bodies import Chain
from gl_kernels.kernels.registry import ELEMENTWISE, Kernel
from gl_kernels.launch import Draft, Launch, Request


def _lower_chain(request: Request, body: FusedBody) -> Sequence[Launch]:
    chain = Chain.of(body, request.inputs, request.outputs, request.literals)
    bound = len(chain.outputs) + sum(x is not None for x in chain.inputs)
    chain = replace(chain, replaces=bound > request.tuning.storage_blocks)
    draft = Draft("elementwise")
    quads = chain.quads()
    chain.install(draft, quads=quads)
    size = request.outputs[0].spec.size
    return [draft.threads(size // 4 if quads else size, request.tuning)]


def _lower_fused(request: Request) -> Sequence[Launch]:
    return _lower_chain(request, request.attrs["body"])


def _lower_single(request: Request) -> Sequence[Launch]:
    count = len(request.inputs)
    attrs = tuple((k, v) for k, v in sorted(request.attrs.items()))
    step = FusedStep(request.op, tuple(range(count)), attrs)
    return _lower_chain(request, FusedBody(count, (step,), (count,), request.outputs[0].spec.shape))


fused = Kernel("fused", _lower_fused)
single = Kernel(ELEMENTWISE, _lower_single)
