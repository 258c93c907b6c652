"""Random numbers by counting: the same bits as `engine.ops.random` gives."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ops.random import MULTIPLIERS, ROUNDS, WEYL
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Request


def _lower(request: Request) -> Sequence[Launch]:
    output = request.outputs[0]
    draft = Draft("uniform", {"SIZE": output.spec.size, "STREAM": request.attrs["stream"], "ROUNDS": ROUNDS})
    draft.options |= {
        "MULTIPLIER0": MULTIPLIERS[0],
        "MULTIPLIER1": MULTIPLIERS[1],
        "WEYL0": WEYL[0],
        "WEYL1": WEYL[1],
    }
    draft.reads("seed", request.inputs[0])
    draft.reads("step_number", request.inputs[1])
    draft.writes("y", output)
    return [draft.threads(-(-output.spec.size // 4), request.tuning)]


uniform = Kernel("uniform", _lower)
