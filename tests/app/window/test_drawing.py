"""In the whole window: draw points from the menu, train on them stroke by stroke, save, open again; use a proposal."""

from pathlib import Path

import numpy as np
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from app.data.point_panel import PointPanel
from app.widgets import ToggleSwitch
from app.window.centre import View
from engine.data.sets.drawn import DrawnPointOptions
from tests.app.canvas.conftest import LEFT
from tests.app.window.conftest import User


def choose_from_menu(user: User, text: str) -> None:
    found = [a for a in user.window.findChildren(QAction) if a.text() == text]
    found[0].trigger()


def pad_of(user: User) -> PointPanel:
    (panel,) = [p for p in user.window.findChildren(PointPanel) if p.isVisible()]
    return panel


def draw(panel: PointPanel, label: int, x: float) -> None:
    panel.classes.group.button(label).click()
    for y in np.linspace(-0.8, 0.8, 9).tolist():
        QTest.mouseClick(panel.pad, LEFT, pos=panel.pad.position_of(x, y).toPoint())


def test_draw_train_save_and_open_again(user: User, tmp_path: Path) -> None:
    user.until(lambda: user.window.workspace.run.bundle is not None)
    choose_from_menu(user, "Draw points")
    panel = pad_of(user)
    draw(panel, 0, -0.5)
    (switch,) = panel.live.findChildren(ToggleSwitch)
    switch.click()
    draw(panel, 1, 0.5)  # the spiral's network suits two colours: each stroke trains it from the beginning
    user.until(lambda: bool(user.progress()))
    assert user.message == ""
    user.window.training.stop()
    drawn = panel.pad.drawing()
    file = tmp_path / "drawn.loom"
    assert user.window.files.save_to(file)
    assert user.window.files.open_path(file)
    options = DrawnPointOptions.model_validate(user.document.data.options)
    assert np.array_equal(options.drawing().places, drawn.places)
    assert np.array_equal(options.drawing().classes, drawn.classes)


def test_a_proposed_network_is_used_and_trained_in_two_clicks(user: User) -> None:
    user.document.set_data(user.document.data.model_copy(update={"dataset": "penguins", "options": {}}))
    user.window.show_view(View.DATA)
    user.until(lambda: user.has_button("Use this network"))
    user.click(user.button("Use this network"))
    assert user.document.inference.ok
    user.until(user.window.workspace.canvas.isVisible)
    user.click(user.window.top_bar.train)
    user.until(lambda: bool(user.progress()))
