"""Soft-max and its logarithm along the last axis: a few invocations share a row."""

from __future__ import annotations

from collections.abc import Sequence

from gl_kernels.kernels.reductions import LONGEST
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Request
from gl_kernels.sizes import Size

MAX_LANES = 256


def _lower(request: Request) -> Sequence[Launch]:
    source = request.inputs[0]
    count = source.spec.shape[-1]
    rows = source.spec.size // max(1, count)
    lanes, shared = 1, min(MAX_LANES, request.tuning.group * 2) if request.tuning.tiled else 1
    while (lanes < shared and lanes * 8 <= count) or (lanes < MAX_LANES and lanes * LONGEST < count):
        lanes *= 2
    request.tuning.check_rounds(3 * -(-count // lanes), "a soft-max")
    local = max(lanes, request.tuning.group)
    logarithm = request.op.name == "log_softmax"
    draft = Draft("softmax", {"ROWS": Size(rows), "COUNT": count, "LOG": logarithm})
    draft.shares(lanes, request.tuning)
    draft.fetches("x", source)
    draft.writes("y", request.outputs[0])
    return [draft.launch(-(-rows * lanes // local), local)]


softmax = Kernel("softmax", _lower, forms=1)
log_softmax = Kernel("log_softmax", _lower, forms=1)
