"""A window of a thousand pixels: the sides give way, the dock stays low, and no word of its tabs is cut."""

import pytest
from PySide6.QtCore import QPoint, QSettings, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.theme import Theme
from app.window.bottom_dock import USE
from app.window.centre import View
from app.window.main_window import MainWindow
from app.window.place import BOTTOM_HEIGHT, FRAME
from app.window.sides import DATA, NETWORK, SideSplitter
from engine.formats.examples import examples
from tests.app.window.conftest import User, close, show

NARROW, WIDE = (1000, 700), (1400, 900)


def _splitter(window: MainWindow) -> SideSplitter:
    (found,) = window.findChildren(SideSplitter)
    return found


@pytest.mark.parametrize("total", [2000, 1400, 1200, 1100, 1000, 840])
def test_the_sides_give_what_the_middle_lacks_and_no_more(total: int) -> None:
    for widths in (NETWORK, DATA):
        left, middle, right = widths.of(total)
        assert left + middle + right == total
        assert widths.least[0] <= left <= widths.usual[0]
        assert widths.least[1] <= right <= widths.usual[1]
        assert middle >= 600 - 1 or (left, right) == widths.least
        assert (left, right) == widths.usual or middle <= 600 + 1


def test_the_left_side_folds_up_where_two_docks_leave_no_room(user: User) -> None:
    assert NETWORK.of(700)[0] == 0
    user.window.resize(1300, 800)
    user.window.actions_._outline()
    user.window.show_help()
    user.until(lambda: user.window.workspace.canvas.width() >= 300)
    assert _splitter(user.window).sizes()[0] == 0
    user.window.outline.close()
    user.window.help.close()
    user.until(lambda: _splitter(user.window).sizes()[0] >= NETWORK.least[0])


def test_the_sides_follow_the_window_there_and_back(user: User) -> None:
    user.window.resize(*WIDE)
    assert _splitter(user.window).sizes()[::2] == list(NETWORK.usual)
    screen = QSize(NARROW[0] + FRAME[0], NARROW[1] + FRAME[1])
    user.window.place.fit(screen)
    assert (user.window.width(), user.window.height()) == NARROW  # at the start on a small screen
    user.window.place.fit(screen * 2)
    assert user.window.dock.height() == pytest.approx(BOTTOM_HEIGHT, abs=20)
    user.window.place.fit(QSize(NARROW[0], 600))
    assert user.window.workspace.canvas.height() > 200  # half of what the bar at the top leaves
    assert _splitter(user.window).sizes()[::2] == list(NETWORK.least)
    user.window.show_view(View.DATA)
    assert _splitter(user.window).sizes()[::2] == list(DATA.least)
    user.window.resize(*WIDE)
    user.window.show_view(View.NETWORK)
    assert _splitter(user.window).sizes()[::2] == list(NETWORK.usual)


