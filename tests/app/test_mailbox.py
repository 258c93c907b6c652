"""Calls that other threads ask for: made on the window's thread, in order, and not at all once nobody is there."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot

from app.mailbox import Mailbox


def _on_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def _delete(owner: QObject) -> None:
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete)


def test_calls_are_made_here_and_in_order(qtbot: QtBot) -> None:
    owner = QObject()
    made: list[int] = []
    threads: set[threading.Thread] = set()

    def call(number: int) -> None:
        made.append(number)
        threads.add(threading.current_thread())

    mailbox = Mailbox(owner)

    def post() -> None:
        for number in range(1000):
            mailbox.post(call, number)

    _on_a_thread(post)
    assert not made
    qtbot.waitUntil(lambda: len(made) == 1000)
    assert made == list(range(1000))
    assert threads == {threading.main_thread()}


def test_one_call_a_turn_lets_others_have_theirs(qtbot: QtBot) -> None:
    owner = QObject()
    told: list[str] = []
    one, other = Mailbox(owner), Mailbox(owner)
    for number in range(3):
        one.post(told.append, f"one {number}")
    other.post(told.append, "other")
    qtbot.waitUntil(lambda: len(told) == 4)
    assert told.index("other") < 3


def test_what_a_call_asks_for_comes_after_it(qtbot: QtBot) -> None:
    owner = QObject()
    made: list[int] = []
    mailbox = Mailbox(owner)

    def call(number: int) -> None:
        made.append(number)
        if number:
            mailbox.post(call, number - 1)

    mailbox.post(call, 3)
    qtbot.waitUntil(lambda: made == [3, 2, 1, 0])


def test_a_call_that_fails_does_not_keep_the_next_from_coming(qtbot: QtBot) -> None:
    owner = QObject()
    made: list[str] = []
    mailbox = Mailbox(owner)

    def fail(_: object) -> None:
        raise ValueError("no")

    with qtbot.captureExceptions() as caught:
        mailbox.post(fail, None)
        mailbox.post(made.append, "next")
        qtbot.waitUntil(lambda: made == ["next"])
    assert [kind for kind, _, _ in caught] == [ValueError]


def test_no_call_is_made_once_the_owner_is_gone(qtbot: QtBot) -> None:
    owner = QObject()
    made: list[str] = []
    mailbox = Mailbox(owner)
    mailbox.post(made.append, "before")
    _delete(owner)
    _on_a_thread(lambda: mailbox.post(made.append, "after"))
    qtbot.wait(1)
    assert not made
