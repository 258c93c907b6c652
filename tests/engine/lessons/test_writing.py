"""Lessons as bytes and as links: they come back as they were, and nothing broken gets in."""

import base64
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.formats.errors import FormatError
from engine.formats.project import Project, load_project, save_project
from engine.graph.document import ModelGraph
from engine.lessons import writing
from engine.lessons.checks import CHECKS, AllOf, Did, Trained
from engine.lessons.lesson import Lesson, Step, ask
from engine.lessons.markup import blocks, plain
from engine.lessons.progress import LessonState, Progress
from engine.lessons.registry import lessons
from engine.lessons.writing import PREFIX, from_bytes, from_link, is_link, to_bytes, to_link

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
simple_checks = st.sampled_from([kind() for kind in CHECKS.members.values()])
checks = st.one_of(
    st.none(),
    simple_checks,
    st.builds(Did, deed=words),
    st.builds(Trained, steps=st.integers(0, 10_000)),
    st.builds(AllOf, checks=st.lists(simple_checks, max_size=3).map(tuple)),
)
questions = st.one_of(st.none(), st.builds(lambda t, a: ask(t, (a, True, t), (t, False, a)), words, words))
steps = st.builds(Step, title=words, text=words, task=words, hint=words, check=checks, question=questions)
own_lessons = st.builds(
    Lesson,
    title=words,
    summary=words,
    minutes=st.integers(1, 60),
    steps=st.lists(steps, min_size=1, max_size=5).map(tuple),
    panels=st.lists(words, max_size=3).map(tuple),
)
progresses = st.builds(
    Progress,
    step=st.integers(0, 59),
    done=st.lists(st.integers(0, 59), max_size=5).map(tuple),
    answers=st.dictionaries(st.integers(0, 59), st.integers(0, 7), max_size=5),
    finished=st.booleans(),
)
states = st.builds(LessonState, st.one_of(own_lessons, st.sampled_from(list(lessons().values()))), progresses)


@settings(max_examples=60)
@given(states)
def test_bytes_come_back(state: LessonState) -> None:
    assert from_bytes(to_bytes(state)) == state


@settings(max_examples=40)
@given(states, st.sampled_from(["", "\n", "  ", "\r\n> "]))
def test_links_come_back_however_a_mail_program_breaks_them(state: LessonState, between: str) -> None:
    graph = state.lesson.project()
    link = to_link(state, graph)
    assert link.removeprefix(PREFIX).replace("-", "").replace("_", "").isalnum()
    assert is_link(link)
    broken = between.join(link[at : at + 70] for at in range(0, len(link), 70))
    received = from_link(broken)
    assert received.state == state
    assert received.graph.snapshot()[:2] == graph.snapshot()[:2]


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_other_bytes_are_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"\.$"):
        from_bytes(data)


@settings(max_examples=150)
@given(st.text(max_size=200))
def test_other_links_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(FormatError, match=r"\.$"):
        from_link(PREFIX + text)


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_link_is_refused(data: st.DataObject) -> None:
    lesson = lessons()["neuron"]
    link = to_link(LessonState(lesson, Progress(step=3, done=(0, 1, 2))), lesson.project())
    at = data.draw(st.integers(len(PREFIX), len(link) - 1))
    letter = data.draw(st.sampled_from("AZaz09-_"))
    damaged = data.draw(st.sampled_from([link[:at], link[:at] + letter + link[at + 1 :]]))
    try:
        received = from_link(damaged)
    except FormatError:
        return
    assert received.state.lesson == lesson  # the letter was that one, or the last one holds no bits


def _link_of(values: object) -> str:
    packed = zlib.compress(json.dumps(values).encode())
    return PREFIX + base64.urlsafe_b64encode(packed).decode().rstrip("=")


@pytest.mark.parametrize(
    "values",
    [
        [],
        {},
        {"version": 0},
        {"version": 99, "shipped": "neuron"},
        {"version": 1, "shipped": "unheard of"},
        {"version": 1, "lesson": {}},
        {"version": 1, "lesson": {"title": "x", "steps": []}},
        {"version": 1, "lesson": {"title": "x", "steps": [{"title": "a", "check": "eval"}]}},
        {"version": 1, "lesson": {"title": "x", "steps": [{"title": "a", "run": "rm"}]}},
        {"version": 1, "lesson": {"title": "x", "steps": [{"text": "a" * 10_000}]}},
        {"version": 1, "shipped": "neuron", "progress": {"step": -1}},
        {"version": 1, "shipped": "neuron", "project": {"nodes": "none"}},
    ],
)
def test_what_is_no_lesson_is_refused(values: object) -> None:
    with pytest.raises(FormatError, match=r"[.:].*\.$|\.$") as caught:
        from_link(_link_of(values))
    assert "\n" not in str(caught.value)


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    packed = zlib.compress(b" " * (writing.LARGEST + 10))
    link = PREFIX + base64.urlsafe_b64encode(packed).decode()
    with pytest.raises(FormatError, match="unpacks to more"):
        from_link(link)
    with pytest.raises(FormatError, match="at most"):
        from_bytes(b" " * (writing.LARGEST + 1))
    with pytest.raises(FormatError, match="at most"):
        from_link(PREFIX + "A" * (writing.LONGEST_LINK + 1))


def test_a_lesson_that_is_too_long_for_a_link_is_to_be_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LONGEST_LINK", 10)
    with pytest.raises(FormatError, match="Save it as a file"):
        to_link(LessonState(lessons()["neuron"]), ModelGraph())


def test_a_lesson_of_the_application_is_a_short_link() -> None:
    for lesson in lessons().values():
        assert len(to_link(LessonState(lesson), lesson.project())) < 150


def test_a_project_file_keeps_the_lesson(tmp_path: Path) -> None:
    lesson = lessons()["line"]
    state = LessonState(lesson, Progress(step=2, done=(0,), skipped=(1,)))
    path = tmp_path / "lesson.loom"
    save_project(path, Project(lesson.project(), lesson=to_bytes(state)))
    loaded = load_project(path)
    assert loaded.warnings == ()
    assert from_bytes(loaded.lesson) == state


@given(st.text(max_size=300))
def test_any_text_can_be_shown(text: str) -> None:
    for block in blocks(text):
        assert block.plain
    assert isinstance(plain(text), str)


def test_marks_make_looks() -> None:
    (first, item, formula) = blocks("A **bold** and *soft* `x1`.\n\n- one\n  more\n\n> y = a * b")
    assert [(span.text, span.look) for span in first.spans if span.look] == [
        ("bold", "strong"),
        ("soft", "emphasis"),
        ("x1", "code"),
    ]
    assert item.plain == "one more"
    assert formula.plain == "y = a * b"
