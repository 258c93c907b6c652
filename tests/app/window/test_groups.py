"""Groups in the window: the inspector goes along inside, a problem leads to where it is, the palette has one's own."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox

from app.palette.own_menu import OwnGroupMenu
from engine.graph.inside import BELOW
from engine.layers.group import Group
from tests.app.canvas.conftest import LEFT
from tests.app.window.conftest import CONTROL, User


def _grouped(user: User) -> str:
    """The Dense layers of the spiral, but the last, as one."""
    dense = [n.id for n in user.graph.nodes.values() if n.layer.title() == "Dense"]
    user.window.workspace.canvas.scene.select(dense[:-1])
    user.hand.key(Qt.Key.Key_G, CONTROL)
    (made,) = user.window.workspace.canvas.scene.selected_nodes()
    return made


def test_the_inspector_goes_along_and_a_problem_leads_inside(user: User) -> None:
    made, canvas = _grouped(user), user.window.workspace.canvas
    inspector = user.window.workspace.inspector
    user.hand.key(Qt.Key.Key_Return)
    view = canvas.view
    parts = [i for i in view.graph_scene.nodes if ":" not in i]
    view.graph_scene.select([parts[0]])
    assert inspector.title.text() == "Dense"
    assert inspector.facts.rows()
    view.graph_scene.select((), [view.graph_scene.graph.edges_into(parts[-1])[0]])
    user.hand.key(Qt.Key.Key_Delete)
    user.hand.key(Qt.Key.Key_Escape)
    assert canvas.levels.current is canvas.levels.ground
    user.until(lambda: any(d.inside for d in user.document.inference.diagnostics))
    (problem,) = (d for d in user.document.inference.diagnostics if d.inside)
    assert problem.place == parts[-1]
    user.window.workspace.choose(problem.place)
    assert canvas.level.node_id == made
    assert view.graph_scene.selected_nodes() == [parts[-1]]
    user.hand.key(Qt.Key.Key_Z, CONTROL)
    user.until(lambda: not any(d.inside for d in user.document.inference.diagnostics))
    assert parts[-1].startswith(made + BELOW)


@pytest.mark.parametrize(
    ("answer", "names"),
    [("Replace it", ["middle"]), ("Keep both", ["Middle", "middle"]), ("Cancel", ["Middle"])],
)
def test_a_name_that_the_library_has_is_asked_about(
    user: User, monkeypatch: pytest.MonkeyPatch, answer: str, names: list[str]
) -> None:
    _grouped(user)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("Middle", True))
    keep = user.button("Keep\N{HORIZONTAL ELLIPSIS}")
    user.click(keep)
    groups = user.window.shelf.groups
    assert groups is not None
    tree = user.window.palette_.tree
    entry = tree.current_entry()
    assert entry is not None
    assert entry.title == "Middle"  # one sees where it went
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("middle ", True))

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        (button,) = (b for b in box.buttons() if b.text().replace("&", "") == answer)
        QTest.mouseClick(button, LEFT)

    QTimer.singleShot(0, user.window, press)
    user.click(keep)
    assert [kept.name for kept in groups.groups()] == names


def test_own_groups_are_kept_renamed_and_deleted(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _grouped(user)
    answers = iter([("Middle", True), ("Heart", True)])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: next(answers))
    user.click(user.button("Keep\N{HORIZONTAL ELLIPSIS}"))
    groups = user.window.shelf.groups
    assert groups is not None
    (entry,) = groups.entries()
    tree = user.window.palette_.tree
    index = tree.index_of(entry.name)
    assert index.data() == "Middle"
    menu = OwnGroupMenu(groups, user.window).menu_of(entry.name)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert [t.split("\N{HORIZONTAL ELLIPSIS}")[0] for t in texts][:3] == [
        "Rename",
        "Export to a file",
        "Delete",
    ]
    menu.actions()[0].trigger()
    assert tree.index_of(entry.name).data() == "Heart"
    place = tree.visualRect(tree.index_of(entry.name)).center()
    user.window.workspace.canvas.scene.select()
    QTest.mouseClick(tree.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)
    QTest.mouseDClick(tree.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)
    placed = [n for n in user.graph.nodes.values() if isinstance(n.layer, Group) and n.id != made]
    assert [n.name for n in placed] == ["Heart"]
    yes = QMessageBox.StandardButton.Yes
    monkeypatch.setattr(QMessageBox, "question", lambda *_args: yes)
    menu = OwnGroupMenu(groups, user.window).menu_of(entry.name)
    menu.actions()[2].trigger()
    assert not groups.entries()
    assert not tree.index_of(entry.name).isValid()
