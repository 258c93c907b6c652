"""Keeps tests apart from the machine and from each other, and makes noise a failure.

No test may touch the user's own files, need a display, leave a thread or a process behind, or log a warning
unnoticed: such things are how a test-suite becomes unreliable. A test that expects a log record asserts it
and then calls `caplog.clear()`.
"""

from __future__ import annotations

import gc
import itertools
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.runner import FIRST_VARIABLE, ONE_THREAD_EACH, RESULT_VARIABLE

if TYPE_CHECKING:
    from engine.devices.base import Executable, Watch
    from engine.program.program import Program

# Before anything imports Qt or NumPy, which read these once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if "PYTEST_XDIST_WORKER" in os.environ:
    for variable in ONE_THREAD_EACH:
        os.environ.setdefault(variable, "1")

# how long an example takes says more of what else the machine does than of the code
hypothesis.settings.register_profile("layerloom", deadline=None)
hypothesis.settings.load_profile("layerloom")

TESTS = Path(__file__).parent
SLOW = (  # open windows, start workers, compile shaders or ask golden files: together most of the time of a whole run
    *(
        "app/data",
        "app/doctor",
        "app/exchange",
        "app/explain",
        "app/i18n",
        "app/inside",
        "app/inspector",
        "app/lessons",
        "app/looks",
        "app/many",
    ),
    *("app/predictions", "app/steps", "app/surface", "app/timeline", "app/use", "app/window"),
    *(
        "engine/cli",
        "engine/compiler/test_passes",
        "engine/devices",
        "engine/exchange",
        "engine/models",
        "engine/optimizers",
        "engine/proposals",
        "engine/training",
        "engine/workloads",
    ),
    *("engine/layers/test_keras", "engine/objectives/test_keras", "engine/worker", "gl_kernels"),
)
GRACE_SECONDS = 30.0  # what is left ends in milliseconds, unless the machine is very busy
CHECKS_SECONDS = 600.0  # after the tests; mypy alone takes one minute on a machine of two cores
TASKS = Path("/proc/self/task")
# A collection of the youngest after every 700 new objects, as Python has it, takes several hundredths of the whole run.
GARBAGE_THRESHOLDS = (10_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def _folders_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Caches are shared by the tests of one process, since what they hold can be made again at any time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAYERLOOM_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("LAYERLOOM_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def _data_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Places for folders that few tests need: to make one for each of thousands of tests takes a minute."""
    base = tmp_path_factory.mktemp("data")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_data_folder(_data_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA_DIR", str(next(_data_folders)))


@pytest.fixture(autouse=True)
def _no_stray_log_records(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test that logs a warning or worse and does not clear it."""
    yield
    records = [record for phase in ("setup", "call") for record in caplog.get_records(phase)]
    stray = [f"{r.name}: {r.getMessage()}" for r in records if r.levelno >= logging.WARNING]
    if stray:
        pytest.fail("logged: " + "; ".join(stray), pytrace=False)


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """Fail a test after which a thread or a child process goes on that was not there before."""
    threads, children = set(threading.enumerate()), _child_processes()
    yield
    deadline = time.monotonic() + GRACE_SECONDS
    left = _left_running(threads, children)
    while left and time.monotonic() < deadline:
        time.sleep(0.01)
        left = _left_running(threads, children)
    if left:
        pytest.fail(f"left running after {GRACE_SECONDS:g} s: " + ", ".join(left), pytrace=False)


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch) -> None:
    """On gl, steps run as one launch after the other.

    Otherwise a small step is compiled as one shader as well, which takes Mesa a second or ten, and what a busy machine
    measures decides between them. That steps as one shader do the same, with every optimizer and in any portions, is tested
    in tests/gl_kernels/whole.
    """
    from engine.devices.registry import reason_for_absence

    if reason_for_absence("gl"):
        return
    from gl_kernels.device import GlDevice
    from gl_kernels.memory import GlMemory

    def compiled(
        device: GlDevice, program: Program, memory: GlMemory, watch: Watch | None = None
    ) -> Executable:
        device.context.make_current()
        return device.compile_ordinary(program, memory, "It was asked for.")

    monkeypatch.setattr(GlDevice, "compile", compiled)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among thousands of tests while they are found, nor ever after."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that ask other programs, unless they are asked for; mark folders of slow ones.

    Those of no folder come first: some take half a minute, and would be waited for as the last ones.
    """
    items.sort(key=lambda item: item.path.parent != TESTS)
    for item in items:
        if item.path.relative_to(TESTS).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)
    if "judge" in (config.option.markexpr or ""):
        return
    judged = [item for item in items if item.get_closest_marker("judge")]
    if judged:
        config.hook.pytest_deselected(items=judged)
        items[:] = [item for item in items if not item.get_closest_marker("judge")]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int | pytest.ExitCode
) -> None:
    """Name the static checks that failed beside the tests (see runner.py), once they have ended, and tests tried again."""
    if first := os.environ.get(FIRST_VARIABLE):
        terminalreporter.section("failed at the first try", yellow=True)
        terminalreporter.line(first)
    result = os.environ.get(RESULT_VARIABLE)
    if result and exitstatus != pytest.ExitCode.INTERRUPTED:
        failed = _result_of_checks(Path(result))
        if failed:
            terminalreporter.section("checks that failed", red=True)
            terminalreporter.line(failed)


def _result_of_checks(result: Path) -> str:
    """The names of those that failed; most tests take longer, but a few do not."""
    deadline = time.monotonic() + CHECKS_SECONDS
    while not result.exists():
        if time.monotonic() > deadline:
            return f"They have not ended within {CHECKS_SECONDS:g} s."
        time.sleep(0.05)
    return result.read_text(encoding="utf-8")


def _left_running(threads: set[threading.Thread], children: set[int]) -> list[str]:
    # A foreign thread (Qt's) that once ran Python stays listed as a "Dummy" until Python 3.13.
    new_threads = [t.name for t in set(threading.enumerate()) - threads if not t.name.startswith("Dummy-")]
    return new_threads + [_describe(pid) for pid in sorted(_child_processes() - children)]


def _child_processes() -> set[int]:
    """The ids of this process's children, less multiprocessing's helper, which stays for the session."""
    multiprocessing.active_children()  # collects those that have ended
    tasks = TASKS.iterdir() if TASKS.is_dir() else ()
    pids = {int(pid) for task in tasks for pid in _read(task / "children").split()}
    return {pid for pid in pids if "resource_tracker" not in _command_line(pid)}


def _command_line(pid: int) -> str:
    return _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ")


def _describe(pid: int) -> str:
    return f"process {pid} ({_command_line(pid)[:120]})"


def _read(file: Path) -> str:
    """The text of a file of /proc, or "" where the process is gone."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
