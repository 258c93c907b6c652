"""How a series is drawn: bounds are those of pyqtgraph's own search, and long lines take the cheap way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.plots.lines import _DOT, LIGHT, Curve, SeriesLine, bounds
from app.plots.surface import PlotSurface
from app.theme import Theme

ALL = (0.0, 50.0)


@pytest.fixture
def surface(theme: Theme, qtbot: QtBot) -> PlotSurface:
    """A plot of a few hundred columns."""
    surface = PlotSurface(theme)
    qtbot.addWidget(surface)
    surface.resize(400, 200)
    surface.show()
    return surface


def filled(surface: PlotSurface, values: int, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> SeriesLine:
    """A line of so many values that go up and down, drawn."""
    line = SeriesLine(surface, "loss", "accent", style=style)
    line.series.append(np.linspace(*ALL, values), np.arange(values) % 2.0)
    line.draw(ALL, log=False)
    return line


@pytest.mark.parametrize("values", [[3.0, 1.0, 2.0], [np.nan, 1.0, 2.0], [5.0, np.nan, np.nan], [4.0]])
def test_bounds_are_those_that_pyqtgraph_finds(values: list[float]) -> None:
    x, y = np.arange(len(values), dtype=float), np.array(values)
    make: Any = Curve
    ours, theirs = make(), pg.PlotCurveItem()
    for item in (ours, theirs):
        item.setData(x, y)
    assert [ours.dataBounds(axis) for axis in (0, 1)] == [theirs.dataBounds(axis) for axis in (0, 1)]


def test_nothing_to_draw_has_no_bounds() -> None:
    nothing = (None, None)
    assert bounds(None, None) == (nothing, nothing)
    assert bounds(np.empty(0), np.empty(0)) == (nothing, nothing)
    assert bounds(np.arange(2.0), np.full(2, np.nan)) == (nothing, nothing)


def test_other_data_has_other_bounds() -> None:
    make: Any = Curve
    curve = make()
    curve.setData(np.arange(2.0), np.array([0.0, 1.0]))
    assert curve.dataBounds(1) == (0.0, 1.0)
    curve.setData(np.arange(2.0), np.array([5.0, 7.0]))
    assert curve.dataBounds(1) == (5.0, 7.0)


def test_bounds_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def counted(x: Any, y: Any) -> Any:
        calls.append(len(y))
        return bounds(x, y)

    monkeypatch.setattr("app.plots.lines.bounds", counted)
    make: Any = Curve
    curve = make()
    curve.setData(np.arange(3.0), np.arange(3.0))
    for _ in range(3):
        curve.viewTransformChanged()  # as at each zoom
        assert curve.boundingRect().height() >= 2.0
    assert calls == [3]


def test_a_line_with_many_points_is_a_band(surface: PlotSurface) -> None:
    few, many = filled(surface, 50), filled(surface, 20_000)
    assert (few._raw.shown, few._band.shown) == (True, False)
    assert (many._raw.shown, many._band.shown) == (False, True)
    assert many._band.item.opts["brush"].alphaF() == pytest.approx(LIGHT, abs=0.01)


def test_a_band_is_a_line_again_where_it_is_zoomed_in(surface: PlotSurface) -> None:
    line = filled(surface, 20_000)
    line.draw((10.0, 10.1), log=False)
    assert (line._raw.shown, line._band.shown) == (True, False)
    assert line._raw.item.opts["pen"].widthF() == 1.0, "of the screen's pixels, at any scale"


@pytest.mark.parametrize("values", [300, 20_000])
def test_a_band_is_wider_than_its_line_by_a_pixel(surface: PlotSurface, values: int) -> None:
    surface.set_range(ALL, (-1.0, 2.0))
    pixel = 3.0 / (surface.view.height() * surface.devicePixelRatioF())
    assert surface.pixel_height() == pytest.approx(pixel)
    line = filled(surface, values)
    low, high = line._band.item._dataBounds[1]
    assert (low, high) == pytest.approx((-pixel / 2, 1.0 + pixel / 2))


@pytest.mark.parametrize("values", [200, 2_000, 20_000])
def test_a_solid_average_has_no_gaps_however_it_is_drawn(surface: PlotSurface, values: int) -> None:
    opts = filled(surface, values)._mean.item.opts
    assert (opts["segmentedLineMode"], opts["connect"]) == ("on", "finite")


def test_the_average_of_many_is_drawn_with_ends_that_cost_little(surface: PlotSurface) -> None:
    mean = filled(surface, 20_000)._mean.item
    assert mean.opts["pen"].capStyle() is Qt.PenCapStyle.SquareCap, "pieces meet without gaps"


def test_dots_of_many_points_are_points_left_out(surface: PlotSurface) -> None:
    line = filled(surface, 20_000, Qt.PenStyle.DotLine)
    opts = line._mean.item.opts
    assert opts["pen"].style() is Qt.PenStyle.SolidLine
    assert opts["segmentedLineMode"] == "on"
    assert np.count_nonzero(opts["connect"]) == pytest.approx(opts["connect"].size / 3, rel=0.1)
    line.draw((10.0, 10.1), log=False)  # few are left: the pen dots
    assert line._mean.item.opts["pen"].style() is Qt.PenStyle.DotLine
    assert line._mean.item.opts["segmentedLineMode"] == "off"


def test_dots_have_no_round_ends_that_nobody_sees(surface: PlotSurface) -> None:
    caps = Qt.PenCapStyle
    assert surface.pen("accent").capStyle() is caps.RoundCap
    assert surface.pen("accent", style=Qt.PenStyle.DotLine).capStyle() is caps.FlatCap


def test_all_values_lie_within_what_is_drawn(surface: PlotSurface) -> None:
    line = filled(surface, 20_000)
    assert line.draw(ALL, log=False) == (0.0, 1.0)
    low, high = line._band.item._dataBounds[1]
    assert low <= 0.0
    assert high >= 1.0


def test_a_fine_screen_takes_no_more_boxes_and_points(
    surface: PlotSurface, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = filled(surface, 20_000)
    coarse = line._band.item.opts["x0"].size, line._mean.item.xData.size
    monkeypatch.setattr(surface, "devicePixelRatioF", lambda: 2.0)
    line.draw(ALL, log=False)
    assert (line._band.item.opts["x0"].size, line._mean.item.xData.size) == coarse
    assert coarse[0] <= 2 * surface.view.width()
    assert coarse[1] <= surface.view.width()


def test_only_what_is_shown_of_a_line_is_made(surface: PlotSurface) -> None:
    before = len(surface.scene.items())
    line = SeriesLine(surface, "loss", "accent")
    line.series.append([1.0, 2.0], [0.5, 0.4])
    assert len(surface.scene.items()) == before
    line.draw(ALL, log=False)
    assert len(surface.scene.items()) == before + 2  # the line and its dots
    line.remove()
    assert len(surface.scene.items()) == before


def test_an_average_that_is_made_late_lies_over_its_own_line_and_under_the_next(surface: PlotSurface) -> None:
    first, second = filled(surface, 20), filled(surface, 20)
    first.series.append(np.linspace(51.0, 60.0, 20_000), np.arange(20_000) % 2.0)
    first.draw((0.0, 60.0), log=False)
    assert first._band.item.zValue() < first._mean.item.zValue() < second._raw.item.zValue()


def test_a_value_alone_is_a_dot_in_the_colour_of_its_line(surface: PlotSurface) -> None:
    line = SeriesLine(surface, "loss", "accent")
    line.series.append([25.0], [0.5])
    line.draw(ALL, log=False)
    surface.set_range(ALL, (0.0, 1.0))
    picture = surface.grab().toImage()
    ratio = picture.devicePixelRatio()
    spot = surface.to_widget(25.0, 0.5) * ratio
    assert picture.pixelColor(spot) == surface.theme.color("accent")
    beside = [picture.pixelColor(spot + QPoint(step, 0)) for step in (round(-5 * ratio), round(5 * ratio))]
    assert surface.theme.color("accent") not in beside
    assert line._dots.item.opts["pen"].widthF() == _DOT * surface.devicePixelRatioF()
