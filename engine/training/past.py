"""What a trainer does with its timeline: keeps moments, lets the session wear the weights of one, and goes back to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from engine.tensor.spec import Array
from engine.training.changes import Attic
from engine.training.fault import Point
from engine.training.moments import Moment, Remembered
from engine.training.session import Session
from engine.training.timeline import Kept, Timeline

GONE = "That moment is no longer kept."
OTHER_NETWORK = "Step {step:,} belongs to another network than the one of now. Undo the change of the network to go there."


class Past:
    """The timeline of a run, and what of it is being looked at.

    Args:
        timeline: to keep moments in.
        clock: seconds.
    """

    def __init__(self, timeline: Timeline, clock: Callable[[], float]) -> None:
        self.timeline = timeline
        self.attic = Attic()
        self.shown: Kept | None = None
        self._clock = clock

    def keep(
        self,
        session: Session,
        states: Callable[[], Mapping[str, Array]],
        values: Mapping[str, float],
        *,
        often: bool = False,
        always: bool = False,
    ) -> None:
        """Keep the moment of now, if it is time.

        Args:
            session: in its state of now.
            states: gives all of them, as in a snapshot.
            values: latest loss and metrics.
            often: wherever that is cheap.
            always: in any case.
        """
        now = self._clock()
        timeline = self.timeline
        step, rate = session.step, session.pace.rate(max(0, session.step - 1))
        if timeline.budget <= 0 or not (always or timeline.wants(step, now, often=often)):
            return
        layout = session.layout
        begun = self._clock()
        taken = states()
        cost = self._clock() - begun

        def place(number: int, line: int) -> Moment:
            return Moment(number, line, step, session.order.epochs(step), dict(values), rate)

        timeline.add(place, taken, layout, now, cost)

    def news(self, *, force: bool = False) -> Iterator[Remembered]:
        """What is new in the timeline, now and then."""
        news = self.timeline.news(self._clock(), force=force)
        if news is not None:
            yield news

    def find(self, moment: int, session: Session) -> Kept | str:
        """A moment, or a sentence on why nobody can go there."""
        kept = self.timeline.get(moment)
        if kept is None:
            return GONE
        if kept.layout != session.layout:
            return OTHER_NETWORK.format(step=kept.moment.step)
        return kept

    def before(self, step: int, session: Session) -> Kept | None:
        """The last moment of the line of now, at a step or before it, that the session can go to."""
        fitting = (k for k in self.timeline.path() if k.moment.step <= step and k.layout == session.layout)
        return max(fitting, key=lambda k: k.moment.step, default=None)


@contextmanager
def wearing(session: Session, kept: Kept) -> Iterator[None]:
    """Let the session have the weights of a moment for a while; not a bit of it is another afterwards."""
    now = Point(session.step, session.all_weights())
    session.restore({name: kept.states[name] for name in now.states}, kept.moment.step)
    try:
        yield
    finally:
        session.restore(now.states, now.step)
