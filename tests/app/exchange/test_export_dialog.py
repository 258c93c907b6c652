"""The window of an export, used with mouse and keys: what would be lost, writing, cancelling, the proof, the snippet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.exchange.dialog import ExportDialog
from app.exchange.layout import size_of
from app.exchange.places import PYTHON, TFJS, known_places
from app.exchange.verdicts import Verdicts, sentence_of
from app.theme import Theme
from app.widgets import TextLabel
from engine.data.settings import DataSettings
from engine.exchange.formats import formats, read_network
from engine.exchange.judges import Places
from engine.formats.examples import examples
from engine.formats.project import LoadedProject
from engine.formats.weights import bundled_features
from engine.models import exporting
from engine.models.exporting import Exported, Source
from engine.models.files import model_of
from engine.models.proof import Proof, Verdict

WAIT_MS = 30_000


def source_of(name: str = "iris", *, learned: bool = True) -> Source:
    graph = examples()[name].graph()
    weights = model_of(LoadedProject(graph), name).weights if learned else {}
    data = graph.sections["data"]
    assert isinstance(data, DataSettings)
    return Source(graph, weights, bundled_features(graph), title="Flowers", data=data)


class Exporter:
    """Somebody who exports."""

    def __init__(self, dialog: ExportDialog, qtbot: QtBot) -> None:
        self.dialog, self.parts, self.qtbot = dialog, dialog.parts, qtbot
        self.sentences: list[str] = []
        dialog.said.connect(self.sentences.append)
        self.wait_for_preview()

    def click(self, widget: QWidget) -> None:
        assert widget.isVisible()
        assert widget.isEnabled()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def wait_for_preview(self) -> None:
        self.qtbot.waitUntil(lambda: "Looking" not in self.parts.state.text(), timeout=WAIT_MS)

    def choose(self, name: str, path: Path) -> None:
        self.dialog.choose(name)
        self.dialog.set_path(path)
        self.wait_for_preview()

    def export(self) -> None:
        self.click(self.parts.export)
        self.qtbot.waitUntil(lambda: bool(self.sentences), timeout=WAIT_MS)


@pytest.fixture
def remembered(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture(autouse=True)
def _nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs the tests may have Keras or Node; the default run asks nobody."""
    monkeypatch.setattr("engine.models.proof.command_of", lambda _judge, _places: None)
    monkeypatch.setattr("engine.exchange.judges._packages", lambda: iter(()))


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """Where dialogs belong: one without a parent may end in the thread of its lane."""
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def user(
    theme: Theme, qtbot: QtBot, window: QWidget, tmp_path: Path, remembered: QSettings
) -> Iterator[Exporter]:
    dialog = ExportDialog(theme, source_of, tmp_path / "flowers", remembered, window)
    dialog.show()
    yield Exporter(dialog, qtbot)
    dialog.close()


def test_every_format_that_is_written_is_offered(user: Exporter) -> None:
    shown = [user.parts.kinds.item(row).text() for row in range(user.parts.kinds.count())]
    wanted = [f.title for f in formats().values() if f.write]
    assert shown == wanted
    assert user.parts.title.text() == formats()["keras"].title
    assert user.parts.about.text() == formats()["keras"].about


def test_keys_go_through_the_formats_and_their_places(user: Exporter, tmp_path: Path) -> None:
    names = [f.name for f in user.dialog.kinds]
    user.parts.kinds.setFocus()
    for name in names[1:]:
        QTest.keyClick(user.parts.kinds, Qt.Key.Key_Down)
        assert user.dialog.kind.name == name
        path = user.dialog.path
        assert path.name.endswith(formats()[name].suffixes[0])
        expected = tmp_path / f"flowers-{name}" if formats()[name].names_itself else tmp_path
        assert path.parent == expected
    user.wait_for_preview()


def test_what_would_be_lost_is_said_before_anything_is_written(user: Exporter, tmp_path: Path) -> None:
    assert "softmax makes probabilities" in user.parts.lost.text()
    assert "scaled numbers" in user.parts.lost.text()
    assert user.parts.state.text().startswith("One file, ")
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith("settings")) == []


