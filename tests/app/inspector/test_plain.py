"""A form for beginners: rarely changed settings are hidden, but those that somebody needs."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.inspector.form import ModelForm
from app.theme import Theme
from engine.layers.dense import Dense
from engine.optimizers.sgd import SGD

RARE, OTHER = "kernel_initializer", "bias_initializer"


@pytest.fixture
def form(qtbot: QtBot, theme: Theme) -> ModelForm:
    form = ModelForm(theme, Dense(units=2))
    qtbot.addWidget(form)
    return form


def shown(form: ModelForm, name: str) -> bool:
    field = form.field(name)
    assert isinstance(field, QWidget)
    return field.isVisibleTo(form)


def test_usual_settings_stay(form: ModelForm) -> None:
    form.set_plain(True)
    assert shown(form, "units")
    assert not shown(form, RARE)


def test_only_the_needed_one_is_unfolded(form: ModelForm) -> None:
    form.set_plain(True, [RARE])
    assert shown(form, RARE)
    assert not shown(form, OTHER)


def test_all_come_back(form: ModelForm) -> None:
    form.set_plain(True, [RARE])
    form.set_plain(False)
    assert shown(form, RARE)
    assert shown(form, OTHER)


def test_what_another_model_has_not_is_not_needed(form: ModelForm) -> None:
    form.set_plain(True, ["unheard_of"])
    assert not shown(form, RARE)


def test_a_form_that_had_no_rare_settings_does_not_hide_those_of_the_next(qtbot: QtBot, theme: Theme) -> None:
    form = ModelForm(theme, SGD(), leave_out=[RARE])
    qtbot.addWidget(form)
    form.set_plain(False)
    form.set_value(Dense(units=2))
    assert form._more is not None
    assert form._more.isVisibleTo(form)
