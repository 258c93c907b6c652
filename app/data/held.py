"""An opened file that several threads read: closed when the last of them is done with it, not before."""

from threading import Lock
from types import TracebackType

from engine.data.sources.base import Interrupted, Source


class Held:
    """A source with a count of who reads it. `with held as source:` reads; raises `Interrupted` once it was let go."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lock = Lock()
        self._readers = 0
        self._let_go = False

    def let_go(self) -> None:
        """Nobody may begin to read any more; it is closed as soon as nobody reads."""
        with self._lock:
            self._let_go = True
            closes = self._readers == 0
        if closes:
            self.source.close()

    def __enter__(self) -> Source:
        with self._lock:
            if self._let_go:
                raise Interrupted
            self._readers += 1
        return self.source

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._readers -= 1
            closes = self._let_go and self._readers == 0
        if closes:
            self.source.close()
