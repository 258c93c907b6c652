"""Somebody trains and looks into layers: pictures on nodes, large ones in the inspector, also when the run is over."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from app.document import Document
from app.inside.section import InsideSection
from app.theme import Theme
from app.training import TrainState
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from tests.app.window.conftest import User, close, settings, show

__all__ = ["settings"]


@pytest.fixture
def user(qtbot: QtBot, theme: Theme, settings: QSettings) -> Iterator[User]:
    window = MainWindow(theme, Document(examples()["spiral"].graph()), settings)
    yield show(window, qtbot)
    close(window)


def _dense(user: User) -> list[str]:
    return [n.id for n in user.graph.nodes.values() if n.layer.title() == "Dense"]


def _section(user: User) -> InsideSection:
    return user.window.workspace.inside


def _pictures(user: User, node: str) -> int:
    return len(user.window.workspace.canvas.scene.nodes[node].thumbnails)


def test_layers_show_what_they_see_while_and_after_they_learn(user: User) -> None:
    first, second, _ = _dense(user)
    user.open_endless("spiral")
    first, second, _ = _dense(user)
    user.select(first)
    assert _section(user).isHidden()
    user.click(user.button("Train"))
    user.until(lambda: _pictures(user, second) > 0)
    user.until(lambda: bool(_section(user).grids))
    assert len(_section(user).grids[0].images) == 24  # a map over the plane for each unit
    user.window.training.stop()
    user.until(lambda: user.state is TrainState.IDLE)
    user.select(second)
    user.until(lambda: bool(_section(user).grids) and len(_section(user).grids[0].images) == 16)


@pytest.mark.slow
def test_another_example_can_be_looked_at(user: User) -> None:
    user.open_endless("mnist-mlp")
    user.select(_dense(user)[0])
    user.click(user.button("Train"))
    user.until(lambda: not _section(user).isHidden())
    section = _section(user)
    assert section.example.text().startswith("1 /")
    user.click(section.after)
    user.until(lambda: section.example.text().startswith("2 /"))
    user.window.training.stop()
    user.until(lambda: user.state is TrainState.IDLE)
