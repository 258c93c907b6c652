"""The pages of lessons: what each teaches and how it goes on, from its declaration."""

from __future__ import annotations

from html import escape

from engine.lessons.lesson import Lesson
from engine.lessons.registry import lessons
from engine.reference.library import Entry

FOLDER, TITLE, NOUN = "lessons", "Lessons", "lesson"


def path_of(lesson: Lesson) -> str:
    """Its page, from the folder of the reference."""
    return f"{FOLDER}/{lesson.name}.html"


def entries() -> list[Entry]:
    """What the list of contents says of each."""
    return [Entry(path_of(each), each.title, NOUN, each.summary, (each.name,)) for each in lessons().values()]


def parts_of(lesson: Lesson) -> list[str]:
    """What stands on the page of a lesson."""
    facts = " \N{MIDDLE DOT} ".join(
        (
            f'<a href="../index.html#{FOLDER}">Lesson</a>',
            lesson.level.value,
            f"about {lesson.minutes} minutes",
        )
    )
    return [
        f"<h1>{escape(lesson.title)}</h1>",
        f'<p class="summary">{escape(lesson.summary)}</p>',
        f'<p class="dim">{facts}</p>',
        "<h2>What you learn</h2>",
        _list("ul", lesson.learn),
        "<h2>Steps</h2>",
        _list("ol", [f"{step.title}. {step.task}" if step.task else step.title for step in lesson.steps]),
        '<p class="dim">It is opened from the menu, under Lessons, or from the welcome page.</p>',
    ]


def rows() -> list[tuple[str, str]]:
    """What the index says of each: a link and a sentence."""
    return [
        (f'<a href="{path_of(each)}">{escape(each.title)}</a>', escape(each.summary))
        for each in lessons().values()
    ]


def _list(tag: str, texts: tuple[str, ...] | list[str]) -> str:
    return "\n".join([f"<{tag}>", *(f"<li>{escape(text)}</li>" for text in texts), f"</{tag}>"])
