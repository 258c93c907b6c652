"""Brings the environment the application runs in, so that a start needs nothing but Python.

The first start makes `.venv` beside `main.py`, installs the locked, hash-checked packages into it
(first_start/) and goes on in its interpreter. Every later start compares one file with the lock: that has
to cost nothing to speak of, so this module imports only what the interpreter has loaded by itself.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn

ROOT = os.path.dirname(os.path.abspath(__file__))
RUNTIME_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"
REEXEC_GUARD = "LAYERLOOM_REEXECUTED_FROM"


class BootstrapError(Exception):
    """The environment cannot be made here; the message is one sentence for the user."""


def ensure(*lock_names: str, root: str = ROOT) -> None:
    """Return in an interpreter that has every package of the lock files, or replace this process by one.

    Args:
        lock_names: names of lock files in `root`; the runtime lock when empty.
        root: the folder of `main.py`.

    Raises:
        BootstrapError: there is no such interpreter and none can be made.
    """
    if getattr(sys, "frozen", False):  # a packaged application brings everything
        return
    locks = lock_names or (RUNTIME_LOCK,)
    inside = os.path.realpath(sys.prefix) == os.path.realpath(environment_folder(root))
    if inside:
        os.environ.pop(REEXEC_GUARD, None)
    if all(is_installed(lock, root, python_version() if inside else None) for lock in locks):
        if not inside:
            _continue_in_environment(root)
        return
    from first_start import environment

    if not inside and environment.has_everything(locks, root, sys.path):
        return
    made_anew = environment.bring_up_to_date(locks, root)
    if made_anew or not inside:
        _continue_in_environment(root)


def ensure_system_libraries(groups: Iterable[str], root: str = ROOT) -> str | None:
    """Look for the system libraries of `groups` (of first_start/system_libraries.py); as root, install them.

    Returns:
        None when all are there, else a sentence, without its full stop, that names the missing ones and the
        line that installs them.
    """
    folder = environment_folder(root)
    record = os.path.join(folder, "system-libraries")
    wanted, known = set(groups), set((_read(record) or b"").decode().split())
    if wanted <= known:
        return None
    from first_start import system_libraries

    missing = system_libraries.missing(wanted - known)
    if missing and system_libraries.can_install():
        say("Installing system libraries: " + " ".join(system_libraries.packages(missing, "apt")))
        system_libraries.install(missing)
        missing = system_libraries.missing(wanted - known)
    if missing:
        return system_libraries.explain(missing)
    _remember(record, " ".join(sorted(wanted | known)))
    return None


def environment_folder(root: str) -> str:
    """The virtual environment beside `main.py`."""
    return os.path.join(root, ".venv")


def environment_python(root: str) -> str:
    """The environment's interpreter, there or not."""
    return os.path.join(
        environment_folder(root), *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python"))
    )


def stamp_path(lock_name: str, root: str) -> str:
    """The file that says for which Python what lock was installed: `stamp` of both."""
    return os.path.join(environment_folder(root), f"installed-{lock_name}")


def stamp(lock: bytes, python: str) -> bytes:
    """The content of the stamp file when `lock` (a lock file's content) is installed for `python`."""
    return python.encode() + b"\n" + lock


def is_installed(lock_name: str, root: str, python: str | None = None) -> bool:
    """Whether exactly this lock is installed; where `python` is given, for that version ("3.11")."""
    found, lock = _read(stamp_path(lock_name, root)), _read(os.path.join(root, lock_name))
    if found is None or lock is None:
        return False
    made_for = found.partition(b"\n")[0].decode() if python is None else python
    return found == stamp(lock, made_for) and os.path.exists(environment_python(root))


def python_version() -> str:
    """The version of this interpreter that packages are built for, such as "3.11"."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def say(sentence: str) -> None:
    """Tell the user on standard error, where progress goes."""
    print(sentence, file=sys.stderr, flush=True)


def _continue_in_environment(root: str) -> NoReturn:
    python = environment_python(root)
    if os.environ.get(REEXEC_GUARD) == root:
        raise BootstrapError(
            f"{python} starts another Python; delete {environment_folder(root)} and start again."
        )
    os.environ[REEXEC_GUARD] = root
    command = [python, *sys.orig_argv[1:]]
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform == "win32":
        import signal
        import subprocess

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the child's to answer
        sys.exit(subprocess.call(command))
    else:
        os.execv(command[0], command)


def _remember(path: str, text: str) -> None:
    """Spare the next start a search, where there is a folder that can be written."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
