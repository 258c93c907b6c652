"""What stands in the top bar and beside problems: the field of the search, the name of the device, remedies."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.theme import CONTROL_HEIGHT, Theme
from app.widgets import CommandField, RemedyButton
from app.window.run_bar import device_words

SENTENCE = "Pool globally before it: 8,320 parameters instead of 1,605,760"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Intel(R) Xeon(R) Processor @ 2.50GHz", "Intel Xeon"),
        ("Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz", "Intel Core i7-8650U"),
        ("AMD Ryzen 7 7840U with Radeon 780M Graphics", "AMD Ryzen 7 7840U"),
        ("llvmpipe (LLVM 15.0.6, 256 bits)", "llvmpipe"),
        ("Processor", "Processor"),
    ],
)
def test_a_device_is_called_what_people_call_it(name: str, said: str) -> None:
    assert device_words(name) == said


def test_a_remedy_is_as_high_as_its_words_need(qtbot: QtBot, theme: Theme) -> None:
    button = RemedyButton(theme, SENTENCE)
    qtbot.addWidget(button)
    assert button.heightForWidth(2000) == CONTROL_HEIGHT
    assert button.heightForWidth(150) > button.heightForWidth(250) > CONTROL_HEIGHT
    assert button.minimumSizeHint().width() < 100
    assert button.accessibleName() == SENTENCE


def test_a_remedy_has_that_height_in_a_column(qtbot: QtBot, theme: Theme) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    button = RemedyButton(theme, SENTENCE)
    column = QVBoxLayout(page)
    column.addWidget(button)
    column.addStretch(1)
    page.resize(250, 400)
    with qtbot.waitExposed(page):
        page.show()
    assert button.height() == button.heightForWidth(button.width()) > CONTROL_HEIGHT


def test_the_search_field_opens_by_mouse_and_key(qtbot: QtBot, theme: Theme) -> None:
    field = CommandField(theme, "Search", "Ctrl K")
    qtbot.addWidget(field)
    field.show()
    with qtbot.waitSignal(field.clicked):
        QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(field.clicked):
        QTest.keyClick(field, Qt.Key.Key_Space)
    assert (field.accessibleName(), field.accessibleDescription()) == ("Search", "Ctrl K")
    assert field.minimumSizeHint().width() < field.sizeHint().width()
