"""Anything anybody does on the canvas, in any order: document, scene and file agree after every gesture.

`LAYERLOOM_GESTURES=10000` makes it so many gestures; by default there are a hundred or so.
"""

from __future__ import annotations

import gc
import os
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QMenu, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.canvas import CanvasPanel
from app.canvas.bindings import canvas_keys
from app.canvas.keys import combination_of
from app.canvas.menu import menu_at
from app.canvas.scene import GraphScene
from app.outline.rows import RowKind
from app.palette.entries import layer_mime
from app.theme import Theme
from engine.formats.project import Project, load_project, save_project
from engine.graph.document import ModelGraph
from engine.graph.serialize import graph_to_json
from tests.app.canvas.conftest import LEFT, NONE
from tests.app.canvas.whole_desk import WholeDesk, settle

RIGHT, CONTROL, ALT, SHIFT = (
    Qt.MouseButton.RightButton,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
STEPS = 50
GESTURES = int(os.environ.get("LAYERLOOM_GESTURES", "100"))
OTHER_RULES = {"keep_group", "history", "wire", "unwire", "add_layer", "find", "find_next", "find_back"}
LAYERS = st.sampled_from(
    (
        "Dense",
        "Conv2D",
        "Flatten",
        "Add",
        "Concatenate",
        "LSTM",
        "MaxPooling2D",
        "ResidualBlock",
        "Input",
        "Target",
        "TransformerBlock",
        "Dropout",
    )
)
PLACES = st.tuples(st.integers(-400, 400), st.integers(-300, 300)).map(lambda p: QPointF(*p))
PICK = st.integers(0, 1000)
KEYS = st.sampled_from([key.key for key in canvas_keys() if key.name not in OTHER_RULES])
OFTEN = st.sampled_from(
    (
        "Ctrl+Z",
        "Ctrl+Z",
        "Ctrl+Z",
        "Ctrl+Shift+Z",
        "Del",
        "Ctrl+G",
        "Ctrl+D",
        "Ctrl+A",
        "Ctrl+C",
        "Ctrl+V",
        "Return",
    )
)
WORDS = st.sampled_from(("dense", "a b", "", "head", "x" * 80, "7", "0.5", "-3", "3, 3"))


class Gestures(RuleBasedStateMachine):
    """Somebody without a plan; `theme` and `qtbot` are set by the test."""

    theme: Theme
    qtbot: QtBot
    done = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk = WholeDesk(ModelGraph(), self.theme, self.qtbot)
        self.states = {0: self.desk.begin}  # the document at each step of undo, where it is known
        self.index = 0

    @initialize()
    def begin(self) -> None:
        hand = self.desk.hand
        source, flat = hand.node("Input", -350, 0), hand.node("Flatten", -100, 0)
        dense, target = hand.node("Dense", 150, 0), hand.node("Target", 400, 0)
        for edge in ((source, flat), (flat, dense), (dense, target)):
            hand.link(*edge)
        self.end(steps=7)

    def teardown(self) -> None:
        self.desk.dismiss()
        self.desk.close()
        self.folder.cleanup()

    # -- what a hand can do ----------------------------------------------------------------------------------
    def end(self, *, steps: int = 1) -> None:
        """A gesture has been made; it was one step of undo at most."""
        self.desk.dismiss()
        stack = self.desk.stack
        assert stack.index() <= self.index + steps
        for index in [i for i in self.states if i > self.index or i >= stack.index()]:
            del self.states[index]  # what was to be done again is forgotten, or another step was added to
        self.index = stack.index()
        self.states[stack.index()] = graph_to_json(stack.graph)
        Gestures.done += 1

    def drag(
        self,
        start: QPointF | None,
        end: QPointF,
        modifiers: Qt.KeyboardModifier = NONE,
        button: Qt.MouseButton = LEFT,
    ) -> None:
        if start is None:
            return
        hand, end = self.desk.hand, self.desk.within(end)
        hand.press(start, modifiers, button)
        hand.move((start + end) / 2)
        hand.move(end)
        hand.release(end, modifiers, button)
        self.end()

    def key(self, keys: str) -> None:
        combination = combination_of(keys)
        QTest.keyClick(self.desk.panel.view, combination.key(), combination.keyboardModifiers())

    def write(self, text: str) -> None:
        """Types into what has the keyboard, if that is not the canvas, and confirms."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit | QPlainTextEdit):
            focus.selectAll()
            QTest.keyClicks(focus, text)
        if focus is not None and focus is not self.desk.panel.view:
            QTest.keyClick(focus, Qt.Key.Key_Return, CONTROL if isinstance(focus, QPlainTextEdit) else NONE)

    # -- undo ------------------------------------------------------------------------------------------------
    @rule(back=st.booleans(), times=st.integers(1, 4))
    def undo_or_redo(self, back: bool, times: int) -> None:
        stack = self.desk.stack
        for _ in range(times):
            self.key("Ctrl+Z" if back else "Ctrl+Shift+Z")
            self.desk.settle()
            now = graph_to_json(stack.graph)
            assert self.states.setdefault(stack.index(), now) == now
        self.index = stack.index()
        Gestures.done += 1

    @rule()
    def undo_all_and_redo_all(self) -> None:
        stack = self.desk.stack
        index, now = stack.index(), graph_to_json(stack.graph)
        stack.setIndex(0)
        assert graph_to_json(stack.graph) == self.desk.begin
        stack.setIndex(stack.count())
        stack.setIndex(index)
        assert graph_to_json(stack.graph) == now
        self.desk.dismiss()

    # -- keys ------------------------------------------------------------------------------------------------
    @rule(keys=KEYS | OFTEN)
    def press_a_key(self, keys: str) -> None:
        if keys in ("Ctrl+Z", "Ctrl+Shift+Z"):
            self.undo_or_redo(keys == "Ctrl+Z", 1)
            return
        self.key(keys)
        self.end()

    @rule(keys=st.sampled_from(("F2", "F", "C", "Return")), text=WORDS)
    def write_somewhere(self, keys: str, text: str) -> None:
        """A name, a heading, a comment, or a setting on the node itself."""
        self.key(keys)
        settle()
        self.write(text)
        self.end(steps=2)  # a frame, and its heading

    @rule(keys=st.sampled_from(("W", "Shift+W")), down=st.integers(0, 4))
    def wire_or_cut_by_key(self, keys: str, down: int) -> None:
        self.key(keys)
        choices = self.desk.panel.view.choices
        if choices.isVisible():
            for _ in range(down):
                QTest.keyClick(choices.search, Qt.Key.Key_Down)
            QTest.keyClick(choices.search, Qt.Key.Key_Return)
        self.end()

    # -- adding ----------------------------------------------------------------------------------------------
    @rule(name=LAYERS, place=PLACES, drop=st.booleans())
    def add_by_search_or_from_the_palette(self, name: str, place: QPointF, drop: bool) -> None:
        hand = self.desk.hand
        place = self.desk.within(place)
        if drop:
            hand.drop(layer_mime(name), place)
        else:
            QTest.mouseDClick(hand.view.viewport(), LEFT, NONE, hand.at(place))
            self.choose(name)
        self.end()

    def choose(self, name: str) -> None:
        """A layer in the search, if that has opened."""
        popup = self.desk.panel.view.popup
        if popup.isVisible():
            QTest.keyClicks(popup.search, name)
            QTest.keyClick(popup.search, Qt.Key.Key_Return)

    @rule(pick=PICK, name=LAYERS)
    def drop_on_a_wire(self, pick: int, name: str) -> None:
        wires = self.desk.scene.wires()
        if wires:
            middle = wires[pick % len(wires)].middle()
            self.desk.panel.view.centerOn(middle)
            self.desk.hand.drop(layer_mime(name), self.desk.within(middle))
            self.end()

    # -- mouse -----------------------------------------------------------------------------------------------
    @rule(pick=PICK, extend=st.booleans())
    def click_a_node(self, pick: int, extend: bool) -> None:
        if (place := self.desk.node_place(pick)) is not None:
            self.desk.hand.click(place, SHIFT if extend else NONE)
            self.end()

    @rule(pick=PICK, end=PLACES, modifiers=st.sampled_from([NONE, NONE, ALT, SHIFT]))
    def drag_a_node(self, pick: int, end: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.drag(self.desk.node_place(pick), end, modifiers)

    @rule(source=PICK, sink=PICK)
    def draw_a_wire(self, source: int, sink: int) -> None:
        end = self.desk.port_place(sink, output=False)
        if end is not None:
            self.drag(self.desk.port_place(source, output=True), end)

    @rule(pick=PICK, end=PLACES, output=st.booleans(), name=LAYERS)
    def let_a_wire_go(self, pick: int, end: QPointF, output: bool, name: str) -> None:
        """From a free port: the search; from one that is taken: the wire comes off."""
        start = self.desk.port_place(pick, output=output)
        if start is not None:
            hand, end = self.desk.hand, self.desk.within(end)
            hand.press(start)
            hand.move((start + end) / 2)
            hand.move(end)
            hand.release(end)
            self.choose(name)
            self.end(steps=2)  # the wire comes off, the layer comes on

    @rule(pick=PICK, end=PLACES)
    def drag_a_wire(self, pick: int, end: QPointF) -> None:
        wires = self.desk.scene.wires()
        if wires:
            middle = wires[pick % len(wires)].middle()
            self.desk.panel.view.centerOn(middle)
            self.drag(self.desk.within(middle), end)

    @rule(pick=PICK, end=PLACES, corner=st.booleans())
    def drag_a_note(self, pick: int, end: QPointF, corner: bool) -> None:
        notes = list(self.desk.scene.notes.items.values())
        if notes:
            rect = notes[pick % len(notes)].rect()
            self.desk.panel.view.show_rect(rect)
            grip = rect.bottomRight() - QPointF(4, 4) if corner else rect.topLeft() + QPointF(20, 10)
            self.drag(self.desk.within(grip), end)

    @rule(start=PLACES, end=PLACES, how=st.sampled_from(["box", "lasso", "cut"]))
    def stroke(self, start: QPointF, end: QPointF, how: str) -> None:
        modifiers = {"box": NONE, "lasso": ALT, "cut": CONTROL}[how]
        self.drag(self.desk.within(start), end, modifiers, RIGHT if how == "cut" else LEFT)

    @rule(pick=PICK)
    def open_what_is_there(self, pick: int) -> None:
        if (place := self.desk.node_place(pick)) is not None:
            QTest.mouseDClick(self.desk.panel.view.viewport(), LEFT, NONE, self.desk.hand.at(place))
            self.end()

    @rule(pick=PICK, which=PICK)
    def choose_from_the_menu(self, pick: int, which: int) -> None:
        view = self.desk.panel.view
        place = self.desk.node_place(pick)
        menu = menu_at(view, view.center_place() if place is None else place)
        actions = [a for a in entries(menu) if "\N{HORIZONTAL ELLIPSIS}" not in a.text()]
        if actions:
            actions[which % len(actions)].trigger()
        menu.deleteLater()
        self.end()

    # -- beside the canvas -------------------------------------------------------------------------------------
    @rule(pick=PICK, text=WORDS)
    def edit_a_setting(self, pick: int, text: str) -> None:
        form = self.desk.inspector.form
        fields = [
            w
            for w in (form.findChildren(QWidget) if form is not None else ())
            if isinstance(w, QLineEdit | QComboBox | QCheckBox) and w.isVisible() and w.isEnabled()
        ]
        if fields:
            field = fields[pick % len(fields)]
            field.setFocus()
            if isinstance(field, QLineEdit):
                self.write(text)
            else:
                QTest.keyClick(field, Qt.Key.Key_Space if isinstance(field, QCheckBox) else Qt.Key.Key_Down)
            self.end(steps=2)

    @rule(pick=PICK, keys=st.sampled_from(("F2", "Del", "Return", "Ctrl+G", "M")), text=WORDS)
    def use_the_outline(self, pick: int, keys: str, text: str) -> None:
        tree = self.desk.outline
        if items := tree.items():
            tree.setFocus()
            tree.setCurrentItem(items[pick % len(items)])
            combination = combination_of(keys)
            QTest.keyClick(tree, combination.key(), combination.keyboardModifiers())
            for line in tree.findChildren(QLineEdit):
                if line.isVisible():
                    line.selectAll()
                    QTest.keyClicks(line, text)
                    QTest.keyClick(line, Qt.Key.Key_Return)
                    settle()  # the name is taken over when control is back in the event loop
            self.end()

    @rule(pick=PICK)
    def take_a_remedy(self, pick: int) -> None:
        tree = self.desk.outline
        rows = [i for i in tree.items() if tree.row_of(i).kind is RowKind.PROBLEM]
        if rows:
            tree.setCurrentItem(rows[pick % len(rows)])
            QTest.keyClick(tree, Qt.Key.Key_Return)
            self.end()

    # -- file ------------------------------------------------------------------------------------------------
    @rule()
    def save_and_open_again(self) -> None:
        path = Path(self.folder.name) / "saved.loom"
        save_project(path, Project(self.desk.stack.graph))
        loaded = load_project(path)
        self.desk.close()
        self.desk = WholeDesk(loaded.graph, self.theme, self.qtbot)
        self.states, self.index = {0: self.desk.begin}, 0

    @invariant()
    def all_agree(self) -> None:
        self.desk.check(Path(self.folder.name))


def entries(menu: QMenu) -> list[QAction]:
    """All entries that do something, those of menus inside included."""
    found: list[QAction] = []
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            found += entries(inner)
        elif not action.isSeparator() and action.isEnabled():
            found.append(action)
    return found


@pytest.mark.slow
@pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True)  # of a list offscreen
@pytest.mark.timeout(7200)
def test_document_scene_and_file_agree_whatever_is_done(theme: Theme, qtbot: QtBot) -> None:
    Gestures.theme, Gestures.qtbot = theme, qtbot
    threads, before = threading.active_count(), held()
    try:
        run_state_machine_as_test(
            Gestures,
            settings=with_settings(
                max_examples=max(1, GESTURES // STEPS),
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        del Gestures.theme, Gestures.qtbot
    assert threading.active_count() == threads
    assert held() <= before


def held() -> set[int]:
    """The canvases, scenes and documents that there are."""
    gc.collect()
    settle()
    gc.collect()
    return {id(each) for each in gc.get_objects() if isinstance(each, CanvasPanel | GraphScene | ModelGraph)}
