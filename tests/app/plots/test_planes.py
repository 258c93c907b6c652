"""Decision fields, fits and parity plots: right colours in the right places, values under the pointer."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.plots import DecisionView, FitView, ParityView
from app.plots.field import field_picture
from app.plots.plane import PlaneView
from app.theme import CLASS_COLORS, DARK, LIGHT, Theme
from app.widgets import IconButton
from tests.app.widgets.test_widgets import colors_of

BLUE, ORANGE = CLASS_COLORS[:2]


def _show(view: PlaneView, qtbot: QtBot) -> None:
    qtbot.addWidget(view)
    view.resize(420, 380)
    view.show()
    qtbot.waitExposed(view)
    qtbot.waitUntil(lambda: not view.is_refresh_pending())


def _settle(view: PlaneView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.is_refresh_pending())


def _pixel(view: PlaneView, x: float, y: float) -> QColor:
    picture = view.grab().toImage()
    return picture.pixelColor(view.surface.mapTo(view, view.surface.to_widget(x, y)))


def _pixels(view: PlaneView, x: float, y: float) -> list[QColor]:
    picture = view.grab().toImage()
    spot = view.surface.mapTo(view, view.surface.to_widget(x, y))
    return [picture.pixelColor(spot + QPoint(dx, dy)) for dx in range(-2, 3) for dy in range(-2, 3)]


def _is_near(color: QColor, other: str) -> bool:
    wanted = QColor(other)
    return max(abs(color.red() - wanted.red()), abs(color.blue() - wanted.blue())) < 6


@pytest.fixture
def decision(theme: Theme, qtbot: QtBot) -> DecisionView:
    """Class 1 is certain at the right, class 0 at the left."""
    view = DecisionView(theme)
    view.set_axis_names("x1", "x2")
    view.set_classes(["inner", "outer"])
    view.set_extent((-1.0, 1.0, -2.0, 2.0))
    view.set_probability(np.tile(np.repeat([0.0, 1.0], 10), (20, 1)))
    _show(view, qtbot)
    return view


def test_a_field_has_the_colour_of_the_class_as_strong_as_it_is_sure() -> None:
    picture = field_picture([[0, 1], [1, 1]], [[1.0, 0.0], [0.5, np.nan]], [BLUE, ORANGE], "#000000")
    assert picture.shape == (2, 2, 3)
    assert picture.dtype == np.uint8
    half = np.array([QColor(BLUE).red(), QColor(BLUE).green(), QColor(BLUE).blue()]) / 2
    assert picture[0, 0] == pytest.approx(half, abs=1)
    assert picture[0, 1].tolist() == picture[1, 1].tolist() == [0, 0, 0]
    assert 0 < picture[1, 0, 0] < QColor(ORANGE).red() / 2


def test_the_field_lies_where_its_extent_says(decision: DecisionView) -> None:
    left, right = _pixel(decision, -0.7, 1.0), _pixel(decision, 0.7, 1.0)
    assert left.blue() > left.red()
    assert right.red() > right.blue()


def test_row_zero_is_at_the_bottom(decision: DecisionView, qtbot: QtBot) -> None:
    field = np.zeros((20, 20))
    field[:10] = 1.0
    decision.set_probability(field)
    _settle(decision, qtbot)
    assert _pixel(decision, 0.0, -1.5).red() > _pixel(decision, 0.0, 1.5).red()


def test_the_pointer_reads_out_class_and_place(decision: DecisionView) -> None:
    spot = decision.surface.to_widget(0.5, 1.0)
    target = decision.surface.childAt(spot)
    assert isinstance(target, QWidget)
    QTest.mouseMove(target, target.mapFrom(decision.surface, spot + QPoint(2, 2)))
    QTest.mouseMove(target, target.mapFrom(decision.surface, spot))
    assert decision.readout.isVisible()
    assert "outer, 100 % sure" in decision.readout.text()
    assert decision.decision_at(-0.5, 0) == ("inner", 1.0)
    assert decision.decision_at(1.5, 0) is None


def test_points_are_told_apart_by_colour_mark_and_filling(decision: DecisionView, qtbot: QtBot) -> None:
    decision.set_points("training", [-0.5, 0.5], [0.0, 0.0], [0, 1])
    decision.set_points("validation", [0.5], [1.0], [1])
    _settle(decision, qtbot)
    assert _is_near(_pixel(decision, -0.5, 0.0), BLUE)
    assert _is_near(_pixel(decision, 0.5, 0.0), ORANGE)
    assert _is_near(_pixel(decision, 0.5, 1.0), DARK.panel)
    marks = [entry.mark for entry in decision.legend.entries()]
    assert len(set(marks)) == len(marks) == 3
    assert decision.accessibleDescription() == "2 training and 1 validation points of inner, outer."


def test_points_outside_the_field_do_not_change_the_view(decision: DecisionView, qtbot: QtBot) -> None:
    decision.set_points("training", [50.0], [0.0], [0])
    _settle(decision, qtbot)
    assert decision.surface.x_range() == pytest.approx((-1, 1))


def test_zooming_stays_while_the_field_changes_until_reset(decision: DecisionView, qtbot: QtBot) -> None:
    decision.surface.set_range((0.0, 0.5), (0.0, 1.0))
    decision.surface.zoomed.emit()
    decision.set_probability(np.ones((20, 20)))
    _settle(decision, qtbot)
    assert decision.surface.x_range() == pytest.approx((0, 0.5))
    decision.setFocus()
    QTest.keyClick(decision, Qt.Key.Key_0)
    _settle(decision, qtbot)
    assert decision.surface.x_range() == pytest.approx((-1, 1))


def test_a_theme_change_repaints_field_and_points(decision: DecisionView, qtbot: QtBot, theme: Theme) -> None:
    dark = _pixel(decision, 0.7, 1.0)
    theme.set_mode("light")
    _settle(decision, qtbot)
    assert _pixel(decision, 0.7, 1.0).lightness() > dark.lightness()
    assert DARK.panel not in colors_of(decision)


def test_clearing_brings_the_empty_text_back(decision: DecisionView, qtbot: QtBot) -> None:
    decision.clear()
    _settle(decision, qtbot)
    assert decision.is_empty()
    assert decision.accessibleDescription().startswith("Press Train")


def test_arrays_that_do_not_fit_are_refused(decision: DecisionView) -> None:
    with pytest.raises(ValueError, match=r"Received: shapes \(2, 2\) and \(3,\)"):
        decision.set_decision(np.zeros((2, 2)), np.zeros(3))
    with pytest.raises(ValueError, match="as many first as second"):
        decision.set_points("training", [1, 2], [1], [0, 0])


@pytest.fixture
def fit(theme: Theme, qtbot: QtBot) -> FitView:
    """A straight line through three points."""
    view = FitView(theme)
    view.set_points("training", [0.0, 1.0, 2.0], [0.5, 1.0, 2.5])
    view.set_points("validation", [0.5], [0.7])
    view.set_curve([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
    view.set_title("slope 1.0")
    _show(view, qtbot)
    return view


def test_a_fit_shows_points_curve_and_coefficients(fit: FitView) -> None:
    assert any(_is_near(color, DARK.text) for color in _pixels(fit, 1.5, 1.5))
    assert _is_near(_pixel(fit, 0.0, 0.5), DARK.training)
    assert fit.accessibleDescription() == "slope 1.0 3 training and 1 validation points."


def test_a_fit_reads_out_the_fitted_value(fit: FitView) -> None:
    fit.point_at(QPointF(0.9, 0.0))
    assert fit.readout.text() == "at 1.00: 1.000 fitted"
    fit.point_at(QPointF(5.0, 0.0))
    assert not fit.readout.isVisible()


def test_residuals_come_and_go(fit: FitView, qtbot: QtBot) -> None:
    before = _pixels(fit, 2.0, 2.2)
    fit.set_residuals([0.0, 1.0, 2.0], [0.5, 1.0, 2.5], [0.0, 1.0, 2.0])
    _settle(fit, qtbot)
    assert _pixels(fit, 2.0, 2.2) != before
    fit.hide_residuals()
    _settle(fit, qtbot)
    assert _pixels(fit, 2.0, 2.2) == before


def test_a_cleared_fit_is_empty(fit: FitView, qtbot: QtBot) -> None:
    fit.clear()
    _settle(fit, qtbot)
    assert fit.is_empty()


def test_parity_has_equal_axes_and_the_score_in_words(theme: Theme, qtbot: QtBot) -> None:
    view = ParityView(theme)
    view.set_points("validation", [10.0, 20.0], [12.0, 30.0])
    view.set_title("R\u00b2 0.871")
    _show(view, qtbot)
    assert view.surface.x_range() == view.surface.y_range()
    assert view.surface.x_range()[0] < 10
    assert view.surface.x_range()[1] > 30
    assert "R\u00b2 0.871" in view.accessibleDescription()
    view.point_at(QPointF(15.0, 25.0))
    assert view.readout.text() == "true 15.0, predicted 25.0"
    view.clear()
    assert view.is_empty()


def test_a_single_point_has_a_view_around_it(theme: Theme, qtbot: QtBot) -> None:
    view = ParityView(theme)
    view.set_points("training", [0.0], [0.0])
    _show(view, qtbot)
    low, high = view.surface.x_range()
    assert low < 0 < high


def test_points_that_are_no_numbers_do_not_break_the_view(theme: Theme, qtbot: QtBot) -> None:
    view = ParityView(theme)
    view.set_points("training", [1.0, 2.0], [np.nan, 3.0])
    _show(view, qtbot)
    assert np.isfinite(view.surface.x_range()).all()


def test_light_colours_are_used_in_the_light_theme(theme: Theme, qtbot: QtBot) -> None:
    view = ParityView(theme)
    view.set_points("training", [1.0], [2.0])
    theme.set_mode("light")
    _show(view, qtbot)
    assert LIGHT.panel in colors_of(view)


def test_the_way_back_is_offered_only_to_those_who_zoomed(theme: Theme, qtbot: QtBot) -> None:
    view = DecisionView(theme)
    qtbot.addWidget(view)
    view.show()
    ways = view.findChildren(IconButton)
    assert ways
    assert not any(way.isVisible() for way in ways), "not even before anything is drawn"
