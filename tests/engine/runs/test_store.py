"""The run store: what was written comes back, from several threads and after a crash, and bad files are refused."""

from __future__ import annotations

import math
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from engine.runs.store import RUNNING, RunStore, RunStoreError
from engine.training.moments import EventKind, Happened
from engine.training.reports import EpochEnded

SETTINGS = {"training": {"epochs": 3, "optimizer": {"name": "Adam"}}, "data": {"dataset": "xor"}}


def epoch(number: int, loss: float = 0.5) -> EpochEnded:
    return EpochEnded(10 * number, number, {"loss": loss, "val_loss": 2 * loss}, number == 2)


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "runs.sqlite"
    with RunStore(path) as store:
        first = store.begin("Spiral", "cpu", SETTINGS)
        store.add_epochs(first, [epoch(1), epoch(2)])
        store.add_epochs(first, [epoch(3)])
        store.end(first, "done", 1.5, {"loss": 0.5, "accuracy": 0.75})
        second = store.begin("XOR", "gl", SETTINGS)
    with RunStore(path) as store:
        newest, oldest = store.runs()
        assert (newest.id, newest.title, newest.device, newest.reason) == (second, "XOR", "gl", RUNNING)
        assert (oldest.id, oldest.reason, oldest.seconds) == (first, "done", 1.5)
        assert oldest.summary == {"loss": 0.5, "accuracy": 0.75}
        assert oldest.settings == SETTINGS
        assert store.epochs(first) == [epoch(1), epoch(2), epoch(3)]
        assert store.epochs(second) == []
        assert len(store.runs(limit=1)) == 1


def test_an_epoch_that_is_run_again_is_replaced(tmp_path: Path) -> None:
    with RunStore(tmp_path / "runs") as store:
        run = store.begin("a", "cpu", {})
        store.add_epochs(run, [epoch(1), epoch(2)])
        store.add_epochs(run, [epoch(2, 0.25)])
        assert [e.values["loss"] for e in store.epochs(run)] == [0.5, 0.25]


def test_a_loss_that_is_no_number_is_kept(tmp_path: Path) -> None:
    with RunStore(tmp_path / "runs") as store:
        run = store.begin("a", "cpu", {})
        store.add_epochs(run, [epoch(1, math.inf)])
        assert math.isnan(store.epochs(run)[0].values["loss"])


def test_a_deleted_run_takes_its_epochs_along(tmp_path: Path) -> None:
    with RunStore(tmp_path / "runs") as store:
        run = store.begin("a", "cpu", {})
        store.add_epochs(run, [epoch(1)])
        store.delete(run)
        assert store.runs() == []
        assert store.epochs(run) == []
        assert store.begin("b", "cpu", {}) != run


def test_threads_and_a_second_store_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "runs"
    with RunStore(path) as one, RunStore(path) as other:
        ids = [one.begin("a", "cpu", {}), other.begin("b", "cpu", {})]

        def write(store: RunStore, run: int) -> None:
            for number in range(1, 51):
                store.add_epochs(run, [epoch(number)])

        threads = [threading.Thread(target=write, args=pair) for pair in zip((one, other), ids, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [len(one.epochs(run)) for run in ids] == [50, 50]


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no database, and long enough to be looked at " * 40, encoding="utf-8")
    with pytest.raises(RunStoreError, match="move the file away"):
        RunStore(text)
    later = tmp_path / "later"
    with sqlite3.connect(later) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(RunStoreError, match="later version"):
        RunStore(later)
    with pytest.raises(RunStoreError, match="can't be opened"):
        RunStore(text / "below a file")


def test_a_branch_has_the_epochs_up_to_where_it_left_and_its_own(tmp_path: Path) -> None:
    with RunStore(tmp_path / "runs.sqlite") as store:
        first = store.begin("spiral", "cpu", {})
        store.add_epochs(first, [EpochEnded(10 * e, e, {"loss": 1.0 / e}, best=False) for e in range(1, 6)])
        second = store.begin("spiral", "cpu", {}, first, 30)
        store.add_epochs(second, [EpochEnded(40, 4, {"loss": 9.0}, best=False)])
        third = store.begin("spiral", "cpu", {}, second, 20)
        assert [(e.step, e.values["loss"]) for e in store.line(second)] == [
            (10, 1.0),
            (20, 0.5),
            (30, pytest.approx(1 / 3)),
            (40, 9.0),
        ]
        assert [e.step for e in store.line(third)] == [10, 20]
        assert [(r.id, r.parent, r.parent_step) for r in store.runs()] == [
            (third, second, 20),
            (second, first, 30),
            (first, None, 0),
        ]


def test_what_people_did_to_a_run_is_kept_with_it(tmp_path: Path) -> None:
    with RunStore(tmp_path / "runs.sqlite") as store:
        run = store.begin("spiral", "cpu", {})
        events = [Happened(EventKind.PAUSED, 0, 5, 0.5), Happened(EventKind.RATE, 0, 7, 0.7, "0.1 → 0.01")]
        for event in events:
            store.add_event(run, event)
        assert store.events(run) == events
        store.delete(run)
        assert store.events(run) == []


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with closing(sqlite3.connect(path)) as old, old:
        old.executescript(
            "CREATE TABLE runs (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, begun REAL NOT NULL, "
            "device TEXT NOT NULL, settings TEXT NOT NULL, reason TEXT NOT NULL, seconds REAL NOT NULL DEFAULT 0, "
            "summary TEXT NOT NULL DEFAULT '{}');"
            "CREATE TABLE epochs (run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, epoch INTEGER NOT NULL, "
            "step INTEGER NOT NULL, best INTEGER NOT NULL, results TEXT NOT NULL, PRIMARY KEY (run, epoch)) "
            "WITHOUT ROWID;"
            "INSERT INTO runs VALUES (1, 'old', 0, 'cpu', '{}', 'done', 1, '{}');"
            "PRAGMA user_version = 1;"
        )
    with RunStore(path) as store:
        assert [(r.title, r.parent) for r in store.runs()] == [("old", None)]
        store.add_event(1, Happened(EventKind.PAUSED, 0, 5, 0.5))
    with RunStore(path) as store:
        assert len(store.events(1)) == 1
