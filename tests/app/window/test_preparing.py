"""Train on a network that no shader has been compiled for: the bar says how far it is, and Cancel ends it at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from app.document import Document
from app.theme import Theme
from app.training import TrainState
from app.window.main_window import MainWindow
from app.window.run_bar import RunBar
from engine.devices.base import DeviceError
from engine.devices.registry import open_device
from engine.formats.examples import examples
from engine.paths import CACHE_DIR_VARIABLE
from engine.training.reports import Preparing, Started
from tests.app.window.conftest import User, close, show

PATIENCE_MS = 240_000  # for compilers on a machine whose cores are all busy with other tests
PATIENT = pytest.mark.timeout(600)


@pytest.fixture
def cold(
    qtbot: QtBot, theme: Theme, settings: QSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[User]:
    """Somebody whose computer has OpenGL and has never compiled a shader; their project is to be trained on it."""
    try:
        open_device("gl").close()
    except DeviceError as error:
        pytest.skip(str(error))
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("MESA_SHADER_CACHE_DIR", str(tmp_path / "mesa"))
    document = Document(examples()["spiral"].graph())
    document.set_training(document.training.model_copy(update={"device": "gl", "epochs": 100_000}))
    window = MainWindow(theme, document, settings)
    yield show(window, qtbot)
    close(window)


def _bar(user: User) -> RunBar:
    return user.window.top_bar.run_bar


@pytest.mark.slow
@PATIENT
def test_the_bar_counts_shaders_and_cancel_ends_it_at_once(cold: User) -> None:
    told: list[Preparing] = []
    cold.window.training.preparing.connect(told.append)
    cold.click(_bar(cold).train)
    assert cold.state is TrainState.STARTING
    assert "Preparing" in _bar(cold).progress.caption()
    assert _bar(cold).stop.text() == "Cancel"
    assert not _bar(cold).train.isEnabled()
    cold.until(lambda: any(p.total for p in told), PATIENCE_MS)
    cold.click(_bar(cold).stop)
    assert cold.window.training.state is TrainState.IDLE  # before anything was heard of the worker
    assert _bar(cold).progress.caption() == "cancelled"
    assert _bar(cold).stop.text() == "Stop"
    assert cold.reports == []
    cold.click(_bar(cold).train)
    cold.until(lambda: bool(cold.progress()), PATIENCE_MS)
    cold.click(_bar(cold).stop)
    cold.until(lambda: cold.state is TrainState.IDLE)
    assert cold.window.dock.runs.table.topLevelItemCount() == 1  # the cancelled one is no run


@PATIENT
def test_cancel_waits_for_no_worker(cold: User) -> None:
    """It may be starting, reading a file or in the driver's compiler: the window need not wait until it hears."""
    heard: list[object] = []
    cold.window.training.preparing.connect(heard.append)
    cold.window.training.started.connect(heard.append)
    for _ in range(2):
        cold.click(_bar(cold).train)
        cold.click(_bar(cold).stop)
        assert cold.state is TrainState.IDLE
        assert _bar(cold).progress.caption() == "cancelled"
    heard.clear()
    cold.document.set_training(cold.document.training.model_copy(update={"device": "cpu"}))
    cold.click(_bar(cold).train)
    cold.until(lambda: bool(cold.progress()), PATIENCE_MS)
    assert sum(isinstance(news, Started) for news in heard) == 1
    cold.click(_bar(cold).stop)
    cold.until(lambda: cold.state is TrainState.IDLE)


def test_the_bar_says_what_is_prepared(user: User) -> None:
    bar = _bar(user)
    bar.show_preparing(Preparing(12, 40))
    assert bar.progress.caption() == "Preparing 12 of 40 shaders"
    assert bar.progress.value() / bar.progress.maximum() == pytest.approx(0.3)
    bar.show_preparing(Preparing())
    assert bar.progress.caption() == "Preparing"
    assert bar.progress.maximum() == 0
