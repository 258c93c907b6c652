"""Has the loss surface of a project computed beside the window, its run's path told, and optimizers raced on it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.lane import Lane
from app.subject import Subject, subject_of
from app.window.workspace import Workspace
from engine.compiler.lower import PARAMS, LoweringError
from engine.data.errors import DataError
from engine.devices.base import DeviceError, Watch
from engine.devices.registry import open_device
from engine.optimizers.base import Optimizer
from engine.tensor.spec import ShapeError
from engine.training.session import Session
from engine.training.surface.plane import Extent, NoPlaneError, Plane
from engine.training.surface.race import Course, Raced, beginning, race, race_on_own_plane
from engine.training.surface.records import Footprint, Located, PlaneKind, Survey, Surveyed
from engine.training.surface.sampling import SIDES, Sampler, Surface
from engine.training.surface.survey import plane_of

ANSWER_MS = 4000  # after which a run that does not answer is not waited for
LONGEST = 60.0  # seconds that a finer grid may take
SURFACE, RACE = "surface", "race"  # topics of the lanes
T = TypeVar("T")


@dataclass
class Heat:
    """A race: who takes part, and where all of them were after each step that is computed."""

    names: tuple[str, ...]
    steps: int
    laps: list[Raced] = field(default_factory=list)  # on the plane that is shown
    told: tuple[Plane, list[Raced]] | None = None  # as they are known by now, on whatever plane


class SurfaceDesk(QObject):
    """What is known of the surface.

    Signals: `changed` when there is another surface, plane or sentence; `path_changed` when the run has moved on it;
    `race_changed` when a race begins, goes on or ends.
    """

    changed = Signal()
    path_changed = Signal()
    race_changed = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._training = workspace.run.training
        self._lane, self._track = Lane("surface", self), Lane("race", self)
        self._sampler: Sampler | None = None  # belongs to the lane's thread
        self._surfaces: Iterator[Surface] = iter(())  # the same
        self._watch: Watch | None = None  # of the work that is under way on it
        self._number = 0
        self._kind: PlaneKind | None = None  # None: two parameters, if there are two, else random
        self._seed = 0
        self._subject: Subject | None = None
        self.found: Surveyed | None = None
        self._coming: Surveyed | None = None  # of which there is no surface yet
        self.looked: Footprint | None = None  # the moment of the run's past that all views show
        self.surface: Surface | None = None
        self.path: list[Footprint] = []
        self.heat: Heat | None = None
        self.sentence = ""
        self.busy = False
        self.share = self.race_share = 0.0  # of the surface and of the race that is computed
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(ANSWER_MS)
        self._patience.timeout.connect(self._survey_here)
        self._training.answered.connect(self._on_training_answered)
        workspace.past.looked.connect(self._on_machine_looked)
        workspace.destroyed.connect(self.close)

    @property
    def plane(self) -> Plane | None:
        """The plane that is drawn."""
        return self.found.plane if self.found is not None else None

    # -- what is wanted ---------------------------------------------------------------------------
    def compute(self, kind: PlaneKind | None, seed: int = 0) -> None:
        """Find a plane and the loss on it; `kind` None: what suits the network."""
        self.cancel()
        self._kind, self._seed = kind, seed
        subject = subject_of(self._workspace.run)
        if isinstance(subject, str):
            self._fail(subject)
            return
        self._subject = subject
        self.sentence, self.busy, self.share = "", True, 0.0
        self._ask(kind or PlaneKind.EXACT)
        self.changed.emit()

    def cancel(self) -> None:
        """Compute no further; what is there stays."""
        self._patience.stop()
        self._lane.cancel(SURFACE)
        self.busy, self._coming = False, None
        self.changed.emit()

    def resample(self, extent: Extent) -> None:
        """Compute the surface for another part of the same plane."""
        found, subject = self.found, self._subject
        if found is None or found.plane is None or subject is None:
            return
        self.cancel()
        self.busy, self.share = True, 0.0
        self._begin(found, subject, extent)
        self.changed.emit()

    def rest(self) -> None:
        """Nobody looks any more: the run need not tell where it is."""
        self._training.ask(Survey(self._number, None))

    def close(self) -> None:
        """Nothing is wanted any more."""
        self._patience.stop()
        self._lane.close()
        self._track.close()

    def _ask(self, kind: PlaneKind) -> None:
        self._number += 1
        if self._training.ask(Survey(self._number, kind, self._seed)):
            self._patience.start()
        else:
            self._survey_here()

    # -- the plane --------------------------------------------------------------------------------
    def _on_training_answered(self, answer: object) -> None:
        if isinstance(answer, Surveyed) and answer.number == self._number and self._patience.isActive():
            self._patience.stop()
            if answer.plane is None and self._kind is None:
                self._kind = PlaneKind.RANDOM
                self._ask(PlaneKind.RANDOM)
            else:
                self._take(answer)
        elif isinstance(answer, Located) and answer.number == self._number and self.plane is not None:
            if answer.looked:
                self.looked = answer.place
            else:
                self.path.append(answer.place)
            self.path_changed.emit()

    def _on_machine_looked(self, moment: object) -> None:
        if moment is None and self.looked is not None:
            self.looked = None
            self.path_changed.emit()

    def _survey_here(self) -> None:
        """Without a run to ask: on the weights that are known."""
        subject, number, kind, seed = self._subject, self._number, self._kind, self._seed
        if subject is not None:
            self._lane.want(
                SURFACE, lambda watch: _surveyed(subject, number, kind, seed, watch), self._take, self._fail
            )

    def _take(self, found: Surveyed) -> None:
        if found.plane is None or self._subject is None:
            self._fail(found.sentence)
            return
        self.found, self.surface, self.heat = found, None, None
        self.path, self.looked = list(found.path), found.looked
        self.changed.emit()
        self.path_changed.emit()
        self.race_changed.emit()
        self._begin(found, self._subject, None)

    # -- the surface ------------------------------------------------------------------------------
    def _begin(self, found: Surveyed, subject: Subject, extent: Extent | None) -> None:
        self._lane.want(
            SURFACE,
            lambda watch: self._first(found, subject, extent, watch),
            self._show,
            self._fail,
            self._progress,
        )

    def _first(
        self, found: Surveyed, subject: Subject, extent: Extent | None, watch: Watch
    ) -> Surface | None:
        """On the thread: prepare, and compute the coarsest grid."""
        assert found.plane is not None
        plane = found.plane
        if self._sampler is not None:
            self._sampler.close()
            self._sampler = None
        self._watch = watch

        def make() -> Surface | None:
            self._sampler = Sampler(subject.graph, subject.bundle, open_device("cpu"), plane, found.states)
            part = extent
            if part is None:
                part = self._sampler.widened(plane.extent) if plane.kind is PlaneKind.EXACT else plane.extent
            self._surfaces = self._sampler.refined(part, self._go_on, longest=LONGEST)
            return next(self._surfaces, None)

        return _said(make)

    def _next(self, watch: Watch) -> Surface | None:
        self._watch = watch
        return _said(lambda: next(self._surfaces, None))

    def _go_on(self) -> bool:
        """Asked between two launches: raises where nobody waits any more."""
        assert self._watch is not None
        assert self._sampler is not None
        self._watch(self._sampler.judged, SIDES[-1] ** 2)
        return True

    def _show(self, surface: Surface | None) -> None:
        if surface is not None and self._coming is not None:
            self.found, self._coming = self._coming, None
            self.path, self.looked = [], None
            self._take_laps()
        if surface is None:
            self.busy = False
        else:
            self.surface, self.share, self.sentence = surface, surface.share, surface.sentence
            self.busy = len(surface.losses) < SIDES[-1]
            if self.busy:
                self._lane.want(SURFACE, self._next, self._show, self._fail, self._progress)
        self.changed.emit()

    def _progress(self, done: int, total: int) -> None:
        self.share = done / max(1, total)
        self.changed.emit()

    def _fail(self, sentence: str) -> None:
        self.busy, self.sentence = False, sentence
        self._patience.stop()
        self.changed.emit()

    # -- races ------------------------------------------------------------------------------------
    def race(self, optimizers: Sequence[Optimizer], names: Sequence[str], steps: int) -> None:
        """Let optimizers run from the weights in the middle of the plane, or from those that the path begins with."""
        found, subject = self.found, self._subject
        if found is None or found.plane is None or subject is None:
            return
        self.stop_race()
        heat = self.heat = Heat(tuple(names), steps)
        self.race_share = 0.0
        plane = found.plane
        states = dict(found.states)
        if self.path and plane.kind is not PlaneKind.RANDOM:
            states[PARAMS] = plane.at(*self.path[0][1:])
        course = Course(subject.graph, subject.bundle, subject.training, states, plane)

        def work(watch: Watch) -> None:
            done = 0

            def go_on() -> bool:
                nonlocal done
                done += 1
                watch(done, steps * len(optimizers))
                return True

            def run() -> None:
                if plane.kind is PlaneKind.EXACT:
                    for lap in race(course, optimizers, open_device("cpu"), steps, go_on):
                        heat.laps.append(lap)
                    return
                for told in race_on_own_plane(course, optimizers, open_device("cpu"), steps, go_on):
                    heat.told = told

            _said(run)

        self._track.want(RACE, work, self._on_raced, self._on_race_failed, self._on_race_progressed)
        self.race_changed.emit()

    def _on_race_progressed(self, done: int, total: int) -> None:
        self.race_share = done / max(1, total)
        self._follow()
        self.race_changed.emit()

    def _on_race_failed(self, sentence: str) -> None:
        self._fail(sentence)
        self.race_changed.emit()

    def _on_raced(self, _nothing: None) -> None:
        self._follow()
        self.race_changed.emit()

    def _follow(self) -> None:
        """A race of more than two parameters has planes of its own, which are shown as soon as there is a surface."""
        told = self.heat.told if self.heat is not None else None
        if told is None or self.found is None or self._subject is None:
            return
        plane = told[0]
        if plane is self.plane:
            self._take_laps()
        elif self._coming is None or self._coming.plane is not plane:
            self._coming = Surveyed(self.found.number, plane, (), self.found.states)
            self.rest()
            self.busy, self.share = True, 0.0
            self._begin(self._coming, self._subject, plane.extent)

    def _take_laps(self) -> None:
        """Those that are told on the plane that is shown."""
        heat = self.heat
        if heat is not None and heat.told is not None and heat.told[0] is self.plane:
            heat.laps = heat.told[1]

    def stop_race(self) -> None:
        """Race no further."""
        self._track.cancel(RACE)
        self.race_changed.emit()

    @property
    def racing(self) -> bool:
        """Whether a race is being computed."""
        return self._track.is_busy(RACE)


def _surveyed(subject: Subject, number: int, kind: PlaneKind | None, seed: int, watch: Watch) -> Surveyed:
    """The plane of a network that no run can be asked for, on a thread."""

    def find() -> Surveyed:
        session = Session(
            subject.graph,
            subject.bundle,
            subject.training,
            open_device("cpu"),
            subject.states,
            subject.step,
            watch,
        )
        try:
            states, layout = beginning(session.states()), session.layout
        finally:
            session.close()
        place = states.get(PARAMS)
        if place is None:
            raise DataError(tr("The network has no weights that are trained, so its loss has no surface."))
        try:
            plane = plane_of(kind or PlaneKind.EXACT, layout, place, (), seed)
        except NoPlaneError as error:
            if kind is not None:
                return Surveyed(number, None, states=states, sentence=str(error))
            plane = plane_of(PlaneKind.RANDOM, layout, place, (), seed)
        return Surveyed(number, plane, ((subject.step, *plane.project(place)),), states)

    return _said(find)


def _said(work: Callable[[], T]) -> T:
    """Work whose refusals reach the window as sentences."""
    try:
        return work()
    except (LoweringError, ShapeError, DeviceError, NoPlaneError) as error:
        raise DataError(str(error)) from error


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("Surface", text)
