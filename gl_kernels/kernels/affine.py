"""Pictures read at affine places, and the gradient that goes back to the pixels that were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.ops.affine import FILL_MODES
from gl_kernels.bodies import literal
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Request

PIXELS = 2**14  # that an invocation hands back in one launch


def _draft(name: str, request: Request, image: Sequence[int]) -> Draft:
    attrs = request.attrs
    return Draft(
        name,
        {
            "HEIGHT": image[1],
            "WIDTH": image[2],
            "CHANNELS": image[3],
            "ROWS": attrs["size"][0],
            "COLUMNS": attrs["size"][1],
            "BILINEAR": attrs["interpolation"] == "bilinear",
            **{f"FILL_{mode.upper()}": mode == attrs["fill_mode"] for mode in FILL_MODES},
        },
    )


def _lower(request: Request) -> Sequence[Launch]:
    image, transform = request.inputs
    draft = _draft("affine", request, image.spec.shape)
    draft.sections["FILL_VALUE"] = literal(request.attrs["fill_value"])
    draft.reads("x", image)
    draft.reads("transform", transform)
    draft.writes("y", request.outputs[0])
    return [draft.threads(request.outputs[0].spec.size, request.tuning)]


def _lower_grad(request: Request) -> Sequence[Launch]:
    transform, grad = request.inputs
    image = request.outputs[0].spec.shape
    rows, columns = request.attrs["size"]
    request.tuning.check_rounds(2 * columns, "a picture with rows")
    stretch = max(1, min(rows, PIXELS // columns))
    clear = Draft("map", sections={"ELEMENT": "y[e] = 0.0;"})
    clear.writes("y", request.outputs[0])
    draft = _draft("affine_grad", request, image)
    draft.options["STRETCH"] = stretch
    draft.reads("transform", transform)
    draft.reads("grad", grad)
    draft.updates("y", request.outputs[0])
    give = draft.threads(image[0] * image[3], request.tuning)
    stretches = [replace(give, number=k) for k in range(-(-rows // stretch))]
    return [clear.threads(request.outputs[0].spec.size, request.tuning), *stretches]


affine_sample = Kernel("affine_sample", _lower)
affine_sample_grad = Kernel("affine_sample_grad", _lower_grad)
