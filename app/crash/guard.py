"""Catches what nobody else does: exceptions on any thread, what Qt complains of, and the end of the process.

An interpreter that dies (a fault in a driver) can say nothing any more, so its last words go into a file that the next
start shows.
"""

import faulthandler
import os
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from app.crash.report import Report, keep, report_of, say_on_terminal
from app.mailbox import Mailbox

_BAD = (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)


class CrashGuard(QObject):
    """Watches from `install` to `remove`. `happened` carries a `Report`, on the window's thread, once a fault."""

    happened = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: set[str] = set()
        self._lock = threading.Lock()
        self._last_words: IO[str] | None = None
        self._hooks = (sys.excepthook, threading.excepthook)
        self._mailbox = Mailbox(self)

    def install(self, last_words: Path | None = None) -> str:
        """Watch from now on; returns what the process before had to say when it died, mostly nothing."""
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self.on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(self.on_qt_message)
        return self._open_last_words(last_words) if last_words is not None else ""

    def remove(self) -> None:
        """Watch no longer."""
        sys.excepthook, threading.excepthook = self._hooks
        qInstallMessageHandler(None)
        if self._last_words is not None:
            faulthandler.disable()
            path = Path(self._last_words.name)
            self._last_words.close()
            self._last_words = None
            path.unlink(missing_ok=True)

    def on_exception(
        self, kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> None:
        """An exception that nobody caught."""
        if issubclass(kind, KeyboardInterrupt):
            self._hooks[0](kind, value, trace)
            return
        self.note(report_of(kind, value, trace))

    def note(self, report: Report) -> None:
        """Keep a report and tell the window; the same fault is told once, since it may come with every picture."""
        with self._lock:
            if report.detail in self._known:
                return
            self._known.add(report.detail)
        say_on_terminal(report, keep(report))
        self._mailbox.post(self.happened.emit, report)

    def on_qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        """Something that Qt has to say: faults make a report, the rest goes where it went."""
        if kind in _BAD:
            where = f"{context.file or ''}:{context.line}" if context.file else "Qt"
            self.note(Report(message, f"{kind.name} in {where}\n{message}"))
        elif sys.stderr is not None:
            sys.stderr.write(f"{message}\n")

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if issubclass(args.exc_type, SystemExit):
            return
        name = args.thread.name if args.thread is not None else "?"
        report = report_of(args.exc_type, args.exc_value, args.exc_traceback)
        self.note(Report(report.title, f"on the thread {name}\n{report.detail}"))

    def _open_last_words(self, path: Path) -> str:
        before = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for other in path.parent.glob(f"{path.stem}-*{path.suffix}"):
                before = before or _abandoned(other)
            file = path.with_stem(f"{path.stem}-{os.getpid()}").open("w", encoding="utf-8")
        except OSError:
            return before
        self._last_words = file
        faulthandler.enable(file)
        return before


def _abandoned(path: Path) -> str:
    """The last words in a file whose process is gone, and the file goes with them."""
    pid = path.stem.rpartition("-")[2]
    if pid.isdigit() and int(pid) != os.getpid() and _runs(int(pid)):
        return ""
    words = path.read_text(encoding="utf-8", errors="replace").strip()
    path.unlink(missing_ok=True)
    return words


def _runs(pid: int) -> bool:
    if sys.platform == "win32":
        return False  # an open file can't be deleted there anyhow
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
