"""The past of the run of one project, as the window knows it; whoever looks at it asks here.

Many moments are asked for while somebody drags a slider. One is asked for at a time, and then the newest wish.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal

from app.training import TrainingController
from engine.training.moments import (
    Branched,
    EventKind,
    Happened,
    Look,
    Moment,
    Remembered,
    Rewind,
    Shown,
    Travel,
)
from engine.training.settings import TrainingSettings


@dataclass(frozen=True)
class Line:
    """A stretch of training: its number, the line that it left, and where."""

    number: int
    parent: int = 0
    step: int = 0
    epoch: float = 0.0


@dataclass
class History:
    """Everything that is known of a run's past."""

    moments: dict[int, Moment] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=lambda: {0: Line(0)})
    events: list[Happened] = field(default_factory=list)
    nbytes: int = 0
    budget: int = 0

    @property
    def line(self) -> int:
        """The line of now."""
        return max(self.lines)

    def path(self, line: int) -> list[Moment]:
        """The moments that lead to the end of a line, in the order of their steps."""
        limits = self._limits(line)
        found = [m for m in self.moments.values() if m.line in limits and m.step <= limits[m.line]]
        unique = {m.step: m for m in sorted(found, key=lambda m: m.line)}
        return [unique[step] for step in sorted(unique)]

    def happened(self, line: int) -> list[Happened]:
        """The events on the way to the end of a line."""
        limits = self._limits(line)
        return [e for e in self.events if e.line in limits and e.step <= limits[e.line]]

    def _limits(self, line: int) -> dict[int, float]:
        """The line and those it came from, each with the last step of it that counts."""
        limits: dict[int, float] = {}
        end = float("inf")
        while line not in limits:
            limits[line] = end
            end, line = min(end, self.lines[line].step), self.lines[line].parent
        return limits


class TimeMachine(QObject):
    """Looks at moments, goes back to them, rewinds.

    Signals: `changed` when there are other moments, lines or events; `looked` with the Moment that all views show, or
    None; `branched` with a Branched; `happened` with a Happened; `refused` with a sentence; `forgotten` when all is gone.
    """

    changed = Signal()
    looked = Signal(object)
    branched = Signal(object)
    happened = Signal(object)
    refused = Signal(str)
    forgotten = Signal()

    def __init__(self, training: TrainingController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._training = training
        self.history = History()
        self.moment: Moment | None = None  # that is looked at
        self._asked: Look | None = None  # and not yet answered
        self._wish: Look | None = None  # to be asked for then
        training.answered.connect(self._on_training_answered)
        training.forgotten.connect(self._on_training_forgotten)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to go back to."""
        return not self.history.moments

    @property
    def wanted(self) -> Moment | None:
        """The moment that is looked at, or will be in a moment."""
        wish = self._wish or self._asked
        return (
            self.history.moments.get(wish.moment or -1) if wish and wish.moment is not None else self.moment
        )

    def look(self, moment: Moment) -> None:
        """Let every view show this moment."""
        self._want(Look(moment.id))

    def look_now(self) -> None:
        """Let every view show the present again."""
        if self.moment is not None or self._asked is not None:
            self._want(Look(None))

    def travel(
        self, moment: Moment, training: TrainingSettings | None = None, *, paused: bool = False
    ) -> None:
        """Go on from a moment, with these settings or those of now; what came after it is kept as a line."""
        self._training.ask(Travel(moment.id, training, paused))

    def rewind(self) -> bool:
        """Go back to the very same first weights; False where no run is there."""
        return not self.is_empty and self._training.ask(Rewind())

    def _want(self, look: Look) -> None:
        if self._asked is not None:
            self._wish = look
        elif self._training.ask(look):
            self._asked = look

    def _on_training_answered(self, answer: object) -> None:
        if isinstance(answer, Remembered):
            self._remember(answer)
        elif isinstance(answer, Shown):
            self._show(answer)
        elif isinstance(answer, Branched):
            line = Line(answer.line, answer.parent, answer.step, answer.epoch)
            self.history.lines[answer.line] = line
            self._set_moment(None)
            self.branched.emit(answer)
            self.changed.emit()
        elif isinstance(answer, Happened):
            self.history.events.append(answer)
            if answer.kind is EventKind.CONTINUED:  # the pictures are those of now again
                self._asked = self._wish = None
                self._set_moment(None)
            self.happened.emit(answer)
            if answer.kind is not EventKind.PAUSED:
                self.changed.emit()

    def _remember(self, news: Remembered) -> None:
        history = self.history
        history.moments.update({m.id: m for m in news.added})
        for gone in news.dropped:
            history.moments.pop(gone, None)
        history.nbytes, history.budget = news.nbytes, news.budget
        if news.sentence:
            self.refused.emit(news.sentence)
        self.changed.emit()

    def _show(self, shown: Shown) -> None:
        self._asked = None
        if shown.sentence:
            self.refused.emit(shown.sentence)
        if self._wish is not None:
            wish, self._wish = self._wish, None
            self._want(wish)
        self._set_moment(shown.moment)

    def _set_moment(self, moment: Moment | None) -> None:
        if moment != self.moment:
            self.moment = moment
            self.looked.emit(moment)

    def recall(self, events: Sequence[Happened]) -> None:
        """What happened to the run before anybody here watched."""
        self.history.events[:0] = [replace(event, line=0) for event in events]
        self.changed.emit()

    def _on_training_forgotten(self) -> None:
        kept = self.history.happened(self.history.line) if self._training.continues else []
        self.history = History(events=[replace(event, line=0) for event in kept])
        self._asked = self._wish = None
        self._set_moment(None)
        self.forgotten.emit()
        self.changed.emit()


def lines_in_words(history: History) -> Mapping[int, Line]:
    """The lines that have moments, the newest first."""
    known = {m.line for m in history.moments.values()}
    return {n: history.lines[n] for n in sorted(known, reverse=True) if n in history.lines}
