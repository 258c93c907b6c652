"""The way through a lesson: forwards, backwards, past its end, with questions that want a right answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.graph.document import ModelGraph
from engine.lessons.checks import Did
from engine.lessons.lesson import Lesson, Step, ask
from engine.lessons.progress import LessonState, Progress
from engine.lessons.seen import Seen

QUESTION = ask("How many?", ("One", False, "No."), ("Two", True, "Yes."))
LESSON = Lesson(
    title="Mine",
    steps=(
        Step(title="Read"),
        Step(title="Do", task="Open the data.", check=Did(deed="view/data")),
        Step(title="Answer", question=QUESTION),
        Step(title="Both", question=QUESTION, check=Did(deed="view/data")),
    ),
)


def nothing() -> Seen:
    return Seen(ModelGraph())


def looked() -> Seen:
    return Seen(ModelGraph(), deeds={"view/data"})


def test_a_page_to_read_asks_nothing_and_is_done() -> None:
    state = LessonState(LESSON)
    assert state.is_done
    assert state.looked_at(nothing()) == state
    assert not state.gone_to(1).progress.skipped


def test_what_was_done_stays_done() -> None:
    state = LessonState(LESSON).gone_to(1).looked_at(looked())
    assert state.is_done
    assert state.looked_at(nothing()).is_done
    assert state.gone_to(0).gone_to(1).is_done


def test_what_was_skipped_and_is_done_later_was_not_skipped() -> None:
    state = LessonState(LESSON).gone_to(1).gone_to(2)
    assert state.progress.skipped == (1,)
    state = state.gone_to(1)
    assert state.progress.skipped == (1,)
    assert state.looked_at(looked()).progress.skipped == ()


def test_going_back_skips_nothing() -> None:
    assert LessonState(LESSON).gone_to(2).gone_to(0).progress.skipped == ()


@pytest.mark.parametrize(("answer", "done"), [(0, False), (1, True), (7, False)])
def test_only_the_right_answer_is_enough(answer: int, done: bool) -> None:
    state = LessonState(LESSON).gone_to(2).answered(answer).looked_at(nothing())
    assert state.is_done is done
    assert state.answer == (answer if answer < 2 else None)


def test_a_wrong_answer_after_the_right_one_takes_nothing_away() -> None:
    state = LessonState(LESSON).gone_to(2).answered(1).looked_at(nothing()).answered(0).looked_at(nothing())
    assert state.is_done
    assert state.answer == 0


def test_a_question_and_a_check_are_both_wanted() -> None:
    state = LessonState(LESSON).gone_to(3)
    assert not state.looked_at(looked()).is_done
    assert not state.answered(1).looked_at(nothing()).is_done
    assert state.answered(1).looked_at(looked()).is_done


def test_the_end_and_back() -> None:
    state = LessonState(LESSON).gone_to(3)
    assert state.is_last
    ended = state.finished()
    assert ended.progress.finished
    assert ended.progress.skipped == (3,)
    assert ended.taken_up().place == 3
    assert not ended.taken_up().progress.finished


@given(st.lists(st.integers(-3, 9), max_size=8))
def test_every_place_is_one_of_the_lesson(places: list[int]) -> None:
    state = LessonState(LESSON)
    for place in places:
        state = state.gone_to(place)
        assert 0 <= state.place < len(LESSON.steps)
        assert state.step is LESSON.steps[state.place]
        assert not set(state.progress.skipped) & set(state.progress.done)


def test_a_rewritten_lesson_keeps_the_progress_and_a_place_in_it() -> None:
    state = LessonState(LESSON).gone_to(3)
    shorter = state.rewritten(LESSON.model_copy(update={"steps": LESSON.steps[:2]}))
    assert shorter.place == 1
    assert shorter.is_last
    assert shorter.rewritten(LESSON).place == 3


def test_a_lesson_without_pages_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        Lesson(title="Empty")


def test_a_project_that_can_t_be_read_is_an_empty_one() -> None:
    broken = LESSON.model_copy(update={"start": {"nodes": "none"}})
    assert not broken.project().nodes
    assert not LESSON.project().nodes


def test_texts_come_in_the_order_of_their_telling() -> None:
    texts = [text for text in LESSON.texts() if text]
    assert texts[0] == "Mine"
    assert texts.index("Read") < texts.index("Open the data.") < texts.index("How many?")
    assert texts.index("One") < texts.index("No.") < texts.index("Two")


@pytest.mark.parametrize("values", [{"step": 99}, {"done": [0] * 100}, {"unheard": 1}])
def test_progress_has_limits(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Progress.model_validate(values)
