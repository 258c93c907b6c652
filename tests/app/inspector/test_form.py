"""The form: every kind of setting, bounds, errors, nested models, several objects at once."""

from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.inspector.form import ModelForm
from app.theme import Theme
from engine.layers.registry import layers

W = TypeVar("W", bound=QWidget)


class Padding(StrEnum):
    SAME = "same"
    VALID = "valid"


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Momentum(Model):
    name: Literal["momentum"] = "momentum"
    rate: float = Field(0.1, ge=0, title="Rate")


class Adaptive(Model):
    name: Literal["adaptive"] = "adaptive"
    beta: float = Field(0.9, ge=0, lt=1, title="Beta")


class Stopping(Model):
    patience: int = Field(5, ge=1, title="Patience")


class Everything(Model):
    filters: int = Field(32, ge=1, le=4096, title="Filters", description="how many patterns it learns")
    rate: float = Field(0.5, ge=0, lt=1, title="Rate")
    size: tuple[int, int] = Field((3, 3), title="Size")
    axes: tuple[Annotated[int, Field(ge=1)], ...] = (1,)
    padding: Padding = Padding.SAME
    activation: Literal["linear", "relu"] = "linear"
    bias: bool = True
    label: str = "x"
    seed: int | None = None
    table: dict[str, float] = Field(default_factory=dict)
    optimizer: Annotated[Momentum | Adaptive, Field(discriminator="name")] = Momentum()
    stopping: Stopping | None = None

    @model_validator(mode="after")
    def _check(self) -> "Everything":
        if self.padding is Padding.VALID and self.filters > 100:
            raise ValueError("Valid padding goes with at most 100 filters; take fewer filters.")
        return self


@pytest.fixture
def form(qtbot: QtBot, theme: Theme) -> ModelForm:
    form = ModelForm(theme, Everything())
    qtbot.addWidget(form)
    form.resize(276, 900)
    with qtbot.waitExposed(form):
        form.show()
    return form


def control(form: ModelForm, name: str, kind: type[W]) -> W:
    field: Any = form.field(name)
    found = field.findChild(kind)
    assert isinstance(found, kind)
    return found


def type_into(qtbot: QtBot, form: ModelForm, name: str, text: str) -> None:
    line = control(form, name, QAbstractSpinBox).findChild(QLineEdit)
    assert line is not None
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def choose(qtbot: QtBot, form: ModelForm, name: str, steps: int) -> None:
    box = control(form, name, QComboBox)
    box.setFocus()
    for _ in range(abs(steps)):
        QTest.keyClick(box, Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)


def test_typing_a_number_commits_a_new_model(qtbot: QtBot, form: ModelForm) -> None:
    with qtbot.waitSignal(form.committed) as signal:
        type_into(qtbot, form, "filters", "64")
    assert signal.args == [Everything(filters=64)]
    assert form.changes() == {"filters": 64}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("rate", "1e-3", 1e-3), ("size", "5", (5, 5)), ("axes", "1 2 3", (1, 2, 3)), ("seed", "7", 7)],
)
def test_kinds_of_numbers(qtbot: QtBot, form: ModelForm, name: str, text: str, value: object) -> None:
    with qtbot.waitSignal(form.committed):
        type_into(qtbot, form, name, text)
    assert getattr(form.value(), name) == value


def test_json_for_other_values(qtbot: QtBot, form: ModelForm) -> None:
    with qtbot.waitSignal(form.committed):
        type_into(qtbot, form, "table", '{"a": 0.5}')
    assert form.value() == Everything(table={"a": 0.5})


def test_a_value_out_of_bounds_is_refused_under_its_field(qtbot: QtBot, form: ModelForm) -> None:
    with qtbot.assertNotEmitted(form.committed):
        type_into(qtbot, form, "filters", "0")
    field: Any = form.field("filters")
    assert "from 1 to 4096" in field.error()
    assert form.value() == Everything()


def test_switch_and_choices(qtbot: QtBot, form: ModelForm) -> None:
    QTest.mouseClick(control(form, "bias", QCheckBox), Qt.MouseButton.LeftButton)
    choose(qtbot, form, "padding", 1)
    choose(qtbot, form, "activation", 1)
    assert form.value() == Everything(bias=False, padding=Padding.VALID, activation="relu")


def test_a_rule_across_fields_keeps_the_input_until_it_is_met(qtbot: QtBot, form: ModelForm) -> None:
    type_into(qtbot, form, "filters", "200")
    with qtbot.assertNotEmitted(form.committed):
        choose(qtbot, form, "padding", 1)
    assert [label for label in form.findChildren(QWidget) if "at most 100" in _text(label)]
    with qtbot.waitSignal(form.committed):
        type_into(qtbot, form, "filters", "64")
    assert form.value() == Everything(filters=64, padding=Padding.VALID)
    assert not any("at most 100" in _text(label) for label in form.findChildren(QWidget))


