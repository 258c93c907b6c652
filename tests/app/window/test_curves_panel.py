"""What the curves of a run are called, and what is imported for that."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.plots.legend import LegendEntry
from app.theme import Theme
from app.window.curves_panel import LOSS, RATE, CurvesPanel
from engine.objectives.metric import METRICS
from engine.training.reports import EpochEnded, Progress
from engine.training.standards import Scaled, Standards, Usual


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


def test_figures_are_held_against_the_usual_answer_and_the_units_of_the_data(
    theme: Theme, qtbot: QtBot
) -> None:
    panel = CurvesPanel(theme)
    qtbot.addWidget(panel)
    scaled = (Scaled("mae", "protein", 2.5, 2.5), Scaled("mse", "salt"))
    panel.compare(Standards((Usual("accuracy", "no", 0.91),), scaled))
    panel.begin(6, go_on=False)
    values = {"loss": 1.0, "accuracy": 0.8, "mae": 0.5, "mse": 0.5}
    panel.add(Progress(10, 1.0, values, 10.0))
    accuracy = panel.view.panel("accuracy")
    accuracy.draw((0.0, 6.0), follow=True)
    assert LegendEntry("always no", "dim", "dots", "0.9100") in accuracy.legend._entries
    assert accuracy.surface.y_range()[1] > 0.91
    headings = [panel.view.panel(key)._heading for key in values]
    assert [heading.text() for heading in headings] == ["Loss", "Accuracy", "mae · scaled", "mse · scaled"]
    assert headings[2].toolTip() == "The target is scaled: 1 of it is 2.5 of protein."
    assert headings[3].toolTip() == "The target is scaled: this figure is not in its units."
    panel.compare(Standards())  # another run
    accuracy.draw((0.0, 6.0), follow=True)
    assert [entry.name for entry in accuracy.legend._entries] == ["training"]
    assert headings[2].text() == "mae"
