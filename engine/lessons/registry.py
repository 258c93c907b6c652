"""Finds the lessons that come with the application, so that a new one is one new file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import engine.lessons.shipped as package
from engine.lessons.lesson import Lesson
from engine.registry import Registry, instances


@cache
def lessons() -> Mapping[str, Lesson]:
    """All of them by name, in the order of their numbers."""
    found = Registry[Lesson](
        package.__name__,
        "lessons",
        instances(Lesson),
        lambda lesson: lesson.name,
        order=lambda lesson: lesson.number,
    )
    return found.whole
