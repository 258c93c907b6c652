"""What a product or convolution does with its result before storing it: a bias, an activation, or both.

`fuse` (of the compiler) adds the attribute `epilogue` to a node: a `FusedBody` whose input 0 is the plain
result and whose further inputs follow the node's own; the node's outputs are then the body's. This module
lets an op state its shape rule and its NumPy reference without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.ops.op import Attrs, ComputeRule, InferRule
from engine.tensor.spec import Array, TensorSpec


def infer_with_epilogue(rule: InferRule, operands: int) -> InferRule:
    """The shape rule of an op with `operands` inputs of its own."""

    def infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
        plain = rule(inputs[:operands], attrs)
        body: Any = attrs.get("epilogue")
        return plain if body is None else tuple(TensorSpec(body.shape) for _ in body.outputs)

    return infer


def compute_with_epilogue(rule: InferRule, compute: ComputeRule, operands: int) -> ComputeRule:
    """The reference of an op with `operands` inputs of its own."""

    def compute_all(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
        body: Any = attrs.get("epilogue")
        if body is None:
            compute(inputs, outputs, attrs)
            return
        specs = tuple(TensorSpec(x.shape) for x in inputs[:operands])
        plain = np.empty(rule(specs, attrs)[0].shape, inputs[0].dtype)
        compute(inputs[:operands], [plain], attrs)
        for out, value in zip(outputs, body.evaluate([plain, *inputs[operands:]]), strict=True):
            np.copyto(out, value)

    return compute_all
