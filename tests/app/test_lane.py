"""Work off the window's thread: what is answered, what is not, and that nothing is left running."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.lane import Lane
from engine.data.errors import DataError
from engine.devices.base import Interrupted, Watch

WAIT_MS = 10_000


@pytest.fixture
def lane(qapp: QApplication) -> Iterator[Lane]:
    lane = Lane("test-lane")
    yield lane
    lane.close()


def _fail(_sentence: str) -> None:
    pytest.fail("This was to be done.")


def _until_let_go(watch: Watch, begun: threading.Event) -> None:
    """Work that ends only when nobody waits for it."""
    begun.set()
    while True:
        watch(0, 1)
        threading.Event().wait(0.001)


def test_what_is_done_is_told_on_the_window_s_thread(lane: Lane, qtbot: QtBot) -> None:
    told: list[tuple[int, threading.Thread]] = []
    lane.want("sum", lambda _watch: 3, lambda n: told.append((n, threading.current_thread())), _fail)
    assert lane.is_busy("sum")
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert told == [(3, threading.main_thread())]
    assert not lane.is_busy("sum")


def test_a_newer_wish_ends_the_older_one(lane: Lane, qtbot: QtBot) -> None:
    begun, told = threading.Event(), list[str]()
    lane.want("read", lambda watch: _until_let_go(watch, begun), lambda _none: told.append("old"))
    assert begun.wait(WAIT_MS / 1000)
    lane.want("read", lambda _watch: "new", told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert told == ["new"]


def test_a_wish_that_does_not_interrupt_lets_the_running_one_finish(lane: Lane, qtbot: QtBot) -> None:
    begun, may_end, told = threading.Event(), threading.Event(), list[str]()

    def first(_watch: Watch) -> str:
        begun.set()
        may_end.wait(WAIT_MS / 1000)
        return "first"

    lane.want("page", first, told.append)
    assert begun.wait(WAIT_MS / 1000)
    lane.want("page", lambda _watch: "second", told.append, interrupts=False)
    lane.want("page", lambda _watch: "third", told.append, interrupts=False)
    may_end.set()
    qtbot.waitUntil(lambda: len(told) == 2, timeout=WAIT_MS)
    assert told == ["first", "third"]


def test_what_is_cancelled_is_not_told(lane: Lane, qtbot: QtBot) -> None:
    begun, told = threading.Event(), list[str]()
    lane.want("read", lambda watch: _until_let_go(watch, begun), lambda _none: told.append("read"))
    assert begun.wait(WAIT_MS / 1000)
    lane.cancel("read")
    assert not lane.is_busy("read")
    lane.want("other", lambda _watch: "other", told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert told == ["other"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError("Line 3 is empty."), "Line 3 is empty."),
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_what_fails_gives_a_sentence(lane: Lane, qtbot: QtBot, error: Exception, said: str) -> None:
    told: list[str] = []

    def work(_watch: Watch) -> None:
        raise error

    lane.want("read", work, lambda _none: told.append("done"), told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert said in told[0]


def test_a_fault_of_ours_is_logged_and_told(
    lane: Lane, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    lane.want("read", lambda _watch: 1 // 0, lambda _none: None, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert "fault of Layerloom" in told[0]
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()


def test_a_fault_after_the_window_is_closed_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    lane, begun, may_end = Lane("test-lane"), threading.Event(), threading.Event()

    def work(_watch: Watch) -> None:
        begun.set()
        may_end.wait(WAIT_MS / 1000)
        raise RuntimeError("can't register atexit after shutdown")

    lane.want("read", work, lambda _none: None)
    thread = next(each for each in threading.enumerate() if each.name == "test-lane")
    assert begun.wait(WAIT_MS / 1000)
    lane.close()
    may_end.set()
    thread.join(WAIT_MS / 1000)
    assert not caplog.text


def test_work_that_ends_itself_leaves_nothing_busy(lane: Lane, qtbot: QtBot) -> None:
    def work(_watch: Watch) -> None:
        raise Interrupted

    lane.want("read", work, lambda _none: pytest.fail("It was not done."))
    qtbot.waitUntil(lambda: not lane.is_busy("read"), timeout=WAIT_MS)


def test_progress_is_told(lane: Lane, qtbot: QtBot) -> None:
    seen, told = threading.Event(), list[object]()

    def work(watch: Watch) -> str:
        watch(1, 4)
        seen.wait(WAIT_MS / 1000)
        watch(4, 4)
        return "done"

    def progressed(done: int, total: int) -> None:
        told.append((done, total))
        seen.set()

    lane.want("read", work, told.append, _fail, progressed)
    qtbot.waitUntil(lambda: "done" in told, timeout=WAIT_MS)
    assert told == [(1, 4), (4, 4), "done"]
