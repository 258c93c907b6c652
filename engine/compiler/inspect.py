"""What can be seen of a layer beside its output: attention, the states of a recurrence, what its weights lie over.

All of it is found in the ops a node was built of, so it holds for any layer that is made of the same ops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.compiler.checkup import end_of
from engine.compiler.lower import gather, lower
from engine.ops.cells import Cell, Seen
from engine.ops.limits import Limits, limits_of
from engine.ops.matmul import matmul
from engine.ops.movement import slice_
from engine.ops.op import OpKind, Tensor
from engine.ops.recurrent import recurrent
from engine.ops.softmax import softmax
from engine.ops.views import reshape
from engine.program.builder import ProgramBuilder
from engine.program.program import Node
from engine.tensor.spec import DType, Shape, TensorSpec

if TYPE_CHECKING:
    from engine.compiler.model import ModelCompiler

PICTURE_RANK = 4  # batch, height, width, channels
LEAST_PAIR = 3  # axes of attention: batch, places that look, places looked at


@dataclass(frozen=True)
class Inner:
    """Values inside one node.

    Attributes:
        attention: (batch, .., places that look, places looked at), each row sums to 1.
        states: for each recurrence its output, its further states and, closely, its gates, by name: (time, batch, units).
        over: shape (height, width, channels) of what its matrix multiplies, before it was put in a row; () if it was none.
    """

    attention: tuple[Tensor, ...] = ()
    states: tuple[tuple[Seen, Tensor], ...] = ()
    over: Shape = ()


def inner_values(builder: ProgramBuilder, node: str, *, closely: bool = False) -> Inner:
    """What a node that is built already has inside; `closely`: what has to be computed again to be seen, too."""
    own = [n for n in builder.nodes if n.origin == node]
    attention = [builder.tensor(n.outputs[0]) for n in own if n.op is softmax]
    pairs = tuple(t for t in attention if len(t.shape) >= LEAST_PAIR and min(t.shape[-2:]) > 1)
    mixing = _read_by_products(own)
    states = tuple(s for n in own if n.op is recurrent for s in _over_time(builder, n, closely=closely))
    return Inner(tuple(t for t in pairs if t.id in mixing), states, _over(builder, own))


def output_limits(compiler: ModelCompiler, tap: tuple[str, str]) -> Limits | None:
    """Where the activation ends that a node's output comes from; None where it has no ends."""
    builder = ProgramBuilder("limits")
    index = builder.feed("index", TensorSpec((1,), DType.INT32))
    features = {n: f.as_seen for n, f in compiler.inputs.items()}
    forward = lower(compiler.graph, builder, gather(builder, features, "limits", 1, index), training=False)
    makers = {value: n for n in builder.nodes for value in n.outputs}
    return limits_of(end_of(makers, forward.tensors[tap])) if tap in forward.tensors else None


def _read_by_products(nodes: list[Node]) -> set[int]:
    """Values that go into a matrix product, by way of other shapes and factors: attention weights do, answers do not."""
    found = {value for n in nodes if n.op is matmul for value in n.inputs}
    for n in reversed(nodes):
        if n.op is not matmul and n.op is not softmax and found & set(n.outputs):
            found.update(n.inputs)
    return found


def _over_time(builder: ProgramBuilder, node: Node, *, closely: bool) -> Iterator[tuple[Seen, Tensor]]:
    """What a recurrence has after every step, by name; its gates are kept by nobody but a step that learns."""
    kind: Cell = node.attrs["cell"]
    yield Seen.OUTPUT, builder.tensor(node.outputs[0])
    kept = None
    for name, source in kind.named:
        if source.name == "after":
            yield name, builder.tensor(node.outputs[source.index])
        elif closely:
            if kept is None:
                inputs = map(builder.tensor, node.inputs)
                kept = recurrent.outputs(*inputs, **{**node.attrs, "keep": True})[-1]
            steps, _, batch, units = kept.shape
            starts, limits = (0, source.index, 0, 0), (steps, source.index + 1, batch, units)
            yield name, reshape(slice_(kept, starts=starts, limits=limits), shape=(steps, batch, units))


def _over(builder: ProgramBuilder, nodes: list[Node]) -> Shape:
    """The shape of one example before it was put in a row for the first product of a node."""
    makers: Mapping[int, Node] = {value: n for n in builder.nodes for value in n.outputs}
    for product in (n for n in nodes if n.op is matmul):
        value, width = product.inputs[0], builder.tensor(product.inputs[0]).shape[-1]
        while (maker := makers.get(value)) is not None and maker.op.kind is OpKind.VIEW:
            value = maker.inputs[0]
            shape = builder.tensor(value).shape
            if len(shape) == PICTURE_RANK and shape[1] * shape[2] * shape[3] == width:
                return shape[1:]
        return ()
    return ()
