"""Networks of other programs dropped on the window and exported from it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from app.exchange.networks import open_filter
from engine.exchange.formats import formats, read_network
from tests.app.window.conftest import WAIT_MS, User

ARCHIVE = Path(__file__).parents[2] / "golden" / "keras_files.zip"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_a_file_of_keras_dropped_on_the_window_is_opened(user: User, folder: Path) -> None:
    user.drop_file(folder / "cnn.keras")
    user.qtbot.waitUntil(lambda: "opened from cnn.keras" in user.message, timeout=WAIT_MS)
    assert user.message.startswith("A model of Keras 3, ")
    names = {node.layer.title() for node in user.graph.nodes.values()}
    assert {"SeparableConv2D", "Conv2DTranspose", "Target"} <= names
    assert user.window.tabs.current.name.startswith("cnn")
    weights = user.window.tabs.current.file.project().weights
    assert len(weights) == 15


def test_what_was_opened_is_exported_with_its_weights(user: User, folder: Path) -> None:
    user.drop_file(folder / "mlp.h5")
    user.qtbot.waitUntil(lambda: "opened from mlp.h5" in user.message, timeout=WAIT_MS)
    path = folder / "again.h5"
    dialog = user.window.files.foreign.export()
    dialog.choose("h5")
    dialog.set_path(path)
    user.qtbot.waitUntil(lambda: "One file" in dialog.parts.state.text(), timeout=WAIT_MS)
    user.click(dialog.parts.export)
    user.qtbot.waitUntil(lambda: "Exported again.h5" in user.message, timeout=WAIT_MS)
    assert len(read_network(path).weights) == 10
    dialog.close()


def test_an_untrained_network_is_not_exported_and_says_so(user: User, tmp_path: Path) -> None:
    user.open_example("xor")
    dialog = user.window.files.foreign.export()
    user.qtbot.waitUntil(lambda: "train it first" in dialog.parts.lost.text(), timeout=WAIT_MS)
    assert not dialog.parts.export.isEnabled()
    dialog.close()


def test_a_broken_file_gets_a_sentence_and_the_project_stays(user: User, tmp_path: Path) -> None:
    path, before = tmp_path / "broken.keras", user.document
    path.write_bytes(b"PK\x03\x04 nothing")
    user.drop_file(path)
    user.qtbot.waitUntil(lambda: "damaged" in user.message, timeout=WAIT_MS)
    assert user.document is before


def test_the_dialog_asks_for_everything_that_is_read() -> None:
    said = open_filter()
    assert "(*.loom *.keras *.h5 *.hdf5 model.json" in said
    assert all(f.title in said for f in formats().values() if f.read)
