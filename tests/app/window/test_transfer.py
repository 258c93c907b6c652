"""A pretrained network becomes the beginning of another: by the menu, with weights kept, and back by undo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QAction

from app.training import TrainState
from engine import layers
from engine.data.settings import DataSettings
from engine.models import Input, Sequential
from tests.app.window.conftest import RUN_MS, User


def do(user: User, name: str) -> None:
    action = user.window.findChild(QAction, name)
    assert action is not None
    action.trigger()


def weights(user: User) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    return dict(user.window.tabs.current.file.project().weights)


@pytest.mark.slow  # a whole run
@pytest.mark.timeout(300)
def test_a_network_of_seven_classes_learns_three_others_with_what_it_knows(
    user: User, tmp_path: Path
) -> None:
    model = Sequential(
        [
            Input((4,), name="flower"),
            layers.Dense(units=8, activation="relu"),
            layers.Dense(units=7, activation="softmax"),
        ]
    )
    model.save(tmp_path / "seven.loom")
    assert user.window.files.open_path(tmp_path / "seven.loom")
    do(user, "start_from_network")
    assert "choose or drop data first" in user.message
    before = user.graph.snapshot()
    user.document.set_data(DataSettings(dataset="iris"))
    user.until(lambda: "`Use as a starting point` gives it a new head" in user.message)
    do(user, "start_from_network")
    assert "Frozen layers: 1. New head behind dense: 3 outputs" in user.message
    assert user.document.inference.ok
    user.until(lambda: user.state is TrainState.PAUSED)
    begun = weights(user)
    kept = [name for name in begun if name in model.weights]
    assert len(kept) == 2
    assert all(np.array_equal(begun[name], model.weights[name]) for name in kept)
    user.document.set_training(user.document.training.model_copy(update={"epochs": 2}))
    user.window.train_or_pause()
    user.until(lambda: bool(user.ends()), timeout=RUN_MS)
    after = weights(user)
    assert all(np.array_equal(after[name], begun[name]) for name in kept)
    assert not all(np.array_equal(after[name], begun[name]) for name in begun)
    do(user, "fine_tune_all")
    assert "All layers learn, with a learning rate of" in user.message
    for _ in range(5):
        user.document.stack.undo()
    assert user.document.is_dataless
    assert user.graph.snapshot() == before


def test_all_up_to_a_chosen_layer_is_frozen(user: User) -> None:
    user.open_example("spiral")
    do(user, "freeze_up_to_here")
    assert user.message == "Choose the last layer that is to stay as it is."
    dense = [n for n in user.graph.nodes.values() if n.layer.title() == "Dense"]
    user.window.workspace.choose(dense[0].id)
    do(user, "freeze_up_to_here")
    assert [getattr(user.graph.nodes[n.id].layer, "freezes", None) for n in dense[:2]] == [True, False]
    user.document.stack.undo()
    assert not any(getattr(n.layer, "freezes", False) for n in user.graph.nodes.values())
