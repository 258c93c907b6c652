"""From an empty canvas to a trained network and back from its file, with real mouse events and the real worker."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox

from app.inspector import ModelForm
from app.training import TrainState
from app.widgets.choice import ChoiceBox
from app.window.bottom_dock import PROBLEMS
from app.window.settings_pages import DataPage
from engine.data.settings import DataSettings
from engine.graph.document import Node
from engine.layers.dense import Dense
from engine.training.reports import VALIDATION, Ended
from tests.app.canvas.conftest import LEFT, NONE
from tests.app.window.conftest import CONTROL, RUN_MS, User

EPOCH_MS = RUN_MS  # an epoch of MNIST takes about a second on one idle core


def _drop(user: User, name: str, x: float, y: float) -> Node:
    """Drag an entry of the palette to a place on the canvas."""
    tree = user.window.palette_.tree
    before = set(user.graph.nodes)
    user.hand.drop(tree.model().mimeData([tree.index_of(name)]), QPointF(x, y))
    (new,) = set(user.graph.nodes) - before
    return user.graph.nodes[new]


def _double_click(user: User, name: str) -> Node:
    """Double-click an entry of the palette."""
    tree = user.window.palette_.tree
    before = set(user.graph.nodes)
    tree.scrollTo(tree.index_of(name))
    place = tree.visualRect(tree.index_of(name)).center()
    QTest.mouseClick(tree.viewport(), LEFT, NONE, place)
    QTest.mouseDClick(tree.viewport(), LEFT, NONE, place)
    (new,) = set(user.graph.nodes) - before
    return user.graph.nodes[new]


def _pick_mnist(user: User, source: Node) -> None:
    user.select(source.id)
    boxes = [box for box in user.window.findChildren(ChoiceBox) if box.isVisible()]
    (box,) = (box for box in boxes if box.findText("MNIST") >= 0)
    user.choose(box, "MNIST")
    assert user.document.data.dataset == "mnist"


def _set_units(user: User, dense: Node, units: int) -> None:
    user.select(dense.id)
    form = user.window.workspace.inspector.form
    assert isinstance(form, ModelForm)
    (box, *_) = form.findChildren(QAbstractSpinBox)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, str(units))
    QTest.keyClick(box, Qt.Key.Key_Return)
    layer = user.graph.nodes[dense.id].layer
    assert isinstance(layer, Dense)
    assert layer.units == units


def _choose_in_form(user: User, text: str) -> None:
    form = user.window.workspace.inspector.form
    assert isinstance(form, ModelForm)
    (box, *_) = (box for box in form.findChildren(ChoiceBox) if box.findText(text) >= 0)
    user.choose(box, text)


def _build(user: User) -> None:
    """Input, Flatten, Dense, Dense, wired; MNIST; 128 units and ten; a target."""
    user.key(Qt.Key.Key_N, CONTROL)
    assert not user.graph.nodes
    assert not user.window.findChildren(DataPage), "made before anybody looks at it"
    source, flat = _drop(user, "Input", -420, 0), _drop(user, "Flatten", -140, 0)
    dense = _drop(user, "Dense", 140, 0)
    hand = user.hand
    hand.drag(hand.out(source), hand.into(flat))
    hand.drag(hand.out(flat), hand.into(dense))
    user.select(dense.id)
    last = _double_click(user, "Dense")
    assert [(e.source, e.target) for e in user.graph.edges] == [
        (source.id, flat.id),
        (flat.id, dense.id),
        (dense.id, last.id),
    ]
    _pick_mnist(user, source)
    _set_units(user, dense, 128)
    _choose_in_form(user, "relu")
    _set_units(user, last, 10)
    user.window.dock.tabs.setCurrentIndex(PROBLEMS)
    user.until(lambda: user.has_button("Add a target"))
    user.click(user.button("Add a target"))
    assert user.document.inference.ok, user.document.inference.diagnostics


def _one_epoch(user: User) -> None:
    training = user.document.training
    user.document.set_training(training.model_copy(update={"epochs": 1, "device": "cpu", "batch_size": 64}))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_from_an_empty_canvas_to_a_trained_network_and_back_from_its_file(user: User, tmp_path: Path) -> None:
    _build(user)
    _one_epoch(user)
    user.click(user.window.top_bar.train)
    user.until_steps()
    assert len(user.window.dock.curves.view.panel("loss").epochs())
    user.until(lambda: bool(user.ends()), EPOCH_MS)
    (ended,) = user.ends()
    assert isinstance(ended, Ended)
    assert ended.values["val_accuracy"] >= 0.94
    before = user.pictures(VALIDATION)[-1].outputs["y0"]
    _save_and_reopen(user, tmp_path / "mine.loom")
    assert user.document.data == DataSettings(dataset="mnist")
    user.until(lambda: bool(user.pictures(VALIDATION)), EPOCH_MS)
    after = user.pictures(VALIDATION)[0].outputs["y0"]
    assert np.array_equal(before, after)
    assert user.state in (TrainState.IDLE, TrainState.PAUSED)


def _save_and_reopen(user: User, path: Path) -> None:
    assert user.window.files.save_to(path)
    assert not user.document.is_dirty
    old = user.document
    assert user.window.files.close_tab()
    user.reports.clear()
    assert user.window.files.open_path(path)
    assert user.document is not old
