"""Fields commit what is finished, say what is wrong, and can be worked with the keyboard and screen readers."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.widgets import (
    Bounds,
    ChoiceField,
    Field,
    FieldRow,
    NumberCodec,
    NumberField,
    SwitchField,
    TextField,
    ToggleSwitch,
    TupleField,
)

CODEC = NumberCodec(integer=True, bounds=Bounds(1, 4096))

MAKERS: dict[str, tuple[Callable[[Theme], Field], object]] = {
    "number": (lambda theme: NumberField(theme, "Filters", 64, codec=CODEC), 8),
    "tuple": (lambda theme: TupleField(theme, "Kernel size", (3, 3)), (5, 5)),
    "choice": (lambda theme: ChoiceField(theme, "Padding", [("same", "Same"), ("valid", "Valid")]), "valid"),
    "switch": (lambda theme: SwitchField(theme, "Bias", True), False),
    "text": (lambda theme: TextField(theme, "Name", "conv"), "dense"),
}


@pytest.fixture
def number(theme: Theme, qtbot: QtBot) -> NumberField:
    field = NumberField(theme, "Filters", 64, codec=CODEC, help_text="how many patterns it learns")
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    qtbot.waitUntil(field.isActiveWindow)
    return field


def _edit(field: QWidget) -> QLineEdit:
    control = field.focusProxy()
    edit = control if isinstance(control, QLineEdit) else field.findChild(QLineEdit)
    assert isinstance(edit, QLineEdit)
    return edit


def _type(qtbot: QtBot, field: QWidget, text: str) -> QLineEdit:
    edit = _edit(field)
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    return edit


def _shown_texts(field: QWidget) -> list[str]:
    return [label.text() for label in field.findChildren(QLabel) if label.isVisible()]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_value_that_is_set_is_shown_and_not_committed(kind: str, theme: Theme, qtbot: QtBot) -> None:
    make, other = MAKERS[kind]
    field = make(theme)
    assert isinstance(field, FieldRow)
    qtbot.addWidget(field)
    with qtbot.assertNotEmitted(field.committed):
        field.set_value(other)
    assert field.value() == other


@pytest.mark.parametrize("kind", MAKERS)
def test_an_error_is_a_sentence_under_the_field_and_in_its_description(
    kind: str, theme: Theme, qtbot: QtBot
) -> None:
    field = MAKERS[kind][0](theme)
    assert isinstance(field, FieldRow)
    qtbot.addWidget(field)
    field.show()
    field.set_error("Filters must divide by the groups.")
    control = field.focusProxy()
    assert control is not None
    assert "Filters must divide by the groups." in _shown_texts(field)
    assert "Filters must divide by the groups." in control.accessibleDescription()
    field.set_error(None)
    assert "Filters must divide by the groups." not in _shown_texts(field)
    assert control.accessibleName()


def test_typing_commits_on_enter_and_not_before(number: NumberField, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(number.committed):
        edit = _type(qtbot, number, "128")
    with qtbot.waitSignal(number.committed) as committed:
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert committed.args == [128]
    assert number.value() == 128


def test_typing_commits_when_the_focus_leaves(number: NumberField, theme: Theme, qtbot: QtBot) -> None:
    _type(qtbot, number, "32")
    other = QLineEdit(number)
    other.show()
    with qtbot.waitSignal(number.committed) as committed:
        other.setFocus()
    assert committed.args == [32]


def test_the_same_value_is_not_committed_again(number: NumberField, qtbot: QtBot) -> None:
    edit = _type(qtbot, number, "64.0")
    with qtbot.assertNotEmitted(number.committed):
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "64"


def test_arrow_keys_step_and_commit(number: NumberField, qtbot: QtBot) -> None:
    edit = _edit(number)
    edit.setFocus()
    with qtbot.waitSignal(number.committed) as committed:
        QTest.keyClick(edit, Qt.Key.Key_Up)
    assert committed.args == [65]


def test_the_arrow_buttons_step(number: NumberField, qtbot: QtBot) -> None:
    spin = number.findChild(QAbstractSpinBox)
    assert isinstance(spin, QAbstractSpinBox)
    with qtbot.waitSignal(number.committed) as committed:
        QTest.mouseClick(spin, Qt.MouseButton.LeftButton, pos=QPoint(spin.width() - 6, spin.height() - 8))
    assert committed.args == [63]


def test_a_refused_text_stays_with_a_sentence_until_escape(number: NumberField, qtbot: QtBot) -> None:
    edit = _type(qtbot, number, "5000")
    with qtbot.assertNotEmitted(number.committed):
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "5000"
    assert number.error() == "Give a whole number from 1 to 4096; 5000 is too large."
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "64"
    assert number.error() == ""


def test_the_fields_own_error_comes_before_one_from_outside(number: NumberField, qtbot: QtBot) -> None:
    number.set_error("Too many for the device.")
    QTest.keyClick(_type(qtbot, number, "x"), Qt.Key.Key_Return)
    assert "not one" in number.error()
    QTest.keyClick(_type(qtbot, number, "7"), Qt.Key.Key_Return)
    assert number.error() == "Too many for the device."


def test_scientific_notation_is_understood(theme: Theme, qtbot: QtBot) -> None:
    field = NumberField(theme, "Learning rate", 0.01)
    qtbot.addWidget(field)
    field.show()
    edit = _type(qtbot, field, "1e-3")
    with qtbot.waitSignal(field.committed) as committed:
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert committed.args == [0.001]
    assert edit.text() == "0.001"


def _wheel(widget: QWidget) -> bool:
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(widget.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize("kind", ["number", "choice"])
def test_scrolling_past_a_field_changes_nothing(kind: str, theme: Theme, qtbot: QtBot) -> None:
    field = MAKERS[kind][0](theme)
    assert isinstance(field, FieldRow)
    qtbot.addWidget(field)
    control = field.focusProxy()
    assert control is not None
    before = field.value()
    assert not _wheel(control)
    assert field.value() == before


def test_a_choice_commits_what_is_picked_with_the_keyboard(theme: Theme, qtbot: QtBot) -> None:
    field = ChoiceField(theme, "Padding", [("same", "Same"), ("valid", "Valid")], "same")
    qtbot.addWidget(field)
    field.show()
    box = field.findChild(QComboBox)
    assert isinstance(box, QComboBox)
    with qtbot.waitSignal(field.committed) as committed:
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert committed.args == ["valid"]


def test_a_value_that_is_no_choice_is_refused(theme: Theme, qtbot: QtBot) -> None:
    field = ChoiceField(theme, "Padding", [("same", "Same")])
    qtbot.addWidget(field)
    with pytest.raises(ValueError, match="circular"):
        field.set_value("circular")


def test_a_switch_commits_on_space_and_click(theme: Theme, qtbot: QtBot) -> None:
    field = SwitchField(theme, "Bias", True)
    qtbot.addWidget(field)
    field.show()
    switch = field.findChild(ToggleSwitch)
    assert isinstance(switch, ToggleSwitch)
    with qtbot.waitSignal(field.committed) as committed:
        QTest.keyClick(switch, Qt.Key.Key_Space)
    assert committed.args == [False]
    with qtbot.waitSignal(field.committed) as committed:
        QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert committed.args == [True]


def test_a_text_commits_once(theme: Theme, qtbot: QtBot) -> None:
    field = TextField(theme, "Name", "conv")
    qtbot.addWidget(field)
    field.show()
    edit = _type(qtbot, field, "first")
    with qtbot.waitSignal(field.committed) as committed:
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert committed.args == ["first"]
    with qtbot.assertNotEmitted(field.committed):
        QTest.keyClick(edit, Qt.Key.Key_Return)


def test_controls_have_their_kind_for_screen_readers(theme: Theme, qtbot: QtBot) -> None:
    roles = {
        "number": QAccessible.Role.SpinBox,
        "choice": QAccessible.Role.ComboBox,
        "switch": QAccessible.Role.CheckBox,
    }
    for kind, role in roles.items():
        field = MAKERS[kind][0](theme)
        assert isinstance(field, FieldRow)
        qtbot.addWidget(field)
        control = field.focusProxy()
        assert control is not None
        interface = QAccessible.queryAccessibleInterface(control)
        assert interface.role() is role
