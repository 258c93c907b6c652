"""Copies in the cache make room for new ones, the ones used longest ago first, and no more of them than is needed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from engine.data.tables.cache import _ABANDONED_SECONDS, _evict, keep, remove


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def put(folder: Path, name: str, size: int, seconds_ago: float) -> None:
    path = folder / name
    path.write_bytes(b"x" * size)
    when = time.time() - seconds_ago
    os.utime(path, (when, when))


@pytest.mark.parametrize(
    ("limit", "names"),
    [
        (60, ["new", "old", "older"]),
        (59, ["new", "old"]),
        (30, ["new", "old"]),
        (29, ["new"]),
        (10, ["new"]),
        (9, []),
    ],
)
def test_the_oldest_go_until_there_is_room(tmp_path: Path, limit: int, names: list[str]) -> None:
    for name, size, ago in (("new", 10, 100), ("older", 30, 10_000), ("old", 20, 1_000)):
        put(tmp_path, name, size, ago)
    _evict(tmp_path, limit)
    assert kept(tmp_path) == names


def test_what_is_being_made_stays_unless_nobody_makes_it_any_more(tmp_path: Path) -> None:
    put(tmp_path, "now.part", 50, 1)
    put(tmp_path, "left.part", 50, _ABANDONED_SECONDS + 100)
    (tmp_path / "folder").mkdir()
    _evict(tmp_path, 0)
    assert kept(tmp_path) == ["folder", "now.part"]


def test_a_finished_file_takes_its_place_and_what_is_gone_may_be_removed(tmp_path: Path) -> None:
    put(tmp_path, "a.part", 3, 1)
    put(tmp_path, "a", 5, 1)
    keep(tmp_path / "a.part", tmp_path / "a")
    assert kept(tmp_path) == ["a"]
    assert (tmp_path / "a").stat().st_size == 3
    for _ in range(2):
        remove(tmp_path / "a")
    assert kept(tmp_path) == []
