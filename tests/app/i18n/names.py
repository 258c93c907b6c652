"""Names that are the same in every language: of layers, as in Keras; of keys; of files and systems."""

import re
from collections.abc import Iterator
from enum import Enum

from app.i18n.declarations import models_with_settings
from app.inspector.kinds import Choice, Either, Kind, Nested, kind_of
from engine.formats.examples import examples
from engine.layers.registry import layers

_FIXED = (
    "Layerloom Ctrl Shift Alt Del Esc Tab Home End PgUp PgDown Left Right Down Space Enter Return Backspace Ins"
    " NumPy OpenGL GPU CPU cpu gpu auto csv npz json loom MNIST SVG PNG PDF Perfetto perfetto dev English"
    " spiral first second arm name Plus Minus"
)


def _choices(kind: Kind) -> Iterator[str]:
    if isinstance(kind, Choice):
        for value in kind.values:
            yield str(value.value if isinstance(value, Enum) else value).replace("_", " ")
    elif isinstance(kind, Nested):
        for model in kind.models:
            yield model.__name__
    elif isinstance(kind, Either):
        for part in kind.kinds:
            yield from _choices(part)


def _names() -> Iterator[str]:
    yield _FIXED
    for name, layer in layers().items():
        yield from (name, layer.title(), type(layer).__name__)
    for model in models_with_settings():
        for info in model.model_fields.values():
            yield from _choices(kind_of(info))
    for example in examples().values():
        for node in example.graph().nodes.values():
            yield node.name


def _all() -> frozenset[str]:
    found: set[str] = set()
    for text in _names():
        found.update(re.findall(r"[A-Za-z]+", text))
    return frozenset(found)


NAMES = _all()
