"""Finds the layer declarations, so that a new layer is one new file; each is imported when it is first needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import engine.layers as package
from engine import registry
from engine.layers.base import Layer

_LAYERS = registry.Registry[type[Layer]](
    package.__name__,
    "layers",
    registry.subclasses(Layer, lambda kind: "declaration" in vars(kind)),
    lambda kind: kind.title(),
    order=lambda kind: kind.title(),
)
_PREFIX = f"{package.__name__}."
_NEEDS = re.compile(r"^from engine\.layers\.(\w+) import", re.MULTILINE)


def layers() -> Mapping[str, type[Layer]]:
    """All layer classes by name, in alphabetical order.

    One that is asked for by its name is imported alone, as the class `Conv2D` lies in `conv2d.py`; whoever goes through
    them, or asks for a name that no module has, imports all of them.
    """
    return _LAYERS


@cache
def modules() -> tuple[str, ...]:
    """The names of the modules of this package, without its own, in alphabetical order."""
    return tuple(name.removeprefix(_PREFIX) for name in registry.modules(package.__name__)[1:])


def import_all() -> Iterator[None]:
    """Import all layers, a module a step: what a module imports of the others has had steps of its own before."""
    begun: set[str] = set()
    for name in modules():
        for each in _with_needs(name, begun):
            registry.imported(_PREFIX + each)
            yield
    _ = _LAYERS.whole


def _with_needs(name: str, begun: set[str]) -> Iterator[str]:
    """A module after those of this package that it imports, but for what has begun."""
    if name in begun or name not in modules():
        return
    begun.add(name)
    for need in _needs(name):
        yield from _with_needs(need, begun)
    yield name


def _needs(name: str) -> list[str]:
    """What a module imports of this package; nothing where its source is not to be had."""
    try:
        return _NEEDS.findall(Path(package.__path__[0], f"{name}.py").read_text(encoding="utf-8"))
    except OSError:
        return []


def are_all_imported() -> bool:
    """Whether nobody has to wait for any of them."""
    return _LAYERS.is_whole
