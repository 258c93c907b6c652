"""Work off the window's thread: whoever needs a file read says so here, and hears of it when it is done.

The thread and the window meet in queues alone, never in signals: an object of Qt that is gone by the time the work is
done is not called any more, and nothing has to wait for a thread to let it go.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer

from engine.data.errors import DataError
from engine.devices.base import Interrupted, Watch

T = TypeVar("T")
LOOK_MS = 10  # between two looks for what is done; a frame of the screen takes 16

Failed = Callable[[str], None]
Progressed = Callable[[int, int], None]


@dataclass(eq=False)
class Wish:
    """Something to be done, and who is told.

    Attributes:
        topic: of several wishes on one topic, only the newest is answered.
        work: gets a `Watch`; what that raises, once nobody waits any more, ends the work.
        done, failed, progressed: called on the window's thread.
    """

    topic: str
    work: Callable[[Watch], Any]
    done: Callable[[Any], None]
    failed: Failed | None
    progressed: Progressed | None
    wanted: bool = True
    progress: tuple[int, int] | None = None

    def watch(self, done: int, total: int) -> None:
        """Take note of how far the work is; ends it where nobody waits for it any more."""
        if not self.wanted:
            raise Interrupted
        self.progress = (done, total)


@dataclass(frozen=True)
class _Outcome:
    wish: Wish
    value: Any = None
    sentence: str = ""


class Lane(QObject):
    """A thread that grants one wish at a time and ends when there is none left."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._lock = Lock()
        self._waiting: list[Wish] = []
        self._running: Wish | None = None
        self._thread: Thread | None = None
        self._outcomes: SimpleQueue[_Outcome] = SimpleQueue()
        self._untold: list[Wish] = []  # known to the window's thread alone
        self._told: tuple[Wish, tuple[int, int]] | None = None
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def want(
        self,
        topic: str,
        work: Callable[[Watch], T],
        done: Callable[[T], None],
        failed: Failed | None = None,
        progressed: Progressed | None = None,
        *,
        interrupts: bool = True,
    ) -> None:
        """Have something done; `done` or `failed` (with a sentence) is called, unless another wish on the topic comes.

        With `interrupts=False`, what runs already on this topic is finished and answered; only what waits is replaced.
        """
        if self._closed:
            return
        wish = Wish(topic, work, done, failed, progressed)
        self._withdraw(topic, running=interrupts)
        self._untold.append(wish)
        with self._lock:
            self._waiting.append(wish)
            if self._thread is None:
                self._thread = Thread(target=self._work, name=self._name)
                self._thread.start()
        if not self._timer.isActive():  # starting it again would put off the look for what is done
            self._timer.start()

    def cancel(self, topic: str) -> None:
        """Nobody waits for this any more."""
        self._withdraw(topic, running=True)

    def cancel_all(self) -> None:
        """Nobody waits for anything any more."""
        for topic in {wish.topic for wish in self._untold}:
            self.cancel(topic)

    def is_busy(self, topic: str) -> bool:
        """Whether something on this topic has not been told yet."""
        return any(wish.topic == topic for wish in self._untold)

    def close(self) -> None:
        """Nobody waits for anything any more; the thread ends by itself, at the next look of its work at the `Watch`."""
        self._closed = True
        self._timer.stop()
        self.cancel_all()

    def _withdraw(self, topic: str, *, running: bool) -> None:
        """Let go of the wishes on a topic; with `running`, also of what is being worked on or is done and not told."""
        with self._lock:
            waiting = [wish for wish in self._waiting if wish.topic == topic]
            self._waiting = [wish for wish in self._waiting if wish.topic != topic]
        for wish in [wish for wish in self._untold if wish.topic == topic]:
            if running or wish in waiting:
                wish.wanted = False
                self._untold.remove(wish)

    # -- on the thread ----------------------------------------------------------------------------
    def _work(self) -> None:
        while True:
            with self._lock:
                self._running = self._waiting.pop(0) if self._waiting else None
                if self._running is None:
                    self._thread = None
                    return
                wish = self._running
            self._grant(wish)

    def _grant(self, wish: Wish) -> None:
        try:
            self._outcomes.put(_Outcome(wish, wish.work(wish.watch)))
        except Interrupted:
            wish.wanted = False
            self._outcomes.put(_Outcome(wish))
        except (DataError, OSError) as error:
            self._outcomes.put(_Outcome(wish, sentence=str(error)))
        except MemoryError:
            self._outcomes.put(_Outcome(wish, sentence="There is not enough memory for this data."))
        except Exception as error:  # a fault of ours must reach the window, not end its reading
            if not self._closed:  # who leaves need not hear what the interpreter, about to end, refuses
                logging.getLogger(__name__).exception("%s: %s", self._name, wish.topic)
            self._outcomes.put(
                _Outcome(wish, sentence=f"This could not be done, by a fault of Layerloom ({error}).")
            )

    # -- on the window's thread -------------------------------------------------------------------
    def _look(self) -> None:
        with self._lock:
            running, idle = self._running, self._thread is None
        if running is not None:
            self._tell_progress(running)
        try:
            outcome = self._outcomes.get_nowait()  # one at a time: between two of them the window is painted
        except Empty:
            outcome = None
        if outcome is not None:
            self._tell_progress(outcome.wish)
            self._tell(outcome)
        elif idle and self._thread is None:
            self._timer.stop()

    def _tell(self, outcome: _Outcome) -> None:
        wish = outcome.wish
        if wish in self._untold:
            self._untold.remove(wish)
        if not wish.wanted:
            return
        if not outcome.sentence:
            wish.done(outcome.value)
        elif wish.failed is not None:
            wish.failed(outcome.sentence)

    def _tell_progress(self, wish: Wish) -> None:
        progress = wish.progress
        if progress is None or not wish.wanted or wish.progressed is None or self._told == (wish, progress):
            return
        self._told = (wish, progress)
        wish.progressed(*progress)
