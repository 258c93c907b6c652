"""What the curves of a run are called, and what is imported for that."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.window.curves_panel import LOSS, RATE, CurvesPanel
from engine.objectives.metric import METRICS
from engine.training.reports import EpochEnded, Progress


def test_metrics_are_not_looked_through_before_a_run_has_some(
    theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = CurvesPanel(theme)
    qtbot.addWidget(panel)
    asked: list[object] = []
    monkeypatch.setattr(METRICS, "first", asked.append)
    assert (panel._track(LOSS).title, panel._track(RATE).title) == ("Loss", "Learning rate")
    assert not asked
    assert panel._track("of a later version").title == "of a later version"
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("name", "title", "better"),
    [("accuracy", "Accuracy", "higher"), ("mean_absolute_error", "Mean absolute error", "lower")],
)
def test_a_metric_says_its_title_and_which_way_is_up(
    theme: Theme, qtbot: QtBot, name: str, title: str, better: str
) -> None:
    panel = CurvesPanel(theme)
    qtbot.addWidget(panel)
    track = panel._track(name)
    assert (track.title, track.better) == (title, better)


def ends(*epochs: int) -> tuple[EpochEnded, ...]:
    return tuple(EpochEnded(10 * k, k, {"loss": 1.0 / k, "val_loss": 2.0 / k}, True) for k in epochs)


def test_what_is_to_be_pressed_is_what_the_button_says(theme: Theme, qtbot: QtBot) -> None:
    panel = CurvesPanel(theme)
    qtbot.addWidget(panel)
    panel.invite(waits=True, on=False)
    said = panel.view.accessibleDescription
    assert said() == "Press Resume: the loss is drawn here from there on."
    panel.invite(waits=False, on=True)
    assert said() == "Press Train on: the loss is drawn here from there on. Train begins anew."
    panel.invite(waits=False, on=False)
    assert said() == "Press Train: the loss is drawn here."


@pytest.mark.parametrize("epochs", [(1, 2, 3), (3,)])
def test_the_epochs_of_a_run_that_came_with_a_file_are_drawn_unless_it_has_gone_on(
    theme: Theme, qtbot: QtBot, epochs: tuple[int, ...]
) -> None:
    panel = CurvesPanel(theme)
    qtbot.addWidget(panel)
    panel.begin(6, go_on=True)
    panel.recall(())
    assert panel.view.is_empty()
    panel.recall(ends(*epochs))
    for series in ("training", "validation"):
        assert np.asarray(panel.view.as_run("").series[LOSS, series][0]).tolist() == list(epochs)
    panel.add(Progress(40, 4.0, {"loss": 0.2}, 10.0, ends(4)))
    panel.recall(ends(1, 2))  # comes too late
    assert np.asarray(panel.view.as_run("").series[LOSS, "validation"][0]).tolist() == [*epochs, 4]
