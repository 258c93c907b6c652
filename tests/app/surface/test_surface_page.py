"""Somebody looks at the loss as a landscape, while a run goes down on it, and lets optimizers race."""

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.surface.contours import ContourView, Trail
from app.surface.gl_relief import opengl_works
from app.surface.page import SurfacePage
from app.surface.relief import ABOVE, MOST_SQUARES, TALL, Relief, ReliefView
from app.theme import Theme
from app.training import TrainState
from app.window.bottom_dock import SURFACE
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.training.surface.records import PlaneKind
from engine.training.surface.sampling import NOWHERE, Surface
from engine.training.surface.shading import Scale
from tests.app.window.conftest import User, close, settings, show

__all__ = ["settings"]


@pytest.fixture
def user(qtbot: QtBot, theme: Theme, settings: QSettings) -> Iterator[User]:
    window = MainWindow(theme, Document(examples()["line"].graph()), settings)
    user = show(window, qtbot)
    window.files.open_example("line")
    user.until(lambda: window.workspace.run.bundle is not None)
    yield user
    close(window)


def _page(user: User) -> SurfacePage:
    user.window.dock.show_look(SURFACE)
    page = user.window.dock.looks.surface.page
    user.until(lambda: page.desk.surface is not None and not page.desk.busy)
    return page


def _kind(page: SurfacePage) -> PlaneKind | None:
    return page.desk.plane.kind if page.desk.plane is not None else None


def _bowl(side: int = 17) -> Surface:
    at = np.linspace(-1.0, 1.0, side)
    return Surface((-1.0, 1.0, -1.0, 1.0), np.add.outer(at**2, 3 * at**2), 1.0)


def test_slope_and_intercept_are_a_surface_of_their_own(user: User) -> None:
    page = _page(user)
    plane = page.desk.plane
    assert plane is not None
    assert plane.kind is PlaneKind.EXACT
    assert page.desk.surface is not None
    assert len(page.desk.surface.losses) == 65
    assert not page.progress.isVisible()
    lowest = np.unravel_index(np.argmin(page.desk.surface.losses), (65, 65))
    assert 5 < lowest[0] < 60
    assert 5 < lowest[1] < 60
    assert [trail.name for trail in page.contours.trails] == ["the run"]
    words = page.contours.words_at(plane.project(plane.center)[0], 0.0)
    assert words.startswith("loss ")
    _give_up(user, page)
    assert not opengl_works()  # the offscreen platform has none
    page.view.segments[2].click()
    assert page.relief.isVisible()
    assert page.view.current() == 1
    assert "OpenGL" in page.sentence.text()


def _give_up(user: User, page: SurfacePage) -> None:
    """A computation can be given up, and begun again."""
    page.compute()
    assert page.desk.busy
    assert page.stop.isVisible()
    user.click(page.stop)
    user.until(lambda: not page.desk.busy)
    assert not page.stop.isVisible()
    user.click(page.again)
    user.until(lambda: not page.desk.busy)
    before = page.desk.surface
    user.click(page.fit)
    user.until(lambda: not page.desk.busy and page.desk.surface is not before)


def test_the_run_goes_down_on_it(user: User) -> None:
    page = _page(user)
    user.click(user.button("Train"))
    user.until(lambda: user.state is TrainState.IDLE and bool(user.ends()))
    user.window.dock.show_look(SURFACE)
    page.compute()
    user.until(lambda: not page.desk.busy and len(page.desk.path) > 3)
    assert page.desk.surface is not None
    first, last = (page.desk.surface.height(x, y) for _, x, y in (page.desk.path[0], page.desk.path[-1]))
    assert last < first
    page.kind.setCurrentIndex(page.kind.findData(PlaneKind.PATH))
    page.kind.activated.emit(0)
    user.until(lambda: not page.desk.busy)
    assert page.desk.sentence or (page.desk.plane is not None and page.desk.plane.kind is PlaneKind.PATH)


def test_a_moment_of_the_time_machine_is_marked_on_the_way(user: User) -> None:
    page = _page(user)
    user.click(user.button("Train"))
    user.until(lambda: user.state is TrainState.IDLE and bool(user.ends()))
    user.window.dock.show_look(SURFACE)
    page.compute()
    user.until(lambda: not page.desk.busy and len(page.desk.path) > 3)
    machine = user.window.workspace.past
    moment = machine.history.path(0)[1]
    machine.look(moment)
    user.until(lambda: page.desk.looked is not None)
    assert page.desk.looked is not None
    assert page.desk.looked[0] == moment.step
    assert page.desk.looked in page.desk.path
    assert page._trails()[0].marked == page.desk.looked[1:]
    machine.look_now()
    user.until(lambda: page.desk.looked is None)
    assert page._trails()[0].marked is None


def test_optimizers_race_from_the_same_start(user: User) -> None:
    page = _page(user)
    page.steps.set_value(20)
    page.speed.setCurrentIndex(3)
    dict(page.racers)["RMSprop"].setChecked(False)
    user.click(page.race)
    user.until(lambda: page.desk.heat is not None and len(page.desk.heat.laps) == 21 and not page.desk.racing)
    heat = page.desk.heat
    assert heat is not None
    assert heat.names == ("SGD", "momentum", "Adam")
    assert len(set(heat.laps[0].places)) == 1
    user.until(lambda: not page._player.isActive())
    names = [trail.name for trail in page.contours.trails]
    assert names == ["the run", "SGD", "momentum", "Adam"]
    assert all(len(trail.points) == 21 for trail in page.contours.trails[1:])
    assert "SGD" in page.standing.text()
    user.click(page.replay)
    assert page._player.isActive()
    for _, switch in page.racers:
        switch.setChecked(False)
    user.click(page.race)
    assert page.sentence.text()


