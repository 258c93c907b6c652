"""Fields of a form: label and help at the left, control at the right, a sentence below when it is wrong.

A form made from a declaration needs only the `Field` protocol; which field suits which kind of value is the
form's business.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets.choice import ChoiceBox
from app.widgets.codecs import Bounds, Codec, GroupsCodec, NumberCodec, TupleCodec
from app.widgets.range_slider import RangeSlider
from app.widgets.spin import CommitSpin
from app.widgets.switch import ToggleSwitch
from app.widgets.text import TextLabel

CONTROL_WIDTH: Final = 118

_ANY_NUMBER: Final = NumberCodec()
_ANY_PAIR: Final = TupleCodec()


class Field(Protocol):
    """What a form asks of a field: `committed` carries a value that the user has finished entering."""

    @property
    def committed(self) -> SignalInstance:
        """Signal with the new value."""

    def value(self) -> object:
        """The value last committed or set."""

    def set_value(self, value: object) -> None:
        """Shows another value; emits nothing."""

    def set_error(self, text: str | None) -> None:
        """Shows a sentence under the field, or takes it away."""


class FieldRow(QWidget):
    """Label, help, control and error line of one setting; the fields differ in their control.

    An error that the field itself found (a text that is no number) and one that was set from outside (a rule
    that spans several settings) share the line; the field's own comes first. A `stacked` row has its control below
    the label, as wide as the form, for long texts.
    """

    committed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        label: str,
        control: QWidget,
        *,
        help_text: str = "",
        stacked: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._control = control
        self._stacked = stacked
        self._help_text = help_text
        self._own_error = ""
        self._outer_error = ""
        self._label = TextLabel(theme, label, wrap=True)
        self._label.setBuddy(control)
        self._help = TextLabel(theme, help_text, role=FontRole.SMALL, tone="dim", wrap=True)
        self._error = TextLabel(theme, role=FontRole.SMALL, tone="bad", wrap=True)
        if not help_text:  # setVisible(True) would open a window of its own: it has no parent yet
            self._help.hide()
        self._error.hide()
        control.setAccessibleName(label)
        self.setFocusProxy(control)
        self._lay_out()
        self._show_error()

    def error(self) -> str:
        """The sentence shown under the field, or nothing."""
        return self._own_error or self._outer_error

    def set_error(self, text: str | None) -> None:
        """Shows a sentence under the field, or takes it away."""
        self._outer_error = text or ""
        self._show_error()

    def set_help(self, text: str) -> None:
        """Says something else about the setting."""
        self._help_text = text
        self._help.setText(text)
        self._help.setVisible(bool(text))
        self._show_error()

    def fold_help(self) -> None:
        """Shows the help when the pointer rests on the row instead of below the label, where there is little room."""
        self._help.hide()
        self.setToolTip(self._help_text)

    def _lay_out(self) -> None:
        """The help has the whole width below label and control: beside a control it would be a tall, thin column."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        if self._stacked:
            for widget in (self._label, self._help):
                column.addWidget(widget)
            column.addSpacing(2)
            column.addWidget(self._control)
        else:
            row = QHBoxLayout()
            row.setSpacing(3 * SPACE)
            row.addWidget(self._label, 1)
            row.addWidget(self._control, 0, Qt.AlignmentFlag.AlignRight)
            column.addLayout(row)
            column.addWidget(self._help)
        column.addWidget(self._error)

    def _on_control_refused(self, sentence: str) -> None:
        self._own_error = sentence
        self._show_error()

    def _show_error(self) -> None:
        self._error.setText(self.error())
        self._error.setVisible(bool(self.error()))
        self._mark_faulty(bool(self.error()))
        self._control.setAccessibleDescription(
            " ".join(part for part in (self._help_text, self.error()) if part)
        )

    def _mark_faulty(self, faulty: bool) -> None:
        """Draws the control as one that holds an error; one that cannot be wrong has nothing to draw."""


class SpinRow(FieldRow):
    """A row whose control is a `CommitSpin` over any codec."""

    def __init__(
        self, theme: Theme, label: str, codec: Codec, value: object, help_text: str, parent: QWidget | None
    ) -> None:
        self._spin = CommitSpin(theme, codec, value)
        self._spin.setFixedWidth(CONTROL_WIDTH)
        super().__init__(theme, label, self._spin, help_text=help_text, parent=parent)
        self._spin.committed.connect(self.committed)
        self._spin.refused.connect(self._on_control_refused)

    def value(self) -> object:
        """The value last committed or set."""
        return self._spin.value()

    def set_value(self, value: object) -> None:
        """Shows another value; emits nothing."""
        self._spin.set_value(value)
        self._on_control_refused("")

    @override
    def _mark_faulty(self, faulty: bool) -> None:
        self._spin.set_faulty(faulty)


class NumberField(SpinRow):
    """A number; `codec` says whether whole, within which bounds, and whether it may be missing (`None`)."""

    def __init__(
        self,
        theme: Theme,
        label: str,
        value: float | None = 0,
        *,
        codec: NumberCodec = _ANY_NUMBER,
        help_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, label, codec, value, help_text, parent)


