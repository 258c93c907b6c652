"""Learning curves: every value can be read, nothing is smoothed away, a million values stay quick."""

import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.plots import CurvesView, RunCurves, Track
from app.plots.base import Repainter
from app.plots.export import save_curves
from app.plots.marks import Mark
from app.plots.readout import Readout
from app.plots.reference import Reference
from app.plots.step_scale import StepScale
from app.plots.track import TrackPanel
from app.theme import DARK, LIGHT, Theme
from engine.formats.errors import FormatError
from tests.app.widgets.test_widgets import colors_of

TRACKS = [Track("loss", "Loss"), Track("accuracy", "Accuracy", better="higher")]


@pytest.fixture
def view(theme: Theme, qtbot: QtBot) -> CurvesView:
    """Two tracks; a validation loss that is least at epoch 2."""
    view = CurvesView(theme, TRACKS)
    qtbot.addWidget(view)
    view.resize(700, 600)
    view.show()
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.append("loss", "training", [0.5, 1.0, 1.5, 2.0, 2.5, 3.0], [0.9, 0.5, 0.4, 0.3, 0.25, 0.2])
    view.append("loss", "validation", [1.0, 2.0, 3.0], [0.6, 0.45, 0.5])
    view.append("accuracy", "validation", [1.0, 2.0, 3.0], [0.7, 0.8, 0.9])
    _settle(view, qtbot)
    return view


def _settle(view: CurvesView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.is_refresh_pending())


def _readout(panel: TrackPanel) -> Readout:
    readout = panel.findChild(Readout)
    assert isinstance(readout, Readout)
    return readout


def _hover(panel: TrackPanel, epoch: float) -> None:
    spot = panel.surface.to_widget(epoch, sum(panel.surface.y_range()) / 2)
    target = panel.surface.childAt(spot)
    assert isinstance(target, QWidget)
    QTest.mouseMove(target, target.mapFrom(panel.surface, spot + QPoint(3, 3)))
    QTest.mouseMove(target, target.mapFrom(panel.surface, spot))


def test_hovering_reads_out_the_values_of_every_track(view: CurvesView, qtbot: QtBot) -> None:
    _hover(view.panel("loss"), 2.02)
    loss, accuracy = _readout(view.panel("loss")), _readout(view.panel("accuracy"))
    qtbot.waitUntil(loss.isVisible)
    assert all(text in loss.text() for text in ("epoch 2.000", "0.3000", "0.4500"))
    assert "0.8000" in accuracy.text()


def test_what_shows_where_one_points_is_made_when_somebody_does(view: CurvesView) -> None:
    panel = view.panel("loss")
    before = len(panel.surface.scene.items())
    view.point_at(2.0)
    shown = len(panel.surface.scene.items())
    assert shown == before + 2  # a line and the marks on it
    view.point_at(None)
    view.point_at(1.0)
    assert len(panel.surface.scene.items()) == shown


def test_the_readout_stays_inside_the_plot(view: CurvesView, qtbot: QtBot) -> None:
    for epoch in (0.6, 2.9):
        view.point_at(epoch)
        panel = view.panel("loss")
        assert panel.surface.rect().contains(_readout(panel).geometry())


def test_leaving_hides_the_readout(view: CurvesView, qtbot: QtBot) -> None:
    view.point_at(2.0)
    view.panel("loss").surface.pointer_moved.emit(None)
    assert not _readout(view.panel("loss")).isVisible()


def test_the_arrow_keys_move_the_cross_hair_and_speak(view: CurvesView, qtbot: QtBot) -> None:
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert "epoch 0.5000: training 0.9000" in view.accessibleDescription()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert "epoch 1.000: training 0.5000, validation 0.6000" in view.accessibleDescription()
    QTest.keyClick(view, Qt.Key.Key_End)
    assert "epoch 3.000" in view.accessibleDescription()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not _readout(view.panel("loss")).isVisible()


def test_the_log_scale_can_be_switched_by_button_and_key(view: CurvesView, qtbot: QtBot) -> None:
    panel = view.panel("loss")
    linear = panel.surface.y_range()
    QTest.mouseClick(panel.log_button, Qt.MouseButton.LeftButton)
    _settle(view, qtbot)
    assert panel.is_log()
    assert panel.surface.y_range() != linear
    assert panel.surface.y_range()[0] < np.log10(0.2) < np.log10(0.9) < panel.surface.y_range()[1]
    QTest.keyClick(view, Qt.Key.Key_L)
    _settle(view, qtbot)
    assert panel.surface.y_range() == linear


