"""How another thread reaches the window's: through a queue and a byte in a socket, never through a signal.

A signal that is emitted on a thread of Python's own needs locks of Qt's and of Python's, and the window's thread may hold
the one and wait for the other. Here the other thread touches nothing of Qt's.
"""

import socket
import weakref
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock
from typing import TypeVar

from PySide6.QtCore import QObject, QSocketNotifier

T = TypeVar("T")


class Mailbox:
    """Calls that any thread asks for are made on the thread that made this, one a turn of its event loop, in order.

    Args:
        owner: once it is gone, no call is made any more.
    """

    def __init__(self, owner: QObject) -> None:
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = Lock()
        self._rung = False  # whether a byte is under way
        self._bell, self._door = socket.socketpair()
        for end in (self._bell, self._door):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._door.fileno(), QSocketNotifier.Type.Read, owner)
        self._notifier.activated.connect(self._on_rung)
        owner.destroyed.connect(weakref.finalize(self, _close, self._bell, self._door))

    def post(self, call: Callable[[T], None], thing: T) -> None:
        """Have `call` called with `thing` soon; on any thread, also when the owner is gone."""
        self._waiting.put(partial(call, thing))
        self._ring()

    def _ring(self) -> None:
        with self._lock:
            if self._rung:
                return
            self._rung = True
            try:
                self._bell.send(b"\0")
            except OSError:  # closed: nobody is there any more
                return

    def _on_rung(self) -> None:
        with self._lock:
            self._rung = False
            try:
                self._door.recv(1)
            except OSError:
                return
        try:
            call = self._waiting.get_nowait()
        except Empty:
            return
        if not self._waiting.empty():
            self._ring()
        call()


def _close(*ends: socket.socket) -> None:
    for end in ends:
        end.close()