def test_a_file_is_written_and_proved(user: Exporter, tmp_path: Path) -> None:
    user.export()
    assert user.sentences == ["Exported flowers.keras."]
    assert len(read_network(tmp_path / "flowers.keras").weights) == 4
    ours, keras = user.parts.verdicts.lines
    assert ours.text().startswith("The same predictions")
    assert ours.property("tone") == "good"
    assert "not found" in keras.text()
    assert user.parts.python.isVisible()
    assert not user.parts.tfjs.isVisible()


def test_the_snippet_is_copied_and_the_folder_opened(
    user: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    user.export()
    user.click(user.parts.copy)
    text = QGuiApplication.clipboard().text()
    assert "load_model('flowers.keras'" in text
    assert "sepal length" in text
    compile(text, "snippet", "exec")
    user.click(user.parts.open_folder)
    assert [Path(url.toLocalFile()) for url in opened] == [tmp_path]


def test_a_folder_of_its_own_is_made(user: Exporter, tmp_path: Path) -> None:
    user.dialog.choose("web")
    user.wait_for_preview()
    user.export()
    assert (tmp_path / "flowers-web" / "index.html").is_file()
    assert user.parts.tfjs.isVisible()


def test_what_is_there_already_is_said(user: Exporter, tmp_path: Path) -> None:
    (tmp_path / "old.keras").write_text("old")
    user.choose("keras", tmp_path / "old.keras")
    assert "old.keras is there already" in user.parts.lost.text()


def test_a_name_without_ending_gets_that_of_the_format(user: Exporter, tmp_path: Path) -> None:
    user.choose("h5", tmp_path / "flowers")
    user.export()
    assert (tmp_path / "flowers.h5").is_file()


def test_a_place_that_is_not_there_is_a_sentence(user: Exporter, tmp_path: Path) -> None:
    user.choose("keras", tmp_path / "no" / "such" / "folder.keras")
    user.click(user.parts.export)
    user.qtbot.waitUntil(lambda: user.parts.lost.property("tone") == "bad", timeout=WAIT_MS)
    assert "can't be made" in user.parts.lost.text()
    assert not user.sentences


@pytest.mark.parametrize(
    ("name", "learned", "words"), [("iris", False, "train it first"), ("parity", True, "reset_after")]
)
def test_what_cannot_leave_says_why_and_is_not_exported(
    theme: Theme, qtbot: QtBot, window: QWidget, tmp_path: Path, name: str, learned: bool, words: str
) -> None:
    dialog = ExportDialog(theme, lambda: source_of(name, learned=learned), tmp_path / name, None, window)
    dialog.show()
    user = Exporter(dialog, qtbot)
    user.choose("tfjs", tmp_path / "model.json")
    assert words in user.parts.lost.text()
    assert not user.parts.export.isEnabled()
    dialog.close()


def test_cancel_ends_the_comparing(user: Exporter, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow(*arguments: object) -> Exported:
        watch = arguments[-1]
        assert callable(watch)
        begun.set()
        try:
            while True:
                watch(1, 2)
        finally:
            ended.set()

    monkeypatch.setattr("app.exchange.dialog.export", slow)
    user.click(user.parts.export)
    user.qtbot.waitUntil(lambda: "1 of 2" in user.parts.progress.caption(), timeout=WAIT_MS)
    assert begun.is_set()
    assert not user.parts.kinds.isEnabled()
    user.click(user.parts.cancel)
    user.qtbot.waitUntil(ended.is_set, timeout=WAIT_MS)
    user.qtbot.waitUntil(user.parts.export.isEnabled, timeout=WAIT_MS)
    assert user.parts.kinds.isEnabled()
    assert not user.sentences


def test_the_network_is_taken_as_it_is_when_it_is_exported(
    theme: Theme, qtbot: QtBot, window: QWidget, tmp_path: Path, remembered: QSettings
) -> None:
    names = ["iris"]
    dialog = ExportDialog(theme, lambda: source_of(names[-1]), tmp_path / "a", remembered, window)
    dialog.show()
    user = Exporter(dialog, qtbot)
    names.append("xor")
    user.export()
    assert len(read_network(tmp_path / "a.keras").weights) == 6
    dialog.close()


def test_the_last_format_is_offered_first(
    user: Exporter, theme: Theme, window: QWidget, tmp_path: Path, remembered: QSettings
) -> None:
    user.choose("h5", tmp_path / "a.h5")
    user.export()
    again = ExportDialog(theme, source_of, tmp_path / "b", remembered, window)
    assert again.kind.name == "h5"
    again.close()


def test_programs_that_were_chosen_are_remembered(
    user: Exporter, tmp_path: Path, remembered: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "python3"), ""))
    user.export()
    user.sentences.clear()
    user.click(user.parts.python)
    user.qtbot.waitUntil(lambda: bool(user.sentences), timeout=WAIT_MS)  # it is proved again
    assert known_places(remembered).python == str(tmp_path / "python3")
    assert remembered.value(PYTHON)
    assert not remembered.value(TFJS)


