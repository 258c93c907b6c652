"""Forms for what is chosen from a family, for lists of models and words, and for settings of several kinds."""

from typing import Annotated, Any, ClassVar

import pytest
from pydantic import BaseModel, Field
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.canvas import LiveInference
from app.help.topic import Topic
from app.inspector import Inspector, ModelForm
from app.inspector.either import EitherField
from app.inspector.nested import NestedField
from app.inspector.several import SeveralField
from app.inspector.words import WordsField
from app.theme import Theme
from app.undo import EditStack
from app.widgets import CollapsibleSection
from engine.families import Family, Member
from engine.graph.document import ModelGraph
from engine.graph.edits import AddNode
from engine.layers.initializers import AnyInitializer, HeNormal, RandomUniform
from engine.layers.registry import layers
from engine.layers.regularizers import L1, L2, AnyRegularizer
from engine.settings import Settings, setting


class Shape(Member):
    """Base of the family of this test."""


class Disc(Shape):
    """Round."""

    summary: ClassVar[str] = "Round"
    radius: float = setting(1.0, "Radius", "half its width", ge=0.0, le=9.0)


class Box(Shape):
    """Square."""

    summary: ClassVar[str] = "Square"


Length = Annotated[int, Field(ge=1)]
AnyShape = Annotated[Shape, Family(Shape, __name__, "shape")]


class Sheet(Settings):
    """One setting of each kind."""

    start: AnyInitializer = setting("glorot_uniform", "Start", "how it starts")
    penalty: AnyRegularizer | None = setting(None, "Penalty", "what is added")
    shapes: tuple[AnyShape, ...] = setting((), "Shapes", "what is drawn")
    marks: tuple[AnyShape, ...] | None = setting(None, "Marks", "empty: the usual ones")
    words: tuple[str, ...] = setting(("a", "b"), "Words", "the vocabulary")
    rate: Annotated[float, Field(ge=0.0, le=1.0)] | AnyShape = setting(0.5, "Rate", "a number or a shape")
    size: int | tuple[int, int] | None = setting(None, "Size", "one for both")
    scales: tuple[float, float] = setting((0.5, 2.0), "Scales", "down and up")
    edges: tuple[tuple[int, int], tuple[int, int]] = setting(((1, 1), (0, 2)), "Edges", "at both ends")
    note: str | None = setting(None, "Note", "empty: none")
    strides: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None = setting(
        None, "Strides", "empty: the usual"
    )
    sure: bool | None = setting(None, "Sure", "or not known")
    rare: float = setting(0.0, "Rare", "hardly ever changed", advanced=True, ge=0.0, le=1.0)


@pytest.fixture
def form(qtbot: QtBot, theme: Theme) -> ModelForm:
    form = ModelForm(theme, Sheet())
    qtbot.addWidget(form)
    form.resize(276, 1400)
    with qtbot.waitExposed(form):
        form.show()
    return form


def sheet(form: ModelForm) -> Any:
    return form.value()


def field(form: ModelForm, name: str) -> Any:
    return form.field(name)


def choose(box: QComboBox, text: str) -> None:
    """As a click on an entry of the open list does it."""
    index = box.findText(text)
    assert index >= 0
    box.setCurrentIndex(index)
    box.activated.emit(index)


def box_of(widget: QWidget) -> QComboBox:
    box = widget.findChild(QComboBox)
    assert box is not None
    return box


def type_into(widget: QWidget, text: str) -> None:
    line = widget.findChild(QLineEdit)
    assert line is not None
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def test_a_member_is_chosen_by_its_title_and_its_settings_stand_below(form: ModelForm) -> None:
    start = field(form, "start")
    assert isinstance(start, NestedField)
    assert box_of(start).currentText() == "GlorotUniform"
    assert start.form is not None
    assert not start.form.isVisible(), "there is nothing to set"
    choose(box_of(start), "RandomUniform")
    assert sheet(form).start == RandomUniform()
    assert form.path() == ("start",)
    type_into(field(start.form, "minval"), "-0.5")
    assert sheet(form).start == RandomUniform(minval=-0.5)
    assert form.path() == ("start", "minval")


def test_an_optional_member_begins_as_none(form: ModelForm) -> None:
    penalty = box_of(field(form, "penalty"))
    assert penalty.currentText() == "none"
    choose(penalty, "L2")
    assert sheet(form).penalty == L2()
    choose(penalty, "none")
    assert sheet(form).penalty is None


def test_every_member_is_offered_with_a_line_about_it(form: ModelForm) -> None:
    box = box_of(field(form, "penalty"))
    titles = [box.itemText(i) for i in range(box.count())]
    assert titles[0] == "none"
    assert titles[1:] == sorted(titles[1:])
    assert all(box.itemData(i, Qt.ItemDataRole.ToolTipRole) for i in range(1, box.count()))


def test_models_of_a_list_come_change_and_go(form: ModelForm) -> None:
    shapes = field(form, "shapes")
    assert isinstance(shapes, SeveralField)
    choose(box_of(shapes), "Disc")
    choose(box_of(shapes), "Box")
    choose(box_of(shapes), "Disc")
    assert sheet(form).shapes == (Disc(), Box(), Disc())
    type_into(shapes.findChildren(ModelForm)[-1], "3")
    assert sheet(form).shapes == (Disc(), Box(), Disc(radius=3.0))
    shapes.remove_buttons()[0].click()
    assert sheet(form).shapes == (Box(), Disc(radius=3.0))
    form.set_value(Sheet(shapes=(Box(),)))
    assert shapes.value() == (Box(),)


