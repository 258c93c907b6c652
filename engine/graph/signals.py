"""What a document tells those who listen: a signal for each fact.

A library for this was a tenth of the engine's import, of which the document needs what is written here.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any, overload
from weakref import WeakMethod

Listener = Callable[..., object]


class Signal:
    """Declares in a class what its objects tell. `graph.node_added` is this object's own `Listeners`.

    Args:
        carries: the type of what is told, for readers.
    """

    def __init__(self, carries: type) -> None:
        self.carries = carries
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Signal: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Listeners: ...
    def __get__(self, instance: object | None, owner: type) -> Signal | Listeners:
        if instance is None:
            return self
        # where Python looks before it asks here again
        listeners: Listeners = vars(instance).setdefault(self._name, Listeners())
        return listeners


class Listeners:
    """Who listens to one signal of one object, in the order in which they came.

    A method is held weakly, so that listening keeps nobody alive; a function is held.
    """

    def __init__(self) -> None:
        self._held: list[Callable[[], Listener | None]] = []

    def __len__(self) -> int:
        return sum(hold() is not None for hold in self._held)

    def connect(self, listener: Listener) -> None:
        """Call it from now on."""
        self._held.append(WeakMethod(listener) if isinstance(listener, MethodType) else lambda: listener)

    def disconnect(self, listener: Listener) -> None:
        """Call it no more; nothing happens where it was not connected."""
        for hold in self._held:
            if hold() == listener:
                self._held.remove(hold)
                return

    def emit(self, told: Any) -> None:
        """Call all who listen now; one who is disconnected meanwhile is not called."""
        for hold in tuple(self._held):
            listener = hold()
            if listener is None:
                self._held = [other for other in self._held if other() is not None]
            elif hold in self._held:
                listener(told)
