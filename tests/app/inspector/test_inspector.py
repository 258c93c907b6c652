"""The inspector on a real document: settings through undo, several nodes, numbers, problems, help."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.canvas import LiveInference
from app.help.topic import Topic
from app.inspector import Inspector, SectionForm
from app.inspector.kinds import kind_of
from app.theme import Theme
from app.undo import EditStack
from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer
from engine.graph.edits import AddNode, Connect
from engine.graph.features import FeatureSpec
from engine.layers.registry import layers
from engine.settings import Settings, setting
from engine.tensor.spec import DType

FEATURES = {"x": FeatureSpec((28, 28, 1)), "y": FeatureSpec((), DType.INT32, classes=10)}


@dataclass
class Desk:
    """An inspector and the document it shows."""

    inspector: Inspector
    stack: EditStack
    inference: LiveInference
    qtbot: QtBot

    def node(self, name: str, **settings: object) -> Node:
        node = self.stack.graph.new_node(layers()[name](**settings))
        self.stack.push_edit(AddNode(node))
        return node

    def link(self, source: Node, target: Node) -> None:
        self.stack.push_edit(Connect(Edge.between(source, target)))

    def settle(self) -> None:
        with self.qtbot.waitSignal(self.inference.inferred):
            self.inference.set_features(FEATURES)

    def type_into(self, name: str, text: str) -> None:
        form = self.inspector.form
        assert form is not None
        field = form.field(name)
        assert isinstance(field, QWidget)
        spin = field.findChild(QAbstractSpinBox)
        assert spin is not None
        line = spin.findChild(QLineEdit)
        assert line is not None
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)

    def setting(self, node: Node, name: str) -> object:
        return getattr(self.stack.graph.nodes[node.id].layer, name)


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme) -> Iterator[Desk]:
    stack = EditStack(ModelGraph())
    inference = LiveInference(stack.graph, FEATURES)
    inspector = Inspector(theme, stack, inference)
    qtbot.addWidget(inspector)
    inspector.resize(316, 800)
    with qtbot.waitExposed(inspector):
        inspector.show()
    yield Desk(inspector, stack, inference, qtbot)
    inspector.close_document()
    inference.close()


def test_a_setting_is_changed_undone_and_shown_again(desk: Desk) -> None:
    node = desk.node("Dense", units=8)
    desk.inspector.show_nodes([node.id])
    desk.type_into("units", "32")
    assert desk.setting(node, "units") == 32
    desk.type_into("units", "64")
    assert desk.stack.count() == 2  # adding, and one step for the same setting twice
    desk.stack.undo()
    assert desk.setting(node, "units") == 8
    assert desk.inspector.form is not None
    assert desk.inspector.form.field("units").value() == 8


def test_a_refused_value_says_why_and_changes_nothing(desk: Desk) -> None:
    node = desk.node("Dense", units=8)
    desk.inspector.show_nodes([node.id])
    desk.type_into("units", "0")
    assert desk.setting(node, "units") == 8
    assert desk.stack.count() == 1


def test_nodes_of_one_kind_are_changed_together(desk: Desk) -> None:
    one, two = desk.node("Dense", units=8, activation="relu"), desk.node("Dense", units=16)
    desk.inspector.show_nodes([one.id, two.id])
    assert desk.inspector.title.text() == "2 \u00d7 Dense"
    desk.type_into("units", "8")
    assert [desk.setting(n, "units") for n in (one, two)] == [8, 8]
    assert [desk.setting(n, "activation") for n in (one, two)] == ["relu", "linear"]
    desk.stack.undo()
    assert [desk.setting(n, "units") for n in (one, two)] == [8, 16]


def test_the_keyboard_stays_at_its_setting_when_a_change_of_several_is_undone(desk: Desk) -> None:
    nodes = [desk.node("Dense", units=8), desk.node("Dense", units=16)]
    desk.inspector.show_nodes([node.id for node in nodes])
    desk.type_into("units", "32")
    before = desk.inspector.form
    desk.stack.undo()
    assert desk.inspector.form not in (None, before)
    assert desk.inspector.form.focused() == "units"


def test_layers_of_several_kinds_are_changed_in_what_they_have_in_common(desk: Desk) -> None:
    nodes = [desk.node("Dense", units=8), desk.node("Conv2D", filters=4), desk.node("SeparableConv2D")]
    desk.inspector.show_nodes([node.id for node in nodes])
    form = desk.inspector.form
    assert form is not None
    assert {"activation", "use_bias"} <= set(form.field_names())
    assert {"units", "filters", "kernel_size"}.isdisjoint(form.field_names())
    assert "all of them" in desk.inspector.sentence.text()
    field = form.field("use_bias")
    assert isinstance(field, QWidget)
    (switch,) = field.findChildren(QCheckBox)
    before = desk.stack.index()
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert [desk.setting(node, "use_bias") for node in nodes] == [False] * 3
    assert desk.stack.index() == before + 1
    desk.stack.undo()
    assert [desk.setting(node, "use_bias") for node in nodes] == [True] * 3
    assert [desk.setting(node, "units") for node in nodes[:1]] == [8]


def test_what_one_of_several_layers_refuses_is_said_and_changes_none(desk: Desk) -> None:
    nodes = [desk.node("Conv2DTranspose"), desk.node("Conv2DTranspose", strides=2)]
    desk.inspector.show_nodes([node.id for node in nodes])
    form = desk.inspector.form
    assert form is not None
    desk.qtbot.waitUntil(form.isVisible)
    before = desk.stack.index()
    form.field("dilation_rate").committed.emit((2, 2))
    assert desk.stack.index() == before
    assert [desk.setting(node, "dilation_rate") for node in nodes] == [(1, 1)] * 2
    shown = " ".join(label.text() for label in form.findChildren(QLabel) if label.isVisible())
    assert f"{nodes[1].name}: Strides and dilation cannot both be above 1" in shown


def test_nodes_that_have_no_setting_in_common_have_no_form(desk: Desk) -> None:
    desk.inspector.show_nodes([desk.node("Dense").id, desk.node("Flatten").id])
    assert desk.inspector.form is None
    assert desk.inspector.title.text() == "2 layers"


def test_numbers_and_the_sentence_of_what_it_does(desk: Desk) -> None:
    source, conv = desk.node("Input"), desk.node("Conv2D", filters=32)
    desk.link(source, conv)
    desk.inspector.show_nodes([conv.id])
    desk.settle()
    rows = dict(desk.inspector.facts.rows())
    assert rows["Out"] == "batch \u00d7 26 \u00d7 26 \u00d7 32"
    assert rows["Parameters"] == "320"
    assert desk.inspector.sentence.text().startswith("conv2d \u00b7 32 filters")


def test_a_remedy_is_one_press_and_one_undo(desk: Desk) -> None:
    source, flat, dense, target = (
        desk.node("Input"),
        desk.node("Flatten"),
        desk.node("Dense", units=3),
        desk.node("Target"),
    )
    for a, b in ((source, flat), (flat, dense), (dense, target)):
        desk.link(a, b)
    desk.inspector.show_nodes([target.id])
    desk.settle()
    assert desk.inspector.problems.isVisible()
    button = desk.inspector.problems.findChild(QPushButton)
    assert button is not None
    count = desk.stack.count()
    with desk.qtbot.waitSignal(desk.inference.inferred):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert desk.setting(dense, "units") == 10
    assert desk.stack.count() == count + 1
    assert not desk.inspector.problems.isVisible()


def test_help_is_the_docstring_and_the_button_asks_for_the_page(desk: Desk, qtbot: QtBot) -> None:
    desk.inspector.show_nodes([desk.node("Dense").id])
    assert not desk.inspector.help.content.isVisible()
    desk.inspector.help.heading.toggle()
    assert desk.inspector.help.content.isVisible()
    with qtbot.waitSignal(desk.inspector.help_wanted) as asked:
        desk.inspector.help_button.click()
    assert asked.args == [Topic(layers()["Dense"])]


def test_a_deleted_node_and_an_unknown_layer(desk: Desk) -> None:
    node = desk.node("Dense")
    desk.inspector.show_nodes([node.id])
    desk.stack.undo()
    assert desk.inspector.form is None
    unknown = desk.stack.graph.new_node(UnknownLayer("Capsule", {}, "This version has no layer Capsule."))
    desk.stack.push_edit(AddNode(unknown))
    desk.inspector.show_nodes([unknown.id])
    assert desk.inspector.title.text() == "Capsule"
    assert "no layer Capsule" in desk.inspector.sentence.text()


@pytest.mark.parametrize("name", sorted(layers()))
def test_every_layer_has_a_form_with_a_field_for_each_setting(desk: Desk, name: str) -> None:
    desk.inspector.show_nodes([desk.node(name).id])
    assert desk.inspector.form is not None
    fields = layers()[name].model_fields
    wanted = {key for key, info in fields.items() if len(getattr(kind_of(info), "values", "..")) > 1}
    extras = {key: info.json_schema_extra for key, info in fields.items()}
    hidden = {key for key, extra in extras.items() if isinstance(extra, dict) and extra.get("hidden")}
    wanted -= hidden  # it is changed on the canvas, or beside the form
    assert set(desk.inspector.form.field_names()) == wanted
    assert desk.inspector.help.isVisible()


class Pace(Settings):
    """A section."""

    epochs: int = setting(3, "Epochs", "how often it sees the data", ge=1, le=100)


def test_a_section_of_the_document_is_edited_through_undo(desk: Desk, theme: Theme, qtbot: QtBot) -> None:
    page = SectionForm(theme, desk.stack, "pace", Pace(), title="Pace")
    qtbot.addWidget(page)
    page.show()
    line = page.form.findChild(QLineEdit)
    assert line is not None
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "7")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert desk.stack.graph.sections["pace"] == Pace(epochs=7)
    desk.stack.undo()
    assert page.form.value() == Pace()
    page.close_document()