def test_values_that_have_no_logarithm_are_gaps(view: CurvesView, qtbot: QtBot) -> None:
    view.append("loss", "training", [3.1, 3.2, 3.3], [0.0, -1.0, 0.1])
    view.set_log("loss", True)
    _settle(view, qtbot)
    assert view.panel("loss").surface.y_range()[0] > -2


def test_a_loss_that_is_no_number_is_said_and_does_not_spoil_the_plot(view: CurvesView, qtbot: QtBot) -> None:
    view.append("loss", "training", [3.1, 3.2], [np.nan, np.inf])
    _settle(view, qtbot)
    low, high = view.panel("loss").surface.y_range()
    assert np.isfinite([low, high]).all()
    view.point_at(3.1)
    assert "NaN" in _readout(view.panel("loss")).text()


def test_the_best_epoch_is_marked_in_words_and_picture(view: CurvesView, qtbot: QtBot) -> None:
    names = {entry.name: entry.value for entry in view.panel("loss").legend.entries()}
    assert names["best, epoch 2"] == "0.4500"
    assert "best epoch 2" in view.accessibleDescription()
    view.mark_best(3.0)
    _settle(view, qtbot)
    assert "best, epoch 3" in {entry.name for entry in view.panel("accuracy").legend.entries()}


@pytest.mark.parametrize(("better", "epoch"), [("lower", 2.0), ("higher", 1.0)])
def test_the_best_value_is_the_least_or_the_greatest(
    view: CurvesView, better: str, epoch: float, theme: Theme, qtbot: QtBot
) -> None:
    panel = TrackPanel(theme, Track("m", "M", better="higher" if better == "higher" else "lower"))
    qtbot.addWidget(panel)
    panel.append("validation", "validation", "validation", [1.0, 2.0, 3.0, 4.0], [0.6, 0.45, 0.5, np.nan])
    best = panel.best()
    assert best is not None
    assert best[0] == epoch


def test_the_legend_shows_the_newest_values(view: CurvesView, qtbot: QtBot) -> None:
    values = {entry.name: entry.value for entry in view.panel("loss").legend.entries()}
    assert (values["training"], values["validation"]) == ("0.2000", "0.5000")
    view.append("loss", "training", 3.5, 0.125)
    _settle(view, qtbot)
    assert view.panel("loss").legend.entries()[0].value == "0.1250"


def test_a_long_series_has_a_light_line_under_its_average(view: CurvesView, qtbot: QtBot) -> None:
    epochs = np.linspace(3, 4, 2000)
    view.append("loss", "training", epochs, 0.5 + 0.4 * np.random.default_rng(0).random(2000))
    _settle(view, qtbot)
    assert "the mean of the last" in view.panel("loss").legend.toolTip()
    view.point_at(3.5)
    assert "mean 0.7" in _readout(view.panel("loss")).text()


def test_the_axis_reaches_the_planned_epochs(view: CurvesView, qtbot: QtBot) -> None:
    view.set_planned_epochs(10)
    _settle(view, qtbot)
    assert view.panel("loss").surface.x_range() == pytest.approx((0, 10))


def test_zooming_one_track_zooms_the_other_and_reset_shows_all(view: CurvesView, qtbot: QtBot) -> None:
    loss, accuracy = view.panel("loss"), view.panel("accuracy")
    everything = loss.surface.x_range()
    loss.surface.set_range((1.0, 2.0), (0.0, 1.0))
    loss.surface.zoomed.emit()
    _settle(view, qtbot)
    assert accuracy.surface.x_range() == pytest.approx((1, 2))
    view.append("loss", "training", 4.0, 0.1)
    _settle(view, qtbot)
    assert loss.surface.x_range() == pytest.approx((1, 2))
    assert loss.reset_button.isVisible()
    QTest.keyClick(view, Qt.Key.Key_0)
    _settle(view, qtbot)
    assert loss.surface.x_range()[1] == 4.0 > everything[1]
    assert not loss.reset_button.isVisible()


