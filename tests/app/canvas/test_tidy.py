"""Tidying of a selection and with motion, and the list of steps that goes to any of them."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QMenu

from app.canvas.history import fill_history
from app.theme import Theme
from tests.app.canvas.conftest import Hand

SHIFT = Qt.KeyboardModifier.ShiftModifier


def untidy(hand: Hand) -> list[str]:
    nodes = [hand.node("Dense", 300 - 100 * k, 40 * k) for k in range(4)]
    for source, target in pairwise(nodes):
        hand.link(source, target)
    return [node.id for node in nodes]


def test_only_the_selection_is_tidied(hand: Hand) -> None:
    ids = untidy(hand)
    before = hand.graph.copy()
    hand.scene.select(ids[1:3])
    hand.key(Qt.Key.Key_L, SHIFT)
    places = {i: hand.graph.nodes[i].position for i in ids}
    assert (places[ids[0]], places[ids[3]]) == (before.nodes[ids[0]].position, before.nodes[ids[3]].position)
    assert places[ids[1]] == (100, 50)  # the left and upper edge of both, on the grid
    assert places[ids[2]] == (350, 50)
    assert hand.stack.undoText() == "Tidy selection"
    hand.stack.undo()
    assert hand.graph == before


def test_a_tidied_network_glides_where_motion_is_wanted(hand: Hand, theme: Theme) -> None:
    ids = untidy(hand)
    theme.set_reduced_motion(False)
    before = {i: hand.scene.nodes[i].pos() for i in ids}
    hand.key(Qt.Key.Key_L)
    places = {i: QPointF(*hand.graph.nodes[i].position) for i in ids}
    assert places != before, "the document is tidy at once"
    assert hand.view.glide.is_under_way()
    assert {i: hand.scene.nodes[i].pos() for i in ids} == before, "and its picture goes there"
    hand.qtbot.waitUntil(lambda: not hand.view.glide.is_under_way())
    assert {i: hand.scene.nodes[i].pos() for i in ids} == places


def test_a_press_or_an_undo_ends_the_glide(hand: Hand, theme: Theme) -> None:
    ids = untidy(hand)
    theme.set_reduced_motion(False)
    hand.key(Qt.Key.Key_L)
    hand.click(QPointF(-400, -250))
    assert not hand.view.glide.is_under_way()
    assert all(hand.scene.nodes[i].pos() == QPointF(*hand.graph.nodes[i].position) for i in ids)
    hand.stack.undo()
    hand.key(Qt.Key.Key_L)
    hand.stack.undo()
    hand.qtbot.waitUntil(lambda: not hand.view.glide.is_under_way())
    assert all(hand.scene.nodes[i].pos() == QPointF(*hand.graph.nodes[i].position) for i in ids)


def test_nodes_that_go_while_they_glide_do_no_harm(hand: Hand, theme: Theme) -> None:
    ids = untidy(hand)
    theme.set_reduced_motion(False)
    hand.key(Qt.Key.Key_L)
    hand.scene.select(ids[:2])
    hand.key(Qt.Key.Key_Delete)
    hand.qtbot.waitUntil(lambda: not hand.view.glide.is_under_way())
    assert list(hand.scene.nodes) == ids[2:]


def test_the_history_goes_to_any_step(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QMenu] = []
    monkeypatch.setattr(
        QMenu, "popup", lambda menu, _place: opened.append(menu)
    )  # the plugin can't raise one
    untidy(hand)
    hand.key(Qt.Key.Key_L)
    end = hand.graph.copy()
    hand.key(Qt.Key.Key_H)
    entries = opened[-1].actions()
    assert [a.text() for a in entries] == ["Start", *["Add Dense"] * 4, *["Connect"] * 3, "Tidy up"]
    assert [a.isChecked() for a in entries] == [False] * 8 + [True]
    entries[2].trigger()
    assert len(hand.graph.nodes) == 2
    hand.key(Qt.Key.Key_H)
    entries = opened[-1].actions()
    assert [a.isChecked() for a in entries].index(True) == 2
    assert len(entries) == 9, "what was undone is still there"
    entries[-1].trigger()
    assert hand.graph == end
    for menu in opened:
        menu.close()


def test_a_long_history_is_shown_around_the_present_step(hand: Hand) -> None:
    for k in range(50):
        hand.node("Dense", 10.0 * k, 0)
    hand.stack.setIndex(25)
    menu = QMenu(hand.view)
    fill_history(menu, hand.stack)
    assert len(menu.actions()) == 31
    assert menu.actions()[15].isChecked()
