"""Where scores become probabilities: as part of the loss, where it is numerically stable.

A loss on classes is computed from logits. If the network already ends in the soft-max (or sigmoid) that its loss
expects, the loss is given what went into it; otherwise the link is applied here, for predictions only. A loss can also
be told that probabilities arrive; they are turned back into logits.
"""

from __future__ import annotations

from engine.objectives.crossentropy import Linked
from engine.objectives.loss import EPSILON, Link, Loss
from engine.ops.elementwise import clip, log, sigmoid
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.softmax import softmax
from engine.ops.views import reshape
from engine.program.builder import ProgramBuilder

_OPS = {Link.SIGMOID: sigmoid, Link.SOFTMAX: softmax}


def split(builder: ProgramBuilder, loss: Loss, arrived: Tensor) -> tuple[Tensor, Tensor]:
    """Prediction and logits for the tensor that arrives at a target."""
    op = _OPS.get(loss.link)
    if op is None:
        return arrived, arrived
    given = loss.from_logits if isinstance(loss, Linked) else "auto"
    if given is False:
        return arrived, _logits(arrived, loss.link)
    logits = _before(builder, loss.link, arrived) if given == "auto" else None
    return (op(arrived), arrived) if logits is None else (arrived, logits)


def pending(builder: ProgramBuilder, loss: Loss, arrived: Tensor) -> Link:
    """The link that makes the prediction of what arrives: none where the network ends in it already."""
    return Link.NONE if split(builder, loss, arrived)[0] is arrived else loss.link


def _before(builder: ProgramBuilder, link: Link, arrived: Tensor) -> Tensor | None:
    """What went into the link that the tensor came out of, perhaps by way of reshapes."""
    producers = {i: n for n in builder.nodes for i in n.outputs}
    current, shape = arrived, arrived.shape
    while (producer := producers.get(current.id)) is not None:
        source = builder.tensor(producer.inputs[0]) if producer.inputs else current
        if producer.op is _OPS[link]:
            return source if source.shape == shape else reshape(source, shape=shape)
        if producer.op is not reshape or (link is Link.SOFTMAX and source.shape[-1:] != shape[-1:]):
            return None
        current = source
    return None


def _logits(p: Tensor, link: Link) -> Tensor:
    """Scores that give these probabilities, which are kept off 0 and 1 as Keras keeps them."""
    if link is Link.SIGMOID:
        inside = clip(p, EPSILON, 1.0 - EPSILON)
        return log(inside) - log(1.0 - inside)
    total = sum_(p, axes=(p.spec.rank - 1,), keepdims=True)
    return log(clip(p / total, EPSILON, 1.0 - EPSILON))
