"""What a network is trained for, as functions of PyTorch: losses, penalties and rules of weights, op by op."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.compiler.losses import Objective, batch_loss, judge
from engine.compiler.lower import Forward, LoweringError
from engine.compiler.simplify import simplify
from engine.data.bundle import DataBundle
from engine.exchange.batches import BATCHES
from engine.exchange.outgoing import Outgoing, specs_of
from engine.exchange.torch.expressions import PRODUCT, SUM, Expression, number
from engine.exchange.torch.lines import Lines
from engine.exchange.torch.text import indented, wrapped
from engine.exchange.torch.tracing import Joined
from engine.exchange.torch.writing import Module
from engine.formats.errors import FormatError
from engine.graph.features import FeatureSpec
from engine.graph.targets import task_of
from engine.layers.target import Target
from engine.layers.torch_form import Kept
from engine.objectives.crossentropy import Linked
from engine.objectives.loss import BINARY, MULTICLASS, REGRESSION, Link, Loss
from engine.objectives.registry import find_loss
from engine.ops.op import Tensor
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import DType, Shape, ShapeError, TensorSpec
from engine.training.objectives import balanced

MOST_CLASSES = 1000  # whose weights are written out
Rule = Callable[[Tensor], Tensor]  # what is computed of a weight


@dataclass(frozen=True, eq=False)
class Aim:
    """One target of a script.

    Attributes:
        name: of the target, in the data.
        loss: what it is trained with.
        classes: how many; None for numbers.
        spec: of one example of the answers.
        scores: whether the loss takes what the network gives before its last soft-max or sigmoid.
        lines: the body of a function of `given` and `answer`, one number.
        notes: sentences on what is not as in the project.
    """

    name: str
    loss: Loss
    classes: int | None
    spec: TensorSpec
    scores: bool
    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()


def aims_of(out: Outgoing, module: Module) -> list[Aim]:
    """The targets of a network.

    Raises:
        FormatError: a loss can't be said in PyTorch.
    """
    specs = specs_of(out.net)
    return [
        _aim(out, module, k, target, specs[end])
        for k, (target, end) in enumerate(zip(out.aims, out.net.outputs, strict=True))
    ]


def resolved(out: Outgoing) -> tuple[Loss, ...]:
    """The loss of each output, that of `auto` as the data says it.

    Raises:
        FormatError: a loss is for other targets.
    """
    specs = specs_of(out.net)
    try:
        return tuple(
            find_loss(t.loss, task_of(_feature(out, t, specs[end])))
            for t, end in zip(out.aims, out.net.outputs, strict=True)
        )
    except ValueError as error:
        raise FormatError(str(error)) from error


def _aim(out: Outgoing, module: Module, k: int, target: Target, given: TensorSpec) -> Aim:
    feature = _feature(out, target, given)
    try:
        loss = find_loss(target.loss, task_of(feature))
    except ValueError as error:
        raise FormatError(f"{target.target}: {error}") from error
    scores = k in module.made.scores and loss.link is not Link.NONE
    ends = out.meaning.links.get(target.target) is Link.NONE and loss.link is not Link.NONE
    if isinstance(loss, Linked) and ends and not scores:
        loss = loss.model_copy(update={"from_logits": False})
    notes = []
    if target.sample_weight:
        notes.append("the weights of examples (sample weights) are left out")
    classes, more = _class_weights(out, target, feature)
    notes += more
    objective = Objective("target", target.target, loss, target.weight, (), None, classes)
    try:
        lines = _loss_lines(objective, given, TensorSpec(feature.shape, feature.dtype))
    except (ShapeError, LoweringError) as error:
        raise FormatError(f"{target.target}: {error}") from error
    except FormatError as error:
        notes.append(f"the loss {loss.key()} of {target.target} is yours to write: {error}")
        lines = [f'raise NotImplementedError("write the loss {loss.key()} here")']
    spec = TensorSpec(feature.shape, feature.dtype)
    return Aim(target.target, loss, feature.classes, spec, scores, tuple(lines), tuple(notes))


def _feature(out: Outgoing, target: Target, given: TensorSpec) -> FeatureSpec:
    """The answers: as the data has them, else as they must be for the loss."""
    known = out.meaning.features.get(target.target)
    if known is not None:
        dtype = DType.FLOAT32 if known.dtype is DType.UINT8 else known.dtype
        return FeatureSpec(known.shape, dtype, len(known.class_names) or None)
    loss = target.loss
    count = given.shape[-1] if given.shape else 1
    if REGRESSION not in loss.tasks or (loss.link is Link.SIGMOID and count == 1):
        two = MULTICLASS not in loss.tasks or (count == 1 and BINARY in loss.tasks)
        return FeatureSpec(given.shape[:-1], DType.INT32, 2 if two else max(3, count))
    return FeatureSpec(given.shape, DType.FLOAT32)


def _class_weights(
    out: Outgoing, target: Target, feature: FeatureSpec
) -> tuple[tuple[float, ...], list[str]]:
    chosen = target.class_weight
    if chosen == "none" or feature.classes is None:
        return (), []
    if chosen == "balanced":
        data = out.data
        if not isinstance(data, DataBundle) or target.target not in data.targets:
            return (), [
                "classes were balanced by their numbers in the data, which is not there; all count the same"
            ]
        rows = data.targets[target.target][data.train.start : data.train.stop]
        counts = np.bincount(rows[rows >= 0].reshape(-1), minlength=feature.classes)
        return balanced(counts), []
    return (*chosen, *(1.0,) * (feature.classes - len(chosen))), []


def _loss_lines(objective: Objective, given: TensorSpec, answer: TensorSpec) -> list[str]:
    """The loss of a batch as lines that end in `return`."""
    programs = []
    for batch in BATCHES:
        builder = ProgramBuilder("loss")
        scores = builder.feed("given", TensorSpec((batch, *given.shape)))
        wanted = builder.feed("answer", TensorSpec((batch, *answer.shape), answer.dtype))
        forward = Forward(builder, training=True, features={})
        forward.targets["target"] = scores
        (part,) = judge(forward, [objective], {objective.target: wanted})
        builder.output("loss", batch_loss(part))
        programs.append(simplify(builder.finish()))
    joined = Joined(objective.loss.title(), *programs)
    known = {"given": Expression("given"), "answer": Expression("answer", whole=answer.dtype is DType.INT32)}
    known |= constants(joined, "given")
    lines = Lines(joined.values, known, "given.shape[0]", "given.device", known)
    lines.add(joined.operations, [joined.ends["loss"]])
    factor = "" if objective.weight == 1.0 else f" * {number(objective.weight).text}"
    ended = lines[joined.ends["loss"]]
    return [*lines.lines, f"return {ended.at(PRODUCT) if factor else ended.text}{factor}"]


def constants(joined: Joined, near: str) -> dict[str, Expression]:
    """The known numbers of a program as expressions; tensors are made where `near` is."""
    found: dict[str, Expression] = {}
    for name, share in joined.shares.items():
        text = f"{number(round(share, 6)).text} / {near}.shape[0]"
        found[name] = Expression(text, PRODUCT, share=share)
    for name in joined.apart:
        found[name] = Expression(f"1.0 - torch.eye({near}.shape[0], device={near}.device)", SUM)
    for name, array in joined.constants.items():
        whole = array.dtype.kind in "iu"
        if not array.ndim:
            found[name] = Expression(str(int(array))) if whole else number(float(array))
            continue
        if array.size > MOST_CLASSES:
            raise FormatError("A loss with so many numbers of its own has no place in a script.")
        listed = str(array.tolist())
        kind = ", dtype=torch.int32" if whole else ""
        found[name] = Expression(f"torch.tensor({listed}{kind}, device={near}.device)")
    return found


# -- rules of weights --------------------------------------------------------------------------------------
def penalties(module: Module) -> tuple[list[str], list[str]]:
    """Lines that add up the penalties of weights to `total`, and notes on those that are left out."""
    rules = {n: r.regularizer.penalty for n, r in module.made.rules.items() if r.regularizer is not None}
    return _of_weights(module, rules, "penalty", lambda _name, result: f"total = total + {result}")


def projections(module: Module) -> tuple[list[str], list[str]]:
    """Lines that make weights obey their rules after a step, and notes on those that are left out."""

    def put_back(name: str, result: str) -> str:
        return f"p[{name!r}].copy_({_back(result, module.made.state[name].kept)})"

    rules = {n: r.constraint.project for n, r in module.made.rules.items() if r.constraint is not None}
    return _of_weights(module, rules, "rule", put_back)


def _of_weights(
    module: Module, rules: Mapping[str, Rule], what: str, use: Callable[[str, str], str]
) -> tuple[list[str], list[str]]:
    """Lines that compute something of each weight and end with what `use` makes of its name and the result."""
    lines: list[str] = []
    notes: list[str] = []
    for name, rule in rules.items():
        found = _of_weight(module, name, rule)
        if found is None:
            notes.append(f"the {what} of {name} is left out")
            continue
        body, result = found
        lines += [*body, use(name, result)]
    return lines, notes


def _of_weight(module: Module, name: str, rule: Rule) -> tuple[list[str], str] | None:
    entry = module.made.state[name]
    theirs = module.state[name].shape
    kept = entry.kept
    view = _view(f"p[{name!r}]", kept, theirs)
    if view is None:
        return None
    text, shape = view
    builder = ProgramBuilder("rule")
    x = builder.feed("given", TensorSpec(shape))
    builder.output("result", rule(x))
    program = simplify(builder.finish())
    joined = Joined("A rule", program, program)
    own = "w"
    known = {"given": Expression(own), **constants(joined, own)}
    lines = Lines(joined.values, known, "1", f"{own}.device", [own, "p", "total", "model"])
    lines.add(joined.operations, [joined.ends["result"]])
    return [f"{own} = {text}", *lines.lines], lines[joined.ends["result"]].text


def _view(text: str, kept: Kept | None, theirs: Shape) -> tuple[str, Shape] | None:
    """The weight with its axes as ours; None where it is more than a matter of axes."""
    if kept is None:
        return text, theirs
    if kept.row is not None or kept.added or (kept.shape is not None and kept.order):
        return None
    if not kept.order:
        return text, theirs
    inverse = tuple(int(k) for k in np.argsort(kept.order))
    shape = tuple(theirs[k] for k in inverse)
    if inverse == (1, 0):
        return f"{text}.T", shape
    return f"{text}.permute({', '.join(map(str, inverse))})", shape


def _back(text: str, kept: Kept | None) -> str:
    if kept is None or not kept.order:
        return text
    return f"({text}).permute({', '.join(map(str, kept.order))})"


def rates(module: Module) -> dict[str, float]:
    """By entry of the state: what the learning rate is multiplied by, where that is not 1."""
    return {n: rule.rate for n, rule in module.made.rules.items() if rule.rate != 1.0}


def function(name: str, arguments: str, about: str, lines: list[str] | tuple[str, ...]) -> list[str]:
    """A function as lines, long ones broken."""
    body = [w for line in lines for w in wrapped(f"    {line}" if line else "")]
    return [f"def {name}({arguments}):", *indented([f'"""{about}"""']), *body]
