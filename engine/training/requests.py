"""What somebody asks of a run: to show another moment, to go on from one, to go on with another network or settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.compiler.lower import LoweringError
from engine.devices.base import DeviceError
from engine.graph.document import ModelGraph
from engine.tensor.spec import Array, ShapeError
from engine.training.changes import renewed
from engine.training.course import Course
from engine.training.differences import Difference, differences
from engine.training.fault import Point, walk
from engine.training.further import trained_on
from engine.training.moments import (
    Branched,
    Change,
    Changed,
    EventKind,
    Look,
    Retreat,
    Rewind,
    Shown,
    Travel,
    newest,
)
from engine.training.past import wearing
from engine.training.reports import Noticed, Report
from engine.training.settings import TrainingSettings
from engine.training.surface.records import Survey
from engine.training.timeline import MEGABYTE, Kept


class Requests:
    """Answers what was asked of a run by its `Control`."""

    def __init__(self, course: Course) -> None:
        self._course = course

    def answer(self) -> Iterator[Report]:
        """Do what was asked for; `goes_on` says whether there are steps to be run then."""
        course = self._course
        while requests := newest(course.control.requests):
            course.control.requests.clear()
            for request in requests:
                before = course.session
                try:
                    if isinstance(request, Look):
                        yield from self._look(request.moment)
                    elif isinstance(request, Survey):
                        yield course.surveyor.find(request, course.session, course.past)
                    elif isinstance(request, Change):
                        yield from self._change(request)
                    elif isinstance(request, Retreat):
                        yield from self._retreat(request)
                    else:
                        yield from self._travel(request)
                except (LoweringError, ShapeError, DeviceError) as error:
                    yield Noticed(str(error))
                finally:
                    if course.session is not before:
                        course.foresee()

    def _look(self, moment: int | None) -> Iterator[Report]:
        """Show a moment, or the present where there is none or it can't be shown."""
        course = self._course
        begun, past = course.clock(), course.past
        found = past.find(moment, course.session) if moment is not None else ""
        past.shown = course.control.looked_at = None
        course.picturing.forget()
        if isinstance(found, str):
            yield from course.pictures(often=True)
            yield Shown(None, course.clock() - begun, found)
            yield from course.pictures(full=True)
            return
        with wearing(course.session, found):
            yield from course.pictures(often=True)
            past.shown, course.control.looked_at = found, found.moment.id
            yield Shown(found.moment, course.clock() - begun)
            yield from course.surveyor.looked(found)
            yield from course.picturing.take(course.session, full=True)
            yield from course.picturing.finish(course.session)

    def _travel(self, request: Travel | Rewind) -> Iterator[Report]:
        course = self._course
        settings = course.settings
        point = Point(0, course.session.fresh())
        kept = None
        if isinstance(request, Travel):
            found = course.past.find(request.moment, course.session)
            if isinstance(found, str):
                yield Noticed(found)
                return
            kept, point = found, Point(found.moment.step, found.states)
            settings = request.training or settings
        else:
            course.past.attic.clear()
        changes = self._differences(course.session.graph, settings)
        before = course.session
        course.control.paused = request.paused if isinstance(request, Travel) else True
        course.control.steps = 0
        yield from course.progress()
        self._renew(course.session.graph, settings, point)
        kind = EventKind.REWOUND if kept is None else EventKind.BRANCHED
        shared = kept.states if kept is not None and course.session is before else None
        yield from self._go_on_from(kept, kind, changes, shared)

    def _retreat(self, request: Retreat) -> Iterator[Report]:
        """Go back exactly so many steps, and go on from there with another network or other settings."""
        course = self._course
        graph = ModelGraph(request.nodes, request.edges)
        changes = self._differences(graph, request.training)
        target = max(0, request.step)
        yield from course.progress()
        kept = course.past.before(target, course.session)
        begin = Point(kept.moment.step, kept.states) if kept else Point(0, course.session.fresh())
        self._renew(course.session.graph, course.settings, begin)
        walk(course.session, target, course.tempo.chunk, course.go_on)
        try:
            self._renew(graph, request.training, Point(course.session.step, course.states()))
        except (LoweringError, ShapeError, DeviceError) as error:
            changes = []
            yield Noticed(str(error))
        course.control.paused, course.control.steps = request.paused, 0
        yield from self._go_on_from(kept, EventKind.BRANCHED, changes)

    def _go_on_from(
        self,
        kept: Kept | None,
        kind: EventKind,
        changes: list[Difference],
        states: Mapping[str, Array] | None = None,
    ) -> Iterator[Report]:
        """Begin a line at the step of now, which came from a moment; `states` are those of now, where they are known."""
        course = self._course
        past, step = course.past, course.session.step
        line = past.timeline.branch(kept, step)
        past.shown = course.control.looked_at = None
        course.held = course.goes_on = course.control.snapshot = True
        course.tally.latest = dict(kept.moment.values) if kept else {}
        parent = kept.moment.line if kept else line
        yield Branched(line, parent, step, course.epoch, course.settings, paused=course.control.paused)
        for each, detail in [(kind, ""), *changes]:
            yield course.happened(each, detail)
        yield from course.remember(always=True, states=states)

    def _change(self, request: Change) -> Iterator[Report]:
        course = self._course
        begun = course.clock()
        graph = ModelGraph(request.nodes, request.edges)
        on = request.before is not None
        same_end = {"epochs": course.settings.epochs if on else request.training.epochs}
        changes = self._differences(graph, request.training.model_copy(update=same_end))
        sentence = ""
        yield from course.progress()
        latest, states = course.tally.latest, course.states()
        if request.before is not None:
            states = trained_on(states, request.before)
        try:
            self._renew(graph, request.training, Point(course.session.step, states))
        except (LoweringError, ShapeError, DeviceError) as error:
            sentence = str(error)
        course.tally.latest = latest
        session = course.session
        yield course.snapshot(session.states())
        yield Changed(
            request.number,
            session.order.steps_per_epoch,
            session.parameters,
            session.nbytes,
            session.settings.epochs,
            sentence,
            course.clock() - begun,
        )
        if on and not sentence:
            course.past.shown = course.control.looked_at = None
            course.control.paused, course.control.steps, course.goes_on = False, 0, True
            changes.insert(0, (EventKind.CONTINUED, str(request.training.epochs)))
        for kind, detail in () if sentence else changes:
            yield course.happened(kind, detail)

    def _differences(self, graph: ModelGraph, settings: TrainingSettings) -> list[Difference]:
        course = self._course
        nodes, edges, _ = course.session.graph.snapshot()
        return differences((nodes, edges, course.settings), (*graph.snapshot()[:2], settings))

    def _renew(self, graph: ModelGraph, settings: TrainingSettings, point: Point) -> None:
        """Train this network with these settings from now on, starting from `point`."""
        course = self._course
        course.past.timeline.resize(settings.time_machine_mb * MEGABYTE if course.past.timeline.budget else 0)
        course.adopt(renewed(course.session, graph, settings, point, course.past.attic))
