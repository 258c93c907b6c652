"""The worker processes of all windows: a warm one for each project in front, and one more for each that trains behind.

A process costs memory and two seconds until it is warm, so none is kept for a project that is merely open, and the one
that a closed or hidden project no longer needs goes to the next.
"""

from collections.abc import Callable
from itertools import count
from threading import Lock
from weakref import WeakSet

from engine.worker.client import WorkerClient
from engine.worker.messages import Command, Ready, SetProfiling

Hear = Callable[[object], None]
Die = Callable[[int | None], None]


class Worker:
    """A process that is lent to one project at a time; who has it hears of it, on its reader thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hear: Hear | None = None
        self._die: Die | None = None
        self.ready: Ready | None = None
        self.profiles = False  # whether it was told to
        self._end: tuple[int | None] | None = None  # its exit code, once it has ended by itself
        self._client = WorkerClient(self._on_message, self._on_died)

    @property
    def pid(self) -> int | None:
        """Process id."""
        return self._client.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs, and is heard."""
        return self._end is None and self._client.alive

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._end is not None

    def tell(self, hear: Hear | None, die: Die | None) -> None:
        """From now on these hear of it, also of an end that nobody has heard of; nobody else does once this returns."""
        with self._lock:
            self._hear, self._die = hear, die
            if self._end is not None and die is not None:
                die(*self._end)

    def send(self, command: Command) -> None:
        """Send a command; a process that is gone says so through `die`."""
        if isinstance(command, SetProfiling):
            self.profiles = command.on
        self._client.send(command)

    def close(self) -> None:
        """End the process."""
        self.tell(None, None)
        self._client.close()

    def _on_message(self, message: object) -> None:
        with self._lock:
            if isinstance(message, Ready):
                self.ready = message
            if self._hear is not None:
                self._hear(message)

    def _on_died(self, exit_code: int | None) -> None:
        with self._lock:
            self._end = (exit_code,)
            if self._die is not None:
                self._die(exit_code)


class WorkerPool:
    """Lends workers and takes them back; keeps one that nobody needs now. Used on the window's thread."""

    def __init__(self) -> None:
        self._spare: Worker | None = None
        self._made: WeakSet[Worker] = WeakSet()
        self._ready: Ready | None = None
        self._closed = False
        self._jobs = count(1)

    @property
    def ready(self) -> Ready | None:
        """What a worker said when it was ready: all of them find the same devices."""
        said = (worker.ready for worker in tuple(self._made) if worker.ready is not None)
        self._ready = next(said, self._ready)
        return self._ready

    @property
    def has_spare(self) -> bool:
        """Whether a worker waits that nobody needs now."""
        return self._spare is not None

    def next_job(self) -> int:
        """A number that no other job of these projects has, so that nobody takes another's reports for his own."""
        return next(self._jobs)

    def take(self, hear: Hear, die: Die) -> Worker:
        """The spare worker, or a new one."""
        worker, self._spare = self._spare, None
        if worker is not None and not worker.alive:
            worker.close()
            worker = None
        worker = worker or Worker()
        self._made.add(worker)
        worker.tell(hear, die)
        return worker

    def give_back(self, worker: Worker) -> None:
        """Nobody hears of it any more; it waits for the next, unless another does so already."""
        worker.tell(None, None)
        if self._closed or self._spare is not None or not worker.alive:
            worker.close()
            return
        if worker.profiles:
            worker.send(SetProfiling(on=False))
        self._spare = worker

    def close(self) -> None:
        """End the spare worker, and each that is given back later."""
        self._closed = True
        if self._spare is not None:
            self._spare.close()
            self._spare = None
