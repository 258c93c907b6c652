"""Pickles read as data: a machine of our own that knows tensors and containers, imports nothing and calls nothing.

A pickle is a program, and Python's own reader runs it. This one goes through the instructions, which `pickletools` of the
standard library only names, and does itself what a state dict needs; whatever else a pickle asks for is refused by name.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.formats.errors import FormatError

MOST_STEPS = 1_000_000
MOST_ITEMS = 500_000  # on the stack and in containers
LONGEST_NUMBER = 64  # bits


@dataclass(frozen=True)
class Named:
    """Something that the pickle names: `torch._utils._rebuild_tensor_v2`."""

    name: str


@dataclass(frozen=True)
class Storage:
    """Numbers in another file of the archive."""

    kind: str
    key: str
    count: int


@dataclass(frozen=True)
class StoredTensor:
    """A view of a storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _tensor(arguments: tuple[Any, ...]) -> StoredTensor:
    storage, offset, shape, strides = arguments[:4]
    if not isinstance(storage, Storage):
        raise FormatError("A tensor in it has no numbers.")
    sizes, steps = tuple(shape), tuple(strides)
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in (offset, *sizes, *steps))
    if not whole or len(sizes) != len(steps) or len(sizes) > 32:
        raise FormatError("A tensor in it has no sensible shape.")
    return StoredTensor(storage, offset, sizes, steps)


def _parameter(arguments: tuple[Any, ...]) -> Any:
    return arguments[0]


