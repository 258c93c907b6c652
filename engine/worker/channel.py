"""Messages between the window's process and a worker: small ones through the pipe, arrays over shared memory.

Pickle's out-of-band buffers separate the arrays from the message. Both ends are processes of ours, started by us;
nothing that comes from a file is ever unpickled.
"""

from __future__ import annotations

import pickle
import threading
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.shared_memory import SharedMemory

SHARED_FROM = 64 * 1024  # bytes of arrays in a message from which shared memory beats the pipe


class Channel:
    """One end of the pipe. `send` may be called from several threads, `receive` from one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: object) -> None:
        """Send a message; raises OSError (BrokenPipeError) if the other end is gone."""
        buffers: list[pickle.PickleBuffer] = []
        body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
        views = [b.raw() for b in buffers]
        total = sum(v.nbytes for v in views)
        with self._lock:
            block = _block(total) if total >= SHARED_FROM else None
            if block is None:
                self._connection.send((pickle.dumps(message, protocol=5), None, ()))
                return
            try:
                _fill(block, views)
                self._connection.send((body, block.name, tuple(v.nbytes for v in views)))
            except BaseException:
                block.unlink()
                raise
            finally:
                block.close()

    def receive(self) -> Any:
        """The next message; waits for it. Raises EOFError when the other end is gone."""
        body, name, sizes = self._connection.recv()
        if name is None:
            return pickle.loads(body)
        block = _shared(name=name)
        try:
            buffers = _parts(block, sizes)
        finally:
            block.close()
            block.unlink()
        return pickle.loads(body, buffers=buffers)

    def poll(self, timeout: float = 0.0) -> bool:
        """Whether a message is waiting."""
        return self._connection.poll(timeout)

    def close(self) -> None:
        """Close this end."""
        self._connection.close()


def _shared(name: str | None = None, *, create: bool = False, size: int = 0) -> SharedMemory:
    from multiprocessing.shared_memory import (
        SharedMemory,  # an import that takes time, for those who send arrays
    )

    return SharedMemory(name, create, size)


def _block(size: int) -> SharedMemory | None:
    """New shared memory; None where the system gives no more: that is no sign that the other end is gone."""
    try:
        return _shared(create=True, size=size)
    except OSError:
        return None


def _fill(block: SharedMemory, views: list[memoryview]) -> None:
    assert block.buf is not None  # only a closed block has none
    offset = 0
    for view in views:
        block.buf[offset : offset + view.nbytes] = view
        offset += view.nbytes


def _parts(block: SharedMemory, sizes: tuple[int, ...]) -> list[bytearray]:
    assert block.buf is not None  # only a closed block has none
    parts, offset = [], 0
    for size in sizes:
        parts.append(bytearray(block.buf[offset : offset + size]))
        offset += size
    return parts