def test_the_wheel_zooms_at_the_pointer(view: CurvesView, qtbot: QtBot) -> None:
    surface = view.panel("loss").surface
    spot = surface.to_widget(2.0, 0.5)
    target = surface.childAt(spot)
    assert isinstance(target, QWidget)
    place, before = QPointF(target.mapFrom(surface, spot)), surface.x_range()
    turn, none = QPoint(0, 120), Qt.MouseButton.NoButton
    keys, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    QApplication.sendEvent(target, QWheelEvent(place, place, QPoint(), turn, none, keys, phase, False))
    low, high = surface.x_range()
    assert high - low < before[1] - before[0]
    assert (2.0 - low) / (high - low) == pytest.approx((2.0 - before[0]) / (before[1] - before[0]), abs=0.01)


def test_earlier_runs_are_named_and_stay_when_the_run_of_now_is_cleared(
    view: CurvesView, qtbot: QtBot
) -> None:
    curve = ([1.0, 2.0], [0.8, 0.7])
    view.set_runs([RunCurves("run 7", {("loss", "validation"): curve, ("unknown", "training"): curve})])
    _settle(view, qtbot)
    assert "run 7" in {entry.name for entry in view.panel("loss").legend.entries()}
    view.clear()
    _settle(view, qtbot)
    assert [entry.name for entry in view.panel("loss").legend.entries()] == ["run 7"]
    assert not view.is_empty()


def test_an_empty_view_says_what_to_do(theme: Theme, qtbot: QtBot) -> None:
    view = CurvesView(theme, TRACKS)
    qtbot.addWidget(view)
    view.show()
    _settle(view, qtbot)
    assert view.accessibleDescription() == "Press Train: the loss is drawn here."
    assert not view.panel("loss").isVisible()


def test_a_track_that_stays_keeps_its_values(view: CurvesView, qtbot: QtBot) -> None:
    view.set_tracks([TRACKS[0], Track("mae", "MAE")])
    assert not view.panel("loss").is_empty()
    with pytest.raises(KeyError, match="accuracy"):
        view.append("accuracy", "training", 1, 1)


def test_wide_views_put_the_tracks_side_by_side(view: CurvesView, qtbot: QtBot) -> None:
    assert view.panel("loss").y() != view.panel("accuracy").y()
    view.resize(900, 300)
    qtbot.waitUntil(lambda: view.panel("loss").y() == view.panel("accuracy").y())


def test_another_theme_repaints(view: CurvesView, qtbot: QtBot, theme: Theme) -> None:
    assert DARK.panel in colors_of(view)
    theme.set_mode("light")
    _settle(view, qtbot)
    colors = colors_of(view)
    assert LIGHT.panel in colors
    assert DARK.panel not in colors


def test_hidden_views_draw_nothing_until_they_are_shown(view: CurvesView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.is_refresh_pending())
    view.hide()
    view.append("loss", "training", 3.5, 0.1)
    assert not view.is_refresh_pending()
    assert view.panel("loss").legend.entries()[0].value == "0.2000"
    view.show()
    qtbot.waitUntil(lambda: view.panel("loss").legend.entries()[0].value == "0.1000")


def test_repaints_are_at_most_thirty_a_second(qapp: QApplication) -> None:
    repainter = Repainter()
    times: list[float] = []
    repainter.due.connect(lambda: times.append(time.perf_counter()))
    start = time.perf_counter()
    while len(times) < 8 and time.perf_counter() - start < 60.0:
        repainter.request()
        qapp.processEvents()
    assert len(times) == 8
    assert times[-1] - times[0] > 7 * 0.028


def test_a_million_values_are_drawn_within_a_frame(theme: Theme, qtbot: QtBot) -> None:
    view = CurvesView(theme, [Track("loss", "Loss", log=True)])
    qtbot.addWidget(view)
    view.resize(900, 300)
    view.show()
    count = 1_000_000
    epochs = np.arange(count) / 1e5
    view.append("loss", "training", epochs, np.exp(-epochs) + 0.1 * np.random.default_rng(0).random(count))
    _settle(view, qtbot)
    costs = []
    for index in range(15):
        view.append("loss", "training", 10 + 1e-4 * index, 0.1)
        start = time.thread_time()  # of the processor: other programs do not count
        view.refresh_now()
        view.grab()
        costs.append(time.thread_time() - start)
    assert min(costs) < 0.033


