"""Makes the virtual environment and installs the locked packages into it, however the last attempt ended."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Callable, Iterable, Iterator, Sequence

from bootstrap import (
    BootstrapError,
    environment_folder,
    environment_python,
    is_installed,
    python_version,
    say,
    stamp,
    stamp_path,
)
from first_start import system_libraries

PIP_OPTIONS = (
    "--require-hashes",
    "--only-binary=:all:",  # a source package would need a compiler, and would run its own code to build
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar=off",
    "--retries=3",
)
SUPPORTED = (
    "Layerloom runs on 64-bit Windows 10, macOS 13 and Linux with glibc 2.34 (Arm: 2.39) or newer,"
    " with Python 3.11 to 3.14"
)
# What pip says, and what to tell the user; the first that is found in its output counts.
DISK_FULL = ("No space left on device", "There is not enough space on the disk", "Disk quota exceeded")
MAKE_ROOM = "The disk is full; make 1 GB of room and start again."
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


def bring_up_to_date(lock_names: Sequence[str], root: str) -> bool:
    """Install what is missing of the lock files; True when the environment was made anew for that.

    Raises:
        BootstrapError: something needed is not to be had; what was fetched stays in pip's cache.
    """
    with _only_one(root), _telling_of_files():
        environment = Environment(root)
        made_anew = not environment.is_usable()
        if made_anew:
            environment.create()
        for name in lock_names:
            if not is_installed(name, root, python_version()):
                environment.install(name)
    return made_anew


class Environment:
    """The virtual environment beside `main.py`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.folder = Path(environment_folder(root))
        self.python = Path(environment_python(root))
        self.unfinished = self.folder / "installing"  # there while pip runs, and after a pip that was killed
        self.log = self.folder / "install.log"

    def is_usable(self) -> bool:
        """Whether pip can install into the folder as it is: whole, and made for this Python."""
        site_packages = "Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages"
        return (
            not self.unfinished.exists()
            and self.python.exists()
            and _configured_version(self.folder) == python_version()
            and any(self.folder.glob(f"{site_packages}/pip/__main__.py"))
        )

    def create(self) -> None:
        """Make the environment, empty.

        Raises:
            BootstrapError: this Python cannot make one here.
        """
        _require_venv()
        say(f"Making {self.folder}")
        base = getattr(
            sys, "_base_executable", sys.executable
        )  # of the environment too, when it remakes itself
        output = _run([base, "-m", "venv", "--clear", str(self.folder)])
        if output is not None:
            full = any(words in output for words in DISK_FULL)
            why = MAKE_ROOM if full else _last_line(output)
            raise BootstrapError(f"The environment {self.folder} could not be made: {why}")

    def install(self, lock_name: str) -> None:
        """Install the packages of a lock file.

        Raises:
            BootstrapError: pip failed.
        """
        lock = Path(self.root, lock_name)
        stamp_file = Path(stamp_path(lock_name, self.root))
        self.unfinished.touch()
        stamp_file.unlink(missing_ok=True)
        say(f"Installing the packages of {lock_name} (once; about 600 MB on disk)")
        command = [str(self.python), "-m", "pip", "install", *PIP_OPTIONS, "--requirement", str(lock)]
        output = _run(command, Progress(lock.read_text(encoding="utf-8")).read)
        if output is not None:
            self.unfinished.unlink()  # pip ended by itself and left whole packages
            raise BootstrapError(f"{explain_pip_failure(output)}{self._kept(output)}")
        stamp_file.write_bytes(stamp(lock.read_bytes(), python_version()))
        self.unfinished.unlink()

    def _kept(self, output: str) -> str:
        """Where all that pip said is; "" where there is no room for it."""
        try:
            self.log.write_text(output, encoding="utf-8")
        except OSError:
            return ""
        return f" (All that pip said: {self.log})"


class Progress:
    """Turns pip's output into one line a package on standard error."""

    def __init__(self, lock: str) -> None:
        """Take the text of the lock file, for the number of packages to come."""
        self.total = len(list(requirements(lock)))
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


def has_everything(lock_names: Iterable[str], root: str, search_path: Iterable[str]) -> bool:
    """Whether the folders of `search_path` hold every package of the lock files in the locked version.

    Goes by the names of the `.dist-info` folders, which takes a millisecond. Packages that the lock wants on
    some systems only (those with a marker) are not asked for.
    """
    texts = [Path(root, name).read_text(encoding="utf-8") for name in lock_names]
    wanted = {(name, version) for text in texts for name, version, marker in requirements(text) if not marker}
    return wanted <= {found for folder in search_path for found in _installed_in(folder)}


def explain_pip_failure(output: str) -> str:
    """Return one sentence for the user on why pip, having printed `output`, failed."""
    if "DO NOT MATCH THE HASHES" in output:
        return (
            "A downloaded package is not the one that was locked (its hash differs), so refused; try again."
        )
    if any(words in output for words in DISK_FULL):
        return MAKE_ROOM
    if any(words in output for words in NO_NETWORK):
        return "No package could be downloaded: no connection to the package index; go online, start again."
    if "No matching distribution found for" in output:
        package = output.rpartition("No matching distribution found for")[2].split()[0]
        return f"There is no ready-made {package} for Python {python_version()} on this system; {SUPPORTED}."
    return f"Installing the packages failed: {_last_line(output)}"


def _require_venv() -> None:
    """See to it that `python -m venv` can work: Debian and Ubuntu ship it apart from Python."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
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
def _only_one(root: str) -> Iterator[None]:
    """Hold the lock that keeps two starts from installing at once; it falls with its process."""
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(Path(root, ".bootstrap.lock").open("ab"))
        except OSError as error:
            raise BootstrapError(
                f"Layerloom installs its packages beside main.py, and {root} cannot be written"
                f" ({error.strerror}); move the folder to a place of your own."
            ) from error
        if not _try_lock(file):
            say("Another start is installing; waiting for it.")
            _wait_for_lock(file)
        yield


@contextlib.contextmanager
def _telling_of_files() -> Iterator[None]:
    """Let a file that can't be written end the start in one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BootstrapError(MAKE_ROOM) from error
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise BootstrapError(f"The packages could not be installed ({what}).") from error


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
    while not _try_lock(file):
        time.sleep(0.1)


def _run(command: Sequence[str], read_line: Callable[[str], None] | None = None) -> str | None:
    """Run `command`, giving each line of output to `read_line`; return the output where it failed."""
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


def requirements(lock: str) -> Iterator[tuple[str, str, str]]:
    """The (name, version, marker or "") of each package of a lock file's text."""
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
