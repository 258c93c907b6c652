"""What has a page: every layer and every member of every family, found where they are declared."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.families import Family, Member
from engine.layers.base import Layer
from engine.layers.constraints import CONSTRAINTS
from engine.layers.initializers import INITIALIZERS
from engine.layers.registry import layers
from engine.layers.regularizers import REGULARIZERS
from engine.objectives.loss import LOSSES, Link, Loss
from engine.objectives.metric import METRICS, Metric
from engine.optimizers.base import OPTIMIZERS
from engine.schedules.base import SCHEDULES
from engine.settings import Settings

_NAME = r"(?<![\w(\[])[^\W\d](?:[_\u2080-\u209c\u2032']\w*)?"
_STOP = r"[.;:](?:\s|$)|, (?:an?|and|in|one|over|the|where|with) |$"
_EQUATION = re.compile(rf"((?:{_NAME}, )*{_NAME} = .+?)(?={_STOP})")
Kinds = Callable[[], Mapping[str, type[Settings]]]


@dataclass(frozen=True)
class Shelf:
    """A group of pages: a folder of the reference.

    Attributes:
        folder: its name in paths.
        title: its heading.
        noun: the word for one of its subjects.
        members: the declarations by their names in files.
    """

    folder: str
    title: str
    noun: str
    members: Kinds


@dataclass(frozen=True, eq=False)
class Subject:
    """What one page is about, read from the declaration.

    Attributes:
        shelf: where it stands.
        key: its name in files.
        declaration: the class.
        title: its name for people.
        summary: one line.
        group: the category of a layer.
        aliases: other words people search for.
        elsewhere: its names in other libraries, by library.
        formula: in plain Unicode, or nothing.
        source: where the formula comes from, or nothing.
        notes: what else is to be known at a glance.
    """

    shelf: Shelf
    key: str
    declaration: type[Settings]
    title: str
    summary: str
    group: str
    aliases: tuple[str, ...]
    elsewhere: Mapping[str, str]
    formula: str
    source: str
    notes: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Its page, from the folder of the reference."""
        return f"{self.shelf.folder}/{self.key}.html"

    @property
    def paragraphs(self) -> list[str]:
        """The docstring, which is the help text, less what the summary says already."""
        text = inspect.getdoc(self.declaration) or ""
        found = [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()]
        return [paragraph for paragraph in found if paragraph.rstrip(".") != self.summary]


def _family(folder: str, title: str, family: Family[Any]) -> Shelf:
    return Shelf(folder, title, family.noun, lambda: family.members)


SHELVES = (
    Shelf("layers", "Layers", "layer", layers),
    _family("losses", "Losses", LOSSES),
    _family("metrics", "Metrics", METRICS),
    _family("optimizers", "Optimizers", OPTIMIZERS),
    _family("schedules", "Schedules", SCHEDULES),
    _family("initializers", "Initializers", INITIALIZERS),
    _family("regularizers", "Regularizers", REGULARIZERS),
    _family("constraints", "Constraints", CONSTRAINTS),
)


@cache
def subjects() -> tuple[Subject, ...]:
    """All of them, shelf by shelf, in alphabetical order."""
    return tuple(
        subject_of(shelf, key, kind) for shelf in SHELVES for key, kind in sorted(shelf.members().items())
    )


@cache
def _by_declaration() -> Mapping[type[Settings], Subject]:
    return {subject.declaration: subject for subject in subjects()}


def find(declaration: type[Settings]) -> Subject | None:
    """The subject that a class declares, if it has a page."""
    return _by_declaration().get(declaration)


def subject_of(shelf: Shelf, key: str, kind: type[Settings]) -> Subject:
    """What the page of a declaration says at its top."""
    if issubclass(kind, Layer):
        facts = kind.declaration
        names = {"Keras": facts.keras, "PyTorch": facts.torch, "ONNX": facts.onnx}
        known = {library: name for library, name in names.items() if name}
        group, summary, aliases = facts.category.value, facts.summary, facts.aliases
        formula = formulas(inspect.getdoc(kind) or "")
        return Subject(shelf, key, kind, kind.title(), summary, group, aliases, known, formula, "")
    if not issubclass(kind, Member):
        raise TypeError(f"A page is made of a layer or a member of a family. Received: {kind.__name__}.")
    known = {"Keras": kind.__name__}
    return Subject(
        shelf=shelf,
        key=key,
        declaration=kind,
        title=kind.title(),
        summary=kind.summary,
        group="",
        aliases=kind.aliases,
        elsewhere=known,
        formula=kind.formula,
        source=kind.source,
        notes=_notes(kind),
    )


def _notes(kind: type[Member]) -> tuple[str, ...]:
    """Which way is up, and what a loss does itself."""
    if issubclass(kind, Metric):
        return ("greater is better" if kind.greater_is_better else "smaller is better",)
    if issubclass(kind, Loss) and kind.link is not Link.NONE:
        return (f"takes scores; the {kind.link.value} is part of it",)
    return ()


def formulas(text: str) -> str:
    """The equations in a docstring, one a line: what begins with a single letter and = and ends its sentence.

    >>> formulas("Keeps the positive. y = max(x, 0). Simple and fast.")
    'y = max(x, 0)'
    """
    found = dict.fromkeys(equation.strip() for equation in _EQUATION.findall(" ".join(text.split())))
    return "\n".join(f"{equation}." if equation.endswith(" .") else equation for equation in found)