def test_random_directions_suit_any_network(user: User) -> None:
    user.window.files.open_example("xor")
    user.until(lambda: user.window.workspace.run.bundle is not None)
    page = _page(user)
    assert _kind(page) is PlaneKind.RANDOM
    page.steps.set_value(20)
    user.click(page.race)
    user.until(lambda: page.desk.heat is not None and len(page.desk.heat.laps) == 21 and not page.desk.busy)
    assert _kind(page) is PlaneKind.PATH  # that of all their paths
    assert page.desk.heat is not None
    assert page.desk.heat.told is not None
    assert page.desk.heat.told[0] is page.desk.plane
    page.kind.setCurrentIndex(page.kind.findData(PlaneKind.EXACT))
    page.kind.activated.emit(0)
    user.until(lambda: bool(page.desk.sentence) and not page.desk.busy)
    assert "two trained numbers" in page.sentence.text()


def test_a_relief_is_turned_by_hand_and_by_keys(qtbot: QtBot, theme: Theme) -> None:
    view = ReliefView(theme)
    qtbot.addWidget(view)
    view.resize(400, 260)
    view.set_surface(_bowl())
    view.set_axis_names("slope", "intercept")
    view.set_trails([Trail("path", "#ff0000", ((0.5, 0.5), (0.0, 0.0), (float("nan"), 0.0), (9.0, 0.0)))])
    view.show()
    qtbot.waitExposed(view)
    before = view.grab().toImage()
    assert before.pixelColor(200, 130) != theme.color("panel")
    turn, tilt = view.angles
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    QTest.mouseMove(view, QPoint(140, 90))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(140, 90))
    assert view.angles[0] != turn
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.angles[1] != tilt
    assert view.grab().toImage() != before
    QTest.keyClicks(view, "+")
    QTest.keyClicks(view, "0")
    assert view.angles == (turn, tilt)
    assert "Loss from" in view.accessibleDescription()


def test_a_point_that_is_looked_at_has_a_ring(qtbot: QtBot, theme: Theme) -> None:
    way = Trail("path", "#ff0000", ((0.5, 0.5), (0.0, 0.0)))
    for view in (ContourView(theme), ReliefView(theme)):
        qtbot.addWidget(view)
        view.resize(400, 260)
        view.set_surface(_bowl())
        view.show()
        qtbot.waitExposed(view)
        pictures = []
        for marked in (None, (-0.5, 0.5), (9.0, 9.0)):  # the last one is beside the surface
            view.set_trails([replace(way, marked=marked)])
            if isinstance(view, ContourView):
                view.refresh_now()
            pictures.append(view.grab().toImage())
        assert pictures[0] != pictures[1]
        assert pictures[0] == pictures[2]


def test_a_surface_of_nothing_is_left_empty(qtbot: QtBot, theme: Theme) -> None:
    broken = Surface((0.0, 1.0, 0.0, 1.0), np.full((9, 9), np.nan), 1.0)
    assert broken.sentence == NOWHERE
    for view in (ContourView(theme), ReliefView(theme)):
        qtbot.addWidget(view)
        view.resize(300, 200)
        view.set_surface(broken)
        view.set_trails([Trail("path", "#ff0000", ((0.5, 0.5),))])
        view.show()
        qtbot.waitExposed(view)
        if isinstance(view, ContourView):
            view.refresh_now()
            assert view.words_at(0.5, 0.5)
        view.grab()


def test_heights_show_the_valley_as_well_as_the_mountains() -> None:
    losses = np.array([[0.0, 0.01], [1.0, 1000.0]])
    scale = Scale(losses)
    heights = scale.heights(losses)
    assert heights[0, 0] == 0.0
    assert 0.0 < heights[0, 1] < heights[1, 0] < heights[1, 1] <= 1.0
    assert scale.loss(float(heights[1, 0])) == pytest.approx(1.0)
    assert not isfinite(float(scale.heights(np.array([np.nan]))[0]))


def test_a_way_lies_on_the_ground_as_it_is_drawn() -> None:
    fine = 2 * MOST_SQUARES + 1  # every second point is drawn
    losses = np.ones((fine, fine))
    losses[MOST_SQUARES + 1, MOST_SQUARES + 1] = 1e-6  # a pit between them
    pit = 2.0 * (MOST_SQUARES + 1) / (fine - 1) - 1.0
    relief = Relief(Surface((-1.0, 1.0, -1.0, 1.0), losses, 1.0))
    ((_, _, up),) = relief.over([(pit, pit)])
    assert up == pytest.approx(relief.ground()[:, 2].max() + 2 * TALL * ABOVE)


def test_no_way_leads_where_nothing_is_known() -> None:
    losses = np.ones((5, 5))
    losses[:, 3:] = np.nan
    relief = Relief(Surface((0.0, 4.0, 0.0, 4.0), losses, 1.0))
    assert len(relief.over([(0.5, 0.5), (3.5, 0.5), (9.0, 0.0)])) == 1
