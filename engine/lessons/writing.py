"""A lesson with its state as bytes in a project file, and as a text short enough for a message.

Both are JSON with a version, checked like anything that strangers wrote: limits hold while reading, unknown things are
refused with a sentence, and nothing in them is ever run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from engine.formats import letters
from engine.formats.errors import FormatError
from engine.formats.guards import read_json
from engine.formats.sections import SECTIONS
from engine.graph.document import ModelGraph
from engine.graph.serialize import graph_from_json, graph_to_json
from engine.lessons.lesson import Lesson
from engine.lessons.progress import LessonState, Progress
from engine.lessons.registry import lessons
from engine.settings import problems

VERSION: Final = 1
PREFIX: Final = "layerloom-lesson:"
LONGEST_LINK: Final = 100_000  # letters
LARGEST: Final = 4 << 20  # bytes of JSON
Model = TypeVar("Model", Lesson, Progress)


@dataclass(frozen=True)
class Received:
    """What a link holds: a lesson, how far somebody is, and their project; `warnings` say what of it was left out."""

    state: LessonState
    graph: ModelGraph
    warnings: tuple[str, ...] = ()


def to_bytes(state: LessonState) -> bytes:
    """The lesson and how far somebody is, for a project file."""
    return json.dumps(_values(state), ensure_ascii=False, allow_nan=False).encode()


def from_bytes(data: bytes) -> LessonState:
    """What `to_bytes` gave, from anywhere.

    Raises:
        FormatError: one sentence; it is no lesson.
    """
    if len(data) > LARGEST:
        raise FormatError(f"A lesson has at most {LARGEST:,} bytes, this has {len(data):,}.")
    values = read_json(data)
    if not isinstance(values, dict):
        raise FormatError("This is not a lesson.")
    return _state(values)


def to_link(state: LessonState, graph: ModelGraph) -> str:
    """The lesson, how far somebody is and their project (less its weights), in letters that any link may have.

    Raises:
        FormatError: it would be too long.
    """
    values = _values(state)
    project = graph_to_json(graph)
    if project != state.lesson.start:
        values["project"] = project
    link = PREFIX + letters.pack(values)
    if len(link) > LONGEST_LINK:
        raise FormatError(
            f"As a text a lesson has at most {LONGEST_LINK:,} letters, this one has {len(link):,}. Save it as a file."
        )
    return link


def is_link(text: str) -> bool:
    """Whether a text is meant to be a lesson."""
    return letters.begins_with(text, PREFIX)


def from_link(text: str) -> Received:
    """What `to_link` gave, from anywhere; blanks and line breaks in it do not matter.

    Raises:
        FormatError: one sentence; it is no lesson, or only a part of one.
    """
    bare = letters.without(text, PREFIX)
    if len(bare) > LONGEST_LINK:
        raise FormatError(f"As a text a lesson has at most {LONGEST_LINK:,} letters, this has {len(bare):,}.")
    values = read_json(_unpacked(bare))
    if not isinstance(values, dict):
        raise FormatError("This text is not a lesson.")
    project = values.pop("project", None)
    state = _state(values)
    if project is None:
        return Received(state, state.lesson.project())
    try:
        graph, warnings = graph_from_json(project, SECTIONS)
    except ValueError as error:
        raise FormatError(f"The project of the lesson can't be read: {error}") from None
    return Received(state, graph, tuple(warnings))


def _unpacked(bare: str) -> bytes:
    try:
        return letters.unpack(bare, LARGEST)
    except letters.TooLong:
        raise FormatError(f"A lesson has at most {LARGEST:,} bytes, this unpacks to more.") from None
    except letters.Damaged:
        raise FormatError("This text is damaged or only a part of a lesson; copy all of it again.") from None


def _values(state: LessonState) -> dict[str, Any]:
    """One that comes with the application is named only, so that it is read in the language of whoever opens it."""
    lesson = state.lesson
    own = {"shipped": lesson.name} if _is_shipped(lesson) else {"lesson": _written(lesson)}
    progress = state.progress.model_dump(mode="json", exclude_defaults=True)
    return {"version": VERSION, **own, **({"progress": progress} if progress else {})}


def _is_shipped(lesson: Lesson) -> bool:
    return lessons().get(lesson.name) == lesson


def _written(lesson: Lesson) -> dict[str, Any]:
    return lesson.model_dump(mode="json", exclude_defaults=True)


def _state(values: dict[str, Any]) -> LessonState:
    version = values.get("version")
    if type(version) is not int or version < 1:
        raise FormatError("This is not a lesson: it does not say which version it has.")
    if version > VERSION:
        raise FormatError(
            "This lesson was made by a newer version of the application. Update it to open the lesson."
        )
    if "shipped" in values:
        lesson = lessons().get(str(values["shipped"]))
        if lesson is None:
            raise FormatError(
                f"There is no lesson named {str(values['shipped'])[:60]!r} in this version; update the application."
            )
    else:
        lesson = _read(Lesson, values.get("lesson"), "lesson")
    return LessonState(lesson, _read(Progress, values.get("progress", {}), "progress of the lesson"))


def _read(model: type[Model], values: object, what: str) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        reason = next(iter(problems(model, error).values()))
        raise FormatError(f"The {what} can't be read: {reason}") from None
    except RecursionError:
        raise FormatError(f"The {what} can't be read: it is nested too deep.") from None
