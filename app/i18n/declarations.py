"""Every text that the engine declares and the window shows: found in the registries, so that a catalogue can have them all.

Names stay as they are: layers, optimizers and choices are called as in Keras, which is what files and books call them.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import BaseModel

from app.inspector.kinds import Either, Kind, Nested, Several, kind_of, summary_of_model
from app.welcome.templates import templates
from engine.data.recipe.settings import ColumnRecipe, Recipe
from engine.data.registry import datasets
from engine.data.settings import DataSettings
from engine.data.sources.registry import source_kinds
from engine.exchange.formats import formats
from engine.formats.examples import examples
from engine.layers.base import Category
from engine.layers.registry import layers
from engine.lessons.checks import CHECKS
from engine.lessons.lesson import Lesson, Level
from engine.lessons.registry import lessons
from engine.models.bundled import bundled_networks
from engine.objectives.registry import losses, metrics
from engine.ops.cells import Seen
from engine.training.many.knobs import TITLES
from engine.training.settings import TrainingSettings

_NAME: Final = re.compile(r"[A-Za-z0-9_]+")
_WORD: Final = re.compile(r"[A-Za-z]{2,}")


def declared_texts() -> dict[str, str]:
    """The texts, each with what declares it first."""
    found: dict[str, str] = {}
    for text, owner in _texts():
        if text.strip() and not _is_name(text):
            found.setdefault(text, owner)
    return found


def lesson_texts() -> dict[str, str]:
    """What the lessons tell in words, each text with the lesson that tells it first; formulas are the same everywhere."""
    found: dict[str, str] = {}
    for lesson in lessons().values():
        for text in lesson.texts():
            if _WORD.search(text):
                found.setdefault(text, lesson.name)
    return found


def _is_name(text: str) -> bool:
    """Whether a text is a name as a program writes it: `GlorotUniform`, `L1L2`."""
    inner = any(letter.isupper() for letter in text[1:])
    return bool(_NAME.fullmatch(text)) and (inner or "_" in text or any(letter.isdigit() for letter in text))


def _texts() -> Iterator[tuple[str, str]]:
    yield from ((category.value.capitalize(), "categories") for category in Category)
    for name, layer in layers().items():
        yield layer.declaration.summary, name
    for name, record in datasets().items():
        yield from (
            (text, name) for text in (record.title, record.summary, record.description, record.caution)
        )
    for ready in (*examples().values(), *templates().values()):
        yield from ((text, ready.name) for text in (ready.title, ready.summary))
    for network in bundled_networks().values():
        yield from ((text, network.name) for text in (network.title, network.summary))
    for named in (*losses().values(), *metrics().values(), *CHECKS.members.values()):
        yield named.title(), named.__name__
    yield from ((loss.brief, loss.__name__) for loss in losses().values())
    for kind in formats().values():
        yield from ((text, kind.name) for text in (kind.title, kind.about))
    yield from ((seen.value, "recurrences") for seen in Seen)
    for lesson in lessons().values():
        yield from ((text, lesson.name) for text in (lesson.title, lesson.summary))
    yield from ((level.value, "levels of lessons") for level in Level)
    yield from ((title, "what variants differ in") for title in TITLES)
    for model in models_with_settings():
        yield from ((text, model.__name__) for text in (*_texts_of_model(model), summary_of_model(model)))


def _texts_of_model(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        if extra.get("hidden"):
            continue
        yield info.title or name.replace("_", " ").capitalize()
        yield info.description or ""
        yield str(extra.get("unit") or "")


def models_with_settings() -> list[type[BaseModel]]:
    """All models with settings that a form can show."""
    waiting: list[type[BaseModel]] = [*layers().values(), DataSettings, TrainingSettings, Lesson]
    waiting += [record.settings for record in datasets().values()]
    waiting += [kind.options for kind in formats().values() if kind.options is not None]
    waiting += [Recipe, ColumnRecipe, *(kind.options for kind in source_kinds().values())]
    known: dict[type[BaseModel], None] = {}
    while waiting:
        model = waiting.pop(0)
        if model not in known:
            known[model] = None
            for info in model.model_fields.values():
                waiting += _within(kind_of(info))
    return list(known)


def _within(kind: Kind) -> Iterable[type[BaseModel]]:
    """The models that a setting may hold."""
    if isinstance(kind, Nested):
        return kind.models
    if isinstance(kind, Several):
        return kind.part.models
    if isinstance(kind, Either):
        return [model for part in kind.kinds for model in _within(part)]
    return ()
