"""A writer that is killed, wherever it is just then, or that the disk is full for, leaves the file that was there."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.exchange.formats import formats, read_network, write_network
from engine.exchange.outgoing import Outgoing, outgoing
from engine.formats.errors import FormatError
from engine.formats.weights import bundled_features
from tests.engine.exchange.bad_files import golden

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
WRITTEN = tuple(name for name, kind in formats().items() if kind.write)
STEPS = ("open", "os.rename", "os.remove", "shutil.copyfile")  # audit events of what is done to files
ENOUGH = 60  # steps that no writer takes


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Outgoing:
    path = tmp_path_factory.mktemp("given") / "a.keras"
    path.write_bytes(golden("mlp.keras"))
    imported = read_network(path)
    return outgoing(imported.graph, bundled_features(imported.graph), imported.weights)


def other(out: Outgoing) -> Outgoing:
    """The same network with other weights."""
    return replace(out, weights={n: np.asarray(a + 1.0, np.float32) for n, a in out.weights.items()})


def place_of(name: str, folder: Path) -> Path:
    ending = formats()[name].suffixes[0]
    return folder / (ending if ending[0].isalnum() else f"a{ending}")


def in_a_child(work: Callable[[], None]) -> int:
    """Do something in a process of its own; its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except FormatError:
            status = 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(step: int, folder: Path) -> None:
    """Die at the step of that number that concerns a file in the folder."""
    left = step

    def look(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in STEPS and str(arguments[0]).startswith(str(folder)):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)


def content(folder: Path) -> dict[str, bytes]:
    """The files that have a name of their own, by it."""
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if not p.name.endswith(".tmp")}


@pytest.mark.parametrize("name", WRITTEN)
def test_killed_at_any_step_the_file_is_the_old_or_the_new_one(
    out: Outgoing, name: str, tmp_path: Path
) -> None:
    folders = [tmp_path / "old", tmp_path / "new"]
    for folder, network in zip(folders, (out, other(out)), strict=True):
        folder.mkdir()
        write_network(network, place_of(name, folder))
    old, new = map(content, folders)
    path = place_of(name, folders[0])
    seen = set()
    for step in range(0, ENOUGH, 4 if name == "web" else 1):  # a page has many files

        def write(step: int = step) -> None:
            killed_at(step, folders[0])
            write_network(other(out), path)

        status = in_a_child(write)
        found = content(folders[0])
        whole = [files for files in (old, new) if found[path.name] == files[path.name]]
        assert whole, f"after step {step}"
        if formats()[name].read is not None:  # with all that belongs to it
            assert any(files.items() <= found.items() for files in whole), f"after step {step}"
            read_network(path)
        seen.add(status)
        if status == 0:
            break
        for left in folders[0].glob("*.tmp"):
            left.unlink()
        for name_, data in old.items():
            (folders[0] / name_).write_bytes(data)
    assert seen == {-signal.SIGKILL, 0}
    assert content(folders[0]) == new


@pytest.mark.parametrize("name", WRITTEN)
def test_where_no_more_fits_the_old_file_stays(out: Outgoing, name: str, tmp_path: Path) -> None:
    path = place_of(name, tmp_path)
    write_network(out, path)
    old = content(tmp_path)
    largest = max(len(data) for data in old.values())

    def write() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest // 2, largest // 2))
        write_network(other(out), path)

    assert in_a_child(write) == 2
    assert old.items() <= content(tmp_path).items() or path.read_bytes() == old[path.name]
    assert not list(tmp_path.glob("*.tmp"))
