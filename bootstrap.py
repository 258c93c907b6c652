"""Brings the environment the application runs in, so that a start needs nothing but Python.

The first start makes `.venv` beside `main.py`, installs the locked, hash-checked packages into it and goes on in its
interpreter; every later start compares one stamp file and costs a few milliseconds. That is also why this file uses the
standard library only and imports what is slow (subprocess, venv) only where something has to be installed.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path
from typing import IO, Callable, Iterable, Iterator, NoReturn, Sequence

ROOT = Path(__file__).resolve().parent
RUNTIME_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"
REEXEC_GUARD = "LAYERLOOM_REEXECUTED_FROM"
PIP_OPTIONS = (
    "--require-hashes",
    "--only-binary=:all:",  # a source package would need a compiler, and would run its own code to build
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar=off",
    "--retries=3",
)
# What pip says, and what to tell the user; the first that is found in its output counts.
DISK_FULL = ("No space left on device", "There is not enough space on the disk")
NO_NETWORK = (
    "name resolution",
    "Name or service not known",
    "nodename nor servname",
    "getaddrinfo failed",
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "Max retries exceeded",
    "Connection broken",
    "Connection aborted",
)


class BootstrapError(Exception):
    """The environment cannot be made here; the message is one sentence for the user."""


class Environment:
    """The virtual environment beside `main.py`, and the stamps that say what was installed into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        self.unfinished = self.folder / "installing"  # there while pip runs, and after a pip that was killed
        self.log = self.folder / "install.log"

    def is_running(self) -> bool:
        """Whether this interpreter is the environment's own."""
        return Path(sys.prefix).resolve() == self.folder.resolve()

    def is_current(self, lock: Path, python: str | None = None) -> bool:
        """Whether exactly `lock` is installed, and, where given, for the version `python` ("3.11")."""
        try:
            made_for, _, installed = self.stamp(lock).read_bytes().partition(b"\n")
            return (
                installed == lock.read_bytes()
                and (python is None or made_for == python.encode())
                and self.python.exists()
            )
        except FileNotFoundError:
            return False

    def stamp(self, lock: Path) -> Path:
        """The file that holds the Python version and a copy of `lock` once it is installed."""
        return self.folder / f"installed-{lock.name}"

    def bring_up_to_date(self, locks: Sequence[Path]) -> bool:
        """Install what is missing of `locks`; True when the environment was made anew.

        Raises:
            BootstrapError: something needed is not to be had; what was fetched stays in pip's cache.
        """
        fresh = not self._is_usable()
        if fresh:
            self._create()
        for lock in locks:
            if not self.is_current(lock, python_version()):
                self._install(lock)
        return fresh

    def _is_usable(self) -> bool:
        """Whether pip can install into the folder as it is: whole, and made for this Python."""
        site_packages = "Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages"
        return (
            not self.unfinished.exists()
            and self.python.exists()
            and _configured_version(self.folder) == python_version()
            and any(self.folder.glob(f"{site_packages}/pip/__main__.py"))
        )

    def _create(self) -> None:
        _require_venv()
        say(f"Making {self.folder}")
        base = getattr(sys, "_base_executable", sys.executable) if self.is_running() else sys.executable
        output = _run([base, "-m", "venv", "--clear", str(self.folder)])
        if output is not None:
            raise BootstrapError(f"The environment {self.folder} could not be made: {_last_line(output)}")

    def _install(self, lock: Path) -> None:
        self.unfinished.touch()
        self.stamp(lock).unlink(missing_ok=True)
        say(f"Installing the packages of {lock.name} (once; about 600 MB on disk)")
        command = [str(self.python), "-m", "pip", "install", *PIP_OPTIONS, "--requirement", str(lock)]
        progress = Progress(lock.read_text(encoding="utf-8"))
        output = _run(command, progress.read)
        if output is not None:
            self.unfinished.unlink()  # pip ended by itself and left whole packages
            self.log.write_text(output, encoding="utf-8")
            raise BootstrapError(f"{explain_pip_failure(output)} (All that pip said: {self.log})")
        self.stamp(lock).write_bytes(python_version().encode() + b"\n" + lock.read_bytes())
        self.unfinished.unlink()


