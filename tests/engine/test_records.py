"""Records do what those of the standard library do, whoever touches them first."""

import copy
import dataclasses
import importlib
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from threading import Barrier, Thread
from typing import Any, ClassVar

import pytest

import engine
from engine.records import dataclass


def _frozen() -> type[Any]:
    @dataclass(frozen=True)
    class Point:
        """A place."""

        kind: ClassVar[str] = "point"
        x: int
        y: int = 2
        tags: list[str] = field(default_factory=list, compare=False, repr=False)

    return Point


def _ordered() -> type[Any]:
    @dataclass(frozen=True, order=True)
    class Version:
        """A version."""

        major: int
        minor: int = 0

    return Version


def _changing() -> type[Any]:
    @dataclass
    class Counter:
        """What is counted."""

        count: int = 0

    return Counter


Deed = Callable[[type[Any]], object]


def _refusal(kind: type[Any]) -> str:
    with pytest.raises(FrozenInstanceError) as raised:
        kind(1).x = 3
    return str(raised.value)


@pytest.mark.parametrize(
    ("deed", "outcome"),
    [
        (lambda kind: (kind(1).x, kind(1).y, kind(x=3, y=4).y, kind(1).tags), (1, 2, 4, [])),
        (lambda kind: repr(kind(1)).rpartition(".")[2], "Point(x=1, y=2)"),
        (lambda kind: kind(1) == kind(1, 2, ["a"]) != kind(2), True),
        (lambda kind: hash(kind(1)) == hash(kind(1)), True),
        (lambda kind: kind(1) in {kind(1)}, True),
        (lambda kind: [f.name for f in dataclasses.fields(kind)], ["x", "y", "tags"]),
        (dataclasses.is_dataclass, True),
        (lambda kind: dataclasses.replace(kind(1), y=5).y, 5),
        (lambda kind: dataclasses.asdict(kind(1)), {"x": 1, "y": 2, "tags": []}),
        (lambda kind: kind(1).__match_args__, ("x", "y", "tags")),
        (lambda kind: copy.copy(kind(1)).y, 2),
        (_refusal, "cannot assign to field 'x'"),
        (lambda kind: kind(1).__dataclass_params__.frozen, True),
    ],
)
def test_the_first_thing_that_is_done_with_a_record_works(deed: Deed, outcome: object) -> None:
    assert deed(_frozen()) == outcome


def test_a_wrong_call_is_refused_as_always() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        _frozen()()


def test_records_can_be_ordered() -> None:
    version = _ordered()
    assert version(1, 9) < version(2) <= version(2, 0)
    assert sorted([version(2), version(1)])[0].major == 1


def test_a_record_that_changes_is_no_key() -> None:
    counter = _changing()()
    counter.count += 1
    assert counter == type(counter)(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)


def test_what_a_class_says_itself_stays() -> None:
    @dataclass(frozen=True)
    class Near:
        """Equal if near."""

        x: float

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Near) and abs(self.x - other.x) < 1

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "near"

    assert Near(1.0) == Near(1.5)
    assert hash(Near(3.0)) == 7
    assert repr(Near(0.0)) == "near"


def test_a_record_of_a_record_has_the_fields_of_both_and_finishes_itself() -> None:
    @dataclass(frozen=True)
    class Below(_frozen()):  # type: ignore[misc]  # a base that only a call gives
        """More."""

        z: int = field(default=3, kw_only=True)

        def __post_init__(self) -> None:
            object.__setattr__(self, "sum", self.x + self.y + self.z)

    assert Below(1).sum == 6
    assert [f.name for f in dataclasses.fields(Below)] == ["x", "y", "tags", "z"]


@pytest.mark.parametrize(
    "deed",
    [
        lambda made, other: repr(made).endswith("Point(x=1, y=2)"),
        lambda made, other: hash(made) == hash(other(1)),
        lambda made, other: made == other(1),
    ],
)
def test_one_that_nobody_called_the_class_for_is_whole(deed: Callable[[Any, type[Any]], bool]) -> None:
    """Unpickling fills in what it finds, without a call of the class."""
    kind = _frozen()
    made = object.__new__(kind)
    vars(made).update(x=1, y=2, tags=[])
    assert deed(made, kind)


def test_all_records_of_the_engine_are_declared_well() -> None:
    for found in pkgutil.walk_packages(engine.__path__, "engine."):
        if not found.name.endswith("__main__"):
            for kind in vars(importlib.import_module(found.name)).values():
                assert not dataclasses.is_dataclass(kind) or dataclasses.fields(kind) is not None


def test_threads_that_come_at_once_all_get_whole_instances() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    found: list[object] = []
    try:
        for _ in range(20):
            kind, start = _frozen(), Barrier(4)

            def make(kind: type[Any] = kind, start: Barrier = start) -> None:
                start.wait()
                made = kind(1)
                found.append((made.x, made.y, made.tags))

            threads = [Thread(target=make) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(before)
    assert found == [(1, 2, [])] * 80
