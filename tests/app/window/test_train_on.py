"""Training on after the end: when it can be, what it goes on from, and that it is the same run still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.training import TrainState
from app.window.run_log import RunLog
from app.window.run_on import RunOn
from engine.formats.examples import examples
from engine.formats.project import load_project
from engine.graph.edits import SetSettings
from engine.layers.dense import Dense
from engine.optimizers.sgd import SGD
from engine.runs.record import RunRecord
from engine.runs.store import Run, RunStore
from engine.training.further import epochs_done, trained_before
from engine.training.memory import MEMORY, Memory
from engine.training.moments import Branched, Change, Changed, EventKind, Happened
from engine.training.reports import Ended, EpochEnded, Progress, Snapshot, Started
from engine.training.settings import TrainingSettings
from tests.app.window.conftest import CONTROL, SHIFT, User

STARTED = Started("NumPy on a processor", "cpu", "why", 3, 100, 10.0, 2)
ROWS, BATCH = 800, 32


class Training(QObject):
    """A worker's end that keeps what it is asked."""

    answered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.state, self.keeps_run = TrainState.IDLE, True
        self.snapshot: Snapshot | None = None
        self.asked: list[Change] = []

    def train_on(self, change: Change) -> None:
        self.asked.append(change)


def snapshot(step: int, **memory: Any) -> Snapshot:
    return Snapshot(step, {MEMORY: Memory(batch=BATCH, **memory).written()})


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    document = Document(examples()["spiral"].graph())
    document.set_training(document.training.model_copy(update={"epochs": 20, "batch_size": BATCH}))
    yield document
    document.close()


@pytest.fixture
def training() -> Training:
    return Training()


@pytest.fixture
def on(document: Document, training: Any) -> RunOn:
    """A run of 20 epochs that has ended."""
    on = RunOn(document, training)
    on.note_anew()
    training.snapshot = snapshot(500)
    return on


def why_not(on: RunOn, *, same: bool = True) -> str:
    return on.why_not(same_network=same, same_data=True)


# -- whether -------------------------------------------------------------------------------------------------


def test_nothing_that_runs_or_was_never_trained_is_trained_on(on: RunOn, training: Training) -> None:
    assert why_not(on) == ""
    for state, word in (
        (TrainState.RUNNING, "is being trained"),
        (TrainState.STARTING, "is being trained"),
        (TrainState.PAUSED, "press Resume"),
        (TrainState.DIED, "press Resume"),
    ):
        training.state = state
        assert word in why_not(on)
    training.state, on.diverged = TrainState.IDLE, True
    assert "broke" in why_not(on)
    training.snapshot = None
    assert "press Train first" in why_not(on)


def test_a_network_whose_weights_fit_no_more_says_so_until_the_change_is_undone(
    on: RunOn, training: Training, document: Document
) -> None:
    node = next(n for n in document.graph.nodes.values() if isinstance(n.layer, Dense))
    assert isinstance(node.layer, Dense)
    wider = node.layer.model_copy(update={"units": 30})
    document.push(SetSettings(node.id, wider, "units"))
    assert "does not fit" in why_not(on, same=False)
    document.stack.undo()
    assert why_not(on) == ""
    other = node.layer.model_copy(update={"activation": "relu"})
    document.push(SetSettings(node.id, other, "activation"))
    assert why_not(on, same=False) == ""  # its weights fit, and the worker knows how
    training.keeps_run = False
    assert "does not fit" in why_not(on, same=False)


# -- how far -------------------------------------------------------------------------------------------------


def test_each_time_so_many_epochs_more_are_asked_for(on: RunOn, training: Training) -> None:
    assert on.hint(ROWS, BATCH) == "Go on with what was learned, up to epoch 40"
    on.ask(ROWS, BATCH)
    assert (training.asked[0].training.epochs, training.asked[0].before) == (40, 20)
    training.snapshot = snapshot(1000)
    on.ask(ROWS, BATCH)
    assert (training.asked[1].training.epochs, training.asked[1].before) == (60, 40)
    assert on.planned().epochs == 60  # what an edit of the settings tells the run, too
    training.answered.emit(Branched(1, 1, 0, 0.0, TrainingSettings()))
    assert on.planned().epochs == 20  # it was rewound


