"""Random numbers by counting: the same bits as `engine.ops.random` gives."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ops.random import MULTIPLIERS, ROUNDS, WEYL
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Request
from gl_kernels.sizes import Size

PHILOX: dict[str, int | float] = {
    "ROUNDS": ROUNDS,
    "MULTIPLIER0": MULTIPLIERS[0],
    "MULTIPLIER1": MULTIPLIERS[1],
    "WEYL0": WEYL[0],
    "WEYL1": WEYL[1],
}


def _draft(name: str, request: Request) -> Draft:
    draft = Draft(name, {"STREAM": request.attrs["stream"], **PHILOX})
    draft.reads("seed", request.inputs[0])
    draft.reads("step_number", request.inputs[1])
    draft.writes("y", request.outputs[0])
    return draft


def _lower(request: Request) -> Sequence[Launch]:
    size = request.outputs[0].spec.size
    draft = _draft("uniform", request)
    draft.options["SIZE"] = Size(size)
    return [draft.threads(-(-size // 4), request.tuning)]


def _lower_at(request: Request) -> Sequence[Launch]:
    draft = _draft("uniform_at", request)
    draft.fetches("numbers", request.inputs[2])
    return [draft.threads(request.outputs[0].spec.size, request.tuning)]


uniform = Kernel("uniform", _lower)
uniform_at = Kernel("uniform_at", _lower_at)
