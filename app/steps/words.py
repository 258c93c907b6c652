"""What is said of a step: a sentence for each phase, and a few short lines for each node."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from app.i18n import declared
from engine.optimizers.base import Optimizer
from engine.training.explain.text import number_text
from engine.training.stepping import Gist, NodeStep, OneStep, StepPhase, WeightStep

ARROW = "\N{RIGHTWARDS ARROW}"
MOST_WEIGHTS = 2  # of a node that are told on the canvas
FEW = 4  # numbers that are told one by one
BETWEEN = "  "  # two of them


def phase_name(phase: StepPhase) -> str:
    """A phase in one word."""
    return {
        StepPhase.FORWARD: tr("Forward"),
        StepPhase.LOSS: tr("Loss"),
        StepPhase.BACKWARD: tr("Backward"),
        StepPhase.UPDATE: tr("Update"),
    }[phase]


def sentence(step: OneStep, phase: StepPhase, optimizer: Optimizer) -> str:
    """What happens in a phase of a step."""
    if phase is StepPhase.FORWARD:
        text = tr(
            "Step {step}: {count} examples flow forward through the network. Each layer computes its output from "
            "what arrives."
        )
        return text.format(step=f"{step.step + 1:,}", count=len(step.rows))
    if phase is StepPhase.LOSS:
        text = tr(
            "What came out is compared with what is right. The mean loss of the {count} examples is {loss}."
        )
        return text.format(count=len(step.rows), loss=number_text(step.loss))
    if phase is StepPhase.BACKWARD:
        return tr(
            "The slope of the loss flows backward: each number learns how the loss would change if it were a little larger."
        )
    text = tr("{optimizer} moves each weight against its slope, at a learning rate of {rate}.")
    return text.format(optimizer=declared(optimizer.title()), rate=number_text(step.learning_rate))


def gist_text(gist: Gist) -> str:
    """A tensor in a line: its numbers where they are few, else how large they are."""
    if gist.broken:
        return tr("{count} are no numbers").format(count=f"{gist.broken:,}")
    count = 1
    for length in gist.shape:
        count *= length
    if count <= FEW:
        return BETWEEN.join(number_text(v) for v in gist.first)
    return f"{number_text(gist.low)} \N{HORIZONTAL ELLIPSIS} {number_text(gist.high)}"


def fitting(text: str, fits: Callable[[str], bool]) -> str:
    """Of a line of numbers as many of the first ones as there is room for, one at least."""
    numbers = text.split(BETWEEN)
    for kept in range(len(numbers), 1, -1):
        rest = [] if kept == len(numbers) else ["\N{HORIZONTAL ELLIPSIS}"]
        if fits(words := BETWEEN.join([*numbers[:kept], *rest])):
            return words
    return text if len(numbers) == 1 else f"{numbers[0]}{BETWEEN}\N{HORIZONTAL ELLIPSIS}"


def weight_text(name: str, weight: WeightStep) -> str:
    """What becomes of the number of a weight that moves most."""
    place = ",".join(str(k + 1) for k in weight.index)
    own = f"{name}[{place}]" if place else name
    return f"{own} {number_text(weight.before)} {ARROW} {number_text(weight.after)}"


def loss_line(step: OneStep) -> str:
    """The loss, under a target."""
    return tr("loss {loss}").format(loss=number_text(step.loss))


def node_lines(node: NodeStep, phase: StepPhase) -> list[tuple[str, str]]:
    """Short lines under a node, each with the role of its colour: what it gave, its slope, its weights."""
    lines = [("text", gist_text(g)) for g in list(node.outputs.values())[:1]]
    if phase in (StepPhase.BACKWARD, StepPhase.UPDATE):
        lines += [
            ("warn", tr("slope {value}").format(value=gist_text(g))) for g in list(node.slopes.values())[:1]
        ]
    if phase is StepPhase.UPDATE:
        moved = sorted(node.weights.items(), key=lambda pair: -pair[1].change)[:MOST_WEIGHTS]
        lines += [("good", weight_text(name, weight)) for name, weight in moved]
    return lines


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("Steps", text)
