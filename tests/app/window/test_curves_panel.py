"""What the curves of a run are called, and what is imported for that."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.window.curves_panel import LOSS, RATE, CurvesPanel
from engine.objectives.metric import METRICS


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
