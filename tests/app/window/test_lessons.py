"""Lessons in the real window, by mouse and keys: the panel follows what is done, files and links keep it."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.lessons.desk import LessonDesk
from app.lessons.editor import LessonEditor
from app.lessons.panel import LessonPanel
from app.lessons.places import KINDS, PANELS, SIDES, find, names_in
from app.lessons.session import LessonSession
from app.window.centre import View
from engine.formats.project import load_project
from engine.formats.recovery import RecoveryStore
from engine.layers.registry import layers
from engine.lessons.checks import Did, checks_in
from engine.lessons.progress import LessonState, Progress
from engine.lessons.registry import lessons
from engine.lessons.writing import PREFIX, from_bytes, from_link, to_bytes
from engine.paths import recovery_dir
from tests.app.window.conftest import CONTROL, RUN_MS, User
from tests.app.window.lesson_taker import LessonTaker
from tests.engine.lessons.test_shipped import BEFOREHAND


def desk(user: User) -> LessonDesk:
    return user.window.lessons


def session(user: User) -> LessonSession:
    found = desk(user).session
    assert found is not None
    return found


def panel(user: User) -> LessonPanel:
    return desk(user).dock.panel


def begin(user: User, name: str = "neuron") -> None:
    user.document.stack.setClean()
    desk(user).open(name)
    user.until(lambda: user.document.inference.ok)


def node_named(user: User, name: str) -> str:
    return next(node.id for node in user.graph.nodes.values() if node.name == name)


def test_a_click_on_the_canvas_does_the_first_step(user: User) -> None:
    begin(user)
    shown = panel(user)
    assert shown.isVisible()
    assert shown.title.text() == "A network of one neuron"
    assert shown.next.text() == "Skip"
    assert desk(user).spotlight.isVisible()
    user.until(lambda: user.window.workspace.canvas.view.viewport().rect().height() > 200)
    user.select(node_named(user, "dense"))
    user.until(lambda: session(user).state.is_done)
    assert shown.next.text() == "Next"
    assert "Done" in shown.task.state.text()
    assert not desk(user).spotlight.isVisible()
    user.click(shown.next)
    assert shown.title.text() == "What it computes"


def test_a_question_says_why_and_only_the_right_answer_counts(user: User) -> None:
    begin(user)
    desk(user).next()
    shown = panel(user)
    wrong, right = shown.question.buttons[1], shown.question.buttons[2]
    user.until(wrong.isVisible)
    user.click(wrong)
    assert shown.question.because.text().startswith("Not quite.")
    assert wrong.accessibleDescription() == "chosen, not right"
    assert not session(user).state.is_done
    right.setFocus()
    QTest.keyClick(right, Qt.Key.Key_Space)
    assert shown.question.because.text().startswith("Right.")
    assert session(user).state.is_done


def test_every_step_can_be_skipped_by_keys_and_the_end_says_so(user: User) -> None:
    begin(user)
    ahead = Qt.Key.Key_PageDown
    alt_control = CONTROL | Qt.KeyboardModifier.AltModifier
    for place in range(len(session(user).lesson.steps)):
        assert session(user).state.place == place
        user.key(ahead, alt_control)
    assert session(user).state.progress.finished
    shown = panel(user)
    assert "8 steps were skipped" in shown.text.text()
    assert not desk(user).spotlight.isVisible()
    assert "straight line" in shown.text.text()
    user.key(Qt.Key.Key_PageUp, alt_control)
    assert not session(user).state.progress.finished
    assert session(user).state.is_last
    user.key(ahead, alt_control)
    user.click(shown.next)
    assert session(user).lesson.name == "line"


def test_a_hint_comes_by_itself_or_at_once(user: User) -> None:
    begin(user)
    shown = panel(user)
    assert not shown.hint.isVisible()
    user.click(shown.hint_button)
    assert shown.hint.isVisible()
    assert not shown.hint_button.isVisible()
    desk(user).next()
    assert not shown.hint.isVisible()
    current = session(user)
    assert current._hint.isActive()
    current._hint.start(0)
    user.until(shown.hint.isVisible)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_training_does_a_step_of_a_lesson(user: User) -> None:
    begin(user)
    for _ in range(2):
        desk(user).next()
    user.until(lambda: user.window.workspace.run.bundle is not None)
    user.document.set_training(user.document.training.model_copy(update={"device": "cpu"}))
    user.click(user.window.top_bar.train)
    user.until(lambda: session(user).state.is_done, RUN_MS)
    user.until(lambda: bool(user.ends()), RUN_MS)
    assert session(user).seen.values["val_accuracy"] > 0.95


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_weights_are_looked_at_and_saved_with_the_lesson(user: User, tmp_path: Path) -> None:
    begin(user, "line")
    for _ in range(5):
        desk(user).next()
    optimizer = user.document.training.optimizer.model_copy(update={"learning_rate": 0.1})
    user.document.set_training(
        user.document.training.model_copy(update={"device": "cpu", "optimizer": optimizer})
    )
    user.until(lambda: user.window.workspace.run.bundle is not None)
    user.click(user.window.top_bar.train)
    user.until(lambda: bool(user.ends()), RUN_MS)
    user.until(lambda: session(user).state.is_done)
    path = tmp_path / "line.loom"
    assert user.window.files.save_to(path)
    loaded = load_project(path)
    assert loaded.weights
    state = from_bytes(loaded.lesson)
    assert state.lesson == lessons()["line"]
    assert (state.place, state.progress.done) == (5, (5,))
    user.window.files.new()
    assert desk(user).session is None
    assert not panel(user).isVisible()
    user.window.files.close_tab(user.window.tabs.with_path(path))
    assert user.window.files.open_path(path)
    assert session(user).state == state
    assert panel(user).isVisible()
    assert panel(user).title.text() == lessons()["line"].steps[5].title


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["neuron", "line", "normalize"])
def test_a_lesson_is_taken_from_beginning_to_end(user: User, name: str) -> None:
    begin(user, name)
    user.document.set_training(user.document.training.model_copy(update={"device": "cpu"}))
    LessonTaker(user, BEFOREHAND.get(name, {})).take_all()


def test_each_project_has_a_lesson_of_its_own(user: User) -> None:
    begin(user)
    first = user.window.tabs.current
    user.document.stack.resetClean()
    desk(user).open("line")
    assert session(user).lesson.name == "line"
    user.window.tabs.choose(first)
    assert session(user).lesson.name == "neuron"
    assert "WHAT A NEURON IS" in panel(user).heading.text().upper()
    user.click(panel(user).close_button)
    assert desk(user).session is None
    assert not panel(user).isVisible()
    assert first.file.lesson() == b""


# -- teacher mode ----------------------------------------------------------------------------------------------
def _tabs(user: User) -> set[str]:
    offered = user.window.dock.tabs.offered()
    return {name for name, place in PANELS.items() if place in offered}


def test_a_lesson_shows_only_what_it_needs_and_the_switch_shows_all(user: User) -> None:
    left, right, below = user.window.sides()
    begin(user, "optimizers")
    assert not left.isVisible()
    assert right.isVisible()
    assert below.isVisible()
    assert _tabs(user) == {"learning", "runs", "surface"}
    (switch,) = (action for action in user.window.actions() if action.objectName() == "teacher_mode")
    assert switch.isChecked()
    switch.trigger()
    assert left.isVisible()
    assert {"problems", "profile", "time"} <= _tabs(user)
    switch.trigger()
    assert not left.isVisible()
    desk(user).leave()
    assert left.isVisible()
    assert {"problems", "profile", "time"} <= _tabs(user)


def test_the_palette_offers_the_layers_of_the_lesson(user: User) -> None:
    begin(user)
    assert {entry.name for entry in user.window.palette_._entries} == {"Dense"}
    desk(user).leave()
    assert len(user.window.palette_._entries) > 100


def test_without_a_lesson_teacher_mode_shows_what_beginners_use(user: User) -> None:
    desk(user).set_teacher(True)
    names = {entry.name for entry in user.window.palette_._entries}
    assert names == {name for name, layer in layers().items() if layer.declaration.common}
    assert "profile" not in _tabs(user)
    user.select(node_named(user, "dense"))
    user.until(lambda: user.window.workspace.inspector.form is not None)
    assert not _shows_rare(user)
    assert user.window.remembered is not None
    assert user.window.remembered.value("teacher_mode") == "yes"
    desk(user).set_teacher(False)
    assert _shows_rare(user)


def _shows_rare(user: User) -> bool:
    form = user.window.workspace.inspector.form
    assert form is not None
    assert form._more is not None
    return not form._more.isHidden()


def test_a_presentation_makes_text_larger_and_small_again(user: User) -> None:
    begin(user)
    shown = panel(user)
    before = shown.text.font().pointSizeF()
    desk(user).set_presenting(True)
    assert shown.text.font().pointSizeF() == pytest.approx(1.3 * before)
    desk(user).set_presenting(False)
    assert shown.text.font().pointSizeF() == pytest.approx(before)


# -- after a crash ---------------------------------------------------------------------------------------------
def test_a_lesson_goes_on_after_a_crash(user: User) -> None:
    state = LessonState(lessons()["line"], Progress(step=2, done=(0,), answers={1: 0}))
    crashed = RecoveryStore(recovery_dir())
    crashed.write(crashed.new_key(), state.lesson.project(), "A line", lesson=to_bytes(state))
    crashed.close()
    user.window.files.offer_recovery()
    assert session(user).state == state
    assert panel(user).title.text() == "One step"
    assert "without saving" in user.message


def test_a_lesson_that_can_t_be_read_leaves_the_project_that_was_recovered(user: User) -> None:
    crashed = RecoveryStore(recovery_dir())
    crashed.write(crashed.new_key(), lessons()["line"].project(), "A line", lesson=b"{")
    crashed.close()
    user.window.files.offer_recovery()
    assert desk(user).session is None
    assert len(user.graph.nodes) == 3


def test_an_answer_is_in_the_recovery_file_though_nothing_was_edited(user: User) -> None:
    begin(user)
    user.document.stack.setClean()
    session(user).go_to(1)
    session(user).answer(2)
    file = user.window.tabs.current.file
    file.write_recovery()
    written = [json.loads(path.read_text())["lesson"] for path in recovery_dir().glob("*.json")]
    assert [from_bytes(each.encode()) for each in written] == [session(user).state]
    desk(user).leave()
    file.write_recovery()
    (path,) = recovery_dir().glob("*.json")
    assert json.loads(path.read_text())["lesson"] == ""


# -- links -----------------------------------------------------------------------------------------------------
def test_a_lesson_leaves_and_comes_as_a_text(user: User) -> None:
    begin(user, "line")
    desk(user).next()
    session(user).answer(1)
    desk(user).copy()
    text = QGuiApplication.clipboard().text()
    assert text.startswith(PREFIX)
    assert from_link(text).state == session(user).state
    user.document.stack.setClean()
    desk(user).leave()
    user.window.files.new()
    user.window.data_files.paste()
    assert session(user).lesson.name == "line"
    assert session(user).state.place == 1
    assert len(user.graph.nodes) == 3


def test_a_text_field_does_not_swallow_a_lesson(user: User) -> None:
    begin(user)
    desk(user).copy()
    desk(user).leave()
    field = user.window.palette_.search
    assert isinstance(field, QLineEdit)
    field.setFocus()
    QTest.keySequence(field, QKeySequence(QKeySequence.StandardKey.Paste))
    assert session(user).lesson.name == "neuron"
    assert field.text() == ""


def test_a_broken_text_is_one_sentence(user: User) -> None:
    QGuiApplication.clipboard().setText(PREFIX + "abc")
    tabs = len(user.window.tabs)
    user.window.data_files.paste()
    assert user.message == "This text is damaged or only a part of a lesson; copy all of it again."
    assert len(user.window.tabs) == tabs
    assert desk(user).session is None


def test_a_broken_lesson_in_a_file_leaves_the_project(user: User) -> None:
    desk(user).take(user.window.tabs.current, b'{"version": 1, "shipped": "unheard of"}')
    assert "unheard of" in user.message
    assert desk(user).session is None


# -- a teacher's own -------------------------------------------------------------------------------------------
def test_a_teacher_makes_a_lesson_of_a_project(user: User, tmp_path: Path) -> None:
    desk(user).make()
    (editor,) = user.window.findChildren(LessonEditor)
    QTest.keyClicks(editor.name, " of mine")
    editor.name.editingFinished.emit()
    editor.text.setPlainText("Look at the **data**.")
    editor.task.setText("Open the data.")
    editor.task.editingFinished.emit()
    changed = session(user).state.step.model_copy(update={"check": Did(deed="view/data")})
    editor.form.set_value(changed)
    editor.form.committed.emit(changed)
    user.click(editor.add)
    editor.text.setPlainText("That was all.")
    editor.learn.setPlainText("Where the data is.\n")
    lesson = session(user).lesson
    assert [step.text for step in lesson.steps] == ["Look at the **data**.", "That was all."]
    assert lesson.learn == ("Where the data is.",)
    assert lesson.title.endswith(" of mine")
    user.click(editor.up)
    assert [step.text for step in session(user).lesson.steps] == ["That was all.", "Look at the **data**."]
    user.click(editor.down)
    editor.close()
    assert "That was all." in panel(user).text.text()
    path = tmp_path / "own.loom"
    assert user.window.files.save_to(path)
    assert from_bytes(load_project(path).lesson).lesson == session(user).lesson
    session(user).go_to(0)
    user.window.show_view(View.DATA)
    assert session(user).state.is_done


def test_what_an_editor_refuses_is_said(user: User) -> None:
    desk(user).make()
    (editor,) = user.window.findChildren(LessonEditor)
    editor.text.setPlainText("a" * 7_000)
    assert "6,000" in editor.problem.text()
    assert session(user).state.step.text != "a" * 7_000
    editor.close()


def test_an_editor_offers_what_can_be_pointed_at(user: User) -> None:
    desk(user).make()
    (editor,) = user.window.findChildren(LessonEditor)
    completer = editor.point_at.completer()
    completer.setCompletionPrefix("train")
    offered = {completer.completionModel().index(row, 0).data() for row in range(completer.completionCount())}
    assert "button/train" in offered
    assert "training/optimizer" in offered
    editor.point_at.setText("button/train")
    editor.point_at.editingFinished.emit()
    assert session(user).state.step.point_at == "button/train"
    assert desk(user).spotlight.target == "button/train"
    editor.close()


def test_all_that_an_editor_offers_is_of_a_known_kind_and_most_is_to_be_seen(user: User) -> None:
    names = names_in(user.graph)
    assert {name.partition("/")[0] for name in names} == set(KINDS)
    assert len(names) == len(set(names))
    for name in names:
        if name.startswith(("button/", "node/")) or name in ("part/canvas", "part/views", "panel/learning"):
            assert find(user.window, name) is not None, name
    for unheard in (
        "button/format",
        "part/wall",
        "panel/zoo",
        "node/zoo",
        "setting/zoo",
        "zoo/zoo",
        "zoo",
        "",
    ):
        assert find(user.window, unheard) is None, unheard


# -- the declarations and the window -----------------------------------------------------------------------------
def test_what_lessons_name_is_in_the_window(user: User) -> None:
    for lesson in lessons().values():
        assert set(lesson.panels) <= {*SIDES, *PANELS}
        names = {node.name for node in lesson.project().nodes.values()}
        for step in lesson.steps:
            kind, _, rest = step.point_at.partition("/")
            assert not step.point_at or kind in KINDS, step.point_at
            if kind == "node":
                assert rest in names, step.point_at
            elif kind == "panel":
                assert rest in lesson.panels, step.point_at
            elif kind == "button" or step.point_at == "part/palette":
                assert find(user.window, step.point_at), step.point_at


def test_deeds_that_lessons_wait_for_can_be_done(user: User) -> None:
    commands = {action.objectName() for action in user.window.actions()}
    for lesson in lessons().values():
        names = {node.name for node in lesson.project().nodes.values()}
        kinds = {node.layer.title() for node in lesson.project().nodes.values()}
        allowed = {"panel": {*PANELS}, "command": commands, "layer": kinds, "node": names}
        others = {"view/data", "view/network", "example/next"}
        for check in (each for step in lesson.steps for each in checks_in(step.check)):
            if isinstance(check, Did) and check.deed not in others:
                kind, _, rest = check.deed.partition("/")
                assert rest in allowed[kind], check.deed


def test_the_welcome_page_and_the_commands_list_all_lessons(user: User) -> None:
    from app.commands.catalogue import commands_of

    commands = {command.name for command in commands_of(user.window)}
    assert {f"lesson/{name}" for name in lessons()} <= commands
    assert {"menu/teacher_mode", "menu/presentation", "menu/lesson_next", "menu/make_lesson"} <= commands
    user.window.files.welcome()
    cards = user.window.greeting.page.lessons.cards
    assert [card.text() for card in cards] == [lesson.title for lesson in lessons().values()]
    cards[1].click()
    assert session(user).lesson.name == "line"


def test_a_click_on_what_is_chosen_already_counts(user: User) -> None:
    begin(user)
    user.until(lambda: user.window.workspace.canvas.view.viewport().rect().height() > 200)
    user.select(node_named(user, "dense"))
    session(user).go_to(7)  # asks for a click on a Dense, too
    assert not session(user).state.is_done
    user.hand.click(user.hand.middle(user.graph.nodes[node_named(user, "dense")]))
    assert session(user).state.is_done


def test_a_drag_of_the_canvas_is_no_click_on_what_is_chosen(user: User) -> None:
    begin(user)
    user.until(lambda: user.window.workspace.canvas.view.viewport().rect().height() > 200)
    user.select(node_named(user, "dense"))
    session(user).go_to(7)
    start = user.hand.middle(user.graph.nodes[node_named(user, "dense")])
    user.hand.drag(start + QPointF(0, 300), start + QPointF(40, 320), Qt.MouseButton.MiddleButton)
    assert not session(user).state.is_done


def test_a_race_that_is_begun_on_the_page_counts(user: User) -> None:
    begin(user, "optimizers")
    session(user).go_to(5)
    user.window.dock.looks.raced.emit()
    assert not session(user).state.is_done
    session(user).note("command/rewind")
    assert session(user).state.is_done
