"""A legend in a narrow place: entries go to the next line, and a name makes way for its value."""

import pytest
from pytestqt.qtbot import QtBot

from app.plots.legend import Legend, LegendEntry
from app.theme import Theme

BEST = LegendEntry("best, epoch 3,776", "good", value="0.000631")


def test_a_name_gives_way_to_its_value(qtbot: QtBot, theme: Theme) -> None:
    legend = Legend(theme)
    qtbot.addWidget(legend)
    legend.set_entries([BEST])
    legend.resize(400, 20)
    assert legend._shown_name(BEST, legend._width(BEST)) == BEST.name
    wide = legend.sizeHint().width()
    legend.resize(wide - 40, 20)
    name = legend._shown_name(BEST, legend._width(BEST))
    assert name.endswith("…")
    assert name.startswith("best")
    legend.resize(20, 20)
    assert len(legend._shown_name(BEST, legend._width(BEST))) <= 1


def test_entries_are_placed_when_they_change_and_not_when_they_are_painted(
    qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    legend = Legend(theme)
    qtbot.addWidget(legend)
    legend.resize(400, 20)
    legend.set_entries([BEST])
    legend.show()  # what is hidden gets its size anew with each picture
    painted = legend.grab().toImage()
    monkeypatch.setattr(legend, "_placed", lambda: iter(()))
    assert legend.grab().toImage() == painted
