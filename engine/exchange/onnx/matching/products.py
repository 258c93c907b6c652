"""Products with weights: Dense and Embedding."""

from __future__ import annotations

import numpy as np

from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.steps import Step, match
from engine.exchange.onnx.wires import Known, Wired
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.op import Op
from engine.tensor.spec import Array


def dense(step: Step, x: Wired, weight: Array, bias: Array | None) -> Wired:
    """A Dense over the last axis of the file; rows of the weight follow the atoms as they lie on the wire."""
    if x.kind != "float" or x.rank < 2 or 0 in x.axes[-1]:
        raise RefusedError("it multiplies something else than the numbers of an example by a weight")
    summed = x.axes[-1]
    units = weight.shape[1]
    if weight.shape[0] != x.length(x.rank - 1):
        raise RefusedError("its weight has another length than its input")
    lying = tuple(sorted(summed))
    if lying != summed:
        rows = weight.reshape(*(x.atoms[a] for a in summed), units)
        weight = rows.transpose(*(summed.index(a) for a in lying), len(summed)).reshape(-1, units)
    others = tuple((a,) for a in range(1, len(x.atoms)) if a not in summed)
    end = step.drawing.laid(x, (*others, lying), step.node.name)
    weights = {"weight": weight}
    if bias is not None:
        weights["bias"] = bias
    out = step.put(Dense(units=units, use_bias=bias is not None), end, weights=weights)
    kept = {a[0]: k + 1 for k, a in enumerate(others)} | {0: 0}
    atoms = (1, *(x.atoms[a[0]] for a in others), *((units,) if units > 1 else ()))
    last = (len(atoms) - 1,) if units > 1 else ()
    axes = (*(tuple(kept[a] for a in axis) for axis in x.axes[:-1]), last)
    return Wired(out, (*(x.atoms[a[0]] for a in others), units), atoms, axes)


@match("Gemm")
def gemm(step: Step) -> Wired:
    """A Dense where the second input is a weight."""
    x, weight = step.wire(0), step.known(1)
    alpha, beta = float(step.get("alpha", 1.0)), float(step.get("beta", 1.0))
    if step.get("transA", 0):
        x = x.transposed((1, 0))
    weight = weight.T if step.get("transB", 0) else weight
    bias = None
    if step.has(2) and beta:
        bias = np.asarray(step.known(2), np.float32) * np.float32(beta)
        if bias.ndim > 1 and bias.shape[0] != 1:
            raise RefusedError("its bias differs from example to example")
        bias = np.ascontiguousarray(np.broadcast_to(bias.reshape(-1), (weight.shape[1],)))
    return dense(step, x, weight if alpha == 1.0 else weight * np.float32(alpha), bias)


@match("MatMul")
def matmul(step: Step) -> Wired:
    """A Dense without bias where the second input is a weight; an Add behind it brings the bias."""
    if isinstance(step.inputs[1], Wired):
        return _of_two(step)
    weight = step.known(1)
    if weight.ndim != 2:
        raise RefusedError("its weight is no matrix")
    return dense(step, step.wire(0), weight, None)


def gather(step: Step) -> Wired:
    """An Embedding where rows of a weight are taken."""
    table, index = step.value(0), step.wire(1)
    if not isinstance(table, Known) or not table.fixed or table.array.ndim != 2 or int(step.get("axis", 0)):
        raise RefusedError("it takes no rows of a table")
    if table.kind != "float" or index.kind != "int":
        raise RefusedError("it takes no rows of a table of numbers")
    words, width = table.array.shape
    layer = Embedding(input_dim=words, output_dim=width)
    end = step.put(layer, index.end, weights={"embeddings": table.array})
    atoms = (*index.atoms, *((width,) if width > 1 else ()))
    last = (len(atoms) - 1,) if width > 1 else ()
    return Wired(end, (*index.wire, width), atoms, (*index.axes, last))


def _of_two(step: Step) -> Wired:
    """Two values: stacks of matrices, whose leading axes may hold the batch together with others."""
    a, b = step.wire(0), step.wire(1)
    if a.rank != b.rank or a.rank < 3 or "float" not in (a.kind, b.kind):
        raise RefusedError("it multiplies values of different rank")
    lead = [k for axis in a.axes[:-2] for k in axis]
    other = [k for axis in b.axes[:-2] for k in axis]
    lengths = [[v.atoms[k] for k in axes] for v, axes in ((a, lead), (b, other))]
    if lengths[0] != lengths[1] or 0 not in lead or lead.index(0) != other.index(0):
        raise RefusedError("its stacks of matrices are not alike")
    ends, dims = [], [k for k in lead if k]
    for value, atoms in ((a, dims), (b, [k for k in other if k])):
        shape = (*((k,) for k in atoms), value.axes[-2], value.axes[-1])
        ends.append(step.drawing.laid(value, shape, step.node.name))
    end = step.put(Op(formula="y = matmul(x, x1)", label="MatMul"), *ends)
    rows, columns = a.length(a.rank - 2), b.length(b.rank - 1)
    wire = (*(a.atoms[k] for k in dims), rows, columns)
    places = {k: n for n, k in enumerate(dims, start=1)} | {0: 0}
    atoms = [1, *(a.atoms[k] for k in dims)]
    axes = [tuple(places[k] for k in axis) for axis in a.axes[:-2]]
    for length in (rows, columns):
        axes.append((len(atoms),) if length > 1 else ())
        atoms += [length] if length > 1 else []
    return Wired(end, wire, tuple(atoms), tuple(axes))
