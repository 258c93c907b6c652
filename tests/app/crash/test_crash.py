"""Faults: each is told once, on a page that can be read and copied, with no trace of the user's folders."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.crash.guard import CrashGuard
from app.crash.page import CrashPage
from app.crash.report import MOST_KEPT, Report, keep, report_of, story_of_a_process, without_home
from app.theme import Theme
from engine.paths import data_dir
from tests.runner import ROOT

KILLED = """
import ctypes, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.crash.guard import CrashGuard
app = QCoreApplication([])
guard = CrashGuard()
guard.install(Path(sys.argv[1]))
ctypes.string_at(0)
"""


@pytest.fixture
def guard(qapp: QObject) -> CrashGuard:
    """A guard that nobody installed: pytest watches the hooks, too."""
    return CrashGuard()


def _fault(text: str = "no such thing") -> BaseException:
    try:
        raise LookupError(text)
    except LookupError as error:
        return error


def _raise(guard: CrashGuard, error: BaseException) -> None:
    guard.on_exception(type(error), error, error.__traceback__)


def test_an_exception_is_told_once_and_kept(
    guard: CrashGuard, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Report] = []
    guard.happened.connect(told.append)
    error = _fault()
    for _ in range(3):
        _raise(guard, error)
    qtbot.waitUntil(lambda: bool(told))
    assert [report.title for report in told] == ["LookupError: no such thing"]
    assert "in _fault" in told[0].detail
    (kept,) = (data_dir() / "reports").glob("*.txt")
    assert "no such thing" in kept.read_text()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_a_thread_is_watched_and_the_page_is_asked_for_on_the_windows_thread(
    guard: CrashGuard, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[tuple[Report, threading.Thread]] = []
    guard.happened.connect(lambda report: told.append((report, threading.current_thread())))
    thread = threading.Thread(target=_raise, args=(guard, _fault()))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(told))
    assert told[0][1] is threading.main_thread()
    assert capsys.readouterr().err


def test_what_qt_calls_critical_is_a_fault_and_a_remark_is_not(
    guard: CrashGuard, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Report] = []
    guard.happened.connect(told.append)
    guard.on_qt_message(QtMsgType.QtDebugMsg, QMessageLogContext(), "by the way")
    guard.on_qt_message(QtMsgType.QtCriticalMsg, QMessageLogContext(), "it is broken")
    qtbot.waitUntil(lambda: bool(told))
    assert [report.title for report in told] == ["it is broken"]
    assert "by the way" in capsys.readouterr().err


def test_the_hooks_are_put_back(guard: CrashGuard, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (sys.excepthook, threading.excepthook)
    guard.install()
    assert sys.excepthook == guard.on_exception
    guard.remove()
    assert (sys.excepthook, threading.excepthook) == before


def test_the_last_words_of_a_process_that_died_are_there_at_the_next_start(
    guard: CrashGuard, tmp_path: Path
) -> None:
    path = tmp_path / "last-words.log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", KILLED, str(path)],
        env=environment,
        check=False,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    words = guard.install(path)
    guard.remove()
    assert "Segmentation fault" in words or "Fatal Python error" in words
    assert guard.install(path) == ""
    guard.remove()
    assert not list(tmp_path.iterdir())


def test_folders_of_the_user_are_left_out() -> None:
    assert without_home('File "/home/ada/code/x.py"', "/home/ada") == 'File "~/code/x.py"'
    assert without_home("/home/adam/x", "/home/ada") == "/home/adam/x"


def test_only_the_newest_reports_are_kept() -> None:
    for number in range(MOST_KEPT + 3):
        assert keep(Report(f"fault {number}", ""))
    kept = sorted((data_dir() / "reports").glob("*.txt"))
    assert len(kept) == MOST_KEPT
    assert f"fault {MOST_KEPT + 2}" in kept[-1].read_text()


def test_an_endless_story_is_cut() -> None:
    try:
        raise ValueError("long " * 100_000)
    except ValueError as error:
        report = report_of(ValueError, error, error.__traceback__)
    assert len(report.detail) < 70_000


def test_the_page_shows_copies_and_goes_away(theme: Theme, qtbot: QtBot) -> None:
    page = CrashPage(theme)
    qtbot.addWidget(page)
    error = _fault()
    page.show_fault(report_of(LookupError, error, error.__traceback__))
    assert page.isVisible()
    assert not page.isModal()  # nothing holds the work up
    assert "still open" in page.sentence.text()
    assert "LookupError" in page.text.toPlainText()
    assert page.text.isReadOnly()
    QTest.mouseClick(page.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == page.report()
    assert "python:" in page.report()
    assert page.copy.text() == "Copied"
    page.show_fault(Report("another", "story"))
    assert "LookupError" in page.report()
    assert "another" in page.report()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()


@pytest.mark.parametrize(
    ("code", "words"), [(-9, "SIGKILL"), (3, "exit code 3"), (None, "not known"), (-200, "signal 200")]
)
def test_the_end_of_a_process_is_told(code: int | None, words: str) -> None:
    assert words in story_of_a_process(code)