def test_places_come_from_the_environment_else(
    monkeypatch: pytest.MonkeyPatch, remembered: QSettings
) -> None:
    monkeypatch.setenv("LAYERLOOM_PYTHON", "/a/python")
    monkeypatch.setenv("LAYERLOOM_TFJS", "/a/tf.min.js")
    assert known_places(None) == known_places(remembered) == Places("/a/python", "/a/tf.min.js")
    remembered.setValue(TFJS, "/b")
    assert known_places(remembered) == Places("/a/python", "/b")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict("Keras", 0.0, True), "The same predictions \N{MIDDLE DOT} largest difference 0"),
        (Verdict("Keras", 0.25, False), "Other predictions \N{MIDDLE DOT} largest difference 2.5e-01"),
        (Verdict("Keras", sentence="Not found.", missing=True), "Not found."),
        (Verdict("Keras", sentence="Keras could not run the file: no."), "Keras could not run the file: no."),
    ],
)
def test_verdicts_in_words(verdict: Verdict, words: str) -> None:
    assert sentence_of(verdict) == words


def test_a_new_proof_stands_alone_in_the_place_of_the_one_before(qtbot: QtBot, theme: Theme) -> None:
    panel = Verdicts(theme)
    qtbot.addWidget(panel)
    panel.show()
    for judge in ("Keras", "PyTorch"):
        panel.show_proof(Proof((Verdict(judge, same=True, difference=0.0),), 8, own=True))
    assert all(label.isHidden() for label in panel.findChildren(TextLabel) if label.text() == "Keras")
    qtbot.waitUntil(
        lambda: any(x.isVisible() and x.text() == "PyTorch" for x in panel.findChildren(TextLabel))
    )


def test_a_proof_that_fails_is_said_in_the_window(
    user: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = Proof((Verdict("Layerloom", 0.5, False),), 8, False)
    monkeypatch.setattr("app.exchange.dialog.export", lambda *_: Exported(tmp_path / "a.keras", bad))
    user.export()
    assert user.sentences == ["Exported a.keras; see its proof."]
    assert user.parts.verdicts.lines[0].property("tone") == "bad"
    assert not user.parts.snippet.isVisible()


def test_every_control_has_a_name_and_a_key_reaches_it(user: Exporter) -> None:
    user.export()
    for widget in user.dialog.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert widget.accessibleName() or getattr(widget, "text", str)(), widget


@pytest.mark.parametrize(
    ("size", "words"), [(12, "12 B"), (1234, "1.23 kB"), (5_600_000, "5.6 MB"), (2e9, "2 GB")]
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert size_of(size) == words


def test_a_large_network_is_not_tried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "TRIED", 0)
    given = exporting.ready(source_of())
    assert exporting.preview(given, formats()["keras"], tmp_path / "a.keras").files == ()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_was_made_for_nothing_goes_again(tmp_path: Path) -> None:
    given = exporting.ready(source_of("parity"))
    path = tmp_path / "page" / "model.json"
    with pytest.raises(ValueError, match="reset_after"):
        exporting.export(given, formats()["tfjs"], path)
    assert not path.parent.exists()