class Progress:
    """Turns pip's output into one line a package on standard error."""

    def __init__(self, lock: str) -> None:
        """Take the text of the lock file, for the number of packages to come."""
        self.total = len(list(_requirements(lock)))
        self.done = 0

    def read(self, line: str) -> None:
        """Take one line of pip's output."""
        wheel = re.match(r"(Downloading|Using cached|Processing) (\S+\.whl)(?!\S)( \([^()]+B\))?", line)
        if wheel:
            self.done += 1
            name, version = wheel[2].replace("\\", "/").rpartition("/")[2].split("-")[:2]
            say(f"  [{self.done:2}/{self.total}] {name} {version}{wheel[3] or ''}")
        elif line.startswith(("Requirement already satisfied", "Ignoring ")):
            self.done += 1
        elif line.startswith("Installing collected packages"):
            say("  Unpacking")


def ensure(*lock_names: str, root: Path = ROOT) -> None:
    """Return in an interpreter that has every package of the lock files, or replace this process by one.

    Args:
        lock_names: names of lock files in `root`; the runtime lock when empty.
        root: the folder of `main.py`.

    Raises:
        BootstrapError: there is no such interpreter and none can be made.
    """
    if getattr(sys, "frozen", False):  # a packaged application brings everything
        return None
    environment = Environment(root)
    locks = [root / name for name in lock_names or (RUNTIME_LOCK,)]
    inside = environment.is_running()
    if inside:
        os.environ.pop(REEXEC_GUARD, None)
    if all(environment.is_current(lock, python_version() if inside else None) for lock in locks):
        return None if inside else _continue_in(environment)
    if not inside and has_everything(locks, sys.path):
        return None
    with _only_one(root):
        made_anew = environment.bring_up_to_date(locks)
    return None if inside and not made_anew else _continue_in(environment)


def ensure_system_libraries(groups: Iterable[str], root: Path = ROOT) -> str | None:
    """Look for the system libraries of `groups` (see system_libraries.py), and install them where that is allowed.

    Returns:
        None when all are there, else one sentence that names the missing ones and the line that installs them.
    """
    record = Environment(root).folder / "system-libraries"
    wanted = set(groups)
    known = set(record.read_text(encoding="utf-8").split()) if record.exists() else set()
    if wanted <= known:
        return None
    import system_libraries

    missing = system_libraries.missing(wanted - known)
    if missing and system_libraries.can_install():
        say("Installing system libraries: " + " ".join(system_libraries.packages(missing, "apt")))
        system_libraries.install(missing)
        missing = system_libraries.missing(wanted - known)
    if missing:
        return system_libraries.explain(missing)
    if record.parent.is_dir():
        record.write_text(" ".join(sorted(wanted | known)), encoding="utf-8")
    return None


def has_everything(locks: Iterable[Path], search_path: Iterable[str]) -> bool:
    """Whether the folders of `search_path` hold every package of `locks` in the locked version.

    Goes by the names of the `.dist-info` folders, which takes a millisecond. Packages that the lock wants on some systems
    only (those with a marker) are not asked for.
    """
    texts = [lock.read_text(encoding="utf-8") for lock in locks]
    wanted = {
        (name, version) for text in texts for name, version, marker in _requirements(text) if not marker
    }
    return wanted <= {found for folder in search_path for found in _installed_in(folder)}


