"""Several windows of one process: opened, told apart, given projects, closed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QMessageBox

from app.commands.catalogue import commands_of
from app.document import Document
from app.training import TrainState
from app.window.centre import View
from app.window.main_window import MainWindow
from app.window.windows import Windows
from engine.formats.examples import examples
from engine.formats.recovery import RecoveryStore
from engine.lessons.registry import lessons
from engine.paths import recovery_dir
from tests.app.canvas.conftest import LEFT, NONE
from tests.app.window.conftest import CONTROL, SHIFT, User, close, delete_what_is_due

LONG = 120  # seconds, for tests that train


@pytest.fixture
def windows(user: User) -> Iterator[Windows]:
    """All windows; those that a test opened are closed."""
    yield user.window.windows
    for window in list(user.window.windows):
        if window is not user.window:
            close(window)


def _new(user: User, windows: Windows) -> User:
    """Somebody who opened another window by its key, and looks at it."""
    before = set(windows)
    user.window.activateWindow()
    user.until(user.window.isActiveWindow)
    user.key(Qt.Key.Key_N, CONTROL | SHIFT)
    (window,) = set(windows) - before
    user.until(window.isActiveWindow)
    return User(window, user.qtbot)


def _change(user: User) -> None:
    """Make a change that no file has."""
    document = user.document
    document.set_training(document.training.model_copy(update={"epochs": document.training.epochs + 1}))


def _names(window: MainWindow) -> list[str]:
    return [tab.name for tab in window.tabs]


def _answer(monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton) -> list[str]:
    """Whoever is asked presses this button; the questions."""
    asked: list[str] = []

    def answer(box: QMessageBox) -> QMessageBox.StandardButton:
        asked.append(box.text())
        return button

    monkeypatch.setattr(QMessageBox, "exec", answer)
    return asked


def _view_of(user: User) -> View:
    return user.window.centre.view


def _window_menu(window: MainWindow) -> QMenu:
    (action,) = [a for a in window.actions_.menu.actions() if a.text() == "Windows"]
    menu = action.menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    return menu


def test_a_new_window_shows_the_welcome_page_beside_the_one_it_came_from(
    user: User, windows: Windows
) -> None:
    other = _new(user, windows)
    assert [tab.welcoming for tab in other.window.tabs] == [True]
    assert other.window.size() == user.window.size()
    assert other.window.pos() != user.window.pos()
    assert windows.front is other.window


def test_each_window_has_its_own_projects_title_view_and_panels(user: User, windows: Windows) -> None:
    other = _new(user, windows)
    other.open_example("xor")
    other.window.show_view(View.DATA)
    _change(other)
    assert (_names(user.window), _names(other.window)) == (["New project"], ["XOR"])
    assert other.window.windowTitle().startswith("XOR \N{BULLET}")
    assert "\N{BULLET}" not in user.window.windowTitle()
    assert user.window.centre.view is View.NETWORK
    other.window.outline.open()
    assert not user.window.outline.isVisible()
    windows.bring(user.window)
    user.until(user.window.isActiveWindow)
    user.key(Qt.Key.Key_Z, CONTROL)
    assert other.document.is_dirty  # undo is of the window that has the keyboard


def test_windows_share_workers_runs_and_stars(user: User, windows: Windows) -> None:
    other = _new(user, windows)
    other.window.shelf.toggle("Dense")
    assert user.window.shelf.favourites == other.window.shelf.favourites == ("Dense",)
    assert other.window.training.workers is user.window.training.workers
    assert other.window.run_log is user.window.run_log


def test_what_is_copied_in_one_window_is_pasted_in_the_other(user: User, windows: Windows) -> None:
    user.until(lambda: user.window.workspace.run.bundle is not None)
    dense = next(n for n in user.graph.nodes.values() if n.layer.title() == "Dense")
    user.select(dense.id)
    user.key(Qt.Key.Key_C, CONTROL)
    assert json.loads(QGuiApplication.clipboard().text())  # text, which another program takes as well
    other = _new(user, windows)
    other.open_example("xor")
    before = len(other.graph.nodes)
    other.window.workspace.canvas.view.setFocus()
    other.key(Qt.Key.Key_V, CONTROL)
    assert len(other.graph.nodes) == before + 1
    pasted = list(other.graph.nodes.values())[-1]
    assert pasted.layer == dense.layer


def test_a_file_is_open_once_and_its_window_comes_to_the_front(
    user: User, windows: Windows, tmp_path: Path
) -> None:
    path = tmp_path / "mine.loom"
    assert user.window.files.save_to(path)
    other = _new(user, windows)
    assert other.window.files.open_path(path)
    assert [tab.welcoming for tab in other.window.tabs] == [True]
    user.until(user.window.isActiveWindow)
    assert windows.front is user.window


def test_a_project_moves_to_a_new_window_while_it_trains(user: User, windows: Windows) -> None:
    user.open_endless("xor")
    _change(user)
    user.window.files.open_example("iris")
    user.window.tabs.choose(user.window.tabs[0])
    user.click(user.window.top_bar.train)
    user.until_steps()
    tab, pid = user.window.tabs.current, user.window.training.worker_pid
    tab.document.stack.setClean()
    menu = _window_menu(user.window)
    (move,) = [a for a in menu.actions() if a.objectName() == "move_to_new_window"]
    move.trigger()
    (window,) = [w for w in windows if w is not user.window]
    assert (_names(user.window), _names(window)) == (["Iris"], ["XOR"])
    assert window.tabs.current is tab
    other = User(window, user.qtbot)
    other.until_steps()
    assert window.training.worker_pid == pid
    for part in (tab.workspace.canvas, tab.workspace.inspector, tab.dock, tab.run_bar):
        assert part.window() is window
        assert part.isVisible()
    other.click(window.top_bar.train)
    assert tab.training.state is TrainState.PAUSED
    assert user.window.training.state is TrainState.IDLE
    tab.training.stop()
    other.until(lambda: tab.training.state is TrainState.IDLE)


def test_a_moved_project_says_nothing_to_its_old_window(user: User, windows: Windows) -> None:
    user.open_example("xor")
    user.window.show_view(View.DATA)
    _change(user)
    user.window.files.open_example("iris")
    end = _new(user, windows).window
    tab = user.window.tabs[0]
    user.window.move_project(tab, end)
    assert user.window.centre.view is View.NETWORK
    assert tab.workspace.data_view.middle.window() is end
    assert end.centre.view is View.DATA
    end.show_view(View.NETWORK)
    user.window.windows.bring(end)
    tab.run_bar.step_clicked.emit()
    assert user.window.tabs.current.training.state is TrainState.IDLE
    tab.training.abandon()
    (action,) = [a for a in user.window.actions() if a.objectName() == "undo"]
    action.trigger()
    assert tab.document.is_dirty
    QTest.keyClick(end.windowHandle(), Qt.Key.Key_Z, CONTROL)
    assert not tab.document.is_dirty


def test_the_only_project_moves_to_another_window_and_its_own_closes(user: User, windows: Windows) -> None:
    other = _new(user, windows)
    other.open_example("xor")
    _change(other)
    tab = other.window.tabs.current
    other.window.move_project(tab, user.window)
    delete_what_is_due()
    assert list(windows) == [user.window]
    assert user.window.tabs.current is tab
    assert len(user.window.tabs) == 2  # what was open there stays, though nobody has changed it
    assert tab.document.is_dirty


def test_the_only_project_of_all_can_not_be_moved_and_the_palette_says_why(
    user: User, windows: Windows
) -> None:
    (command,) = [c for c in commands_of(user.window) if c.name == "menu/move_to_new_window"]
    assert command.why_not == "It is the only project of its window"
    user.window.move_project()
    assert list(windows) == [user.window]
    user.window.files.welcome()
    assert user.window.actions_.move_out.isEnabled()
    user.window.files.close_tab()
    assert not user.window.actions_.move_out.isEnabled()


def test_a_lesson_goes_along(user: User, windows: Windows) -> None:
    user.window.lessons.open(next(iter(lessons())))
    user.window.files.welcome()
    tab = user.window.tabs[0]
    assert user.window.lessons.state_of(tab) is not None
    user.window.move_project(tab)
    (window,) = [w for w in windows if w is not user.window]
    assert window.lessons.state_of(tab) is not None
    assert user.window.lessons.state_of(tab) is None
    assert window.lessons.dock.isVisible()


def test_closing_a_window_asks_for_its_own_projects_only(
    user: User, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = _new(user, windows)
    other.open_example("xor")
    _change(user)
    asked = _answer(monkeypatch, QMessageBox.StandardButton.Discard)
    other.key(Qt.Key.Key_W, CONTROL | SHIFT)
    delete_what_is_due()
    assert not asked
    assert list(windows) == [user.window]
    user.click(user.window.top_bar.train)
    user.until_steps()  # what they shared goes on
    user.window.training.abandon()


def test_quit_asks_in_all_windows_before_one_closes(
    user: User, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = _new(user, windows)
    other.open_example("xor")
    _change(other)
    _change(user)
    asked = _answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    assert not windows.quit()
    assert len(windows) == 2
    assert len(asked) == 1
    asked = _answer(monkeypatch, QMessageBox.StandardButton.Discard)
    other.key(Qt.Key.Key_Q, CONTROL)
    assert len(asked) == 2
    assert not len(windows)
    assert not list(recovery_dir().iterdir())


def test_the_menu_lists_the_windows_and_brings_them(user: User, windows: Windows) -> None:
    other = _new(user, windows)
    other.open_example("xor")
    shown = {a.text(): a for a in _window_menu(other.window).actions() if a.isCheckable()}
    assert {name: action.isChecked() for name, action in shown.items()} == {"New project": False, "XOR": True}
    shown["New project"].trigger()
    user.until(user.window.isActiveWindow)
    user.key(Qt.Key.Key_F6, CONTROL)
    user.until(other.window.isActiveWindow)


def test_a_tab_dragged_out_becomes_a_window_and_dragged_onto_another_goes_there(
    user: User, windows: Windows
) -> None:
    user.open_example("xor")
    _change(user)
    user.window.files.open_example("iris")
    bar = user.window.top_bar.projects.tabs
    out = QPoint(user.window.width() + 300, 400)
    _drag_out(user, 0, out)
    (window,) = [w for w in windows if w is not user.window]
    assert (_names(user.window), _names(window)) == (["Iris"], ["XOR"])
    window.move(user.window.frameGeometry().topRight() + QPoint(10, 0))
    user.window.files.welcome()
    _drag_out(user, bar.count() - 1, bar.mapFromGlobal(window.frameGeometry().center()))
    assert len(window.tabs) == 2
    assert len(user.window.tabs) == 1


def _drag_out(user: User, place: int, to: QPoint) -> None:
    """Drag a tab to a place, as seen from the bar."""
    bar = user.window.top_bar.projects.tabs
    start = bar.tabRect(place).center() - QPoint(14, 0)
    QTest.mousePress(bar, LEFT, NONE, start)
    for part in range(1, 6):
        QTest.mouseMove(bar, start + (to - start) * part / 5)
    QTest.mouseRelease(bar, LEFT, NONE, to)


def test_keys_given_in_one_window_count_in_the_others(user: User, windows: Windows) -> None:
    other = _new(user, windows)
    other.open_example("xor")
    keymap = user.window.actions_._make_keymap()
    keymap.bind("show_the_data", "Ctrl+J")
    other.key(Qt.Key.Key_J, CONTROL)
    assert _view_of(other) is View.DATA
    keymap.reset_all()
    other.window.show_view(View.NETWORK)
    other.key(Qt.Key.Key_J, CONTROL)
    assert _view_of(other) is View.NETWORK


def test_after_a_crash_each_project_is_in_its_window(user: User, windows: Windows) -> None:
    store = RecoveryStore(recovery_dir())
    for name, number in (("xor", 1), ("iris", 3), ("circle", 3)):
        document = Document(examples()[name].graph())
        store.write(f"left{name}", document.graph, name, window=number)
        document.close()
    user.window.files.offer_recovery()
    first, second = windows
    assert "xor" in _names(first)
    assert sorted(_names(second)) == ["circle", "iris"]
    assert all("ended last time" in tab.messages.label.text() for tab in second.tabs)
    for tab in (*first.tabs, *second.tabs):
        tab.document.stack.setClean()


def test_the_second_window_remembers_its_place_of_its_own(
    user: User, windows: Windows, settings: QSettings
) -> None:
    other = _new(user, windows).window
    other.outline.open()
    close(other)
    assert settings.contains("window2/geometry")
    assert not settings.contains("geometry")  # of the first window, which is open
    assert windows.new().outline.isVisible()
    assert not user.window.outline.isVisible()