def test_what_was_stopped_goes_on_to_its_end(on: RunOn, training: Training, document: Document) -> None:
    training.snapshot = snapshot(180)
    on.ask(ROWS, BATCH)
    assert training.asked[0].training.epochs == 20
    document.set_training(document.training.model_copy(update={"epochs": 5}))
    on.ask(ROWS, BATCH)
    assert (training.asked[1].training.epochs, training.asked[1].before) == (12, 7)
    document.stack.undo()
    assert not document.is_dirty or document.stack.count() == 2  # training on is no edit


def test_a_state_from_a_file_says_how_far_the_run_was_to_go(on: RunOn, document: Document) -> None:
    document.set_training(document.training.model_copy(update={"early_stopping_patience": 3}))
    kept = snapshot(700, before=20, wait=1)
    assert on.note_adopted(kept) is kept  # an interrupted run goes on exactly
    assert on.planned().epochs == 40
    stopped = on.note_adopted(snapshot(700, before=20, wait=3))
    assert trained_before(stopped.states) == 20
    assert on.note_adopted(stopped) is stopped  # it has all its patience again


# -- what it goes on from ------------------------------------------------------------------------------------


def test_a_new_job_is_given_the_state_and_its_marks(
    on: RunOn, training: Training, document: Document
) -> None:
    document.set_training(document.training.model_copy(update={"optimizer": SGD(learning_rate=0.1)}))
    said: list[str] = []
    marks: list[object] = []
    on.said.connect(said.append)
    assert training.snapshot is not None
    training.snapshot = Snapshot(
        500, {**training.snapshot.states, "slot/m": training.snapshot.states[MEMORY]}
    )
    given = on.prepared(ROWS, BATCH, 2400)
    assert set(given.states) == {MEMORY}
    assert epochs_done(given.states, given.step, 2400, BATCH) == 20.0
    assert trained_before(given.states) == 20
    assert not said
    training.answered.connect(marks.append)
    on.mark_begin(500, 20.0)
    on.tell()
    kinds = [(m.kind, m.detail) for m in marks if isinstance(m, Happened)]
    assert kinds == [(EventKind.CONTINUED, "40"), (EventKind.SETTING, "Adam → SGD")]
    assert "other data" in said[0]
    assert "SGD begins anew" in said[0]
    on.mark_begin(600, 21.0)
    assert len(kinds) == len(marks)  # once


def test_the_answer_of_the_worker_is_passed_on_and_no_other(on: RunOn, training: Training) -> None:
    went: list[object] = []
    said: list[str] = []
    on.went_on.connect(went.append)
    on.said.connect(said.append)
    on.ask(ROWS, BATCH)
    training.answered.emit(Changed(1, 25.0, 3, 100, 40))  # an edit while it ran
    assert not went
    number = training.asked[0].number
    training.answered.emit(Changed(number, 25.0, 3, 100, 40, "It can't be."))
    assert (went, said) == ([], ["It can't be."])
    training.answered.emit(Changed(number, 25.0, 3, 100, 40))
    assert len(went) == 1


# -- the list of runs ----------------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path, qtbot: QtBot) -> Iterator[RunLog]:
    log = RunLog(tmp_path / "runs.sqlite")
    yield log
    log.close()


def trained(first: int, last: int) -> Progress:
    ends = tuple(EpochEnded(10 * k, k, {"loss": 1.0 / k}, True) for k in range(first, last + 1))
    return Progress(10 * last, float(last), {}, 100.0, ends)


def ended(epoch: int, rate: float = 100.0) -> Ended:
    return Ended("done", 10 * epoch, float(epoch), {"loss": 1.0 / epoch}, rate, 2.0)


def listed(log: RunLog) -> list[Run]:
    """The runs, once all is written."""
    found: list[Run] = []
    log._submit(lambda store: found.extend(store.runs()), listing=False).result()
    return found


def stored(path: Path, read: Callable[[RunStore], Any]) -> Any:
    with RunStore(path / "runs.sqlite") as store:
        return read(store)


def test_a_run_that_goes_on_is_the_same_in_the_list_and_its_time_adds_up(log: RunLog, tmp_path: Path) -> None:
    writer = log.writer()
    writer.begin("mine", STARTED, {})
    writer.add(trained(1, 2))
    writer.end(ended(2))
    writer.go_on()
    assert [r.reason for r in listed(log)] == ["running"]
    writer.add(trained(3, 4))
    writer.end(ended(4, rate=50.0))
    (run,) = listed(log)
    assert (run.reason, run.seconds, run.summary) == ("done", 4.0, {"loss": 0.25})
    assert writer.record == RunRecord(run.begun, 4.0, 50.0)
    assert [e.epoch for e in stored(tmp_path, lambda store: store.epochs(run.id))] == [1, 2, 3, 4]


