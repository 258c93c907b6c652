"""Finds the layer declarations, so that a new layer is one new file; each is imported when it is first needed."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType

from typing_extensions import override

import engine.layers as package
from engine.layers.base import Layer

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
    return tuple(info.name for info in pkgutil.iter_modules(package.__path__))


def import_all() -> Iterator[None]:
    """Import all layers, a module a step: what a module imports of the others has had steps of its own before."""
    begun: set[str] = set()
    for name in modules():
        for each in _with_needs(name, begun):
            _import(each)
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


class Layers(Mapping[str, type[Layer]]):
    """What `layers` gives."""

    def __init__(self) -> None:
        self._met: dict[str, type[Layer]] = {}

    @property
    def is_whole(self) -> bool:
        """Whether all have been needed."""
        return "whole" in vars(self)

    @cached_property
    def whole(self) -> Mapping[str, type[Layer]]:
        """All of them, imported."""
        found = {name: kind for module in modules() for name, kind in _declared(_import(module)).items()}
        return dict(sorted(found.items()))

    @cached_property
    def _homes(self) -> Mapping[str, str]:
        return {name.replace("_", ""): name for name in modules()}

    @override
    def __getitem__(self, name: str) -> type[Layer]:
        if not self.is_whole and name not in self._met and name.lower() in self._homes:
            self._met |= _declared(_import(self._homes[name.lower()]))
        return self._met.get(name) or self.whole[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    @override
    def __len__(self) -> int:
        return len(self.whole)


_LAYERS = Layers()


def _import(name: str) -> ModuleType:
    return importlib.import_module(f"{package.__name__}.{name}")


def _declared(module: ModuleType) -> dict[str, type[Layer]]:
    """The layers that a module holds, whether of its own or of another one, by name."""
    kinds = (v for v in vars(module).values() if isinstance(v, type) and issubclass(v, Layer))
    return {kind.title(): kind for kind in kinds if "declaration" in vars(kind)}
