"""How far somebody is in a lesson, and when a step is done."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import Field

from engine.lessons.lesson import MOST_ANSWERS, MOST_STEPS, Lesson, Step
from engine.lessons.seen import Seen
from engine.settings import Settings


class Progress(Settings):
    """What is kept of a learner's way through a lesson.

    Attributes:
        step: the one that is open, from 0.
        done: steps that were done.
        skipped: steps that were left without being done.
        answers: chosen last, by step.
    """

    step: int = Field(0, ge=0, lt=MOST_STEPS)
    done: tuple[int, ...] = Field((), max_length=MOST_STEPS)
    skipped: tuple[int, ...] = Field((), max_length=MOST_STEPS)
    answers: dict[int, int] = Field({}, max_length=MOST_STEPS * MOST_ANSWERS)
    finished: bool = False


@dataclass(frozen=True)
class LessonState:
    """A lesson that somebody takes, and how far they are."""

    lesson: Lesson
    progress: Progress = field(default_factory=Progress)

    @property
    def place(self) -> int:
        """The open step; the last one where the lesson has fewer by now."""
        return min(self.progress.step, len(self.lesson.steps) - 1)

    @property
    def step(self) -> Step:
        """The open step."""
        return self.lesson.steps[self.place]

    @property
    def is_done(self) -> bool:
        """Whether what the open step asks for was done."""
        return not self.step.asks or self.place in self.progress.done

    @property
    def is_last(self) -> bool:
        """Whether no step follows."""
        return self.place == len(self.lesson.steps) - 1

    @property
    def answer(self) -> int | None:
        """The answer that was chosen last, of those that there are."""
        question, chosen = self.step.question, self.progress.answers.get(self.place)
        return chosen if question is not None and chosen in range(len(question.answers)) else None

    def looked_at(self, seen: Seen) -> LessonState:
        """With the open step done, if it is; what was done once stays done."""
        if self.is_done or not self._has_right_answer():
            return self
        check = self.step.check
        return self._with_done() if check is None or check.holds(seen) else self

    def answered(self, answer: int) -> LessonState:
        """With another answer chosen."""
        answers = {**self.progress.answers, self.place: answer}
        return self._with(answers=answers)

    def gone_to(self, place: int) -> LessonState:
        """At another step; one that is left undone for a later one was skipped."""
        place = max(0, min(place, len(self.lesson.steps) - 1))
        skipped = {*self.progress.skipped, self.place} if place > self.place and not self.is_done else set()
        kept = sorted({*self.progress.skipped, *skipped} - set(self.progress.done))
        return self._with(step=place, skipped=tuple(kept))

    def finished(self) -> LessonState:
        """At its end; the last step was skipped, too, where it is not done."""
        skipped = {*self.progress.skipped, *(() if self.is_done else (self.place,))}
        return self._with(finished=True, skipped=tuple(sorted(skipped)))

    def taken_up(self) -> LessonState:
        """Back from its end."""
        return self._with(finished=False)

    def rewritten(self, lesson: Lesson) -> LessonState:
        """With the lesson as its teacher has it now."""
        return LessonState(lesson, self.progress)

    def _has_right_answer(self) -> bool:
        question = self.step.question
        return question is None or (self.answer is not None and question.answers[self.answer].right)

    def _with_done(self) -> LessonState:
        done = tuple(sorted({*self.progress.done, self.place}))
        return self._with(done=done, skipped=tuple(p for p in self.progress.skipped if p != self.place))

    def _with(self, **changes: object) -> LessonState:
        return LessonState(self.lesson, self.progress.model_copy(update=changes))
