"""Ctrl+Z and Ctrl+Shift+Z take back and bring back everything: canvas, layers, data and training settings."""

import pytest
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QMenu, QPushButton

from app.inspector import ModelForm
from app.main import make_window
from app.theme import Theme
from app.widgets import FieldRow
from app.widgets.choice import ChoiceBox
from app.window.bottom_dock import PROBLEMS
from engine.graph.edits import RemoveNode
from engine.graph.serialize import graph_to_json
from engine.layers.dense import Dense
from engine.training.settings import TrainingSettings
from tests.app.window.conftest import CONTROL, SHIFT, User, close


def _form_of_training(user: User) -> ModelForm:
    user.window.workspace.canvas.scene.select()
    forms = [form for form in user.window.findChildren(ModelForm) if form.isVisible()]
    (found,) = [form for form in forms if isinstance(form.value(), TrainingSettings)]
    return found


def _type_epochs(user: User, epochs: int) -> None:
    field = _form_of_training(user).field("epochs")
    assert isinstance(field, FieldRow)
    (box,) = field.findChildren(QAbstractSpinBox)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, str(epochs))
    QTest.keyClick(box, Qt.Key.Key_Return)


def _of_kind(user: User, title: str) -> list[str]:
    return [node.id for node in user.graph.nodes.values() if node.layer.title() == title]


def _edit_everything(user: User) -> None:
    """A move, a deletion, a setting, other data with an option, another number of epochs."""
    hand = user.hand
    (source,), dense = _of_kind(user, "Input"), _of_kind(user, "Dense")
    start = hand.middle(user.graph.nodes[source])
    hand.drag(start, start + QPointF(0, -120))
    user.select(dense[0])
    hand.key(Qt.Key.Key_Delete)
    user.window.workspace.canvas.add_from_palette("Dropout")
    user.select(source)
    boxes = [box for box in user.window.findChildren(ChoiceBox) if box.isVisible()]
    (box,) = (box for box in boxes if box.findText("MNIST") >= 0)
    user.choose(box, "XOR")
    _type_epochs(user, 7)
    assert user.document.data.dataset == "xor"
    assert user.document.training.epochs == 7
    assert dense[0] not in user.graph.nodes


def test_everything_is_undone_and_done_again_by_keys(user: User) -> None:
    start = graph_to_json(user.graph)
    _edit_everything(user)
    end, count = graph_to_json(user.graph), user.document.stack.count()
    assert count == 5
    for _ in range(count):
        user.window.workspace.canvas.view.setFocus()
        user.key(Qt.Key.Key_Z, CONTROL)
    assert graph_to_json(user.graph) == start
    assert not user.document.is_dirty
    for _ in range(count):
        user.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert graph_to_json(user.graph) == end


def test_undo_shows_in_the_forms_what_it_brings_back(user: User) -> None:
    epochs = user.document.training.epochs
    _type_epochs(user, 7)
    user.window.workspace.canvas.view.setFocus()
    user.key(Qt.Key.Key_Z, CONTROL)
    assert user.document.training.epochs == epochs
    assert _form_of_training(user).field("epochs").value() == epochs
    user.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert _form_of_training(user).field("epochs").value() == 7


def test_undo_works_while_a_field_of_the_inspector_has_the_keyboard(user: User) -> None:
    epochs = user.document.training.epochs
    _type_epochs(user, 7)  # the keyboard stays in the field
    user.key(Qt.Key.Key_Z, CONTROL)
    assert user.document.training.epochs == epochs


def test_what_the_menu_calls_undo_says_what_it_undoes(user: User) -> None:
    actions = user.window.actions_
    assert not actions.undo.isEnabled()
    _type_epochs(user, 7)
    assert actions.undo.isEnabled()
    assert actions.undo.text() != "Undo"


def test_a_click_in_the_list_of_problems_selects_the_node(user: User) -> None:
    dense = _of_kind(user, "Dense")[-1]
    (edge,) = user.graph.edges_into(dense)
    user.window.workspace.canvas.editor.disconnect_wire(edge)
    dock, problems = user.window.dock, user.document.inference.at(dense)
    user.until(lambda: dock.tabs.accessibleTabName(PROBLEMS) != dock.tabs.tabText(PROBLEMS))  # counted
    listed = {b.accessibleName() for b in dock.problems.findChildren(QPushButton)}
    assert problems[0].sentence not in listed  # rows are made when they are to be seen
    dock.tabs.setCurrentIndex(PROBLEMS)
    user.until(lambda: user.has_button(problems[0].sentence))
    user.click(user.button(problems[0].sentence))
    assert user.window.workspace.canvas.scene.selected_nodes() == [dense]
    pulse = user.window.workspace.canvas.view.pulse
    assert (pulse.node_id, pulse.ring.isVisible()) == (dense, True)


def test_training_with_an_error_in_the_graph_says_it_and_starts_nothing(user: User) -> None:
    user.until(lambda: user.window.workspace.run.bundle is not None)
    layer = Dense(units=3)
    last = user.graph.nodes[_of_kind(user, "Dense")[-1]]
    user.select(last.id)
    form = user.window.workspace.inspector.form
    assert form is not None
    form.committed.emit(layer)
    sentence = next(d.sentence for d in user.document.inference.diagnostics)
    user.click(user.window.top_bar.train)
    assert user.message == sentence
    assert user.state == "idle"
    user.click(user.window.top_bar.step)
    assert user.state == "idle"


def test_the_theme_changes_at_once_and_is_remembered(user: User, settings: QSettings) -> None:
    (look,) = (m for m in user.window.actions_.menu.findChildren(QMenu) if m.title() == "Theme")
    modes = {action.text(): action for action in look.actions()}
    before = user.window.grab().toImage().pixelColor(5, 5)
    modes["Light"].trigger()
    after = user.window.grab().toImage().pixelColor(5, 5)
    assert after.lightness() > before.lightness() + 100
    modes["Dark"].trigger()
    assert user.window.grab().toImage().pixelColor(5, 5) == before
    modes["Light"].trigger()
    close(user.window)
    again = make_window(Theme("dark"), settings)
    assert again.theme.mode == "light"
    close(again)


@pytest.mark.parametrize("place", ["dock", "inspector"])
def test_what_a_remedy_adds_is_selected_and_brought_into_view(user: User, place: str) -> None:
    last = [n for n in user.graph.nodes.values() if n.layer.title() == "Target"]
    assert user.document.push(RemoveNode(last[0].id))
    user.window.dock.tabs.setCurrentIndex(PROBLEMS)
    view = user.window.workspace.canvas.view
    view.centerOn(-3000.0, -3000.0)
    known = set(user.graph.nodes)
    side = user.window.dock.problems if place == "dock" else user.window.workspace.inspector

    def remedies() -> list[QPushButton]:
        found = (b for b in side.findChildren(QPushButton) if b.isVisible())
        return [b for b in found if "Add a target" in (b.text(), b.accessibleName())]

    user.until(lambda: bool(remedies()))
    user.click(remedies()[0])
    (made,) = set(user.graph.nodes) - known
    assert view.graph_scene.selected_nodes() == [made]
    assert view.visible_rect().contains(view.graph_scene.nodes_rect([made]))