def _drag(splitter: SideSplitter, by: int) -> None:
    handle = splitter.handle(1)
    middle = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(handle, middle + QPoint(by, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=middle + QPoint(by, 0))


def test_sides_that_were_dragged_stay_so_also_at_the_next_start(
    user: User, settings: QSettings, theme: Theme, qtbot: QtBot
) -> None:
    user.window.resize(*WIDE)
    splitter = _splitter(user.window)
    _drag(splitter, 40)
    left = splitter.sizes()[0]
    assert left > NETWORK.usual[0] + 20
    user.window.resize(WIDE[0] - 60, WIDE[1])
    user.window.show_view(View.DATA)
    user.window.show_view(View.NETWORK)
    assert splitter.sizes()[0] == left
    user.document.stack.setClean()
    user.window.close()
    again = show(MainWindow(theme, Document(examples()["spiral"].graph()), settings), qtbot)
    try:
        assert _splitter(again.window).sizes()[0] == left
    finally:
        close(again.window)


def test_the_dock_does_not_grow_over_the_canvas_while_it_trains(user: User) -> None:
    user.window.resize(*NARROW)
    user.open_endless("spiral")
    before = user.window.dock.height()
    user.window.train_or_pause()
    user.until_steps()
    user.window.stop()
    user.until(lambda: user.state == "idle")
    assert user.window.dock.height() <= before  # a message above both may have made it lower
    assert user.window.dock.minimumSizeHint().height() < 200


def test_projects_whose_names_are_cut_are_gone_to_by_a_menu(user: User) -> None:
    user.window.resize(*NARROW)
    bar = user.window.top_bar.projects
    assert not bar.all_button.isVisible()
    for name in ("iris", "penguins", "mnist-cnn"):
        document = Document(examples()[name].graph())
        document.title = f"{name} with a long name"
        user.window.tabs.open(document, instead=False)
    user.until(bar.all_button.isVisible)
    entries = bar.all_menu().actions()
    assert [action.isChecked() for action in entries] == [False, False, False, True]
    assert entries[1].text() == "iris with a long name"
    entries[1].trigger()
    assert user.document.title == "iris with a long name"
    while len(user.window.tabs) > 1:
        user.window.files.close_tab()
    user.until(bar.all_button.isHidden)


def test_the_search_of_a_narrow_window_is_an_icon_with_its_name(user: User) -> None:
    search = user.window.top_bar.search
    user.window.resize(*WIDE)
    user.until(lambda: search.width() > 100)
    user.window.resize(*NARROW)
    user.until(lambda: search.width() < 50)
    assert search.accessibleName()
    assert search.toolTip()


def test_every_page_of_the_dock_is_named_whole_or_in_the_menu(user: User) -> None:
    user.window.resize(*NARROW)
    tabs = user.window.dock.tabs
    user.until(tabs.more.isVisible)
    seen = [at for at in tabs.offered() if tabs.isTabVisible(at)]
    waiting = [tabs.tabText(at) for at in tabs.offered() if at not in seen]
    assert [action.text() for action in tabs.rest().actions()] == waiting
    assert all(tabs.tabRect(at).width() == tabs.tabSizeHint(at).width() for at in seen)
    assert tabs.tabRect(seen[-1]).right() < tabs.more.geometry().left() + 1
    assert tabs.more.geometry().right() <= tabs.width()
    tabs.rest().actions()[-1].trigger()
    assert tabs.currentIndex() == USE
    assert tabs.isTabVisible(USE)
    shown: QWidget = user.window.dock.looks.pages[-1]
    assert shown.isVisible()
    user.window.resize(1800, 900)
    user.until(tabs.more.isHidden)
    assert all(tabs.isTabVisible(at) for at in tabs.offered())


def test_the_layout_is_reset_by_its_command(user: User) -> None:
    window = user.window
    window.resize(*WIDE)
    window.outline.open()
    splitter, (left, _, below) = _splitter(window), window.sides()
    _drag(splitter, 60)
    splitter.setSizes([0, 900, 0])
    next(s for s in window.findChildren(QSplitter) if s.indexOf(below) == 1).setSizes([800, 0])
    next(a for a in window.actions() if a.objectName() == "reset_layout").trigger()
    user.until(lambda: not window.outline.isVisible())
    assert splitter.sizes()[::2] == list(NETWORK.usual)
    assert not splitter.by_hand
    assert below.height() == 300
    assert left.isVisible()
    assert (window.width(), window.height()) == WIDE


def test_a_window_on_a_screen_that_is_gone_comes_back(
    user: User, settings: QSettings, theme: Theme, qtbot: QtBot
) -> None:
    user.window.move(5000, 4000)
    close(user.window)
    again = show(MainWindow(theme, Document(examples()["spiral"].graph()), settings), qtbot)
    assert again.window.screen().availableGeometry().contains(again.window.pos())
    close(again.window)


def test_a_presentation_in_a_narrow_window_has_the_room_of_the_palette(user: User) -> None:
    splitter, view = _splitter(user.window), user.window.workspace.canvas.view
    user.window.resize(1024, 768)
    usual = splitter.sizes()[0]
    assert usual >= NETWORK.least[0]
    user.window.lessons.set_presenting(True)
    try:
        assert splitter.sizes()[0] == 0
        user.until(lambda: view.visible_rect().contains(view.graph_scene.nodes_rect()))
        user.window.resize(*WIDE)
        user.until(lambda: splitter.sizes()[0] == NETWORK.usual[0])
        user.window.resize(1024, 768)
        user.until(lambda: splitter.sizes()[0] == 0)
    finally:
        user.window.lessons.set_presenting(False)
    assert splitter.sizes()[0] == usual


def test_a_presentation_leaves_panels_that_somebody_has_dragged(qapp: QApplication) -> None:
    splitter = SideSplitter([QWidget(), QWidget(), QWidget()])
    splitter.resize(1000, 400)
    splitter.take(NETWORK, [210, 490, 300])
    before = splitter.sizes()
    splitter.spare(True)
    assert splitter.sizes() == before
    splitter.take(DATA, None)
    assert splitter.sizes()[0] >= DATA.least[0]
