"""Declarations are found by name with as few imports as it takes, and all of them by whoever goes through them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.data.registry import datasets
from engine.data.sources.registry import source_kinds
from engine.layers.registry import layers
from engine.lessons.registry import lessons
from engine.ops.registry import ops
from engine.proposals.registry import proposers
from engine.registry import Registry, import_modules, instances, loose, modules, subclasses

HOME = "declared_for_a_test"


@dataclass(frozen=True)
class Thing:
    """What the package of these tests declares."""

    name: str
    rank: int = 0


FILES = {
    "__init__": "",
    "alpha": "first, other = Thing('Zero', 3), 7",
    "big_beta": "from declared_for_a_test.alpha import first\nsecond, third = Thing('BigBeta', 2), Thing('last', 2)",
    "gamma": "fourth = Thing('gamma ray', 1)",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of that name, which is forgotten afterwards."""
    folder = tmp_path / HOME
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.py").write_text(f"from {__name__} import Thing\n{text}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == HOME]:
        del sys.modules[name]
    modules.cache_clear()


@pytest.fixture
def things() -> Registry[Thing]:
    return Registry[Thing](HOME, "things", instances(Thing), lambda thing: thing.name)


def _imported() -> set[str]:
    return {name.rpartition(".")[2] for name in sys.modules if name.startswith(f"{HOME}.")}


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("gamma ray", {"alpha", "big_beta", "gamma"}),  # its module has another name
        ("BigBeta", {"alpha", "big_beta"}),  # which imports the first itself
        ("Zero", {"alpha"}),
    ],
)
def test_no_more_is_imported_than_it_takes(things: Registry[Thing], name: str, imported: set[str]) -> None:
    assert things[name].name == name
    assert _imported() == imported
    assert not things.is_whole


def test_what_is_imported_already_comes_before_the_rest(things: Registry[Thing]) -> None:
    __import__(f"{HOME}.gamma")
    assert things["gamma ray"].rank == 1
    assert _imported() == {"gamma"}


def test_whoever_goes_through_them_has_all_as_they_are_declared(things: Registry[Thing]) -> None:
    assert list(things) == ["Zero", "BigBeta", "last", "gamma ray"]
    assert len(things) == 4
    assert things.is_whole


def test_all_can_be_imported_a_module_a_step_before_they_are_wanted(things: Registry[Thing]) -> None:
    steps = things.import_all()
    seen = [_imported() for _ in steps]
    assert seen == [set(), {"alpha"}, {"alpha", "big_beta"}, {"alpha", "big_beta", "gamma"}]
    assert things.is_whole


def test_they_may_have_an_order_of_their_own() -> None:
    ranked = Registry[Thing](
        HOME, "things", instances(Thing), lambda thing: thing.name, lambda thing: thing.rank
    )
    assert list(ranked) == ["gamma ray", "BigBeta", "last", "Zero"]


@pytest.mark.parametrize("whole", [False, True])
def test_a_name_that_nobody_has(things: Registry[Thing], whole: bool) -> None:
    assert not whole or len(things)
    assert "delta" not in things
    assert things.get("delta") is None
    with pytest.raises(KeyError, match="delta"):
        things["delta"]
    assert things.is_whole, "whoever asks again is answered at once"


def test_two_of_one_name_are_a_fault(home: Path, things: Registry[Thing]) -> None:
    (home / "delta.py").write_text(f"from {__name__} import Thing\nx = Thing('Zero')\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"^Two things are named Zero; a name must be unique"):
        dict(things)


def test_one_module_may_be_a_home() -> None:
    kinds = Registry[type[Thing]](
        f"{HOME}.gamma", "classes", subclasses(Thing, lambda kind: kind is Thing), lambda kind: kind.__name__
    )
    assert dict(kinds) == {"Thing": Thing}
    assert modules(f"{HOME}.gamma") == (f"{HOME}.gamma",)


def test_bases_and_what_is_no_class_are_left_out() -> None:
    holds = subclasses(int, lambda kind: kind is not int)
    assert [value for value in (int, bool, str, 3) if holds(value)] == [bool]


def test_all_of_a_package_can_be_imported() -> None:
    import_modules(HOME)
    assert _imported() == {"alpha", "big_beta", "gamma"}


@pytest.mark.parametrize("name", ["Conv2DTranspose", "conv2d_transpose", "conv2d transpose"])
def test_a_loose_name(name: str) -> None:
    assert loose(name) == "conv2dtranspose"


def test_what_the_engine_declares_is_in_its_order() -> None:
    groups = [record.group for record in datasets().values()]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)
    assert [lesson.number for lesson in lessons().values()] == list(range(1, len(lessons()) + 1))
    for found in (ops(), layers(), source_kinds()):
        assert list(found) == sorted(found)
    for name, proposer in proposers().items():
        assert proposer.name == name
