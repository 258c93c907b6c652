"""Where scores become probabilities: as part of the loss, where it is numerically stable.

A loss on classes is computed from logits. If the network already ends in the soft-max (or sigmoid) that its loss
expects, the loss is given what went into it; otherwise the link is applied here, for predictions only.
"""

from __future__ import annotations

from engine.objectives.loss import Link
from engine.ops.elementwise import sigmoid
from engine.ops.op import Tensor
from engine.ops.softmax import softmax
from engine.program.builder import ProgramBuilder

_OPS = {Link.SIGMOID: sigmoid, Link.SOFTMAX: softmax}


def split(builder: ProgramBuilder, link: Link, scores: Tensor) -> tuple[Tensor, Tensor]:
    """Prediction and logits for the tensor that arrives at a target."""
    op = _OPS.get(link)
    if op is None:
        return scores, scores
    producer = next((n for n in reversed(builder.nodes) if scores.id in n.outputs), None)
    if producer is not None and producer.op is op:
        return scores, builder.tensor(producer.inputs[0])
    return op(scores), scores