def test_steps_can_be_counted_instead_of_epochs(view: CurvesView, qtbot: QtBot) -> None:
    for epoch in (0.5, 1.0, 2.0, 3.0):
        view.steps.add(epoch, 100 * epoch)
    view.count_steps(True)
    _settle(view, qtbot)
    axis = view.panel("loss").surface.x_axis
    ((_, ticks),) = axis.tickValues(0.0, 3.0, 400)
    texts = axis.tickStrings(ticks, 1.0, 1.0)
    assert texts[:3] == ["0", "step 100", "200"]
    assert ticks[:3] == pytest.approx([0.0, 1.0, 2.0])
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_End)
    assert "step 300: training 0.2000" in view.accessibleDescription()
    view.count_steps(False)
    view.point_at(3.0)
    assert "epoch 3.000" in _readout(view.panel("loss")).text()


def test_going_back_in_time_takes_steps_back_too() -> None:
    scale = StepScale()
    for epoch, step in ((1.0, 10.0), (2.0, 20.0), (3.0, 30.0), (2.5, 50.0)):
        scale.add(epoch, step)
    assert scale.step(2.5) == 50.0
    assert scale.epoch(scale.step(1.7)) == pytest.approx(1.7)
    assert scale.step(5.0) == pytest.approx(100.0)


def test_small_tracks_lie_below_and_hidden_ones_go_on_to_take_values(view: CurvesView, qtbot: QtBot) -> None:
    view.set_tracks([*TRACKS, Track("rate", "Learning rate", small=True)])
    view.append("rate", "training", [1.0, 2.0], [0.1, 0.01])
    _settle(view, qtbot)
    rate = view.panel("rate")
    assert rate.isVisible()
    assert rate.mapTo(view, QPoint(0, 0)).y() > view.panel("loss").mapTo(view, QPoint(0, 0)).y()
    assert rate.words_at(2.0) == "epoch 2.000: Learning rate 0.01000"
    view.hide_tracks(["rate", "accuracy"])
    view.append("accuracy", "validation", [4.0], [0.95])
    _settle(view, qtbot)
    assert not rate.isVisible()
    assert not view.panel("accuracy").isVisible()
    view.hide_tracks([])
    _settle(view, qtbot)
    assert view.panel("accuracy").words_at(4.0) == "epoch 4.000: validation 0.9500"


def test_curves_are_saved_as_pictures_and_as_the_numbers_themselves(
    view: CurvesView, tmp_path: Path, qtbot: QtBot
) -> None:
    view.steps.add(3.0, 30)
    values = {("", *key): both for key, both in view.as_run("").series.items()}
    for ending, head in (
        (".png", b"\x89PNG"),
        (".svg", b"<?xml"),
        (".csv", b"run,figure,part,step,epoch,value"),
    ):
        path = tmp_path / f"curves{ending}"
        save_curves(path, view, values, view.steps)
        assert path.read_bytes().startswith(head)
    lines = (tmp_path / "curves.csv").read_text().splitlines()
    assert ",loss,validation,20,2,0.45" in lines
    assert len(lines) == 1 + 6 + 3 + 3
    for path, given, reason in (
        (tmp_path / "curves.doc", values, "Choose one of these endings"),
        (tmp_path / "none.csv", {}, "Train the network first"),
    ):
        with pytest.raises(FormatError, match=reason):
            save_curves(path, view, given, view.steps)


def test_panels_that_were_made_ahead_are_taken_when_a_run_names_its_metrics(
    theme: Theme, qtbot: QtBot
) -> None:
    view = CurvesView(theme, TRACKS[:1])
    qtbot.addWidget(view)
    view.resize(700, 600)
    view.show()
    view.make_ahead(soon=True)
    qtbot.waitUntil(lambda: len(view.findChildren(TrackPanel)) == 4)
    before = set(view.findChildren(TrackPanel))
    rate, gradient = Track("rate", "Rate", small=True), Track("norm", "Norm", log=True)
    view.set_tracks([*TRACKS, rate, gradient])
    assert set(view.findChildren(TrackPanel)) == before
    accuracy, small, log = (view.panel(key) for key in ("accuracy", "rate", "norm"))
    assert accuracy.log_button.accessibleName() == "Logarithmic scale of Accuracy"
    assert (accuracy.is_log(), log.is_log()) == (False, True)
    assert small.legend.isHidden()
    view.append("accuracy", "training", [1.0, 2.0], [0.5, 0.75])
    _settle(view, qtbot)
    assert accuracy.isVisible()
    assert "Accuracy, epoch 2.000: training 0.7500" in view.summary()