def _ordered(arguments: tuple[Any, ...]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in arguments[0] if arguments else ():
        found[_key(key)] = value
    return found


def _size(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(arguments[0]) if arguments else ()


_CALLS: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "collections.OrderedDict": _ordered,
    "torch.Size": _size,
}
STORAGES = frozenset(
    f"torch.{kind}Storage"
    for kind in ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
)
# plain values that other programs leave in a checkpoint; they stay names
_HARMLESS = frozenset(("torch.float32", "torch.float64", "torch.float16", "torch.bfloat16", "torch.device"))


def read_pickle(data: bytes) -> Any:
    """What a pickle says, as dicts, lists, tuples, numbers, text and `StoredTensor`.

    Raises:
        FormatError: it is damaged or too large, or wants to import something; the sentence names it.
    """
    try:
        return _Machine().run(_steps(data))
    except FormatError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError(f"Its list of tensors can't be read ({type(error).__name__}).") from error


def _steps(data: bytes) -> Iterator[tuple[str, Any]]:
    for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
        if count > MOST_STEPS:
            raise FormatError(f"Its list of tensors has more than {MOST_STEPS:,} instructions.")
        yield opcode.name, argument


class _Mark:
    """Where a list of items begins on the stack."""


_PLAIN = frozenset(
    """INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE
    SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8""".split()  # noqa: SIM905 - a list of words
)


class _Machine:
    """A stack, a memory, and what each instruction does to them."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._items = 0
        self._simple: dict[str, Callable[[], object]] = {
            "MARK": lambda: self._push(_Mark()),
            "NONE": lambda: self._push(None),
            "NEWTRUE": lambda: self._push(True),
            "NEWFALSE": lambda: self._push(False),
            "EMPTY_DICT": lambda: self._push({}),
            "EMPTY_LIST": lambda: self._push([]),
            "EMPTY_TUPLE": lambda: self._push(()),
            "EMPTY_SET": lambda: self._push([]),
            "TUPLE": lambda: self._push(tuple(self._marked())),
            "LIST": lambda: self._push(self._marked()),
            "DICT": lambda: self._push(_pairs(self._marked())),
            "TUPLE1": lambda: self._push(tuple(self._top(1))),
            "TUPLE2": lambda: self._push(tuple(self._top(2))),
            "TUPLE3": lambda: self._push(tuple(self._top(3))),
            "APPEND": self._append,
            "APPENDS": self._appends,
            "ADDITEMS": self._appends,
            "SETITEM": self._set_item,
            "SETITEMS": self._set_items,
            "REDUCE": self._reduce,
            "BUILD": self._build,
            "STACK_GLOBAL": self._stack_global,
            "BINPERSID": self._persistent,
            "MEMOIZE": lambda: self._remember(len(self._memo)),
            "POP": self._drop,
            "POP_MARK": self._marked,
            "DUP": lambda: self._push(self._stack[-1]),
        }

    def run(self, steps: Iterator[tuple[str, Any]]) -> Any:
        """The value that the instructions leave."""
        for name, argument in steps:
            if name == "STOP":
                return self._drop()
            self._step(name, argument)
        raise FormatError("Its list of tensors is not complete.")

    def _step(self, name: str, argument: Any) -> None:
        if name in _PLAIN:
            if isinstance(argument, int) and argument.bit_length() > LONGEST_NUMBER:
                raise FormatError("A number in its list of tensors is far too large.")
            self._push(argument)
        elif name in self._simple:
            self._simple[name]()
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self._remember(int(argument))
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self._push(self._memo[int(argument)])
        elif name == "GLOBAL":
            module, _, own = str(argument).partition(" ")
            self._push(_named(module, own))
        elif name not in ("PROTO", "FRAME"):
            raise FormatError(
                f"It does more than list tensors (the instruction {name}), and nothing in it is run; save "
                "model.state_dict() as safetensors instead."
            )

    def _push(self, value: Any) -> None:
        self._items += 1
        if self._items > MOST_STEPS or len(self._stack) > MOST_ITEMS:
            raise FormatError("Its list of tensors is far too long.")
        self._stack.append(value)

    def _drop(self) -> Any:
        value = self._stack.pop()
        if isinstance(value, _Mark):
            raise FormatError("Its list of tensors is damaged.")
        return value

    def _top(self, count: int) -> list[Any]:
        return [self._drop() for _ in range(count)][::-1]

    def _marked(self) -> list[Any]:
        found: list[Any] = []
        while not isinstance(value := self._stack.pop(), _Mark):
            found.append(value)
        return found[::-1]

    def _remember(self, place: int) -> None:
        if len(self._memo) > MOST_ITEMS:
            raise FormatError("Its list of tensors is far too long.")
        self._memo[place] = self._stack[-1]

    def _append(self) -> None:
        value = self._drop()
        self._list().append(value)

    def _appends(self) -> None:
        values = self._marked()
        self._list().extend(values)

    def _list(self) -> list[Any]:
        target = self._stack[-1]
        if not isinstance(target, list):
            raise FormatError("Its list of tensors is damaged.")
        return target

    def _set_item(self) -> None:
        key, value = self._top(2)
        self._dict()[_key(key)] = value

    def _set_items(self) -> None:
        pairs = _pairs(self._marked())
        self._dict().update(pairs)

    def _dict(self) -> dict[Any, Any]:
        target = self._stack[-1]
        if not isinstance(target, dict):
            raise FormatError("Its list of tensors is damaged.")
        return target

    def _reduce(self) -> None:
        function, arguments = self._top(2)
        call = _CALLS.get(function.name) if isinstance(function, Named) else None
        if call is None or not isinstance(arguments, tuple):
            raise FormatError(_refusal(function.name if isinstance(function, Named) else "something"))
        self._push(call(arguments))

    def _build(self) -> None:
        """State of an object: an OrderedDict has notes (`_metadata`), which are nothing to us."""
        self._drop()
        if not isinstance(self._stack[-1], dict):
            raise FormatError("It holds an object with a state of its own, and nothing in it is run.")

    def _stack_global(self) -> None:
        module, own = self._top(2)
        self._push(_named(str(module), str(own)))

    def _persistent(self) -> None:
        found = self._drop()
        if not isinstance(found, tuple) or len(found) < 5 or found[0] != "storage":
            raise FormatError("A tensor in it lies where no tensor should.")
        kind, key, count = found[1], found[2], found[4]
        if (
            not isinstance(kind, Named)
            or kind.name not in STORAGES
            or not isinstance(count, int)
            or count < 0
        ):
            raise FormatError("A tensor in it has a type of numbers that is not known here.")
        self._push(Storage(kind.name, str(key), count))


def _named(module: str, own: str) -> Named:
    name = f"{module}.{own}"
    if name not in _CALLS and name not in STORAGES and name not in _HARMLESS:
        raise FormatError(_refusal(name))
    return Named(name)


def _refusal(name: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in name)[:120]
    return (
        f"It wants {shown} to be imported and run, which is not done with files of others; save model.state_dict() alone, "
        "as safetensors if possible."
    )


def _pairs(values: list[Any]) -> dict[Any, Any]:
    if len(values) % 2:
        raise FormatError("Its list of tensors is damaged.")
    return {_key(k): v for k, v in zip(values[::2], values[1::2], strict=True)}


def _key(key: Any) -> Any:
    """Keys are text or numbers, so that comparing them runs nothing."""
    if not isinstance(key, str | int | float | bool | None):
        raise FormatError("A name in its list of tensors is no text.")
    return key
