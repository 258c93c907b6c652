"""Sharing from the real window: a text copied and pasted on a canvas, a file with its data opened elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.exchange.share_dialog import ShareDialog
from app.exchange.text_dialog import OpenTextDialog
from app.theme import Theme
from engine.data.settings import DataSettings
from engine.devices.base import Watch
from engine.formats.examples import examples
from engine.formats.project import LoadedProject, Project, load_project
from engine.formats.sharing import is_text, to_text
from engine.formats.weights import bundled_features
from engine.graph.features import FeatureSpec
from engine.models.files import model_of
from tests.app.window.conftest import CONTROL, WAIT_MS, User


def project_of(name: str = "xor") -> Project:
    graph = examples()[name].graph()
    return Project(graph, model_of(LoadedProject(graph), name).weights)


class Sharer:
    """Somebody who shares."""

    def __init__(self, dialog: ShareDialog, qtbot: QtBot) -> None:
        self.dialog, self.qtbot = dialog, qtbot
        dialog.show()
        qtbot.waitUntil(lambda: bool(dialog.about_text.text()), timeout=WAIT_MS)

    def click(self, widget: QWidget) -> None:
        assert widget.isVisible()
        assert widget.isEnabled()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def wait_for(self, words: str) -> None:
        self.qtbot.waitUntil(lambda: words in self.dialog.state.text(), timeout=WAIT_MS)


Share = Callable[..., Sharer]


@pytest.fixture
def shared(theme: Theme, qtbot: QtBot) -> Share:
    window = QWidget()
    qtbot.addWidget(window)

    def make(project: Project, data: Path | None = None) -> Sharer:
        features: dict[str, FeatureSpec] = bundled_features(project.graph) or {"x": FeatureSpec((2,))}
        return Sharer(ShareDialog(theme, project, features, data, "mine", window), qtbot)

    return make


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "there" / "table.csv"
    path.parent.mkdir()
    path.write_text("a,b,kind\n" + "1,2,x\n3,4,y\n5,1,x\n2,2,y\n" * 20)
    return path


# -- the window of sharing --------------------------------------------------------------------------
def test_a_small_project_is_copied_as_a_text(shared: Share) -> None:
    user = shared(project_of())
    assert "with all weights" in user.dialog.about_text.text()
    assert not user.dialog.which.isVisible()  # bundled data is everywhere
    user.click(user.dialog.copy)
    assert is_text(QGuiApplication.clipboard().text())
    user.wait_for("on the clipboard")


def test_many_weights_stay_out_of_the_text_and_that_is_said(shared: Share) -> None:
    user = shared(project_of("mnist-mlp"))
    assert "without weights" in user.dialog.about_text.text()


def test_own_data_travels_if_that_is_wanted(
    shared: Share, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of()
    project.graph.put_section("data", DataSettings(path=str(table)))
    user = shared(project, table)
    user.qtbot.waitUntil(
        lambda: "kB" in user.dialog.about_file.text() or "B" in user.dialog.about_file.text()
    )
    assert "table.csv, " in user.dialog.about_file.text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "with"), ""))
    user.click(user.dialog.save)
    user.wait_for("Saved with.loom")
    found = load_project(tmp_path / "with.loom").data
    assert found is not None
    assert found.name == "table.csv"
    user.click(user.dialog.which.segments[1])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "without"), ""))
    user.click(user.dialog.save)
    user.wait_for("Saved without.loom")
    assert load_project(tmp_path / "without.loom").data is None


def test_data_that_is_gone_is_said(shared: Share, table: Path, tmp_path: Path) -> None:
    user = shared(project_of(), table)
    table.unlink()
    user.dialog.save_to(tmp_path / "a.loom")
    user.wait_for("not there any more")
    assert user.dialog.state.property("tone") == "bad"
    assert not (tmp_path / "a.loom").exists()


def test_cancel_leaves_nothing(
    shared: Share, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(path: Path, project: Project, data: Path | None, watch: Watch) -> None:
        while True:
            watch(1, 2)

    monkeypatch.setattr("app.exchange.share_dialog.share", slow)
    user = shared(project_of(), table)
    user.dialog.save_to(tmp_path / "a.loom")
    user.qtbot.waitUntil(user.dialog.cancel.isVisible, timeout=WAIT_MS)
    user.click(user.dialog.cancel)
    user.wait_for("Cancelled")
    assert user.dialog.save.isEnabled()
    assert not user.dialog.progress.isVisible()


# -- the window for a text -----------------------------------------------------------------------------
def test_a_text_is_typed_and_opened_or_refused(theme: Theme, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().clear()
    given: list[str] = []
    answers = ["It is damaged.", ""]

    def open_text(text: str) -> str:
        given.append(text)
        return answers[len(given) - 1]

    window = QWidget()
    qtbot.addWidget(window)
    dialog = OpenTextDialog(theme, open_text, window)
    dialog.show()
    assert not dialog.open_it.isEnabled()
    QTest.keyClicks(dialog.field, "loom:abc")
    QTest.mouseClick(dialog.open_it, Qt.MouseButton.LeftButton)
    assert dialog.problem.text() == "It is damaged."
    QTest.keyClicks(dialog.field, "d")
    assert dialog.problem.text() == ""
    QTest.mouseClick(dialog.open_it, Qt.MouseButton.LeftButton)
    assert given == ["loom:abc", "loom:abcd"]
    assert not dialog.isVisible()


# -- the window as a whole -----------------------------------------------------------------------------
def test_a_text_that_is_pasted_on_the_canvas_opens_with_its_weights(user: User) -> None:
    project = project_of("circle")
    QGuiApplication.clipboard().setText(f"Look: \n{to_text(project, {}).text}".removeprefix("Look: \n"))
    before = user.document
    user.window.workspace.canvas.view.setFocus()
    user.key(Qt.Key.Key_V, CONTROL)
    user.qtbot.waitUntil(lambda: user.document is not before, timeout=WAIT_MS)
    assert "Opened from a text" in user.message
    assert len(user.graph.nodes) == len(project.graph.nodes)
    assert user.window.tabs.current.file.project().weights.keys() == project.weights.keys()


def test_a_damaged_text_that_is_pasted_is_said_and_nothing_is_opened(user: User) -> None:
    QGuiApplication.clipboard().setText("loom:nothing")
    before = user.document
    user.key(Qt.Key.Key_V, CONTROL)
    user.qtbot.waitUntil(lambda: "damaged" in user.message, timeout=WAIT_MS)
    assert user.document is before


def test_a_shared_file_opens_with_the_data_that_is_in_it(user: User, table: Path, tmp_path: Path) -> None:
    from engine.formats.sharing import share

    project = project_of()
    project.graph.put_section("data", DataSettings(path=str(table)))
    share(tmp_path / "shared.loom", Project(project.graph), table)
    table.unlink()
    user.drop_file(tmp_path / "shared.loom")
    user.qtbot.waitUntil(lambda: user.window.tabs.current.name.startswith("shared"), timeout=WAIT_MS)
    place = user.document.data.path
    assert place is not None
    assert Path(place).read_text().startswith("a,b,kind")
    assert not Path(place).is_relative_to(table.parent)
    user.qtbot.waitUntil(lambda: user.document.data_spec is not None, timeout=WAIT_MS)
    assert not user.document.is_dirty
