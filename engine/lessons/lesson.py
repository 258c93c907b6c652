"""What a lesson is: a declaration that says what is told, what is shown, what is to be done, and how that is noticed.

A lesson that comes with the application and one that a teacher wrote are the same thing; the second is read from a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import model_validator

from engine.data.settings import DataSettings
from engine.formats.example import Example
from engine.formats.sections import SECTIONS
from engine.graph.document import ModelGraph
from engine.graph.serialize import graph_from_json, graph_to_json
from engine.lessons.checks import AnyCheck
from engine.settings import Settings, setting
from engine.training.settings import TrainingSettings

LONGEST_TITLE, LONGEST_LINE, LONGEST_TEXT = 120, 500, 6_000  # letters
MOST_STEPS, MOST_ANSWERS, MOST_NAMES = 60, 8, 60
HINT_AFTER = 45  # seconds


class Level(StrEnum):
    """For whom a lesson is."""

    FIRST = "first steps"
    BASIC = "basics"
    DEEPER = "deeper"


class Answer(Settings):
    """One answer of a question, with what is said when it is chosen."""

    text: str = setting("", "Answer", "as it stands on the button", max_length=LONGEST_LINE)
    right: bool = setting(False, "Right", "whether it is right")
    because: str = setting("", "Because", "what is said when it is chosen", max_length=LONGEST_LINE)


class Question(Settings):
    """A question with answers to choose from."""

    text: str = setting("", "Question", "in one sentence", max_length=LONGEST_LINE)
    answers: tuple[Answer, ...] = setting((), "Answers", "one of them right", max_length=MOST_ANSWERS)


class Step(Settings):
    """One page of a lesson."""

    title: str = setting("", "Title", "above the page", max_length=LONGEST_TITLE)
    text: str = setting("", "Text", "what is told", hidden=True, max_length=LONGEST_TEXT)
    task: str = setting("", "To do", "one sentence; empty: there is only to read", max_length=LONGEST_LINE)
    check: AnyCheck | None = setting(
        None, "Done when", "how it is noticed; empty: the learner says when to go on"
    )
    hint: str = setting("", "Hint", "what is said after a while", max_length=LONGEST_LINE)
    hint_after: int = setting(
        HINT_AFTER, "Hint after", "how long it is waited", advanced=True, unit="s", ge=0, le=3600
    )
    point_at: str = setting(
        "",
        "Point at",
        "what is marked: button/, part/, panel/, node/, setting/, training/ or data/ with a name, as button/train",
        max_length=LONGEST_TITLE,
    )
    question: Question | None = setting(None, "Question", "with answers to choose from; empty: none")

    @property
    def asks(self) -> bool:
        """Whether there is something to do before going on."""
        return self.check is not None or self.question is not None


class Lesson(Settings):
    """A lesson.

    It begins with the project in `start`, as files write it. `panels` are the names of what is shown ("palette",
    "inspector", "learning", ..) and `layers` the names of what the palette offers, as long as the window shows only what
    the lesson needs; none means the usual ones. `settings` are names of rarely changed settings that are shown then, too.
    """

    kind: ClassVar[str] = "lesson"

    name: str = setting("", "Name", "never changes", hidden=True, max_length=LONGEST_TITLE)
    number: int = setting(0, "Number", "its place among the lessons", hidden=True, ge=0, le=10_000)
    title: str = setting("", "Title", "of the lesson", max_length=LONGEST_TITLE)
    summary: str = setting("", "Summary", "one sentence", max_length=LONGEST_LINE)
    learn: tuple[str, ...] = setting((), "What is learned", "one sentence each", hidden=True, max_length=20)
    minutes: int = setting(10, "Minutes", "about how long it takes", unit="min", ge=1, le=600)
    level: Level = setting(Level.BASIC, "Level", "for whom it is")
    steps: tuple[Step, ...] = setting((), "Steps", "the pages", hidden=True, max_length=MOST_STEPS)
    start: dict[str, Any] = setting({}, "Start", "the project that it begins with", hidden=True)
    focused: bool = setting(True, "Show only what it needs", "hides other panels, layers and settings")
    panels: tuple[str, ...] = setting((), "Panels", "what is shown", hidden=True, max_length=MOST_NAMES)
    layers: tuple[str, ...] = setting(
        (), "Layers", "what the palette offers", hidden=True, max_length=MOST_NAMES
    )

    settings: tuple[str, ...] = setting(
        (), "Settings", "rarely changed ones that are shown", hidden=True, max_length=MOST_NAMES
    )

    @model_validator(mode="after")
    def _has_pages(self) -> Self:
        if not self.steps:
            raise ValueError("A lesson has at least one step, received none. Add one.")
        for text in (*self.learn, *self.panels, *self.layers, *self.settings):
            if len(text) > LONGEST_LINE:
                raise ValueError(
                    f"A name or sentence has at most {LONGEST_LINE} letters, received {len(text)}. Make it shorter."
                )
        return self

    def project(self) -> ModelGraph:
        """The project it begins with, made anew; an empty one where it has none or one that can't be read."""
        if not self.start:
            return ModelGraph()
        try:
            return graph_from_json(self.start, SECTIONS)[0]
        except ValueError:
            return ModelGraph()

    def texts(self) -> Iterator[str]:
        """Every text that a learner reads."""
        yield from (self.title, self.summary, *self.learn)
        for step in self.steps:
            yield from (step.title, step.text, step.task, step.hint)
            if step.question is not None:
                yield step.question.text
                for answer in step.question.answers:
                    yield from (answer.text, answer.because)


def start_of(graph: ModelGraph) -> dict[str, Any]:
    """A project as a lesson keeps it."""
    return graph_to_json(graph)


def begin_with(
    network: Callable[[], ModelGraph], data: DataSettings, training: TrainingSettings
) -> dict[str, Any]:
    """The project that a lesson begins with, from a network, its data and how it is trained."""
    return start_of(Example("", "", "", network, data, training).graph())


def ask(text: str, *answers: tuple[str, bool, str]) -> Question:
    """A question with answers: the text, whether it is right, and why."""
    return Question(text=text, answers=tuple(Answer(text=t, right=r, because=b) for t, r, b in answers))
