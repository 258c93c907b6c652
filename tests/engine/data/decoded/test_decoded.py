"""Decoding into the cache: whole, once, in parallel, interrupted and gone on with, and within the room there is."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.data.decoded import make
from engine.data.decoded.job import Job, write_part
from engine.data.decoded.make import decode_all
from engine.data.decoded.store import Partial, finished, locked, make_room
from engine.data.errors import DataError
from engine.devices.base import Interrupted
from engine.paths import CACHE_DIR_VARIABLE
from engine.tensor.spec import Array, Shape


@dataclass(frozen=True)
class Squares(Job):
    """Row i is full of i squared; every 100th cannot be decoded. Leaves a file for each part it decodes."""

    numbers: range
    trace: Path | None = None
    wide: int = 20_000

    @property
    def length(self) -> int:
        return len(self.numbers)

    @property
    def shape(self) -> Shape:
        return (self.wide,)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)

    def part(self, start: int, stop: int) -> Squares:
        return Squares(self.numbers[start:stop], self.trace, self.wide)

    def decode(self) -> tuple[Array, dict[int, str]]:
        if self.trace is not None:
            (self.trace / str(self.numbers.start)).touch()
        numbers = np.array(self.numbers, np.float32)
        bad = {row: f"{number} is bad." for row, number in enumerate(self.numbers) if number % 100 == 99}
        numbers[list(bad)] = 0
        return np.repeat(numbers[:, np.newaxis] ** 2, self.wide, axis=1), bad


@dataclass
class Stop:
    """A watch that has enough after some calls."""

    calls: int
    seen: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, done: int, total: int) -> None:
        self.seen.append((done, total))
        if done and len(self.seen) >= self.calls:
            raise Interrupted


@pytest.fixture(autouse=True)
def cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def check(array: Array, count: int) -> None:
    expected = np.arange(count, dtype=np.float32) ** 2
    expected[99::100] = 0
    assert array.shape == (count, 20_000)
    np.testing.assert_array_equal(array[:, 0], expected)
    np.testing.assert_array_equal(array[:, -1], expected)


def test_all_rows_are_decoded_in_other_processes_and_mapped() -> None:
    seen: list[tuple[int, int]] = []
    made = decode_all("k", Squares(range(1000)), lambda done, total: seen.append((done, total)))
    check(made.array, 1000)
    assert isinstance(made.array.base, np.memmap) or isinstance(made.array, np.memmap)
    assert not made.array.flags.writeable
    assert dict(made.complaints) == {i: f"{i} is bad." for i in range(99, 1000, 100)}
    assert seen[-1] == (1000, 1000)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_the_second_time_nothing_is_decoded(tmp_path: Path) -> None:
    decode_all("k", Squares(range(50)))
    check(decode_all("k", Squares(range(50), tmp_path)).array, 50)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_nothing_is_an_empty_array() -> None:
    assert decode_all("k", Squares(range(0))).array.shape == (0, 20_000)


@pytest.mark.parametrize("count", [300, pytest.param(900, marks=pytest.mark.slow)])
def test_what_was_interrupted_goes_on_where_it_ended(tmp_path: Path, cache_folder: Path, count: int) -> None:
    trace = tmp_path / "trace"
    trace.mkdir()
    job = Squares(range(count), trace)
    watch = Stop(3)
    with pytest.raises(Interrupted):
        decode_all("k", job, watch)
    done = watch.seen[-1][0]
    assert 0 < done < count
    assert not (cache_folder / "decoded" / "k.npy").exists()
    for file in trace.iterdir():
        file.unlink()
    seen: list[int] = []
    made = decode_all("k", job, lambda so_far, _total: seen.append(so_far))
    check(made.array, count)
    assert min(seen) >= done
    assert sorted(made.complaints) == list(range(99, count, 100))
    parts = -(-count // job.part_rows)
    assert len(list(trace.iterdir())) < parts
    assert sorted(path.name for path in (cache_folder / "decoded").iterdir()) == ["k.json", "k.lock", "k.npy"]


def test_a_damaged_set_is_made_again(cache_folder: Path) -> None:
    decode_all("k", Squares(range(50)))
    place = cache_folder / "decoded"
    (place / "k.npy").write_bytes((place / "k.npy").read_bytes()[:1000])
    check(decode_all("k", Squares(range(50))).array, 50)
    (place / "k.json").write_text("[1", encoding="utf-8")
    check(decode_all("k", Squares(range(50))).array, 50)


def test_a_half_made_set_of_another_shape_is_begun_anew() -> None:
    with pytest.raises(Interrupted):
        decode_all("k", Squares(range(300)), Stop(2))
    assert decode_all("k", Squares(range(300), wide=7)).array.shape == (300, 7)


def test_a_damaged_log_is_not_believed(cache_folder: Path) -> None:
    with pytest.raises(Interrupted):
        decode_all("k", Squares(range(300)), Stop(3))
    (cache_folder / "decoded" / "k.log").write_text('[0, 50, {}]\n{"what": 1}\n', encoding="utf-8")
    check(decode_all("k", Squares(range(300))).array, 300)


def test_no_room_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"needs 8,000\.2 GB .* are free there"):
        decode_all("k", Squares(range(10**8)))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=0))
    with pytest.raises(DataError, match=r"0 kB are free"):
        decode_all("k", Squares(range(10)))


def test_room_is_made_by_removing_what_lay_unused_for_longest(
    monkeypatch: pytest.MonkeyPatch, cache_folder: Path
) -> None:
    for age, key in enumerate(["new", "middle", "old"]):
        decode_all(key, Squares(range(10)))
        os.utime(cache_folder / "decoded" / f"{key}.npy", (1e9 - age, 1e9 - age))

    def usage(path: Path) -> SimpleNamespace:
        sets = len(list(path.glob("*.npy")))
        return SimpleNamespace(free=200_000_000 + 1_000_000 * (3 - sets))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    make_room(1_500_000)
    assert sorted(path.name for path in (cache_folder / "decoded").glob("*.npy")) == ["new.npy"]


def test_only_one_process_makes_a_set() -> None:
    with locked("k") as mine:
        assert mine
        with locked("k") as again:
            assert not again
    with locked("k") as mine:
        assert mine


def _in_a_daemon(queue: Any) -> None:
    queue.put(len(decode_all("d", Squares(range(600))).complaints))


@pytest.mark.slow
def test_the_training_worker_which_is_a_daemon_may_decode_too() -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_in_a_daemon, args=(queue,), daemon=True)
    process.start()
    assert queue.get(timeout=60) == 6
    process.join(30)
    assert process.exitcode == 0
    queue.close()
    queue.join_thread()


CHILD = """
import sys, time
from tests.engine.data.decoded.test_decoded import Slow
from engine.data.decoded.make import decode_all
if __name__ == "__main__":
    decode_all("s", Slow(range(5000), wide=20_000))
