"""Moments, lines and events in words."""

from typing import Final

from PySide6.QtCore import QCoreApplication

from app.timeline.machine import History, Line
from engine.training.moments import EventKind, Happened, Moment

SIGNS: Final = {
    EventKind.RATE: "η",
    EventKind.PAUSED: "‖",
    EventKind.FROZEN: "*",
    EventKind.UNFROZEN: "*",
    EventKind.SETTING: "~",
    EventKind.NETWORK: "+",
    EventKind.REWOUND: "«",
    EventKind.BRANCHED: "Y",
    EventKind.CONTINUED: "»",
}
"""One sign for each kind of event, where there is no room for words."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("TimeMachine", text)


def step_text(moment: Moment) -> str:
    """`step 1,204 · epoch 2.31`."""
    return _tr("step {step:,} · epoch {epoch}").format(step=moment.step, epoch=f"{moment.epoch:.2f}")


def values_text(moment: Moment) -> str:
    """Loss and what else is known, on one line."""
    names = {"loss": _tr("loss"), "val_loss": _tr("validation loss")}
    known = [f"{names.get(name, name)} {value:.4g}" for name, value in moment.values.items()]
    rate = _tr("learning rate {rate}").format(rate=f"{moment.learning_rate:.4g}")
    return " · ".join([*known[:4], rate])


def event_text(event: Happened) -> str:
    """What somebody did, and when."""
    what = {
        EventKind.RATE: _tr("Learning rate {detail}"),
        EventKind.PAUSED: _tr("Paused"),
        EventKind.FROZEN: _tr("{detail} frozen"),
        EventKind.UNFROZEN: _tr("{detail} learns again"),
        EventKind.SETTING: "{detail}",
        EventKind.NETWORK: _tr("Network changed: {detail}"),
        EventKind.REWOUND: _tr("Rewound to the first weights"),
        EventKind.BRANCHED: _tr("Branched from here"),
        EventKind.CONTINUED: _tr("Trained on, to epoch {detail}"),
    }[event.kind]
    words = what.format(detail=event.detail).strip(" :")
    return _tr("Step {step:,}: {what}").format(step=event.step, what=words)


def line_text(history: History, line: Line) -> str:
    """`Now`, `First run`, `From step 120`: a line in a list."""
    if line.number == history.line:
        return _tr("Now")
    if line.number == 0:
        return _tr("First run")
    if line.parent == line.number:
        return _tr("Run {number}").format(number=line.number + 1)
    return _tr("Run {number}, from step {step:,}").format(number=line.number + 1, step=line.step)