def test_an_optional_list_is_none_or_ones_own(form: ModelForm) -> None:
    marks = field(form, "marks")
    assert isinstance(marks, EitherField)
    assert marks.choice.value() is None
    choose(box_of(marks), "a list")
    assert sheet(form).marks == ()
    assert isinstance(marks.editor, SeveralField)
    choose(box_of(marks.editor), "Box")
    assert sheet(form).marks == (Box(),)


def test_words_are_one_a_line(qtbot: QtBot, form: ModelForm) -> None:
    words = field(form, "words")
    assert isinstance(words, WordsField)
    assert words.lines.toPlainText() == "a\nb"
    words.lines.setPlainText("one\n\n  two words \n")
    with qtbot.assertNotEmitted(form.committed):
        QTest.keyClick(words.lines, Qt.Key.Key_A)
        QTest.keyClick(words.lines, Qt.Key.Key_Backspace)
    QTest.keyClick(words.lines, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert sheet(form).words == ("one", "two words")


def test_a_number_or_a_member(form: ModelForm) -> None:
    rate = field(form, "rate")
    assert box_of(rate).currentText() == "a number"
    type_into(rate.editor, "0.25")
    assert sheet(form).rate == 0.25
    choose(box_of(rate), "Disc")
    assert sheet(form).rate == Disc()
    type_into(rate.editor, "2")
    assert sheet(form).rate == Disc(radius=2.0)
    assert form.path() == ("rate", "value", "radius")
    choose(box_of(rate), "a number")
    assert sheet(form).rate == 1.0


def test_one_number_two_or_none(form: ModelForm) -> None:
    size = field(form, "size")
    choose(box_of(size), "a whole number")
    assert sheet(form).size == 1
    choose(box_of(size), "numbers")
    assert sheet(form).size == (1, 1)
    choose(box_of(size), "none")
    assert sheet(form).size is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("scales", "0.1 0.9", (0.1, 0.9)),
        ("edges", "1 2, 3 4", ((1, 2), (3, 4))),
        ("edges", "2", ((2, 2), (2, 2))),
        ("strides", "2 3", (2, 3)),
        ("note", "later", "later"),
    ],
)
def test_what_is_typed(form: ModelForm, name: str, text: str, value: object) -> None:
    type_into(field(form, name), text)
    assert getattr(form.value(), name) == value


def test_nothing_typed_is_none_where_that_is_allowed(form: ModelForm) -> None:
    for name in ("strides", "note"):
        type_into(field(form, name), "2 3")
        type_into(field(form, name), " ")
        field(form, name).findChild(QLineEdit).setText("")
        QTest.keyClick(field(form, name).findChild(QLineEdit), Qt.Key.Key_Return)
        assert getattr(form.value(), name) is None
    choose(box_of(field(form, "sure")), "no")
    assert sheet(form).sure is False


def test_groups_that_are_not_as_many_are_refused(qtbot: QtBot, form: ModelForm) -> None:
    with qtbot.assertNotEmitted(form.committed):
        type_into(field(form, "edges"), "1 2, 3 4, 5 6")
    assert "2 groups" in field(form, "edges").error()


def test_rare_settings_are_folded_unless_changed(qtbot: QtBot, theme: Theme, form: ModelForm) -> None:
    (section,) = form.findChildren(CollapsibleSection)
    assert not section.heading.isChecked(), "a member given by its name is what it is on a new model"
    other = ModelForm(theme, Sheet(rare=0.5))
    qtbot.addWidget(other)
    (section,) = other.findChildren(CollapsibleSection)
    assert section.heading.isChecked()


def test_help_is_about_the_member_that_is_chosen(form: ModelForm) -> None:
    topic = field(form, "start").help_topic()
    assert topic.declaration is type(sheet(form).start)
    assert form.help_topic(field(form, "scales").findChild(QLineEdit)) == Topic(Sheet, "scales")


def test_choosing_and_adjusting_a_member_are_two_steps_of_undo(qtbot: QtBot, theme: Theme) -> None:
    stack = EditStack(ModelGraph())
    inference = LiveInference(stack.graph, {})
    inspector = Inspector(theme, stack, inference)
    qtbot.addWidget(inspector)
    with qtbot.waitExposed(inspector):
        inspector.show()
    node = stack.graph.new_node(layers()["Dense"]())
    stack.push_edit(AddNode(node))
    inspector.show_nodes([node.id])
    assert inspector.form is not None
    nested = field(inspector.form, "kernel_regularizer")
    choose(box_of(nested), "L1")
    type_into(nested.form.field("l1"), "0.5")
    layer: Any = stack.graph.nodes[node.id].layer
    assert layer.kernel_regularizer == L1(l1=0.5)
    stack.undo()
    layer = stack.graph.nodes[node.id].layer
    assert layer.kernel_regularizer == L1()
    assert nested.form.field("l1").value() == 0.01
    stack.undo()
    layer = stack.graph.nodes[node.id].layer
    assert layer.kernel_regularizer is None
    assert box_of(nested).currentText() == "none"
    inspector.close_document()
    inference.close()


def test_several_nodes_take_over_a_chosen_member(qtbot: QtBot, theme: Theme) -> None:
    form = ModelForm(theme, Sheet(start=HeNormal()), differing=["start", "scales"])
    qtbot.addWidget(form)
    form.show()
    choose(box_of(field(form, "start")), "Zeros")
    assert set(form.changes()) == {"start"}


def test_a_model_that_is_no_settings_still_has_a_form(qtbot: QtBot, theme: Theme) -> None:
    class Plain(BaseModel):
        names: list[str] = ["x"]

    form = ModelForm(theme, Plain())
    qtbot.addWidget(form)
    assert isinstance(field(form, "names"), WordsField)
