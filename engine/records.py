"""`dataclass` whose methods are written when they are first needed, so that records nobody uses cost a start nothing.

`dataclasses.dataclass` writes the source of up to six methods and compiles each, half a millisecond a class. A worker
imports 170 records of ours and uses 17 of them until it is ready; a window uses 70 of 220. Here a class gets stand-ins;
the first call of one, and the first look at the fields, has the standard library do its work.

What differs: a wrong declaration is found at first use (a test uses all), and until then the default of a `field(..)` is
not to be read from the class. Classes with slots have to be made anew, and are done at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

_FIELDS = "__dataclass_fields__"
_POST_INIT = "__post_init__"
_WRITING = RLock()


def _dataclass(kind: type[T] | None = None, /, **options: bool) -> Any:
    """As `dataclasses.dataclass`, with the same options."""
    if kind is None:
        return lambda decorated: _dataclass(decorated, **options)
    if options.get("slots"):
        return dataclasses.dataclass(**options)(kind)
    record = _Record(kind, options)
    for name in record.methods:
        setattr(kind, name, record.stand_in(name))
    if record.changes_and_compares:
        kind.__hash__ = None  # type: ignore[assignment]  # Python's way to say that it cannot be a key
    setattr(kind, _FIELDS, record)
    return kind


class _Record:
    """A class that waits for its methods; stands where its fields will be, so that whoever asks for them finds them.

    Args:
        kind: the class.
        options: of `dataclass`.
    """

    def __init__(self, kind: type, options: dict[str, bool]) -> None:
        self._kind = kind
        self._options = options
        self._written = False
        compares, frozen = options.get("eq", True), options.get("frozen", False)
        own = vars(kind)
        explicit = own.get("__hash__", None) is not None or ("__hash__" in own and "__eq__" not in own)
        self.changes_and_compares = compares and not frozen and not explicit
        wanted = {
            "__init__": options.get("init", True),
            "__repr__": options.get("repr", True),
            "__eq__": compares,
            "__hash__": compares and frozen and not explicit,
        }
        wanted |= dict.fromkeys(("__lt__", "__le__", "__gt__", "__ge__"), options.get("order", False))
        self.methods = [name for name, is_wanted in wanted.items() if is_wanted and not own.get(name)]

    def __get__(self, _instance: object, owner: type) -> Any:
        """The fields by their names."""
        self._write()
        return getattr(owner, _FIELDS)

    def stand_in(self, name: str) -> Callable[..., Any]:
        """A method that has the real one written, and calls it from then on."""

        def method(this: object, *arguments: object, **named: object) -> Any:
            self._write()
            return getattr(self._kind, name)(this, *arguments, **named)

        method.__name__, method.__qualname__ = name, f"{self._kind.__qualname__}.{name}"
        return method

    def _write(self) -> None:
        with _WRITING:
            if not self._written:
                self._written = True
                self._give_fields()
                self._give_methods()

    def _give_fields(self) -> None:
        """Fields, their defaults, and what freezes; nothing stands in for these, so they go to the class itself."""
        fewer = dict.fromkeys(("init", "repr", "eq", "order"), False)
        dataclasses.dataclass(**(self._options | fewer))(self._kind)

    def _give_methods(self) -> None:
        """Each takes its stand-in's place at once: another thread may be about to make an instance."""
        kind = self._kind
        fields = {field.name: field for field in dataclasses.fields(kind)}
        inside: dict[str, Any] = {
            "__module__": kind.__module__,
            "__qualname__": kind.__qualname__,
            "__doc__": kind.__doc__,
            "__annotations__": {name: field.type for name, field in fields.items()},
            **fields,
        }
        if hasattr(kind, _POST_INIT):
            inside[_POST_INIT] = getattr(kind, _POST_INIT)
        twin = type(kind.__name__, (), inside)
        written: Any = dataclasses.dataclass(**self._options)(twin)
        for name in self.methods:
            setattr(kind, name, vars(written)[name])
        kind.__dataclass_params__ = written.__dataclass_params__  # type: ignore[attr-defined]  # as it was declared


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _dataclass