def explain_pip_failure(output: str) -> str:
    """Return one sentence for the user on why pip, having printed `output`, failed."""
    if "DO NOT MATCH THE HASHES" in output:
        return "A downloaded package is not the one that was locked (its hash differs), so it was refused; try again."
    if any(words in output for words in DISK_FULL):
        return "The disk is full; make 1 GB of room and start again."
    if any(words in output for words in NO_NETWORK):
        return "The packages could not be downloaded: no connection to the package index; go online and start again."
    if "No matching distribution found for" in output:
        package = output.rpartition("No matching distribution found for")[2].split()[0]
        return (
            f"There is no ready-made {package} for Python {python_version()} on this system; Layerloom runs on 64-bit"
            " Windows 10, macOS 13 and Linux with glibc 2.34 (Arm: 2.39) or newer, with Python 3.11 to 3.14."
        )
    return f"Installing the packages failed: {_last_line(output)}"


def python_version() -> str:
    """The version of this interpreter that packages are built for, such as "3.11"."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def say(sentence: str) -> None:
    """Tell the user on standard error, where progress goes."""
    print(sentence, file=sys.stderr, flush=True)


def _continue_in(environment: Environment) -> NoReturn:
    if os.environ.get(REEXEC_GUARD) == str(environment.root):
        raise BootstrapError(
            f"{environment.python} starts another Python; delete {environment.folder} and start again."
        )
    os.environ[REEXEC_GUARD] = str(environment.root)
    command = [str(environment.python), *sys.orig_argv[1:]]
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform == "win32":
        import signal
        import subprocess

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the child's to answer
        sys.exit(subprocess.call(command))
    else:
        os.execv(command[0], command)


def _require_venv() -> None:
    """See to it that `python -m venv` can work: Debian and Ubuntu ship it apart from Python."""
    import importlib.util

    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    import system_libraries

    package = f"python{python_version()}-venv"
    if system_libraries.can_install():
        say(f"Installing {package}")
        if system_libraries.apt_install([package]):
            return
    raise BootstrapError(
        f"This Python cannot make virtual environments (its package ensurepip is missing); install it with"
        f" `sudo apt-get install -y {package}` (or your system's package of that kind) and start again."
    )


@contextlib.contextmanager
def _only_one(root: Path) -> Iterator[None]:
    """Hold the lock that keeps two starts from installing at once; it falls with the process that holds it."""
    try:
        file = (root / ".bootstrap.lock").open("ab")
    except OSError as error:
        raise BootstrapError(
            f"Layerloom installs its packages beside main.py, and {root} cannot be written ({error.strerror});"
            " move the folder to a place of your own."
        ) from error
    with file:
        if not _try_lock(file):
            say("Another start is installing; waiting for it.")
            _wait_for_lock(file)
        yield


def _try_lock(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _wait_for_lock(file: IO[bytes]) -> None:
    import time

    while not _try_lock(file):
        time.sleep(0.1)


def _run(command: Sequence[str], read_line: Callable[[str], None] | None = None) -> str | None:
    """Run `command`, giving its output line by line to `read_line`; return the output where it failed, else None."""
    import subprocess

    lines = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if read_line:
                read_line(line.strip())
    return "".join(lines) if process.returncode else None


def _configured_version(folder: Path) -> str:
    """The "3.11" of a virtual environment's pyvenv.cfg, or "" where it has none."""
    try:
        lines = (folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    fields = dict(line.replace(" ", "").split("=", 1) for line in lines if "=" in line)
    return ".".join(fields.get("version", "").split(".")[:2])


def _requirements(lock: str) -> Iterator[tuple[str, str, str]]:
    """The (name, version, marker) of each package of a lock file's text; the marker is "" where there is none."""
    for line in lock.splitlines():
        requirement, _, marker = line.rstrip(" \\").partition(" ; ")
        if requirement[:1].isalnum():
            name, _, version = requirement.partition("==")
            yield name, version, marker


def _installed_in(folder: str) -> Iterator[tuple[str, str]]:
    """The (normalized name, version) of each package installed in `folder`."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name.endswith(".dist-info"):
                name, _, version = entry.name[: -len(".dist-info")].partition("-")
                yield name.lower().replace("_", "-").replace(".", "-"), version


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
