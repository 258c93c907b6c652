"""Resize and Upsample of pictures."""

from __future__ import annotations

import numpy as np

from engine.exchange.onnx.calls import Call, Operand
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.operators.resize import LARGEST, target, weights
from engine.exchange.onnx.steps import Step, channels_last, from_channels_last, match
from engine.exchange.onnx.wires import Known, Wired
from engine.layers.registry import layers
from engine.layers.resampling import shares
from engine.program.builder import ProgramBuilder

_METHODS = ("nearest", "bilinear", "bicubic")


@match("Resize", "Upsample")
def resize(step: Step) -> Wired:
    """UpSampling by whole factors or Resizing, if the weights of one of them are those of the file."""
    x = channels_last(step, step.wire())
    if x.rank != 4 or x.kind != "float":
        raise RefusedError("it resizes something else than pictures")
    operands = [Operand("float", array=v.array) if isinstance(v, Known) else None for v in step.inputs]
    call = Call(step.node.op, step.node.attributes, step.opset, ProgramBuilder("resize"), operands)
    scales, sizes = target(call, x.shape(1))
    if scales[:2] != [1.0, 1.0] or step.get("coordinate_transformation_mode") == "tf_crop_and_resize":
        raise RefusedError("it resizes channels, or shows a part")
    before, after = x.wire[:2], tuple(sizes[2:])
    if any(m < 1 or n * m > LARGEST for n, m in zip(before, after, strict=True)):
        raise RefusedError("it resizes to nothing, or to more than can be held")
    matrices = [weights(call, n, m, s, None) for n, m, s in zip(before, after, scales[2:], strict=True)]
    for method in _METHODS:
        ours = [shares(n, m, method).T for n, m in zip(before, after, strict=True)]  # type: ignore[arg-type]  # a literal
        if all(np.allclose(a, b, atol=1e-6) for a, b in zip(ours, matrices, strict=True)):
            return _layer(step, x, after, method)
    raise RefusedError("our resizing has other weights")


def _layer(step: Step, x: Wired, after: tuple[int, ...], method: str) -> Wired:
    before = x.wire[:2]
    if all(m % n == 0 for n, m in zip(before, after, strict=True)):
        factors = tuple(m // n for n, m in zip(before, after, strict=True))
        layer = layers()["UpSampling2D"].model_validate({"size": factors, "interpolation": method})
    else:
        layer = layers()["Resizing"].model_validate(
            {"height": after[0], "width": after[1], "interpolation": method}
        )
    return from_channels_last(step.put(layer, x.end), list(after), x.wire[-1])
