"""A plot is made quickly: panels of a run are made while it trains."""

import gc

import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.plots.surface import PlotSurface
from app.theme import Theme


@pytest.fixture
def surface(theme: Theme, qtbot: QtBot) -> PlotSurface:
    """An empty plot."""
    surface = PlotSurface(theme)
    qtbot.addWidget(surface)
    return surface


def test_a_plot_has_no_menu_and_no_controls_that_nobody_sees(theme: Theme, qtbot: QtBot) -> None:
    before = len(QApplication.allWidgets())
    surface = PlotSurface(theme)
    qtbot.addWidget(surface)
    assert len(QApplication.allWidgets()) - before <= 10  # with a menu it would be 80


def test_a_name_of_an_axis_is_laid_out_only_when_it_is_another_one(
    surface: PlotSurface, qtbot: QtBot
) -> None:
    document = surface.x_axis.label.document()
    with qtbot.assertNotEmitted(document.contentsChanged):
        surface.x_axis.setTextPen(surface.theme.color("dim"))
    with qtbot.waitSignal(document.contentsChanged):
        surface.set_axis_names("steps", "")
    assert document.toPlainText().strip() == "steps"


@pytest.mark.parametrize(
    ("width", "shown"),
    [(400, ["0", "epoch 500"]), (110, ["0", "500"])],  # pyqtgraph leaves out what reaches over an end
)
def test_words_stand_beside_a_number_where_they_have_room(
    surface: PlotSurface, width: int, shown: list[str]
) -> None:
    axis = surface.x_axis
    axis.pattern = "epoch {}"
    axis.setRange(0.0, 600.0)
    axis.setGeometry(0, 0, width, 20)
    assert axis.tickStrings([0.0, 500.0], 1.0, 500.0) == shown


def test_numbers_make_room_for_the_words_beside_them(surface: PlotSurface) -> None:
    axis = surface.x_axis
    axis.pattern = "epoch {}"
    axis.setRange(0.0, 600.0)
    axis.setGeometry(0, 0, 180, 20)
    assert axis.tickStrings([200.0, 220.0, 500.0], 1.0, 20.0) == ["epoch 200", "", "500"]


def test_what_is_drawn_stays_though_nobody_else_holds_it_until_it_is_taken_off(surface: PlotSurface) -> None:
    surface.add(pg.PlotCurveItem([0.0, 1.0], [0.0, 1.0]))
    gc.collect()
    (curve,) = [item for item in surface.scene.items() if isinstance(item, pg.PlotCurveItem)]
    surface.remove(curve)
    assert curve.scene() is None
