"""What is known of the open project's data: opens it, counts, profiles and plans, off the window's thread.

Views and panels read the properties of the desk and repaint on its signals; nobody else in the window touches a file of
data. The desk follows the project: to look at other data, change the project (`Document.set_data`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.data.held import Held
from app.document import DATA, Document
from app.i18n import said
from app.lane import Failed, Lane, Progressed
from engine.data.errors import DataError, Remedy
from engine.data.settings import DataSettings
from engine.formats.sections import INPUTS

if TYPE_CHECKING:
    from engine.data.profile.model import ColumnProfile, Profile
    from engine.data.recipe.facts import Facts
    from engine.data.recipe.plan import Plan
    from engine.data.sources.base import Source, Watch

T = TypeVar("T")
LOOK_AGAIN_MS = 2_000  # between two looks whether the file is still what was read
FIRST_MS = 3_000  # for which the description of the data goes first: a network can be proposed then


class Stage(Enum):
    """How far the desk is with the data of the project."""

    NOTHING = "nothing"  # nobody looks
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"


@dataclass(frozen=True)
class RoleOf:
    """What a column is for, why, and whether that is a guess."""

    role: str
    reason: str = ""
    guessed: bool = False


@dataclass(frozen=True)
class _Opened:
    """What came of opening: a source, or why there is none."""

    source: Source | None
    sentence: str = ""
    gone: bool = False
    remedies: Sequence[Remedy] = ()


class DataDesk(QObject):
    """Opens, counts, profiles and plans the data of one project.

    `opened`, `counted`, `profiled` and `planned` carry what has become known, `failed` a sentence; `progressed` says how
    far the profile is; `column_chosen` names the column that is looked at; `changed` follows each of them.
    """

    opened = Signal(object)  # Source
    counted = Signal(int)
    profiled = Signal(object)  # Profile
    planned = Signal(object)  # Plan
    failed = Signal(str)
    progressed = Signal(int, int)
    column_chosen = Signal(str)
    changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.stage = Stage.NOTHING
        self.rows: int | None = None
        self.problem = ""
        self.gone = False  # the file is not where the project says
        self.stale = False  # the file is no longer what was read
        self.column = ""
        self.roles: Mapping[str, RoleOf] = {}
        self.plan: Plan | None = None
        self.profile: Profile | None = None
        self._by_name: Mapping[str, ColumnProfile] = {}
        self._facts: Facts | None = None  # what training plans with; None until it was counted
        self._profiled_for = ""  # the target that the profile was, or is being, made for
        self.remedies: Sequence[Remedy] = ()  # of the problem: other reading options
        self._held: Held | None = None
        self._key: tuple[object, ...] = ()
        self._stopped = False  # the user wants no more counting and profiling
        self._quick = Lane("data-quick", self)  # opening and paging: somebody waits at the screen
        self._slow = Lane("data-slow", self)  # counting and profiling: minutes for a large file
        self._side = Lane("data-side", self)  # what panels want
        self._look_again = QTimer(self)
        self._look_again.setInterval(LOOK_AGAIN_MS)
        self._look_again.timeout.connect(self._check)
        self._profile_later = QTimer(self)
        self._profile_later.setSingleShot(True)
        self._profile_later.setInterval(FIRST_MS)
        self._profile_later.timeout.connect(self._profile)
        self._links = [
            document.section_changed.connect(self._on_section_changed),
            document.data_described.connect(self._on_described),
        ]

    # -- what is known ------------------------------------------------------------------------------
    @property
    def source(self) -> Source | None:
        """What is open."""
        return self._held.source if self._held is not None else None

    @property
    def bundled(self) -> bool:
        """Whether the project uses a bundled set, which is shown as it is."""
        return self.document.data.path is None

    def profile_of(self, column: str) -> ColumnProfile | None:
        """What was measured of a column; None where that is not known."""
        return self._by_name.get(column)

    # -- what can be asked for --------------------------------------------------------------------
    def wake(self) -> None:
        """Somebody looks: open the data, unless that was done."""
        if self.stage is Stage.NOTHING:
            self._open()
        self._look_again.start()

    def rest(self) -> None:
        """Nobody looks for now; what is open stays open."""
        self._look_again.stop()

    def read_again(self) -> None:
        """The file has changed, or is back: read it anew, for the views and for training."""
        self._open()
        self.document.read_again()

    def choose_column(self, name: str) -> None:
        """Look at a column."""
        if name != self.column:
            self.column = name
            self.column_chosen.emit(name)
            self.changed.emit()

    def read(
        self,
        topic: str,
        work: Callable[[Source], T],
        done: Callable[[T], None],
        failed: Failed | None = None,
    ) -> None:
        """Read a little from the open source before anything that takes long; the newest wish on a topic is granted."""
        held = self._held
        if held is None:
            return

        def look(_watch: Watch) -> T:
            with held as source:
                return work(source)

        self._quick.want(topic, look, done, failed, interrupts=False)

    def run(
        self,
        topic: str,
        work: Callable[[Watch], T],
        done: Callable[[T], None],
        failed: Failed | None = None,
        progressed: Progressed | None = None,
    ) -> None:
        """Do what takes longer than a frame; a newer wish on the same topic interrupts and replaces an older one.

        `done`, `failed` and `progressed` are called on the window's thread.
        """
        self._side.want(topic, work, done, failed, progressed)

    def cancel(self, topic: str) -> None:
        """Nobody waits for what was asked of `run` any more."""
        self._side.cancel(topic)

    def close(self) -> None:
        """Let go of the document and of the file."""
        for link in self._links:
            QObject.disconnect(link)
        self._look_again.stop()
        for lane in (self._quick, self._slow, self._side):
            lane.close()
        self._let_go()

    # -- opening ----------------------------------------------------------------------------------
    def _on_section_changed(self, key: str) -> None:
        if key not in (DATA, INPUTS) or self.stage is Stage.NOTHING:
            return
        if self._wanted() != self._key:
            self._open()
        else:
            self._plan()

    def _wanted(self) -> tuple[object, ...]:
        return () if self.document.is_dataless else _key(self.document.data)

    def _open(self) -> None:
        data = self.document.data
        self._key = self._wanted()
        self._let_go()
        self.stage, self.problem, self.gone, self.stale = Stage.OPENING, "", False, False
        self.rows, self.roles, self.plan, self.remedies = None, {}, None, ()
        self.profile, self._by_name, self._facts = None, {}, None
        if self.document.is_dataless:
            self._on_failed(self.document.data_problem)
            return
        self._quick.want("open", lambda watch: _open(data, watch), self._on_opened, self._on_failed)
        self.changed.emit()

    def _let_go(self) -> None:
        self._profile_later.stop()
        for lane in (self._quick, self._slow, self._side):
            lane.cancel_all()
        if self._held is not None:
            self._held.let_go()
            self._held = None

    def _on_opened(self, found: _Opened) -> None:
        if found.source is None:
            self.gone, self.remedies = found.gone, found.remedies
            self._on_failed(found.sentence)
            return
        self._held = Held(found.source)
        self.stage = Stage.OPEN
        if self.column not in {column.name for column in found.source.columns}:
            self.choose_column("")
        self.opened.emit(found.source)
        self._plan()
        self.changed.emit()
        self.study()

    def _on_failed(self, sentence: str) -> None:
        self.stage, self.problem = Stage.FAILED, sentence
        self.failed.emit(sentence)
        self.changed.emit()

    # -- planning ---------------------------------------------------------------------------------
    def _plan(self) -> None:
        """Say what becomes of each column, as far as it is known what is in it."""
        source, data = self.source, self.document.data
        if source is None:
            return
        if self.bundled:
            fixed = getattr(source, "roles", {})
            self.roles = {name: RoleOf(role) for name, role in fixed.items()}
            self.changed.emit()
            return
        facts, recipe, normalize = self._facts, data.recipe, data.normalize

        def work(source: Source) -> tuple[Plan, Facts | None]:
            from engine.data.recipe.plan import is_sequence, plan
            from engine.data.recipe.reading import remembered_facts

            known = facts if facts is not None else remembered_facts(source)
            tokens = is_sequence(source)
            return plan(source.columns, known, recipe, normalize=normalize, tokens=tokens), known

        self.read("plan", work, self._on_planned, self._on_study_failed)

    def _on_planned(self, found: tuple[Plan, Facts | None]) -> None:
        self.plan, known = found
        self._facts = known if known is not None else self._facts
        plan = self.plan
        self.roles = {c.name: RoleOf(c.role, said(c.reason), "role" in c.guessed) for c in plan.columns}
        self.planned.emit(plan)
        waiting = self.rows is None or self._profile_later.isActive()
        if self.target != self._profiled_for and not waiting and not self._stopped:
            self._profile()
        self.changed.emit()

    @property
    def target(self) -> str:
        """The first column that is to be predicted; "" for none."""
        return next((name for name, role in self.roles.items() if role.role == "target"), "")

    # -- counting and profiling -------------------------------------------------------------------
    def study(self) -> None:
        """Count the rows and look through the columns, which may take minutes; `stop_study` ends it."""
        self._stopped = False
        self._study("count", lambda source, watch: source.count(watch), self._on_counted)
        self.changed.emit()

    def stop_study(self) -> None:
        """Look no further; what is known stays."""
        self._stopped = True
        self._profile_later.stop()
        self._slow.cancel_all()
        self.changed.emit()

    @property
    def is_studying(self) -> bool:
        """Whether rows are being counted or columns looked through."""
        return self._profile_later.isActive() or any(map(self._slow.is_busy, ("count", "profile", "facts")))

    def totals(self) -> list[str]:
        """What is to be said of the table as a whole, beside rows and columns."""
        columns = self.profile.columns if self.profile is not None else ()
        missing = sum(column.missing for column in columns)
        if missing:
            return [self.tr("{count:,} cells missing").format(count=missing)]
        # pictures and the like are not opened for a profile: some may well be damaged
        all_known = columns and all(column.distinct is not None for column in columns)
        return [self.tr("no cell missing")] if all_known else []

    def _on_counted(self, rows: int) -> None:
        self.rows = rows
        self.counted.emit(rows)
        if (
            self.document.is_reading
        ):  # counts the same rows for training: both at once would take as long as both
            self._profile_later.start()
        else:
            self._profile()
        self.changed.emit()

    def _on_described(self, _spec: object) -> None:
        if self._profile_later.isActive() and not self.document.is_reading:
            self._profile()

    def _survey(self) -> None:
        """Count what training plans with, so that the plan that is shown is the one that is followed."""

        def work(source: Source, watch: Watch) -> Facts:
            from engine.data.recipe.reading import survey_source

            return survey_source(source, watch)

        self._study("facts", work, self._on_surveyed)

    def _on_surveyed(self, facts: Facts) -> None:
        self._facts = facts
        self._plan()

    def _profile(self) -> None:
        self._profile_later.stop()
        target = self._profiled_for = self.target
        if self._facts is None and not self.bundled:
            self._survey()

        def work(source: Source, watch: Watch) -> Profile:
            from engine.data.profile import profile

            return profile(source, watch, target=target or None)

        self._study("profile", work, self._on_profiled)

    def _on_profiled(self, profile: Profile) -> None:
        self.profile = profile
        self._by_name = {column.name: column for column in profile.columns}
        self.profiled.emit(profile)
        self._plan()
        self.changed.emit()

    def _study(
        self,
        topic: str,
        work: Callable[[Source, Watch], T],
        done: Callable[[T], None],
    ) -> None:
        held = self._held
        if held is None:
            return

        def look(watch: Watch) -> T:
            with held as source:
                return work(source, watch)

        self._slow.want(topic, look, done, self._on_study_failed, self.progressed.emit)

    def _on_study_failed(self, sentence: str) -> None:
        self.problem = sentence
        self.failed.emit(sentence)
        self.changed.emit()

    # -- whether it is still the same -------------------------------------------------------------
    def _check(self) -> None:
        if self.stage is Stage.OPEN:
            self.read("check", lambda source: source.changed(), self._on_checked)

    def _on_checked(self, stale: bool) -> None:
        if stale != self.stale:
            self.stale = stale
            self.changed.emit()


def _key(data: DataSettings) -> tuple[object, ...]:
    """What decides which rows and columns there are; a change of anything else opens nothing anew."""
    options: dict[str, Any] = dict(data.options)
    if data.path is not None:
        return ("file", data.path, options)
    return ("set", data.dataset, options, data.seed)


def _open(data: DataSettings, watch: Watch) -> _Opened:
    from engine.data.bundled import open_bundled  # the start of the window need not pay for these
    from engine.data.sources.registry import open_source

    try:
        if data.path is None:
            return _Opened(open_bundled(data, watch))
        return _Opened(open_source(Path(data.path), data.options, watch))
    except DataError as error:
        gone = data.path is not None and not Path(data.path).expanduser().exists()
        return _Opened(None, str(error), gone, error.remedies)