class TupleField(SpinRow):
    """Numbers such as a kernel size, with multiplication signs between them; `codec` says how many and which."""

    def __init__(
        self,
        theme: Theme,
        label: str,
        value: Sequence[object] | None = (1, 1),
        *,
        codec: TupleCodec | GroupsCodec = _ANY_PAIR,
        help_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, label, codec, None if value is None else tuple(value), help_text, parent)


class RangeField(SpinRow):
    """From where to where: two numbers between limits, typed above or dragged below; see `RangeSlider`.

    `committed` follows the mouse, so that whatever shows the setting can move with it.
    """

    def __init__(
        self,
        theme: Theme,
        label: str,
        value: tuple[float, float],
        *,
        limits: tuple[float, float],
        outward: bool = False,
        help_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        codec = TupleCodec(2, Bounds(*limits), integer=False)
        super().__init__(theme, label, codec, value, help_text, parent)
        self.slider = RangeSlider(theme, label, limits, value, outward=outward)
        self.slider.moved.connect(self._on_slider_moved)
        self._spin.committed.connect(self.slider.set_value)
        column = self.layout()
        if isinstance(column, QVBoxLayout):
            column.insertWidget(1, self.slider)  # between the control and the help

    @override
    def set_value(self, value: object) -> None:
        """Shows another pair; emits nothing."""
        super().set_value(value)
        if isinstance(value, tuple) and value != self.slider.value():
            self.slider.set_value(value)

    def _on_slider_moved(self, value: object) -> None:
        self._spin.set_value(value)
        self._on_control_refused("")
        self.committed.emit(value)


class ChoiceField(FieldRow):
    """One of a few values, each with the text that stands for it."""

    def __init__(
        self,
        theme: Theme,
        label: str,
        choices: Sequence[tuple[object, str]],
        value: object = None,
        *,
        help_text: str = "",
        stacked: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._choices = list(choices)
        self._box = ChoiceBox(theme)
        if stacked:
            self._box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        else:
            self._box.setFixedWidth(CONTROL_WIDTH)
        self._box.addItems([text for _, text in self._choices])
        super().__init__(theme, label, self._box, help_text=help_text, stacked=stacked, parent=parent)
        self._box.activated.connect(self._on_box_activated)
        self._current = -1
        self.set_value(self._choices[0][0] if value is None and self._choices else value)

    def value(self) -> object:
        """The value chosen, or `None` where there is none."""
        return self._choices[self._current][0] if self._current >= 0 else None

    def set_value(self, value: object) -> None:
        """Shows another value; raises `ValueError` for one that is not among the choices."""
        self._current = [choice for choice, _ in self._choices].index(value)
        self._box.setCurrentIndex(self._current)

    def set_tips(self, tips: Sequence[str]) -> None:
        """A line about each choice, in order, shown beside the open list."""
        for index, tip in enumerate(tips):
            self._box.setItemData(index, tip, Qt.ItemDataRole.ToolTipRole)

    @override
    def _mark_faulty(self, faulty: bool) -> None:
        self._box.set_faulty(faulty)

    def _on_box_activated(self, index: int) -> None:
        if index != self._current:
            self._current = index
            self.committed.emit(self.value())


class SwitchField(FieldRow):
    """Yes or no."""

    def __init__(
        self,
        theme: Theme,
        label: str,
        value: bool = False,
        *,
        help_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        self._switch = ToggleSwitch(theme, label)
        super().__init__(theme, label, self._switch, help_text=help_text, parent=parent)
        self.set_value(value)
        self._switch.clicked.connect(self._on_switch_clicked)

    def value(self) -> object:
        """Whether it is on."""
        return self._switch.isChecked()

    def set_value(self, value: object) -> None:
        """Shows on or off; emits nothing."""
        self._switch.setChecked(bool(value))

    def _on_switch_clicked(self, checked: bool) -> None:
        self.committed.emit(checked)


class TextField(FieldRow):
    """A short text, such as a name; where it is `optional`, nothing stands for `None`."""

    def __init__(
        self,
        theme: Theme,
        label: str,
        value: str | None = "",
        *,
        optional: bool = False,
        help_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        self._optional = optional
        self._edit = QLineEdit()
        self._edit.setFixedWidth(CONTROL_WIDTH)
        super().__init__(theme, label, self._edit, help_text=help_text, parent=parent)
        self._value: str | None = None
        self.set_value(value)
        self._edit.editingFinished.connect(self._on_edit_finished)

    def value(self) -> object:
        """The text last committed or set."""
        return self._value

    def set_value(self, value: object) -> None:
        """Shows another text; emits nothing."""
        self._value = None if value is None else str(value)
        self._edit.setText(self._value or "")
        self._edit.setCursorPosition(0)  # a long text shows its beginning

    def _on_edit_finished(self) -> None:
        text = self._edit.text() or (None if self._optional else "")
        if text != self._value:
            self._value = text
            self.committed.emit(text)
