"""The folders the application writes to, in one place, so that tests and portable installs can move them all.

Each operating system has its own rules (platformdirs knows them); the environment variables
``LAYERLOOM_DATA_DIR`` and ``LAYERLOOM_CACHE_DIR`` override them.
"""

import os
from pathlib import Path

APP_NAME = "Layerloom"
DATA_DIR_VARIABLE = "LAYERLOOM_DATA_DIR"
CACHE_DIR_VARIABLE = "LAYERLOOM_CACHE_DIR"


def data_dir() -> Path:
    """The folder for what must not be lost, made if missing.

    Raises:
        OSError: the folder is not there and cannot be made.
    """
    return _made(os.environ.get(DATA_DIR_VARIABLE) or _own("data"))


def cache_dir() -> Path:
    """The folder for what can be made again (compiled shaders, tile choices), made if missing.

    Raises:
        OSError: the folder is not there and cannot be made.
    """
    return _made(os.environ.get(CACHE_DIR_VARIABLE) or _own("cache"))


def recovery_dir() -> Path:
    """The folder of the recovery files written after each undoable step, made if missing.

    Raises:
        OSError: the folder is not there and cannot be made.
    """
    return _made(data_dir() / "recovery")


def groups_dir() -> Path:
    """The library of own groups; the folder is made when the first is kept."""
    return data_dir() / "groups"


def runs_path() -> Path:
    """The SQLite store of runs; its folder exists, the file itself need not."""
    return data_dir() / "runs.sqlite"


def _own(kind: str) -> str:
    """The system's folder of that kind."""
    import platformdirs  # by whom no folder is asked for while the engine is imported

    find = platformdirs.user_data_dir if kind == "data" else platformdirs.user_cache_dir
    return find(APP_NAME, appauthor=False)


def _made(path: str | Path) -> Path:
    folder = Path(path).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
