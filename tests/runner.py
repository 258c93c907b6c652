"""What `main.py test` does: the static checks, then pytest, whose closing line comes last.

A failed check does not keep the tests from running, so one run tells everything; it is named again above
pytest's closing line (see conftest.py) and fails the run.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAILED_CHECKS_VARIABLE = "LAYERLOOM_FAILED_CHECKS"
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


def run(arguments: list[str]) -> int:
    """Run the checks and pytest and return the exit status: 0 when all is well.

    Args:
        arguments: `--fast` leaves out tests marked slow; `--judges` installs the programs that judge our files
            (judges_setup.py) and runs the tests that ask them, and no others. Any others go to pytest, which then
            runs alone and in one process: that is for working on one thing.
    """
    if "--judges" in arguments:
        return _run_judges([argument for argument in arguments if argument != "--judges"])
    is_fast = "--fast" in arguments
    own = [argument for argument in arguments if argument != "--fast"]
    failed = [] if own else [name for name, command in CHECKS.items() if not _passes(name, command)]
    environment = {**os.environ, FAILED_CHECKS_VARIABLE: ", ".join(failed)}
    if not own:
        environment |= dict.fromkeys(ONE_THREAD_EACH, "1") | UNOPTIMIZED_SHADERS
    options = [*(["-m", "not slow"] if is_fast else []), *(own or IN_PARALLEL)]
    tests = subprocess.run([sys.executable, "-m", "pytest", *options], cwd=ROOT, env=environment, check=False)
    return tests.returncode or int(bool(failed))


def _run_judges(own: list[str]) -> int:
    from tests.judges_setup import install

    install()
    command = [sys.executable, "-m", "pytest", "-m", "judge", *own]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _passes(name: str, command: list[str]) -> bool:
    start = time.monotonic()
    print(f"-- {name}", flush=True)
    done = subprocess.run([sys.executable, *command], cwd=ROOT, check=False)
    print(
        f"-- {name}: {'failed' if done.returncode else 'passed'} in {time.monotonic() - start:.1f} s",
        flush=True,
    )
    return done.returncode == 0
