"""Which nodes have a prepared kernel on the CPU; every other node runs its op's NumPy reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.devices.cpu import (
    arrangement,
    convolution,
    elementwise,
    pooling,
    products,
    recurrent,
    rows,
    scores,
)
from engine.devices.cpu.calls import Call, Task, reference
from engine.ops.op import OpKind

Kernel = Callable[[Task], list[Call]]

KERNELS: Mapping[str, Kernel] = MappingProxyType(
    {
        "fused": elementwise.fused_calls,
        "matmul": products.matmul_calls,
        "conv": convolution.conv_calls,
        "conv_input_grad": convolution.conv_input_grad_calls,
        "conv_weight_grad": convolution.conv_weight_grad_calls,
        "max_pool": pooling.max_pool_calls,
        "max_pool_grad": pooling.max_pool_grad_calls,
        "avg_pool": pooling.avg_pool_calls,
        "avg_pool_grad": pooling.avg_pool_grad_calls,
        "take_rows": rows.take_rows_calls,
        "sum": rows.sum_calls,
        "recurrent": recurrent.recurrent_calls,
        "recurrent_grad": recurrent.recurrent_grad_calls,
        "softmax": scores.row_calls,
        "log_softmax": scores.row_calls,
        "argmax": scores.row_calls,
        "one_hot": scores.row_calls,
        "cast": scores.cast_calls,
        "uniform": scores.uniform_calls,
        "transpose": arrangement.transpose_calls,
        "slice": arrangement.slice_calls,
        "pad": arrangement.pad_calls,
        "concat": arrangement.concat_calls,
        "pack": arrangement.pack_calls,
        "copy": arrangement.copy_calls,
    }
)


def prepare(task: Task) -> list[Call]:
    """The calls that execute a node."""
    if task.totals and task.scratch.lowering is not None and not task.node.op.name.startswith("conv"):
        return task.scratch.lowering.with_totals(task)
    kernel = KERNELS.get(task.node.op.name)
    if kernel is not None:
        return kernel(task)
    if task.node.op.kind is OpKind.ELEMENTWISE and task.node.op.ufunc is not None:
        return elementwise.elementwise_calls(task)
    return [reference(task)]
