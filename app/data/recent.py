"""Files and folders that were used lately: data, and projects."""

from collections import Counter
from pathlib import Path

from PySide6.QtCore import QSettings

DATA, PROJECTS = "recent_data", "recent_projects"
MOST = 6


class Recent:
    """A list of paths, newest first, kept in the window's settings; in memory alone where there are none.

    It is read anew each time, since other windows and other programs of ours keep theirs in the same place.
    """

    def __init__(self, remembered: QSettings | None, key: str = DATA, most: int = MOST) -> None:
        self._remembered, self._key, self._most = remembered, key, most
        self._paths: list[str] = []

    def paths(self) -> list[str]:
        """Newest first."""
        if self._remembered is None:
            return list(self._paths)
        self._remembered.sync()
        stored = self._remembered.value(self._key)
        listed = [stored] if isinstance(stored, str) else stored  # a list of one is written as its only entry
        return [str(path) for path in listed if path][: self._most] if isinstance(listed, list) else []

    def titles(self) -> dict[str, str]:
        """Each path with how it is called: its name, with its folder where another one has the same."""
        paths = self.paths()
        times = Counter(Path(path).name for path in paths)
        return {path: _title(Path(path), alone=times[Path(path).name] == 1) for path in paths}

    def add(self, path: str) -> None:
        """This was used now."""
        self._keep([path, *(other for other in self.paths() if other != path)][: self._most])

    def remove(self, path: str) -> None:
        """It is not there any more."""
        self._keep([other for other in self.paths() if other != path])

    def remove_if_gone(self, path: str) -> None:
        """It could not be read: forget it, unless all of its folder is away, as of a disk that may come back."""
        if Path(path).parent.is_dir():
            self.remove(path)

    def clear(self) -> None:
        """Forget all."""
        self._keep([])

    def _keep(self, paths: list[str]) -> None:
        self._paths = paths
        if self._remembered is not None:
            self._remembered.setValue(self._key, paths)
            self._remembered.sync()


def _title(path: Path, *, alone: bool) -> str:
    name = path.name or str(path)
    return name if alone else f"{name} ({path.parent.name or path.parent})"