"""


@dataclass(frozen=True)
class Slow(Squares):
    """Takes a while, and says which process it is in."""

    def part(self, start: int, stop: int) -> Slow:
        return Slow(self.numbers[start:stop], self.trace, self.wide)

    def decode(self) -> tuple[Array, dict[int, str]]:
        Path(os.environ[CACHE_DIR_VARIABLE], f"pid{os.getpid()}").touch()
        time.sleep(0.2)
        return super().decode()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_processes_leave_when_their_parent_is_killed(tmp_path: Path, cache_folder: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(CHILD, encoding="utf-8")
    cache_folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[4])}
    with subprocess.Popen([sys.executable, str(script)], env=environment) as child:
        until(lambda: bool(list(cache_folder.glob("pid*"))))
        child.kill()
    pids = [path.name.removeprefix("pid") for path in cache_folder.glob("pid*")]
    until(lambda: not any(Path("/proc", pid).exists() for pid in pids))
    assert finished("s", Slow(range(5000))) is None
    with locked("s") as mine:
        assert mine  # though it was killed


def test_the_log_comes_after_the_rows(cache_folder: Path) -> None:
    part = Partial("k", Squares(range(300)))
    part.add(0, 50, {})
    assert not (cache_folder / "decoded" / "k.log").exists()
    part.sync()
    assert Partial("k", Squares(range(300))).rows == 50


@pytest.mark.parametrize(("pace", "elsewhere"), [(0.0, False), (1.0, True)])
def test_few_rows_go_to_other_processes_where_they_take_long(
    monkeypatch: pytest.MonkeyPatch, pace: float, elsewhere: bool
) -> None:
    """`pace`: seconds that each part seems to take."""
    now, asked = [0.0], []
    monkeypatch.setattr(make, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=time.sleep))

    def slow(task: make._Task) -> dict[int, str]:
        now[0] += pace
        return write_part(task.path, task.place, task.job)

    def elsewhere_(
        function: Callable[[make._Task], dict[int, str]], tasks: Iterable[make._Task], _go_on: object
    ) -> Iterator[tuple[make._Task, dict[int, str]]]:
        for task in tasks:
            asked.append(task.start)
            yield task, function(task)

    monkeypatch.setattr(make, "_work", slow)
    monkeypatch.setattr(make, "in_processes", elsewhere_)
    job = Squares(range(200))
    check(decode_all("k", job).array, 200)
    assert asked == (list(range(job.part_rows, 200, job.part_rows)) if elsewhere else [])