def test_a_file_that_is_looked_at_is_no_run_until_it_is_trained_on(log: RunLog) -> None:
    writer = log.writer()
    writer.look("mine", STARTED, {}, 20, lambda _ends, _events: None)
    writer.end(ended(2, rate=0.0))
    assert listed(log) == []
    writer.go_on()
    writer.add(trained(3, 3))
    writer.end(ended(3))
    (run,) = listed(log)
    assert writer.record is not None
    assert (run.begun, run.reason) == (writer.record.begun, "done")


def test_the_run_of_a_file_is_found_again_and_a_copy_goes_a_way_of_its_own(qtbot: QtBot, log: RunLog) -> None:
    first, second, third = log.writer(), log.writer(), log.writer()
    first.begin("mine", STARTED, {})
    first.add(trained(1, 2))
    first.note(Happened(EventKind.RATE, 0, 15, 1.5, "0.1"))
    first.end(ended(2))
    record = first.record
    past: list[tuple[list[EpochEnded], list[Happened]]] = []

    def tell(ends: list[EpochEnded], events: list[Happened]) -> None:
        past.append((ends, events))

    second.take(record)
    second.look("mine", STARTED, {}, 20, tell)
    qtbot.waitUntil(lambda: len(past) == 1)
    assert ([e.epoch for e in past[0][0]], [e.detail for e in past[0][1]]) == ([1, 2], ["0.1"])
    second.go_on()
    second.add(trained(3, 3))
    second.end(ended(3))
    third.take(record)
    third.look("copy", STARTED, {}, 20, tell)
    qtbot.waitUntil(lambda: len(past) == 2 and third.record != record)
    assert [e.epoch for e in past[1][0]] == [1, 2]
    third.go_on()
    third.add(trained(3, 3))
    third.end(ended(3))
    copy, mine = listed(log)
    assert (copy.parent, copy.parent_step, mine.parent) == (mine.id, 20, None)
    assert mine.seconds == 4.0


# -- in the window -------------------------------------------------------------------------------------------


def test_a_run_is_trained_on_here_and_from_its_file(user: User, tmp_path: Path) -> None:
    document, bar = user.document, user.window.top_bar.run_bar
    user.until(lambda: user.window.workspace.run.bundle is not None)
    document.set_training(document.training.model_copy(update={"epochs": 2, "device": "cpu"}))
    assert not bar.train_on.isEnabled()
    user.click(bar.train)
    user.until(bar.train_on.isEnabled)
    step, edits = user.snapshot.step, document.stack.count()
    user.click(bar.train_on)
    user.until(lambda: len(user.ends()) == 2 and bar.train_on.isEnabled())
    assert user.snapshot.step == 2 * step
    assert document.stack.count() == edits
    assert [e.kind for e in user.window.workspace.past.history.events] == [EventKind.CONTINUED]
    view = user.window.dock.curves.view
    xs, _ = view.as_run("").series["loss", "validation"]
    assert np.asarray(xs).tolist() == [1, 2, 3, 4]
    path = tmp_path / "mine.loom"
    assert user.window.files.save_to(path)
    record = load_project(path).run
    assert record is not None
    assert record.steps_per_s > 0

    assert user.window.files.close_tab()
    assert user.window.files.open_path(path)
    bar = user.window.top_bar.run_bar
    user.until(bar.train_on.isEnabled)
    user.until(lambda: len(user.window.workspace.past.history.events) == 1)
    assert bar.progress.caption().startswith("done in ")
    assert not bar.progress.caption().endswith(" 0 steps a second")
    xs, _ = user.window.dock.curves.view.as_run("").series["loss", "validation"]
    assert np.asarray(xs).tolist() == [1, 2, 3, 4]
    user.reports.clear()
    QTest.keyClick(user.window.windowHandle(), Qt.Key.Key_F5, CONTROL | SHIFT)
    user.until(lambda: len(user.ends()) == 1)
    assert user.snapshot.step == 3 * step
    assert [run.reason for run in listed(user.window.run_log)] == ["done"]
