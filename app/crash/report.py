"""A fault as text that can be passed on: what, where in the code, on which system. Nobody is sent it."""

import os
import platform
import re
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final

from PySide6.QtCore import qVersion

from engine.paths import data_dir

MOST_KEPT: Final = 20
_LONGEST: Final = 60_000  # letters; an endless recursion has a long story


@dataclass(frozen=True)
class Report:
    """A fault. `title` says in one line what it is, `detail` has all that is known."""

    title: str
    detail: str

    def text(self, when: datetime | None = None) -> str:
        """The whole report; folders of the user are written as `~`."""
        lines = [
            "Layerloom report",
            f"time: {(when or datetime.now()).isoformat(sep=' ', timespec='seconds')}",
            *system_lines(),
            "",
            self.title,
            "",
            self.detail,
        ]
        return without_home("\n".join(lines).rstrip() + "\n")


def system_lines() -> list[str]:
    """What a fault may depend on."""
    return [
        f"python: {platform.python_version()} ({platform.machine()})",
        f"qt: {qVersion()}",
        f"system: {platform.platform()}",
        f"processors: {os.cpu_count()}",
    ]


def without_home(text: str, home: str | None = None) -> str:
    """The text without the name of the user's folder."""
    folder = home if home is not None else str(Path.home())
    return re.sub(re.escape(folder) + r"(?=[/\\])", "~", text) if len(folder) > 1 else text


def report_of(kind: type[BaseException], value: BaseException | None, trace: TracebackType | None) -> Report:
    """The report of an exception."""
    lines = traceback.format_exception(kind, value, trace)
    title = lines[-1].strip().splitlines()[0] if lines else kind.__name__
    detail = "".join(lines)
    return Report(
        title,
        detail if len(detail) < _LONGEST else f"{detail[: _LONGEST // 2]}\n..\n{detail[-_LONGEST // 2 :]}",
    )


def keep(report: Report, now: Callable[[], datetime] = datetime.now) -> Path | None:
    """Write a report into the data folder, where the newest ones stay; None where that can't be done."""
    folder, when = data_dir() / "reports", now()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{when:%Y-%m-%d %H-%M-%S-%f}.txt"
        path.write_text(report.text(when), encoding="utf-8")
        for old in sorted(folder.glob("*.txt"))[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def say_on_terminal(report: Report, path: Path | None) -> None:
    """One line for whoever started Layerloom in a terminal; there is none on some systems."""
    if sys.stderr is not None:
        where = f" The report is in {path}." if path is not None else f"\n{report.detail}"
        sys.stderr.write(f"error: {report.title}{where}\n")


def story_of_a_process(exit_code: int | None) -> str:
    """What is known of a training process that ended by itself, from its exit code; a signal is a negative one."""
    if exit_code is None:
        return "The training process is gone; how it ended is not known."
    if exit_code >= 0:
        return f"The training process ended with exit code {exit_code}."
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    hints = {
        "SIGKILL": "It was killed from outside: most often by the system, because memory had run out.",
        "SIGSEGV": "It touched memory that is not its own: most often a fault in a graphics driver.",
        "SIGABRT": "A library ended it.",
        "SIGBUS": "A file or memory that it used was taken away, for instance by a full disk.",
    }
    return f"The training process was ended by {name}. {hints.get(name, '')}".strip()
