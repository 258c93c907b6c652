"""A network of another program has no data: the window says so, counts right, and binds data that is chosen."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from app.data.no_data import BundledSets
from app.window.centre import View
from engine import layers
from engine.data.settings import DataSettings
from engine.graph.diagnostics import Severity
from engine.layers.input import Input
from engine.layers.target import Target
from engine.models import Input as Given
from engine.models import Model, Sequential
from tests.app.window.conftest import WAIT_MS, User

ARCHIVE = Path(__file__).parents[2] / "golden" / "keras_files.zip"


def settings_of(user: User) -> tuple[str, str]:
    """What the Input reads and what the Target compares with."""
    found = [n.layer for n in user.graph.nodes.values()]
    (source,) = (layer for layer in found if isinstance(layer, Input))
    (target,) = (layer for layer in found if isinstance(layer, Target))
    return source.feature, target.target


def open_model(user: User, model: Model, path: Path) -> None:
    model.save(path)
    assert user.window.files.open_path(path)


@pytest.fixture
def opened(user: User, tmp_path: Path) -> User:
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extract("cnn.keras", tmp_path)
    user.drop_file(tmp_path / "cnn.keras")
    user.qtbot.waitUntil(lambda: "opened from cnn.keras" in user.message, timeout=WAIT_MS)
    return user


def test_it_is_counted_without_data_laid_out_and_has_no_errors(opened: User) -> None:
    inference = opened.document.inference
    assert opened.document.data_spec is None
    assert inference.parameters > 0
    assert [d.sentence for d in inference.diagnostics if d.severity is Severity.ERROR] == []
    assert "no data yet" in opened.window.dock.predictions.findChildren(QLabel)[-1].text()
    assert "0 parameters" not in opened.window.workspace.canvas.strip.text()

    places = [node.position for node in opened.graph.nodes.values()]
    assert len(set(places)) == len(places)
    assert not opened.document.is_dirty
    assert not opened.document.stack.canUndo()


def test_the_predictions_say_that_there_is_no_data(opened: User) -> None:
    labels = opened.window.dock.predictions.findChildren(QLabel)
    assert any(label.text() == opened.document.data_problem for label in labels)


def test_train_asks_for_data_in_one_sentence_and_the_data_view_leads_on(opened: User) -> None:
    opened.window.train_or_pause()
    assert opened.message == "This network has no data yet: choose or drop data."

    opened.window.show_view(View.DATA)
    view = opened.window.workspace.data_view
    assert view.trouble.sentence.text() == "This network has no data yet: choose or drop data."
    assert view.trouble.other.isVisible()
    assert not view.trouble.again.isVisible()
    assert opened.has_button("Use a bundled set")


def test_bundled_sets_that_fit_come_first(user: User, tmp_path: Path) -> None:
    open_model(user, Sequential([Given((4,)), layers.Dense(units=3)]), tmp_path / "four.loom")
    user.window.show_view(View.DATA)
    button = user.button("Use a bundled set")
    assert isinstance(button, BundledSets)
    button.sets.aboutToShow.emit()
    titles = [action.text() for action in button.sets.actions()]
    assert titles.index("Iris") < titles.index("")
    assert len(titles) > titles.index("") + 1


def test_data_of_the_same_shape_is_bound_and_can_be_unbound(user: User, tmp_path: Path) -> None:
    open_model(
        user, Sequential([Given((4,), name="measures"), layers.Dense(units=3)]), tmp_path / "four.loom"
    )
    weights = user.window.tabs.current.file.project().weights
    assert settings_of(user) == ("measures", "y")
    user.document.set_data(DataSettings(dataset="iris"))
    user.until(lambda: user.document.data_spec is not None)
    spec = user.document.data_spec
    assert spec is not None
    assert settings_of(user) == (spec.inputs[0], spec.targets[0])
    assert user.document.inference.ok
    user.until(lambda: user.window.training.snapshot is not None)
    kept = user.window.tabs.current.file.project().weights
    assert all((kept[name] == weights[name]).all() for name in weights)
    user.document.stack.undo()
    assert settings_of(user) == ("measures", "y")
    user.document.stack.undo()
    assert user.document.is_dataless


def test_data_of_another_shape_is_refused_in_a_sentence(user: User, tmp_path: Path) -> None:
    open_model(user, Sequential([Given((5,), name="five"), layers.Dense(units=3)]), tmp_path / "five.loom")
    user.document.set_data(DataSettings(dataset="iris"))
    user.until(lambda: "The network takes 5 as five" in user.message)
    assert settings_of(user)[0] == "five"


def test_another_number_of_classes_is_told(user: User, tmp_path: Path) -> None:
    open_model(user, Sequential([Given((4,)), layers.Dense(units=7)]), tmp_path / "seven.loom")
    with user.qtbot.waitSignal(user.document.head_missed, timeout=WAIT_MS) as told:
        user.document.set_data(DataSettings(dataset="iris"))
    assert told.args == [7, 3]
