"""Somebody looks at predictions while a network trains: only what is seen is asked for, and one's own example moves."""

import pytest
from PySide6.QtWidgets import QTabBar

from app.commands.catalogue import commands_of
from app.predictions.own_form import FormInput
from app.predictions.own_panel import OwnExample
from app.training import TrainState
from app.window.bottom_dock import LEARNING, MORE, RUNS
from engine.training.reports import Pictured
from tests.app.window.conftest import User, settings, user

__all__ = ["settings", "user"]


def _wanted(user: User) -> tuple[set[str], set[str], bool]:
    training = user.window.training
    return {p.name for p in training.probes}, {w.name for w in training.wishes}, training.validation_watched


def test_only_what_is_seen_is_asked_for(user: User) -> None:
    user.open_endless("spiral")
    tabs: QTabBar = user.window.dock.tabs
    user.until(lambda: _wanted(user) == ({"first/surface"}, set(), False))
    tabs.setCurrentIndex(MORE)
    user.until(lambda: _wanted(user) == ({"own"}, set(), True))
    tabs.setCurrentIndex(RUNS)
    user.until(lambda: _wanted(user) == (set(), set(), False))
    user.click(user.button("Train"))  # which shows what is learned
    user.until(lambda: bool(user.pictures("first/surface")))
    tabs.setCurrentIndex(RUNS)
    user.until(lambda: _wanted(user) == (set(), set(), False))
    rate = 0.0123
    user.window.training.set_learning_rate(rate)  # is heard after what is watched; so is what is said of it
    user.until(lambda: user.progress()[-1].learning_rate == pytest.approx(rate))
    before = sum(isinstance(report, Pictured) for report in user.reports)
    user.until_steps(5)
    assert sum(isinstance(report, Pictured) for report in user.reports) == before
    tabs.setCurrentIndex(LEARNING)
    user.until(lambda: sum(isinstance(report, Pictured) for report in user.reports) > before)
    user.window.training.stop()
    user.until(lambda: user.state is TrainState.IDLE)


def test_ones_own_example_is_predicted_while_it_learns_and_afterwards(user: User) -> None:
    user.open_endless("spiral")
    dock = user.window.dock
    user.until(lambda: dock.predictions.view is not None)
    dock.tabs.setCurrentIndex(MORE)
    own = dock.more.widget(1)
    assert isinstance(own, OwnExample)
    user.click(user.button("Train"))
    user.until(lambda: not own.answer.is_empty())
    user.window.training.stop()
    user.until(lambda: user.state is TrainState.IDLE)
    assert isinstance(own.input, FormInput)
    count = len(user.pictures("own"))
    own.input.example.click()
    user.until(lambda: len(user.pictures("own")) > count)


def test_each_view_is_a_command(user: User) -> None:
    user.open_example("spiral")
    panel = user.window.dock.more.panel
    user.until(lambda: panel.view is not None)
    commands = {c.name: c for c in commands_of(user.window) if c.name.startswith("predictions/")}
    assert len(commands) == len(panel.suiting)
    commands["predictions/Roc"].run()
    assert user.window.dock.tabs.currentIndex() == MORE
    assert type(panel.shown).__name__ == "Roc"
