"""A legend in a narrow place: entries go to the next line, and a name makes way for its value."""

from pytestqt.qtbot import QtBot

from app.plots.legend import Legend, LegendEntry
from app.theme import Theme

BEST = LegendEntry("best, epoch 3,776", "good", value="0.000631")


def test_a_name_gives_way_to_its_value(qtbot: QtBot, theme: Theme) -> None:
    legend = Legend(theme)
    qtbot.addWidget(legend)
    legend.set_entries([BEST])
    legend.resize(400, 20)
    assert legend._shown_name(BEST) == BEST.name
    wide = legend.sizeHint().width()
    legend.resize(wide - 40, 20)
    name = legend._shown_name(BEST)
    assert name.endswith("…")
    assert name.startswith("best")
    legend.resize(20, 20)
    assert len(legend._shown_name(BEST)) <= 1
