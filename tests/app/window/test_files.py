"""Files: recovery after a crash, broken projects, dropped data, and every bundled example."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.data_folder import ensure_data_folder
from app.document import Document
from app.theme import Theme
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.formats.project import load_project
from engine.formats.recovery import RecoveryStore
from engine.graph.serialize import graph_to_json
from engine.paths import data_dir, recovery_dir
from tests.app.window.conftest import CONTROL, User, close
from tests.runner import ROOT

CSV = "a,b,kind\n" + "".join(f"{i},{i % 7},{'xy'[i % 2]}\n" for i in range(60))
EDITED = """
from PySide6.QtCore import QTimer
from app import main
from engine.paths import data_dir, recovery_dir

def edit():
    document = window().workspace.document
    document.set_training(document.training.model_copy(update={"epochs": 7}))

def look():
    if window().workspace.document.stack.count() == 0:
        edit()
    elif list(recovery_dir().glob("*.json")):
        print("written", flush=True)

def window():
    return next(w for w in main.QApplication.topLevelWidgets() if isinstance(w, main.MainWindow))

main.make_application()
timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
main.run([])
"""


def _edit(user: User) -> None:
    user.document.set_training(user.document.training.model_copy(update={"epochs": 7}))


def test_unsaved_work_is_there_after_a_crash(user: User) -> None:
    _edit_and_crash()
    (left,) = recovery_dir().glob("*.json")
    user.window.files.offer_recovery()
    assert user.document.training.epochs == 7
    assert "without saving" in user.message
    assert user.document.is_dirty
    assert not left.exists()
    close(user.window)
    assert not list(recovery_dir().iterdir())


def _edit_and_crash() -> None:
    """A window in a process of its own is edited and killed."""
    with subprocess.Popen([sys.executable, "-c", EDITED], cwd=ROOT, stdout=subprocess.PIPE) as window:
        assert window.stdout is not None
        assert window.stdout.readline().strip() == b"written"
        window.kill()


def test_the_sentence_about_recovery_stays_until_the_project_is_saved(user: User, tmp_path: Path) -> None:
    _edit_and_crash()
    user.window.files.offer_recovery()
    user.until(lambda: user.window.workspace.run.bundle is not None)
    user.click(user.window.top_bar.step)
    user.until_steps()
    assert "without saving" in user.message
    user.window.training.stop()
    assert user.window.files.save_to(tmp_path / "mine.loom")
    user.window.messages.clear()
    assert not user.message


def test_a_project_that_is_as_it_was_again_is_not_offered(user: User) -> None:
    _edit(user)
    user.until(lambda: bool(list(recovery_dir().glob("*.json"))))
    user.key(Qt.Key.Key_Z, CONTROL)
    user.until(lambda: not list(recovery_dir().glob("*.json")))


def test_edits_without_a_pause_are_written_now_and_then(user: User) -> None:
    file = user.window.tabs.current.file
    file._timer.setInterval(10_000_000)  # as if one edit followed the other
    file._late.setInterval(1)
    _edit(user)
    user.until(lambda: bool(list(recovery_dir().glob("*.json"))))


def test_a_folder_that_can_not_be_written_is_told_once(user: User) -> None:
    file = user.window.tabs.current.file
    said: list[str] = []
    file.refused.connect(said.append)
    shutil.rmtree(recovery_dir())
    folder = data_dir() / "recovery"
    folder.write_bytes(b"in the way")
    _edit(user)
    for _ in range(3):
        file.write_recovery()
    assert len(said) == 1
    assert said[0].startswith("The recovery file can't be written (")
    user.window.files.new()  # a project without a lock works, too
    assert len(user.window.tabs) == 2
    folder.unlink()
    user.document.stack.setClean()


def test_a_data_folder_that_can_not_be_made_gives_way(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LAYERLOOM_DATA_DIR", str(tmp_path / "file" / "data"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert "can't be made" in ensure_data_folder()
    assert recovery_dir().is_dir()
    assert not ensure_data_folder()


def test_a_proper_end_leaves_nothing_to_recover(user: User) -> None:
    _edit(user)
    user.until(lambda: bool(list(recovery_dir().glob("*.json"))))
    close(user.window)
    assert not list(recovery_dir().iterdir())


def test_two_windows_do_not_offer_each_other_their_work(
    user: User, theme: Theme, settings: QSettings
) -> None:
    _edit(user)
    user.until(lambda: bool(list(recovery_dir().glob("*.json"))))
    other = MainWindow(theme, Document(examples()["xor"].graph()), settings)
    before = graph_to_json(other.workspace.document.graph)
    other.files.offer_recovery()
    assert graph_to_json(other.workspace.document.graph) == before
    close(other)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 and no more"])
def test_a_broken_file_gets_a_sentence_and_the_project_stays(
    user: User, tmp_path: Path, content: bytes
) -> None:
    path, before = tmp_path / "broken.loom", user.document
    path.write_bytes(content)
    assert not user.window.files.open_path(path)
    assert user.document is before
    assert user.message.endswith(".")
    assert "Traceback" not in user.message


def test_a_file_that_is_not_there_gets_a_sentence(user: User, tmp_path: Path) -> None:
    before = user.document
    assert not user.window.files.open_path(tmp_path / "gone.loom")
    assert user.document is before
    assert user.message


def test_a_project_dropped_on_the_window_is_opened(user: User, tmp_path: Path) -> None:
    path = tmp_path / "mine.loom"
    _edit(user)
    assert user.window.files.save_to(path)
    user.open_example("iris")
    user.drop_file(path)
    assert user.document.path == path
    assert user.document.training.epochs == 7
    assert path.name in user.window.windowTitle()


def test_several_projects_dropped_are_opened_in_tabs_and_what_is_broken_is_named(
    user: User, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{name}.loom" for name in ("one", "broken", "two")]
    for path in paths:
        assert user.window.files.save_to(path)
    paths[1].write_bytes(b"no zip")
    user.window.files.new()
    user.drop_file(*paths)
    assert {tab.document.path for tab in user.window.tabs} >= {paths[0], paths[2]}
    assert user.document.path == paths[2]
    assert "broken.loom" in user.message
    assert "two.loom" not in user.message


def test_what_was_changed_last_is_in_front_after_recovery(user: User) -> None:
    store = RecoveryStore(recovery_dir())
    for name, saved in (("iris", 1_000), ("xor", 2_000)):
        key = store.new_key()
        store.write(key, examples()[name].graph(), name)
        os.utime(recovery_dir() / f"{key}.json", (saved, saved))
    store.close()
    user.window.files.offer_recovery()
    assert [tab.document.title for tab in user.window.tabs][-2:] == ["iris", "xor"]
    assert user.document.title == "xor"


def test_a_table_dropped_on_the_window_becomes_the_data(user: User, tmp_path: Path) -> None:
    path = tmp_path / "flowers.csv"
    path.write_text(CSV)
    user.drop_file(path)
    user.until(lambda: user.window.workspace.run.bundle is not None)
    assert user.document.data.path == str(path)
    spec = user.document.data_spec
    assert spec is not None
    assert spec.counts.total == 60
    user.document.stack.undo()
    assert user.document.data.dataset == "spiral"


def test_a_table_that_cannot_be_read_gets_a_sentence(user: User, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    user.drop_file(path)
    user.until(lambda: bool(user.document.data_problem))
    user.click(user.window.top_bar.train)
    assert user.message == user.document.data_problem
    assert user.state == "idle"


@pytest.mark.parametrize("name", list(examples()))
def test_an_example_opens_without_a_problem_and_with_its_pictures(user: User, name: str) -> None:
    user.open_example(name)
    assert user.document.inference.ok, user.document.inference.diagnostics
    assert user.document.data_problem == ""
    bundle = user.window.workspace.run.bundle
    assert bundle is not None
    dock = user.window.dock
    user.until(lambda: dock.predictions.view is not None)
    first, second = dock.predictions, dock.more.panel
    assert list(first.suiting) == list(second.suiting)
    assert type(first.shown) is first.suiting[0]
    assert type(second.shown) is first.suiting[1]
    assert examples()[name].title in user.window.windowTitle()
    assert not user.message


def test_a_project_opened_in_mid_training_gets_the_weights_of_its_own_file(
    user: User, tmp_path: Path
) -> None:
    path = tmp_path / "mine.loom"
    _train_a_little(user, "circle")
    assert user.window.files.save_to(path)
    saved = user.snapshot
    assert user.window.files.close_tab()  # else opening it would only go to its tab
    user.open_endless("spiral")
    user.click(user.window.top_bar.train)
    user.until(lambda: user.window.training.state == "running")
    user.document.stack.setClean()
    assert user.window.files.open_path(path)
    user.until(lambda: bool(user.pictures("first/surface")) and user.state == "paused")
    assert user.snapshot.step == saved.step
    assert all(np.array_equal(state, user.snapshot.states[name]) for name, state in saved.states.items())


def _train_a_little(user: User, example: str) -> None:
    user.open_example(example)
    user.click(user.window.top_bar.step)
    user.until_steps()
    user.click(user.window.top_bar.stop)
    user.until(lambda: user.state == "idle")


def test_a_project_is_saved_where_the_last_one_is_and_by_its_name(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(_parent: object, _title: str, place: str, _kinds: str) -> tuple[str, str]:
        asked.append(place)
        return "", ""

    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", refuse)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", refuse)
    files = user.window.files
    files.new()
    files.save_as()
    user.document.title = "7/8: what?"
    files.save_as()
    assert files.save_to(tmp_path / "mine.loom")
    files.save_as()
    user.window.dock.curves.ask_for_file()
    files.new()
    files.save_as()
    files.open()
    assert [Path(place) for place in asked] == [
        Path(documents, "New project.loom"),
        Path(documents, "7 8  what .loom"),
        tmp_path / "mine.loom",
        tmp_path / "mine-curves.png",
        tmp_path / "New project.loom",
        tmp_path,
    ]


def test_what_a_saved_project_has_learned_since_is_asked_for(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, asked = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Save], list[str]()

    def answer(box: QMessageBox) -> QMessageBox.StandardButton:
        asked.append(box.text())
        return answers[len(asked) - 1]

    monkeypatch.setattr(QMessageBox, "exec", answer)
    path = tmp_path / "mine.loom"
    _train_a_little(user, "xor")
    files, tab = user.window.files, user.window.tabs.current
    assert files.may_leave(tab)  # an example is trained again by a click
    assert files.save_to(path)
    assert files.may_leave(tab)
    assert user.window.windowTitle() == "mine.loom - Layerloom"
    user.click(user.window.top_bar.step)  # anew, to the very step that the file has
    user.until(lambda: tab.is_unsaved)
    user.click(user.window.top_bar.stop)
    user.until(lambda: user.state == "idle")
    assert user.window.windowTitle() == "mine.loom • - Layerloom"
    assert not files.may_leave(tab)
    assert files.may_leave(tab)
    assert asked == ["Save what mine.loom has learned?"] * 2
    assert load_project(path).step == user.snapshot.step
    assert files.may_leave(tab)


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Discard])
def test_unsaved_changes_are_let_go_only_where_the_user_says_so(
    user: User, monkeypatch: pytest.MonkeyPatch, answer: QMessageBox.StandardButton
) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda box: answer)
    _edit(user)
    user.key(Qt.Key.Key_W, CONTROL)
    assert bool(user.graph.nodes) is (answer is QMessageBox.StandardButton.Cancel)
