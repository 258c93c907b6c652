"""Two numbers dragged or typed: they stay within the limits, even pairs stay even, and every way in says so."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.widgets import RangeField, RangeSlider

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


def shown(qtbot: QtBot, slider: RangeSlider) -> tuple[RangeSlider, list[object]]:
    qtbot.addWidget(slider)
    slider.resize(216, 24)  # one pixel is a hundredth from -1 to 1
    with qtbot.waitExposed(slider):
        slider.show()
    heard: list[object] = []
    slider.moved.connect(heard.append)
    return slider, heard


def at(slider: RangeSlider, number: float) -> QPoint:
    return QPoint(round(slider._x(number)), slider.height() // 2)


def drag(slider: RangeSlider, start: float, end: float, keys: Qt.KeyboardModifier = NONE) -> None:
    QTest.mousePress(slider, LEFT, keys, at(slider, start))
    QTest.mouseMove(slider, at(slider, end))
    QTest.mouseRelease(slider, LEFT, keys, at(slider, end))


def test_an_even_pair_stays_even_and_every_move_is_told(theme: Theme, qtbot: QtBot) -> None:
    slider, heard = shown(qtbot, RangeSlider(theme, "Angle", (-1.0, 1.0), (-0.1, 0.1)))
    QTest.mousePress(slider, LEFT, NONE, at(slider, 0.1))
    for number in (0.2, 0.4, 0.5):
        QTest.mouseMove(slider, at(slider, number))
    QTest.mouseRelease(slider, LEFT, NONE, at(slider, 0.5))
    assert slider.value() == (-0.5, 0.5)
    assert heard == [(-0.2, 0.2), (-0.4, 0.4), (-0.5, 0.5)]
    assert slider.accessibleDescription() == "-0.5 to 0.5"


def test_with_control_a_handle_goes_alone(theme: Theme, qtbot: QtBot) -> None:
    slider, _ = shown(qtbot, RangeSlider(theme, "Angle", (-1.0, 1.0), (-0.3, 0.3)))
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_End, CONTROL)
    assert slider.value() == (-0.3, 1.0)
    QTest.keyClick(slider, Qt.Key.Key_Space)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == (-0.29, 1.0)
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert slider.value() == (1.0, 1.0), "a handle stops at the other one"


@pytest.mark.parametrize(("key", "value"), [(Qt.Key.Key_End, (0.2, 1.0)), (Qt.Key.Key_Home, (0.2, 0.2))])
def test_it_stops_at_the_limits(theme: Theme, qtbot: QtBot, key: Qt.Key, value: object) -> None:
    slider, _ = shown(qtbot, RangeSlider(theme, "Share", (0.0, 1.0), (0.2, 0.6)))
    QTest.keyClick(slider, key)
    assert slider.value() == value


def test_outward_numbers_count_from_the_middle(theme: Theme, qtbot: QtBot) -> None:
    slider, _ = shown(qtbot, RangeSlider(theme, "Contrast", (0.0, 1.0), (0.2, 0.2), outward=True))
    drag(slider, 0.2, 0.6)
    assert slider.value() == (0.6, 0.6)
    QTest.keyClick(slider, Qt.Key.Key_Home, CONTROL)
    assert slider.value() == (0.6, 0.0)


def test_typing_and_dragging_show_the_same_pair(theme: Theme, qtbot: QtBot) -> None:
    field = RangeField(theme, "Angle", (-0.1, 0.1), limits=(-1.0, 1.0), help_text="of a full turn")
    qtbot.addWidget(field)
    with qtbot.waitExposed(field):
        field.show()
    heard: list[object] = []
    field.committed.connect(heard.append)
    line = field.findChild(QLineEdit)
    assert line is not None
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "-0.2 0.4")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert field.slider.value() == (-0.2, 0.4)
    QTest.keyClick(field.slider, Qt.Key.Key_Right)
    assert field.value() == (-0.2, 0.41)
    assert line.text() == "-0.2  0.41"
    assert heard == [(-0.2, 0.4), (-0.2, 0.41)]
    field.set_value((-0.5, 0.5))
    assert field.slider.value() == (-0.5, 0.5)
    assert len(heard) == 2
