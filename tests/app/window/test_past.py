"""The time machine in the real window: scrubbing by mouse and keys, going on, what if, rewinding, edits on the run."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.timeline.machine import TimeMachine
from app.training import TrainState
from app.window.bottom_dock import LEARNING, TIME
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.formats.recovery import RecoveryStore
from engine.graph.edits import SetSettings
from engine.layers.dense import Dense
from engine.paths import recovery_dir
from engine.training.memory import MEMORY
from engine.training.moments import Changed, EventKind
from engine.training.named import NamedStates
from engine.training.states import snapshot_of
from tests.app.canvas.conftest import LEFT, NONE
from tests.app.window.conftest import CONTROL, User

MOMENTS = 8
SURFACE = "first/surface"  # of the view that is shown beside the curves


def past(user: User) -> TimeMachine:
    return user.window.workspace.past


def begin(user: User) -> None:
    """An endless run that holds after some moments."""
    user.open_endless("spiral")
    plain = {"early_stopping_patience": None, "keep_best": False}
    user.document.set_training(user.document.training.model_copy(update=plain))
    user.click(user.window.top_bar.train)
    user.until(lambda: len(past(user).history.moments) >= MOMENTS)
    user.click(user.window.top_bar.train)
    user.until(lambda: EventKind.PAUSED in [e.kind for e in past(user).history.events])


def until_saved(user: User) -> None:
    """Wait for the state in which the run holds; there may be others of before."""
    step = next(e.step for e in reversed(past(user).history.events) if e.kind is EventKind.PAUSED)
    user.until(lambda: getattr(user.window.training.snapshot, "step", -1) == step)


def key(user: User, key: Qt.Key) -> None:
    QTest.keyClick(user.window.dock.past.strip, key)


def looked(user: User, step: int) -> None:
    user.until(lambda: getattr(past(user).moment, "step", -1) == step)


def test_scrubbing_shows_the_past_and_escape_the_present(user: User) -> None:
    begin(user)
    dock = user.window.dock
    dock.show_past()
    assert dock.tabs.currentIndex() == TIME
    path = past(user).history.path(0)
    now = path[-1].step
    assert not dock.past_bar.isVisible()
    key(user, Qt.Key.Key_Home)
    looked(user, 0)
    assert dock.past_bar.isVisible()
    assert "step 0" in dock.past_bar.label.text()
    key(user, Qt.Key.Key_Right)
    looked(user, path[1].step)
    dock.tabs.setCurrentIndex(LEARNING)  # whose pictures are of that moment
    user.until(lambda: user.pictures(SURFACE)[-1].step == path[1].step)
    dock.show_past()
    strip = dock.past.strip
    place = QPoint(round(strip._x(path[-1].step)), strip.height() // 2)  # others may lie on the first
    QTest.mouseClick(strip, LEFT, NONE, place)
    user.until(lambda: past(user).moment not in (None, path[1]))
    key(user, Qt.Key.Key_Escape)
    user.until(lambda: past(user).moment is None)
    assert not dock.past_bar.isVisible()
    dock.tabs.setCurrentIndex(LEARNING)
    user.until(lambda: user.pictures(SURFACE)[-1].step >= now)
    assert "moment" in strip.accessibleName().lower()


def test_continuing_keeps_the_old_future_as_a_line(user: User) -> None:
    begin(user)
    dock, machine = user.window.dock, past(user)
    dock.show_past()
    before = machine.history.path(0)
    key(user, Qt.Key.Key_Home)
    for _ in range(2):
        key(user, Qt.Key.Key_Right)
    looked(user, before[2].step)
    user.click(dock.past_bar.go_on)
    user.until(lambda: machine.history.line == 1)
    assert user.state is TrainState.RUNNING
    assert not dock.past_bar.isVisible()
    user.until(lambda: len([m for m in machine.history.moments.values() if m.line == 1]) > 2)
    user.click(user.window.top_bar.train)
    kept = {m.id for m in machine.history.moments.values() if m.line == 0}
    assert before[-1].id in kept
    steps = [m.step for m in machine.history.path(1)]
    assert steps == sorted(steps)
    assert steps[0] == 0
    assert dock.past.lines.count() == 2
    assert [run.name for run in dock.curves.view._runs] == ["First run"]
    marks = [e.kind for e in dock.past.events()]
    assert EventKind.BRANCHED in marks


def test_what_if_tries_a_rate_and_undo_takes_it_back_from_the_run(user: User) -> None:
    begin(user)
    dock, machine = user.window.dock, past(user)
    rate = user.document.training.optimizer.learning_rate
    dock.show_past()
    key(user, Qt.Key.Key_Home)
    looked(user, 0)
    user.click(dock.past_bar.what_if)
    what_if = dock.past._what_if
    assert what_if is not None
    user.until(lambda: all(b.width() >= b.sizeHint().width() for b in what_if.rates.values()))  # none is cut
    user.click(what_if.rates[10.0])
    user.until(lambda: machine.history.line == 1)
    assert user.document.training.optimizer.learning_rate == pytest.approx(10 * rate)
    user.until(
        lambda: bool(user.progress()) and user.progress()[-1].learning_rate == pytest.approx(10 * rate)
    )
    user.document.stack.undo()
    user.until(lambda: user.progress()[-1].learning_rate == pytest.approx(rate))
    kinds = [e.kind for e in machine.history.events]
    assert kinds.count(EventKind.RATE) == 2


def test_rewinding_gives_the_same_first_weights_and_waits(user: User) -> None:
    begin(user)
    machine = past(user)
    shown = user.window.dock.past
    shown.strip.setFocus()
    key(user, Qt.Key.Key_Home)
    looked(user, 0)
    first = user.pictures(SURFACE)[-1].outputs["y0"].copy()
    user.key(Qt.Key.Key_F5, CONTROL)
    user.until(lambda: machine.history.line == 1)
    user.until(lambda: user.snapshot.step == 0)
    user.until(lambda: user.pictures(SURFACE)[-1].step == 0)
    assert user.state is TrainState.PAUSED
    assert np.array_equal(user.pictures(SURFACE)[-1].outputs["y0"], first)


def test_an_edit_reaches_the_run_and_its_weights_stay(user: User) -> None:
    begin(user)
    changes: list[Changed] = []
    user.window.workspace.run.changed.connect(changes.append)
    node, layer = next((n.id, n.layer) for n in user.graph.nodes.values() if isinstance(n.layer, Dense))
    until_saved(user)
    before = user.snapshot
    user.document.push(SetSettings(node, layer.model_copy(update={"trainable": False})))
    user.until(lambda: bool(changes))
    assert user.snapshot.step == before.step
    assert user.window.workspace.run.resumable
    user.until(lambda: past(user).history.events[-1].kind is EventKind.FROZEN)  # which is told after it
    user.document.stack.undo()
    user.until(lambda: len(changes) == 2)
    for name, array in before.states.items():
        assert name == MEMORY or array.tobytes() == user.snapshot.states[name].tobytes(), name


def test_nothing_to_look_at_is_said(user: User) -> None:
    user.open_example("spiral")
    panel = user.window.dock.past
    assert panel.nothing.isVisibleTo(panel)
    assert not panel.strip.isVisibleTo(panel)
    panel.go_to_beginning()
    assert "no run to rewind" in user.message


def test_what_a_run_learned_is_there_after_a_crash_of_the_window(user: User) -> None:
    begin(user)
    until_saved(user)
    tab = user.window.tabs.current
    learned = user.snapshot
    tab.file._learned.write()
    tab.file._learned.settle()
    folder = recovery_dir()
    left = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".json", ".loom")}
    assert sorted(name.rpartition(".")[2] for name in left) == ["json", "loom"]
    for tab in user.window.tabs:
        tab.document.stack.setClean()
        tab.training.abandon()
    user.window.tabs.close_all()
    assert not [path for path in folder.iterdir() if path.suffix in (".json", ".loom")]
    for name, content in left.items():  # as if the process had been killed before that
        (folder / name).write_bytes(content)
    store = RecoveryStore(folder)
    (found,) = store.list()
    graph, _ = store.restore(found.key)
    project = store.restore_run(found.key, graph)
    assert project is not None
    assert project.step == learned.step
    spec = load(DataSettings(dataset="spiral")).spec
    snapshot = snapshot_of(graph, spec, NamedStates(project.weights, project.optimizer, project.step))
    assert snapshot is not None
    for name, array in learned.states.items():
        assert snapshot.states[name].tobytes() == array.tobytes(), name
    store.discard(found.key)
    assert not [path for path in folder.iterdir() if path.suffix in (".json", ".loom")]


def test_the_moment_has_the_room_of_its_memory_in_a_narrow_window(user: User) -> None:
    begin(user)
    user.window.dock.show_past()
    panel = user.window.dock.past
    user.window.resize(1000, 700)
    user.until(panel.memory.isHidden)
    user.window.resize(1600, 900)
    user.until(panel.memory.isVisible)