def test_another_model_is_chosen_and_edited(qtbot: QtBot, form: ModelForm) -> None:
    choose(qtbot, form, "optimizer", 1)
    assert form.value() == Everything(optimizer=Adaptive())
    nested: Any = form.field("optimizer")
    assert nested.form.field_names() == ("beta",)
    type_into(qtbot, nested.form, "beta", "0.5")
    assert form.value() == Everything(optimizer=Adaptive(beta=0.5))


def test_an_optional_model_comes_and_goes(qtbot: QtBot, form: ModelForm) -> None:
    choose(qtbot, form, "stopping", 1)
    assert form.value() == Everything(stopping=Stopping())
    choose(qtbot, form, "stopping", -1)
    assert form.value() == Everything()


def test_setting_a_value_emits_nothing_and_shows_everywhere(qtbot: QtBot, form: ModelForm) -> None:
    with qtbot.assertNotEmitted(form.committed):
        form.set_value(Everything(filters=7, bias=False, optimizer=Adaptive(beta=0.2)))
    assert control(form, "filters", QAbstractSpinBox).text() == "7"
    assert not control(form, "bias", QCheckBox).isChecked()
    nested: Any = form.field("optimizer")
    assert nested.form.value() == Adaptive(beta=0.2)


def test_fields_that_differ_start_empty_and_commit_any_value(qtbot: QtBot, theme: Theme) -> None:
    form = ModelForm(theme, Everything(), differing=["filters", "activation"])
    qtbot.addWidget(form)
    form.show()
    assert control(form, "filters", QAbstractSpinBox).text() == ""
    with qtbot.waitSignal(form.committed):
        type_into(qtbot, form, "filters", "32")
    assert form.changes() == {"filters": 32}
    with qtbot.waitSignal(form.committed):
        choose(qtbot, form, "activation", 1)
    assert form.changes() == {"activation": "linear"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("size", "3 x 5", (3, 5)), ("size", "2", (2, 2)), ("rate", "1e-3", 1e-3), ("axes", "1 2", (1, 2))],
)
def test_what_differs_is_written_as_what_does_not(
    qtbot: QtBot, theme: Theme, name: str, text: str, value: object
) -> None:
    form = ModelForm(theme, Everything(), differing=[name])
    qtbot.addWidget(form)
    form.show()
    assert control(form, name, QAbstractSpinBox).text() == ""
    with qtbot.waitSignal(form.committed):
        type_into(qtbot, form, name, text)
    assert form.changes() == {name: value}
    one = ModelForm(theme, Everything.model_validate({name: value}))
    qtbot.addWidget(one)
    assert control(form, name, QAbstractSpinBox).text() == control(one, name, QAbstractSpinBox).text()


def test_a_text_that_differs_needs_no_marks(qtbot: QtBot, theme: Theme) -> None:
    form = ModelForm(theme, Everything(), differing=["label"])
    qtbot.addWidget(form)
    line = control(form, "label", QLineEdit)
    QTest.keyClicks(line, "y")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert form.changes() == {"label": "y"}


def test_arrows_begin_at_the_first_of_what_differs(qtbot: QtBot, theme: Theme) -> None:
    form = ModelForm(theme, Everything(filters=8, size=(3, 5)), differing=["filters", "size"])
    qtbot.addWidget(form)
    control(form, "filters", QAbstractSpinBox).stepBy(1)
    control(form, "size", QAbstractSpinBox).stepBy(-1)
    assert form.value() == Everything(filters=9, size=(2, 4))


def test_what_was_made_equal_is_no_longer_said_to_differ(qtbot: QtBot, theme: Theme) -> None:
    form = ModelForm(theme, Everything(), differing=["filters", "size"])
    qtbot.addWidget(form)
    spin = control(form, "filters", QAbstractSpinBox)
    assert spin.accessibleDescription().endswith("differs")
    spin.stepBy(1)
    assert spin.accessibleDescription() == "how many patterns it learns"
    assert control(form, "size", QAbstractSpinBox).accessibleDescription() == "differs"


def test_options_from_outside_become_a_list(qtbot: QtBot, theme: Theme) -> None:
    offers = {"label": [("x", "x"), ("pixels", "pixels")]}
    form = ModelForm(theme, Everything(), options=lambda model, name: offers.get(name))
    qtbot.addWidget(form)
    form.show()
    choose(qtbot, form, "label", 1)
    assert form.value() == Everything(label="pixels")


def test_every_control_has_an_accessible_name(form: ModelForm) -> None:
    kinds = (QAbstractSpinBox, QComboBox, QCheckBox)
    controls = [widget for kind in kinds for widget in form.findChildren(kind)]
    assert len(controls) >= 10
    assert all(widget.accessibleName() for widget in controls)


def _text(widget: object) -> str:
    text = getattr(widget, "text", None)
    return str(text()) if callable(text) else ""


def test_what_is_changed_by_other_means_has_no_field(theme: Theme, qtbot: QtBot) -> None:
    group = layers()["Group"]
    form = ModelForm(theme, group())
    qtbot.addWidget(form)
    assert "label" in form.field_names()
    assert "content" in group.model_fields
    assert "content" not in form.field_names()
