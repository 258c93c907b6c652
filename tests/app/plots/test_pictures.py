"""The grid of test pictures: right and wrong differ in more than colour, and each picture has its sentence."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.plots import PictureGrid, Pictures
from app.plots import pictures as pictures_module
from app.theme import DARK, Theme
from tests.app.widgets.test_widgets import colors_of

DIGITS = [str(digit) for digit in range(10)]


def _pictures(count: int = 12, wrong: tuple[int, ...] = (1,), names: list[str] = DIGITS) -> Pictures:
    true = np.arange(count) % len(names)
    predicted = true.copy()
    predicted[list(wrong)] = (predicted[list(wrong)] + 1) % len(names)
    images = np.full((count, 28, 28), 200, np.uint8)
    return Pictures.of(images, predicted, true, np.linspace(0.5, 1.0, count), names)


@pytest.fixture
def grid(theme: Theme, qtbot: QtBot) -> PictureGrid:
    grid = PictureGrid(theme)
    qtbot.addWidget(grid)
    grid.resize(420, 300)
    grid.set_pictures(_pictures())
    grid.show()
    grid.activateWindow()
    qtbot.waitUntil(grid.isActiveWindow)
    qtbot.waitUntil(lambda: not grid.is_refresh_pending())
    return grid


def _sheet(grid: PictureGrid) -> QWidget:
    sheet = grid.focusProxy()
    assert sheet is not None
    return sheet


def test_every_picture_has_a_sentence(grid: PictureGrid) -> None:
    assert grid.sentence(0) == "Recognized as 0 with 50 %."
    assert grid.sentence(1) == "Taken for 2 with 55 %; it is 1."


def test_the_state_is_summed_up_in_words(grid: PictureGrid) -> None:
    assert grid.accessibleDescription() == "11 of 12 pictures shown are recognized."


def test_only_wrong_pictures_are_in_the_bad_colour(grid: PictureGrid, qtbot: QtBot) -> None:
    assert {DARK.good, DARK.bad} <= colors_of(grid)
    grid.set_pictures(_pictures(wrong=()))
    qtbot.waitUntil(lambda: not grid.is_refresh_pending())
    assert DARK.bad not in colors_of(grid)


def test_a_wrong_picture_has_a_mark_besides_its_colour(grid: PictureGrid) -> None:
    picture = grid.grab().toImage()

    rect = grid.rect_of(1)
    mark = [
        picture.pixelColor(x, y)
        for y in range(rect.top() + 84 + 8, rect.bottom())
        for x in range(rect.left(), rect.left() + 10)
    ]
    assert sum(color.red() > 150 and color.green() < 120 for color in mark) > 5


def test_pixels_of_small_pictures_are_enlarged_by_whole_factors(grid: PictureGrid) -> None:
    assert grid.rect_of(0).width() == 84
    picture = grid.grab().toImage()
    assert picture.pixelColor(grid.rect_of(0).center() - QPoint(0, 14)).name() == "#c8c8c8"


def test_columns_fit_the_width(grid: PictureGrid, qtbot: QtBot) -> None:
    assert grid.columns() == 4
    grid.resize(900, 300)
    qtbot.waitUntil(lambda: grid.columns() == 9)
    assert grid.rect_of(9).top() > grid.rect_of(8).top()


def test_the_tooltip_says_the_sentence(grid: PictureGrid, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(
        pictures_module, "QToolTip", SimpleNamespace(showText=lambda at, text, of: shown.append(text))
    )
    sheet = _sheet(grid)
    spot = sheet.mapFrom(grid, grid.rect_of(1).center())
    QApplication.sendEvent(sheet, QHelpEvent(QEvent.Type.ToolTip, spot, sheet.mapToGlobal(spot)))
    assert shown == [grid.sentence(1)]


def test_a_click_chooses_a_picture(grid: PictureGrid, qtbot: QtBot) -> None:
    sheet = _sheet(grid)
    with qtbot.waitSignal(grid.chosen) as chosen:
        QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=sheet.mapFrom(grid, grid.rect_of(2).center()))
    assert chosen.args == [2]


def test_the_arrow_keys_walk_the_grid_and_scroll(grid: PictureGrid, qtbot: QtBot) -> None:
    sheet = _sheet(grid)
    grid.setFocus()
    QTest.keyClick(sheet, Qt.Key.Key_Right)
    assert sheet.accessibleDescription() == grid.sentence(1)
    QTest.keyClick(sheet, Qt.Key.Key_Down)
    QTest.keyClick(sheet, Qt.Key.Key_Down)
    assert sheet.accessibleDescription() == grid.sentence(9)
    assert grid.rect().contains(grid.rect_of(9).center())
    QTest.keyClick(sheet, Qt.Key.Key_Down)
    assert sheet.accessibleDescription() == grid.sentence(9)
    with qtbot.waitSignal(grid.chosen) as chosen:
        QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert chosen.args == [9]


def test_long_class_names_take_a_second_line(grid: PictureGrid, qtbot: QtBot) -> None:
    height = grid.rect_of(0).height()
    grid.set_pictures(_pictures(names=["Ankle boot", "T-shirt/top"]))
    assert grid.rect_of(0).height() > height


def test_coloured_pictures_keep_their_colours(theme: Theme, qtbot: QtBot) -> None:
    images = np.zeros((1, 32, 32, 3), np.uint8)
    images[..., 0] = 255
    assert Pictures.of(images, [0], [0], [1.0], ["a"]).image(0).pixelColor(5, 5).name() == "#ff0000"


@pytest.mark.parametrize("shape", [(3, 8), (3, 8, 8, 4), (2, 8, 8)])
def test_arrays_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Received: pictures"):
        Pictures.of(np.zeros(shape), [0] * 3, [0] * 3, [1.0] * 3, ["a"])


def test_no_pictures_show_the_empty_text(grid: PictureGrid, qtbot: QtBot) -> None:
    grid.set_pictures(None)
    qtbot.waitUntil(lambda: not grid.is_refresh_pending())
    assert grid.accessibleDescription().startswith("Press Train")
    assert grid.sentence(0) == ""
