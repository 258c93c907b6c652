"""The window's side of a worker: starts it, talks to it, notices when it dies. No Qt: callbacks on a reader thread."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from engine.worker.channel import Channel

if TYPE_CHECKING:  # a new worker imports this module first, and looks for garbage while it does
    from engine.worker.messages import Command

Callback = Callable[[object], None]


def _serve(connection: Connection) -> None:
    """What the process runs: it says which devices there are, then the server, which nobody else has to import.

    All that is imported stays, so Python looks for garbage only afterwards and among what is new.
    """
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is the window's to handle
    from engine.devices.registry import survey
    from engine.worker.messages import Ready

    channel, devices = Channel(connection), survey()
    try:
        channel.send(Ready(devices.infos, tuple(devices.absent.values())))
    except OSError:
        return  # the window is gone
    from engine.worker.server import serve

    gc.freeze()
    gc.enable()
    serve(channel, devices)


class WorkerClient:
    """One worker process, spawned (never forked: the window holds threads and a display).

    Args:
        on_message: called on the reader thread with `Ready` and `Reported` messages.
        on_died: called on the reader thread with the exit code if the worker ends without having been told to, or says
            something that cannot be taken: then it is ended, as nothing more would be heard of it.
    """

    def __init__(self, on_message: Callback, on_died: Callable[[int | None], None]) -> None:
        self._on_message = on_message
        self._on_died = on_died
        self._closing = False
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="layerloom-worker", daemon=True)
        self._process.start()
        theirs.close()
        self._channel = Channel(ours)
        self._reader = threading.Thread(target=self._read, name="worker-reports", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int | None:
        """Process id of the worker."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def send(self, command: Command) -> bool:
        """Send a command; False if the worker is gone (`on_died` says so, too)."""
        try:
            self._channel.send(command)
        except OSError:
            return False
        return True

    def close(self, timeout: float = 1.0) -> None:
        """End the worker: it leaves when its pipe closes, and is killed if it does not."""
        self._closing = True
        self._process.terminate()
        self._process.join(timeout)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._reader.join(timeout)
        self._channel.close()
        with suppress(ValueError):  # the reader has just seen its end, and has yet to write that down
            self._process.close()

    def _read(self) -> None:
        try:
            while True:
                self._on_message(self._channel.receive())
        except (EOFError, OSError):
            self._end()
        except Exception:
            import logging  # not for each new worker

            logging.getLogger(__name__).exception("What a worker said could not be taken; it is ended.")
            self._end(patience=0.0)

    def _end(self, patience: float = 1.0) -> None:
        """Nothing more will be heard: see to it that the process ends, and say so, unless it was told to."""
        if self._closing:
            return
        code = None
        with suppress(ValueError):  # it is being closed just now
            self._process.join(patience)
            self._process.kill()
            self._process.join()
            code = self._process.exitcode
        self._on_died(code)
