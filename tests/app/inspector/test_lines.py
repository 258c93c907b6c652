"""Settings of several lines: a formula is written in a field of its own, which shows where it is wrong."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.inspector.form import ModelForm
from app.inspector.words import PassageField
from app.theme import Theme
from engine.layers.op import Op


@pytest.fixture
def form(qtbot: QtBot, theme: Theme) -> ModelForm:
    """Of an Op."""
    form = ModelForm(theme, Op())
    qtbot.addWidget(form)
    return form


def passage(form: ModelForm) -> PassageField:
    field = form.field("formula")
    assert isinstance(field, PassageField)
    return field


def write(field: PassageField, text: str) -> None:
    field.lines.setPlainText(text)
    field.lines.finished.emit()


def test_a_formula_may_have_several_lines(form: ModelForm) -> None:
    write(passage(form), "a = matmul(x, x1)\ny = relu(a)\n")
    assert form.value() == Op(formula="a = matmul(x, x1)\ny = relu(a)\n")
    assert Op(formula="a = matmul(x, x1)\ny = relu(a)\n").subtitle() == "a = matmul(x, x1); y = relu(a)"


@pytest.mark.parametrize(
    ("text", "place", "underlined"),
    [
        ("a = x + 1\ny = nothing(a)", "Line 2, letter 5:", "nothing(a)"),
        ("a = x + 1\ny = relu(b)", "Line 2, letter 10:", "b)"),
        ("y = relu(x", "Line 1, letter 9:", "(x"),
        ("y = x\nrelu(x)", "Line 2, letter 1:", "relu(x)"),
    ],
)
def test_what_is_wrong_is_shown_where_it_is(form: ModelForm, text: str, place: str, underlined: str) -> None:
    field = passage(form)
    write(field, text)
    assert form.value() == Op()
    assert field._error.text().startswith(place)
    (mark,) = field.lines.extraSelections()
    assert mark.cursor.selectedText() == underlined
    write(field, "y = relu(x) * 2")
    assert field.lines.extraSelections() == []
    assert field._error.text() == ""
