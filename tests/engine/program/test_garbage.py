"""While a program is made Python looks for no garbage, and afterwards as before."""

import gc
from collections.abc import Iterator

import pytest

from engine.program.garbage import all_stays
from tests.engine.training.networks import session


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.parametrize("looks", [True, False])
def test_what_was_is_again(looks: bool) -> None:
    if not looks:
        gc.disable()
    with all_stays():
        assert not gc.isenabled()
        with all_stays():
            pass
        assert not gc.isenabled()
    assert gc.isenabled() is looks


def test_a_fault_leaves_it_as_it_was() -> None:
    @all_stays()
    def fails() -> None:
        raise ValueError(str(gc.isenabled()))

    with pytest.raises(ValueError, match="False"):
        fails()
    assert gc.isenabled()


def test_who_overlaps_leaves_it_looking() -> None:
    """Two threads that begin and end one after the other."""
    one, other = all_stays(), all_stays()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    other.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_network_is_compiled_without_a_search() -> None:
    """However many objects there are already, making a session goes through them once at most."""
    generations: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            generations.append(info["generation"])

    session().close()  # what is imported and looked up once is there now
    gc.collect()
    gc.callbacks.append(note)
    try:
        made = session()
    finally:
        gc.callbacks.remove(note)
    made.close()
    assert generations.count(2) == 0
