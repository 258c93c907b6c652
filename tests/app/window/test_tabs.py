"""Several projects in one window: opened, gone to, moved and closed by mouse and keys, each with its own run."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QTabBar

from app.training import TrainState
from app.window.centre import View
from app.window.project_tab import ProjectTab
from app.window.tab_bar import Mark, _shared
from engine.paths import recovery_dir
from engine.training.reports import Ended, Pictured
from tests.app.canvas.conftest import LEFT, NONE
from tests.app.window.conftest import CONTROL, SHIFT, User, close

MIDDLE = Qt.MouseButton.MiddleButton


def _tabs(user: User) -> QTabBar:
    return user.window.top_bar.projects.tabs


def _names(user: User) -> list[str]:
    return [tab.name for tab in user.window.tabs]


def _middle_of(user: User, place: int) -> QPoint:
    return _tabs(user).tabRect(place).center() - QPoint(14, 0)


def _touch(user: User) -> None:
    """Make a change that can be taken back, and take it back: the project is no longer one to be replaced."""
    document = user.document
    document.set_training(document.training.model_copy(update={"epochs": document.training.epochs + 1}))
    document.stack.setClean()


@pytest.fixture
def three(user: User) -> User:
    """Somebody with three projects open: spiral, XOR and iris, the last in front."""
    _touch(user)
    for name in ("xor", "iris"):
        user.window.files.open_example(name)
        _touch(user)
    user.window.tabs[0].document.title = "Spiral"
    user.window.tabs[0].document.file_changed.emit()
    return user


def test_an_untouched_project_makes_room_and_a_touched_one_stays(user: User) -> None:
    user.window.files.open_example("xor")
    assert _names(user) == ["XOR"]
    _touch(user)
    user.window.files.open_example("iris")
    assert _names(user) == ["XOR", "Iris"]
    assert _tabs(user).count() == 2
    assert _tabs(user).currentIndex() == 1


def test_a_click_and_ctrl_tab_go_to_a_project_and_everything_follows(three: User) -> None:
    user = three
    QTest.mouseClick(_tabs(user), LEFT, NONE, _middle_of(user, 0))
    assert user.window.tabs.current is user.window.tabs[0]
    assert "Spiral" in user.window.windowTitle()
    user.key(Qt.Key.Key_Tab, CONTROL)
    assert user.window.tabs.current is user.window.tabs[1]
    assert user.document.title == "XOR"
    workspace = user.window.workspace
    for part in (workspace.canvas, workspace.inspector, user.window.dock, user.window.tabs.current.run_bar):
        assert part.isVisible()
    for part in (user.window.tabs[0].workspace.canvas, user.window.tabs[0].dock, user.window.tabs[0].run_bar):
        assert not part.isVisible()
    user.key(Qt.Key.Key_Tab, CONTROL | SHIFT)
    user.key(Qt.Key.Key_Tab, CONTROL | SHIFT)
    assert user.document.title == "Iris"  # round to the last
    user.key(Qt.Key.Key_PageDown, CONTROL)
    assert user.window.tabs.current is user.window.tabs[0]


def test_undo_is_of_the_project_in_front(three: User) -> None:
    user = three
    first, last = user.window.tabs[0].document, user.document
    before = first.training.epochs
    user.window.tabs.choose(user.window.tabs[0])
    user.key(Qt.Key.Key_Z, CONTROL)
    assert first.training.epochs == before - 1
    assert last.stack.canUndo()
    assert user.window.actions_.redo.isEnabled()
    user.window.tabs.choose(user.window.tabs[2])
    assert not user.window.actions_.redo.isEnabled()


def test_unsaved_changes_show_on_the_tab(user: User) -> None:
    user.document.set_training(user.document.training.model_copy(update={"epochs": 7}))
    assert "\N{BULLET}" in _tabs(user).tabText(0)
    assert "unsaved" in _tabs(user).accessibleTabName(0)
    user.document.stack.undo()
    assert "\N{BULLET}" not in _tabs(user).tabText(0)


def test_ctrl_t_and_plus_open_a_welcome_and_ctrl_w_closes(user: User) -> None:
    _touch(user)
    user.key(Qt.Key.Key_T, CONTROL)
    assert [tab.welcoming for tab in user.window.tabs] == [False, True]
    user.click(user.window.top_bar.projects.new_button)
    assert len(user.window.tabs) == 2  # one welcome is enough
    user.key(Qt.Key.Key_W, CONTROL)
    assert len(user.window.tabs) == 1
    user.key(Qt.Key.Key_W, CONTROL)
    assert [tab.welcoming for tab in user.window.tabs] == [True]  # the window stays, with a way on


def test_a_middle_click_and_the_cross_close(three: User) -> None:
    user = three
    QTest.mouseClick(_tabs(user), MIDDLE, NONE, _middle_of(user, 1))
    assert _names(user) == ["Spiral", "Iris"]
    button = _tabs(user).tabButton(0, QTabBar.ButtonPosition.RightSide)
    assert "Close Spiral" in button.accessibleName()
    user.click(button)
    assert _names(user) == ["Iris"]
    assert user.document.title == "Iris"


def test_tabs_are_dragged_to_another_place(three: User) -> None:
    user, bar = three, _tabs(three)
    start, end = _middle_of(user, 0), _middle_of(user, 2) + QPoint(40, 0)
    QTest.mousePress(bar, LEFT, NONE, start)
    for k in range(1, 11):
        QTest.mouseMove(bar, start + (end - start) * k / 10)
    QTest.mouseRelease(bar, LEFT, NONE, end)
    assert _names(user)[2] == "Spiral"
    assert [bar.tabText(k) for k in range(3)] == _names(user)
    assert user.window.tabs.current.name == "Spiral"
    QTest.mouseClick(bar, LEFT, NONE, bar.tabRect(0).center() - QPoint(14, 0))
    assert user.window.tabs.current is user.window.tabs[0]


def test_closing_asks_for_unsaved_changes_and_keeps_the_others(
    three: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = three
    asked: list[str] = []
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Discard]

    def answer(box: QMessageBox) -> QMessageBox.StandardButton:
        asked.append(box.text())
        return answers.pop(0)

    monkeypatch.setattr(QMessageBox, "exec", answer)
    user.document.set_training(user.document.training.model_copy(update={"epochs": 7}))
    user.key(Qt.Key.Key_W, CONTROL)
    assert len(user.window.tabs) == 3
    user.key(Qt.Key.Key_W, CONTROL)
    assert _names(user) == ["Spiral", "XOR"]
    assert asked == ["Save the changes to Iris?"] * 2


def test_a_file_that_is_open_is_gone_to(three: User, tmp_path: Path) -> None:
    user = three
    assert user.window.files.save_to(tmp_path / "mine.loom")
    tab = user.window.tabs.current
    user.window.tabs.choose(user.window.tabs[0])
    user.drop_file(tmp_path / "mine.loom")
    assert user.window.tabs.current is tab
    assert len(user.window.tabs) == 3


def test_messages_wait_for_their_project(three: User) -> None:
    user = three
    user.window.tabs[0].document.refused.emit("It can't be done.")
    seen = [user.message]
    user.window.tabs.choose(user.window.tabs[0])
    seen.append(user.message)
    assert seen == ["", "It can't be done."]


def test_each_project_keeps_its_view(three: User) -> None:
    user = three
    user.window.show_view(View.DATA)
    seen = []
    for place in (0, 2):
        user.window.tabs.choose(user.window.tabs[place])
        seen.append(user.window.centre.view)
    assert seen == [View.NETWORK, View.DATA]
    assert user.window.workspace.data_view.middle.isVisible()


def _train(user: User) -> ProjectTab:
    user.open_endless("spiral")
    _touch(user)
    user.click(user.window.top_bar.train)
    user.until(lambda: user.state is TrainState.RUNNING)
    user.until_steps()
    return user.window.tabs.current


def test_training_goes_on_behind_another_project_with_a_mark(user: User) -> None:
    tab = _train(user)
    pid, steps = tab.training.worker_pid, []
    tab.training.progressed.connect(lambda progress: steps.append(progress.step))
    user.window.files.open_example("xor")
    bar = user.window.top_bar.projects
    assert bar.mark_of(0) is Mark.TRAINING
    assert user.window.windows.is_training()
    assert "training" in bar.tabs.accessibleTabName(0)
    assert user.window.top_bar.train.text() == "Train"
    before = len(steps)
    user.until(lambda: len(steps) > before + 2)
    assert tab.training.worker_pid == pid
    user.until(lambda: user.window.training.worker_pid not in (None, pid))  # the one in front has its own
    tab.training.stop()
    user.until(lambda: bar.mark_of(0) is Mark.DONE)
    assert not user.window.windows.is_training()
    assert tab.training.worker_pid is None  # it waits for the next who needs one
    user.window.tabs.choose(tab)
    assert bar.mark_of(0) is Mark.NONE
    assert user.window.top_bar.progress.caption().startswith("stopped after")
    assert len(user.window.dock.curves.view.panel("loss").epochs()) > 0


def test_a_run_that_ends_behind_another_project_shows_its_end(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = _train(user)
    user.until(lambda: bool(user.pictures("first/surface")))
    behind: list[Pictured] = []
    ends: list[Ended] = []
    user.window.files.open_example("xor")
    user.until(lambda: user.window.dock.predictions.shown is not None)
    tab.training.pictured.connect(behind.append)
    tab.training.ended.connect(ends.append)
    tab.document.set_training(tab.document.training.model_copy(update={"epochs": 1}))  # it has done more
    user.until(lambda: bool(ends))
    (*_, last) = (picture for picture in behind if picture.probe == "first/surface")
    assert last.step == ends[0].step
    view = tab.dock.predictions.shown
    assert view is not None
    seen: list[Pictured] = []
    monkeypatch.setattr(view, "show", seen.append)
    user.window.tabs.choose(tab)
    user.until(lambda: bool(seen))
    assert seen[0] is last


def test_the_warm_worker_goes_to_the_project_in_front(user: User) -> None:
    user.until(lambda: user.window.top_bar.device.text() == "Ready")
    pid = user.window.training.worker_pid
    _touch(user)
    first = user.window.tabs.current
    user.window.files.open_example("xor")
    user.until(lambda: user.window.training.worker_pid is not None)
    assert user.window.training.worker_pid == pid
    assert user.window.top_bar.device.text() == "Ready"
    assert first.training.worker_pid is None


def test_closing_a_project_that_trains_asks(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _train(user)
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Close]
    monkeypatch.setattr(QMessageBox, "exec", lambda box: answers.pop(0))
    seen = []
    for _ in range(2):
        user.key(Qt.Key.Key_W, CONTROL)
        seen.append(user.state)
    assert seen == [TrainState.RUNNING, TrainState.IDLE]
    assert not answers


def test_each_unsaved_project_has_a_recovery_file(three: User) -> None:
    user = three
    for tab in user.window.tabs:
        tab.document.set_training(tab.document.training.model_copy(update={"epochs": 9}))
    user.until(lambda: len(list(recovery_dir().glob("*.json"))) == 3)
    close(user.window)
    assert not list(recovery_dir().iterdir())


def test_a_new_tab_knows_which_devices_there_are(user: User) -> None:
    first = user.window.tabs.current
    user.until(lambda: first.training.ready is not None and first.run_bar.device.text() == "Ready")
    _touch(user)
    for _ in range(2):  # the second beside one that never had a worker
        user.key(Qt.Key.Key_T, CONTROL)
        assert user.window.tabs.current is not first
        assert user.window.tabs.current.run_bar.device.text() == "Ready"
        assert user.window.tabs.current.run_bar.device.toolTip() == first.run_bar.device.toolTip()


def test_a_tab_that_is_opened_before_the_first_worker_is_ready_hears_of_it(user: User) -> None:
    _touch(user)
    user.key(Qt.Key.Key_T, CONTROL)
    user.until(lambda: user.window.tabs.current.run_bar.device.text() == "Ready")


def test_short_names_are_whole_in_a_narrow_window_and_long_ones_cut_in_the_middle(
    three: User, tmp_path: Path
) -> None:
    user, bar = three, _tabs(three)
    long = "my second experiment with residual blocks v12.loom"
    user.window.files.open_example("moons")
    assert user.window.files.save_to(tmp_path / long)
    user.window.resize(1000, 700)
    user.document.set_training(user.document.training.model_copy(update={"epochs": 9}))
    user.until(user.window.top_bar.projects.all_button.isVisible)
    assert bar.tabRect(bar.count() - 1).right() <= bar.width()  # all are to be seen
    widths = [bar.tabRect(place).width() for place in range(bar.count())]
    assert widths[:3] == [max(QTabBar.tabSizeHint(bar, place).width(), 56) for place in range(3)]
    assert bar.elideMode() is Qt.TextElideMode.ElideMiddle
    assert bar.tabText(3).startswith("\N{BULLET} ")
    right = QTabBar.ButtonPosition.RightSide
    crosses = [bar.tabButton(place, right).width() > 0 for place in range(bar.count())]
    assert crosses == [False, False, False, True]
    whole = [action.text() for action in user.window.top_bar.projects.all_menu().actions()]
    assert whole[3] == f"\N{BULLET} {long}"
    user.document.stack.setClean()


@pytest.mark.parametrize(
    ("wholes", "room", "widest"),
    [([50, 60, 70], 500, 240), ([50, 60, 200], 200, 90), ([100, 100], 120, 60), ([], 100, 240)],
)
def test_room_that_short_names_leave_goes_to_long_ones(wholes: list[int], room: int, widest: int) -> None:
    assert _shared(wholes, room) == widest
