"""Optimizers for PyTorch: its own where one does the same, else a class made of our declaration, op by op."""

from __future__ import annotations

from dataclasses import dataclass

from engine.compiler.simplify import simplify
from engine.exchange.batches import BATCHES
from engine.exchange.scripts.aims import constants, function
from engine.exchange.torch.expressions import Expression
from engine.exchange.torch.lines import Lines
from engine.exchange.torch.text import indented
from engine.exchange.torch.tracing import Joined
from engine.formats.errors import FormatError
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Slot, Step
from engine.program.builder import ProgramBuilder
from engine.program.program import Program
from engine.tensor.spec import DType, ShapeError, TensorSpec

_STANDS_IN = "AdamW"


@dataclass(frozen=True)
class Making:
    """How a script makes its optimizer: classes before, the call without the groups, notes, and epsilon if it is moved."""

    classes: tuple[str, ...]
    call: str
    notes: tuple[str, ...]
    epsilon: float | None = None


def making(optimizer: Optimizer) -> Making:
    """How PyTorch gets an optimizer."""
    notes = []
    if optimizer.use_ema:
        notes.append("the moving average of the weights (use_ema) is left out")
    form = optimizer.torch_form()
    if form is not None:
        listed = "".join(f", {k}={v!r}" for k, v in form.settings.items())
        notes += [f"{form.name} of PyTorch: {form.note}"] if form.note else []
        call = f"torch.optim.{form.name}(groups, lr=LEARNING_RATE{listed})"
        return Making((), call, tuple(notes), form.epsilon)
    own = _class_of(optimizer)
    if own is not None:
        return Making(tuple(own), f"{optimizer.key()}(groups, LEARNING_RATE)", tuple(notes))
    notes.append(
        f"PyTorch has no {optimizer.key()}; {_STANDS_IN} stands in for it, choose what you like better"
    )
    return Making((), f"torch.optim.{_STANDS_IN}(groups, lr=LEARNING_RATE, weight_decay=0.0)", tuple(notes))


def _class_of(optimizer: Optimizer) -> list[str] | None:
    """A class that does the same to one weight after the other; None where it is not the same for all shapes."""
    plain = type(optimizer)(**{n: getattr(optimizer, n) for n in _own_settings(optimizer)})
    try:
        one = [_program(plain, batch, rank=1) for batch in BATCHES]
        other = _program(plain, BATCHES[0], rank=2)
        joined = Joined(optimizer.key(), *one)
    except (FormatError, ShapeError, ValueError, KeyError):
        return None
    if [n.op.name for n in one[0].nodes] != [n.op.name for n in other.nodes]:
        return None
    slots = plain.own_slots(TensorSpec((BATCHES[0],)), ())
    known = {"params": Expression("p"), "grads": Expression("p.grad"), "rate": Expression('group["lr"]')}
    known |= {"number": Expression('state["number"]')}
    known |= {f"slot/{name}": Expression(f'state["{name}"]') for name in slots}
    known |= constants(joined, "p")
    lines = Lines(joined.values, known, "p.numel()", "p.device", ["p", "state", "group", "self"])
    ends = [joined.ends["params"], *(joined.ends[f"slot/{name}"] for name in slots)]
    try:
        lines.add(joined.operations, ends)
    except FormatError:
        return None
    body = [*lines.lines]
    new = ", ".join(lines[end].text for end in ends)
    targets = ", ".join(["changed", *(f'state["{name}"]' for name in slots)])
    return _text(optimizer, slots, [*body, f"{targets} = {new}"])


def _own_settings(optimizer: Optimizer) -> list[str]:
    """What is its own: decay, clipping and averages are seen to by the script."""
    return [
        n for n in type(optimizer).model_fields if n not in Optimizer.model_fields or n == "learning_rate"
    ]


def _program(optimizer: Optimizer, size: int, rank: int) -> Program:
    builder = ProgramBuilder("update")
    spec = TensorSpec((size,))
    shape = (size,) if rank == 1 else (size, 1)
    places = (Place("params", "w", 0, TensorSpec(shape)),)
    slots = optimizer.own_slots(spec, places)
    step = Step(
        builder.feed("params", spec),
        builder.feed("grads", spec),
        {name: builder.feed(f"slot/{name}", slot.spec) for name, slot in slots.items()},
        builder.feed("rate", TensorSpec(())),
        builder.feed("number", TensorSpec((), DType.INT32)),
        places,
    )
    params, new = optimizer.move(step)
    builder.output("params", params)
    for name in slots:
        value: Tensor = new[name]
        builder.output(f"slot/{name}", value)
    return simplify(builder.finish())


def _text(optimizer: Optimizer, slots: dict[str, Slot], update: list[str]) -> list[str]:
    starts = ['state["number"] = torch.zeros((), dtype=torch.int32, device=p.device)']
    for name, slot in slots.items():
        if slot.initial is None:
            start = "p.detach().clone()"
        elif slot.spec.shape == (BATCHES[0],):
            start = f"torch.full_like(p, {slot.initial})"
        else:
            start = f"torch.full({slot.spec.shape}, {slot.initial}, device=p.device)"
        starts.append(f'state["{name}"] = {start}')
    loop = [
        "for group in self.param_groups:",
        '    for p in group["params"]:',
        "        if p.grad is None:",
        "            continue",
        "        state = self.state[p]",
        "        if not state:",
        *indented(starts, 12),
        *indented(update, 8),
        "        p.copy_(changed)",
        '        state["number"] += 1',
    ]
    init = function(
        "__init__",
        "self, groups, rate",
        "Groups of parameters, and the learning rate.",
        ['super().__init__(groups, {"lr": rate})'],
    )
    step = function("step", "self, closure=None", "One update.", loop)
    return [
        f"class {optimizer.key()}(torch.optim.Optimizer):",
        f'    """{optimizer.summary}."""',
        "",
        *indented(init),
        "",
        "    @torch.no_grad()",
        *indented(step),
    ]
