"""Finds what is declared in the modules of a package, so that a new declaration is one new file.

A module is imported when what it declares is first wanted: to import all layers takes 0.1 s, and a network has a few.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from types import MappingProxyType, ModuleType
from typing import Any, TypeGuard, TypeVar

from typing_extensions import override

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """The declarations of a module, or of a package and its modules, by name.

    For one that is asked for by its name, no more modules are imported than it takes to find it: first the one that is
    called like it, then what is imported already, then the others. Whoever goes through them imports all.

    Args:
        home: the name of the module or package.
        nouns: the word for several of them in sentences: "data sets".
        holds: whether a value of a module is one of them, whether declared there or imported from another.
        name: what one is called; no two may be called the same.
        order: what they are sorted by; as the modules are called and declare them, if not given.
    """

    def __init__(
        self,
        home: str,
        nouns: str,
        holds: Callable[[object], TypeGuard[T]],
        name: Callable[[T], str],
        order: Callable[[T], Any] | None = None,
    ) -> None:
        self.home = home
        self._nouns = nouns
        self._holds = holds
        self._name = name
        self._order = order
        self._met: dict[str, T] = {}

    @property
    def is_whole(self) -> bool:
        """Whether all have been needed, so that nobody has to wait for any of them."""
        return "whole" in vars(self)

    @cached_property
    def whole(self) -> Mapping[str, T]:
        """All of them, imported and in order.

        Raises:
            RuntimeError: two are called the same.
        """
        found: dict[str, T] = {}
        for value in self._values(modules(self.home)):
            name = self._name(value)
            if found.setdefault(name, value) is not value:
                raise RuntimeError(f"Two {self._nouns} are named {name}; a name must be unique.")
        order = self._order
        kept = found.items() if order is None else sorted(found.items(), key=lambda item: order(item[1]))
        return MappingProxyType(dict(kept))

    def first(self, suits: Callable[[T], bool], likely: str = "") -> T | None:
        """The one that suits, where there is but one; none is imported any more once it is found.

        Args:
            suits: whether one does.
            likely: what the module may be called, apart from capitals and underscores.
        """
        called = loose(likely)
        names = sorted(modules(self.home), key=lambda name: (_last(name) != called, name not in sys.modules))
        return next((value for value in self._values(names) if suits(value)), None)

    def import_all(self) -> Iterator[None]:
        """Import all of them, a module a step, for those who have time before they are wanted."""
        for name in modules(self.home):
            imported(name)
            yield
        _ = self.whole

    @override
    def __getitem__(self, name: str) -> T:
        if name not in self._met and not self.is_whole:
            found = self.first(lambda value: self._name(value) == name, likely=name)
            if found is not None:
                self._met[name] = found
        return self._met[name] if name in self._met else self.whole[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    @override
    def __len__(self) -> int:
        return len(self.whole)

    def _values(self, names: Iterable[str]) -> Iterator[T]:
        return (value for name in names for value in vars(imported(name)).values() if self._holds(value))


@cache
def modules(home: str) -> tuple[str, ...]:
    """The names of a module or package and of its modules, in alphabetical order; none below those is looked at."""
    path = getattr(imported(home), "__path__", None)
    return (home, *(info.name for info in pkgutil.iter_modules(path, prefix=f"{home}."))) if path else (home,)


def import_modules(home: str) -> None:
    """Imports all of a package, for those that say of themselves what they are."""
    for name in modules(home):
        imported(name)


def imported(name: str) -> ModuleType:
    """A module by its name, imported where it is not yet."""
    return importlib.import_module(name)


def instances(kind: type[T]) -> Callable[[object], TypeGuard[T]]:
    """For declarations that are objects of a class."""

    def holds(value: object) -> TypeGuard[T]:
        return isinstance(value, kind)

    return holds


def subclasses(base: type[T], includes: Callable[[type[T]], bool]) -> Callable[[object], TypeGuard[type[T]]]:
    """For declarations that are classes: those derived from a base that are not bases themselves."""

    def holds(value: object) -> TypeGuard[type[T]]:
        return isinstance(value, type) and issubclass(value, base) and includes(value)

    return holds


def loose(name: str) -> str:
    """A name apart from capitals and from what stands between its words."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _last(module: str) -> str:
    return loose(module.rpartition(".")[2])