def test_a_panel_made_ahead_is_not_seen_and_there_are_no_more_than_a_run_takes(
    theme: Theme, qtbot: QtBot
) -> None:
    view = CurvesView(theme, TRACKS)
    qtbot.addWidget(view)
    view.show()
    view.make_ahead(soon=True)
    qtbot.waitUntil(lambda: len(view.findChildren(TrackPanel)) == 4)
    view.make_ahead(soon=True)
    qtbot.waitUntil(lambda: not view._ahead.isActive())
    panels = view.findChildren(TrackPanel)
    assert len(panels) == 4
    assert not any(panel.isVisible() for panel in panels)


def test_nothing_is_made_ahead_while_a_hand_drags(
    theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Qt.MouseButton.MiddleButton
    monkeypatch.setattr("app.plots.curves.QGuiApplication.mouseButtons", lambda: held)
    view = CurvesView(theme, TRACKS)
    qtbot.addWidget(view)
    view.make_ahead(soon=False)
    with qtbot.waitSignal(view._ahead.timeout):
        pass
    assert len(view.findChildren(TrackPanel)) == len(TRACKS)
    held = Qt.MouseButton.NoButton
    qtbot.waitUntil(lambda: len(view.findChildren(TrackPanel)) == 4)


def test_one_more_mark_leaves_those_that_are_drawn(view: CurvesView, qtbot: QtBot) -> None:
    marks, one, other = view.panel("loss").marks, Mark(1.0, "!", "one"), Mark(2.0, "!", "other")
    view.set_marks([one])
    _settle(view, qtbot)
    drawn = marks._lines[0]
    view.set_marks([one, other])
    _settle(view, qtbot)
    assert [line.value() for line in marks._lines] == [1.0, 2.0]
    assert marks._lines[0] is drawn
    view.set_marks([other])
    _settle(view, qtbot)
    assert [line.value() for line in marks._lines] == [2.0]
    assert drawn.scene() is None


def test_marks_are_drawn_track_by_track_and_only_where_they_are_seen(view: CurvesView, qtbot: QtBot) -> None:
    view.hide_tracks(["accuracy"])
    view.set_marks([Mark(1.0, "!", "one")])
    assert not any(view.panel(track.key).marks._lines for track in TRACKS), (
        "not in the turn of whoever said so"
    )
    _settle(view, qtbot)
    assert [len(view.panel(track.key).marks._lines) for track in TRACKS] == [1, 0]
    view.hide_tracks([])
    _settle(view, qtbot)
    assert [len(view.panel(track.key).marks._lines) for track in TRACKS] == [1, 1]


def test_the_first_track_has_its_size_before_the_next_is_shown(theme: Theme, qtbot: QtBot) -> None:
    view = CurvesView(theme, TRACKS)
    qtbot.addWidget(view)
    view.resize(500, 600)  # one above the other
    view.show()
    heights: list[tuple[bool, int]] = []
    loss, accuracy = view.panel("loss"), view.panel("accuracy")
    loss.surface.resized.connect(lambda: heights.append((accuracy.isVisible(), loss.height())))
    for track in TRACKS:
        view.append(track.key, "training", [1.0], [0.5])
    _settle(view, qtbot)
    assert loss.isVisible()
    assert accuracy.isVisible()
    assert (False, loss.height()) in heights
    assert max(height for _, height in heights) < 400, "it never had all the room"


def test_a_level_line_far_below_the_curves_leaves_them_their_height(view: CurvesView, qtbot: QtBot) -> None:
    low, high = view.panel("accuracy").surface.y_range()
    view.set_references({"accuracy": Reference("always one", 0.1)}, {})
    _settle(view, qtbot)
    assert view.panel("accuracy").surface.y_range() == (low, high)
    view.set_references({"accuracy": Reference("always one", 0.99)}, {})
    _settle(view, qtbot)
    assert view.panel("accuracy").surface.y_range()[1] > 0.99
