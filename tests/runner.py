"""What `main.py test` does: the static checks beside pytest, whose closing line comes last.

A failed check does not keep the tests from running, so one run tells everything; it is named again above
pytest's closing line (see conftest.py) and fails the run. One to three tests that failed are tried once more, by
themselves, and named above the closing line whatever comes of it: of thousands that share a machine with others, now and
then one is ended by the machine, and whoever reads on knows which ones to look at.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULT_VARIABLE = "LAYERLOOM_CHECKS_RESULT"
FIRST_VARIABLE = "LAYERLOOM_FAILED_AT_FIRST"
TESTS_FAILED = 1  # pytest's status
MOST_AGAIN = 3  # more than that is no accident
CHECKS: dict[str, list[str]] = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "import contracts": [
        "-c",
        "import sys, importlinter.cli as c; sys.exit(c.lint_imports(no_logo=True))",
    ],
}
# Two processes share the cores, so a library's own threads would only get in each other's way.
ONE_THREAD_EACH = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "LP_NUM_THREADS")
# Mesa's compiler takes most of the time of the tests on OpenGL, and half of that to make code faster that runs for moments.
UNOPTIMIZED_SHADERS = {"GALLIVM_PERF": "nopt"}
IN_PARALLEL = ["-n", "auto", "--maxprocesses=4", "--dist=worksteal"]
NO_BYTE_CODE = "PYTHONDONTWRITEBYTECODE"  # as in many containers; empty is as good as absent
NICENESS = 10  # of the checks beside the tests


class Checks:
    """Commands that run one after the other on a thread, while something else goes on.

    What a command says is shown when it has ended, in one piece. When the last one has, and everything is shown, the names
    of those that failed are written to a file, for another process to read.
    """

    def __init__(self, commands: Mapping[str, Sequence[str]], result: Path) -> None:
        """Begin with `commands` (arguments of Python by name); `result` is the file that is written."""
        self.failed = list(commands)  # until they pass
        self._result = result
        self._environment = dict(
            os.environ
        )  # not as it is later: a process cannot begin while its variables change
        self._stopped = False
        self._running: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()  # between starting the next one and stopping all
        self._thread = threading.Thread(target=self._run, args=(dict(commands),), name="checks")
        self._thread.start()

    def wait(self) -> None:
        """Until all have ended."""
        self._thread.join()

    def stop(self) -> None:
        """End the one that runs, begin no other, show nothing more; harmless when all have ended."""
        with self._lock:
            self._stopped = True
            if self._running is not None:
                self._running.kill()
        self._thread.join()

    def _run(self, commands: dict[str, Sequence[str]]) -> None:
        try:
            for name, arguments in commands.items():
                start = time.monotonic()
                status, said = self._ended(arguments)
                if self._stopped:
                    return
                if status == 0:
                    self.failed.remove(name)
                verdict = f"{'failed' if status else 'passed'} in {time.monotonic() - start:.1f} s"
                print(_writable(f"\n-- {name}: {verdict}\n{said}"), end="", flush=True)
        finally:
            unfinished = self._result.with_suffix(".unfinished")
            unfinished.write_text(", ".join(self.failed), encoding="utf-8")
            unfinished.replace(self._result)

    def _ended(self, arguments: Sequence[str]) -> tuple[int, str]:
        """The exit status of a command and what it said."""
        with self._lock:
            if self._stopped:
                return 1, ""
            self._running = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
            if sys.platform != "win32":  # the tests are what is waited for
                os.setpriority(os.PRIO_PROCESS, self._running.pid, NICENESS)
        said, _ = self._running.communicate()
        return self._running.returncode, said


def _writable(text: str) -> str:
    """The text with question marks for what this terminal has no letters for."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def run(arguments: list[str]) -> int:
    """Run the checks and pytest and return the exit status: 0 when all is well.

    Args:
        arguments: `--fast` leaves out tests marked slow; `--judges` installs the programs that judge our files
            (judges_setup.py) and runs the tests that ask them, and no others. Any others go to pytest, which then
            runs alone and in one process: that is for working on one thing.
    """
    if "--judges" in arguments:
        return _run_judges([argument for argument in arguments if argument != "--judges"])
    selected = ["-m", "not slow"] if "--fast" in arguments else []
    own = [argument for argument in arguments if argument != "--fast"]
    if own:
        return _pytest([*selected, *own], {})
    with tempfile.TemporaryDirectory(prefix="layerloom-checks-", ignore_cleanup_errors=True) as folder:
        result = Path(folder) / "failed"
        variables = dict.fromkeys(ONE_THREAD_EACH, "1") | UNOPTIMIZED_SHADERS | {RESULT_VARIABLE: str(result)}
        variables |= kept_byte_code(Path(folder) / "bytecode")
        checks = Checks(CHECKS, result)
        try:
            status = _tested(selected, variables, Path(folder) / "cache")
            checks.wait()
        finally:
            checks.stop()
        return status or int(bool(checks.failed))


def kept_byte_code(folder: Path) -> dict[str, str]:
    """Variables by which the processes of a run share compiled modules where Python may keep none beside sources."""
    if not os.environ.get(NO_BYTE_CODE):
        return {}
    return {NO_BYTE_CODE: "", "PYTHONPYCACHEPREFIX": str(folder)}


def _tested(selected: list[str], variables: dict[str, str], cache: Path) -> int:
    """The status of all tests, and of the few that failed when they are tried again."""
    kept = ["-o", f"cache_dir={cache}"]
    status = _pytest([*selected, *IN_PARALLEL, *kept], variables)
    failed = _failed(cache) if status == TESTS_FAILED else []
    if not 0 < len(failed) <= MOST_AGAIN:
        return status
    print("\n-- tried once more by themselves: " + ", ".join(failed), flush=True)
    return _pytest([*selected, "--last-failed", *kept], variables | {FIRST_VARIABLE: ", ".join(failed)})


def _failed(cache: Path) -> list[str]:
    """The tests that pytest has kept as failed."""
    try:
        return sorted(json.loads((cache / "v" / "cache" / "lastfailed").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


def _pytest(options: list[str], variables: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode


def _run_judges(own: list[str]) -> int:
    from tests.judges_setup import install

    install()
    return _pytest(["-m", "judge", *own], {})
