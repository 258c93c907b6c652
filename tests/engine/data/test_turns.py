"""Two threads that want the same thing: it is made once, and giving up hurts nobody else."""

import threading

import pytest

from engine.data.turns import alone
from engine.devices.base import Interrupted


def test_the_second_waits_and_sees_how_far_the_first_is() -> None:
    made: list[str] = []
    seen: list[tuple[int, int]] = []
    at_work, waited = threading.Event(), threading.Event()

    def first() -> None:
        with alone("a file") as told:
            told(3, 8)
            at_work.set()
            waited.wait(5.0)
            made.append("first")

    def watch(done: int, total: int) -> None:
        seen.append((done, total))
        waited.set()

    thread = threading.Thread(target=first)
    thread.start()
    at_work.wait(5.0)
    with alone("a file", watch):
        made.append("second")
    thread.join()
    assert made == ["first", "second"]
    assert seen[0] == (3, 8)


def test_who_gives_up_while_waiting_leaves_the_other_at_work() -> None:
    def give_up(_done: int, _total: int) -> None:
        raise Interrupted

    def wait_in_vain() -> None:
        with pytest.raises(Interrupted), alone("a file", give_up):
            made.append("in vain")

    made: list[str] = []
    with alone("a file"):
        thread = threading.Thread(target=wait_in_vain)
        thread.start()
        thread.join(5.0)
        assert not thread.is_alive()
        made.append("mine")
    with alone("a file"):
        made.append("next")
    assert made == ["mine", "next"]


def test_different_things_are_made_at_once() -> None:
    with alone("one"), alone("other"):
        pass
