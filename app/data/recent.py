"""Files and folders that were used lately: data, and projects."""

from PySide6.QtCore import QSettings

DATA, PROJECTS = "recent_data", "recent_projects"
MOST = 6


class Recent:
    """A list of paths, newest first, kept in the window's settings; in memory alone where there are none."""

    def __init__(self, remembered: QSettings | None, key: str = DATA, most: int = MOST) -> None:
        self._remembered, self._key, self._most = remembered, key, most
        stored = remembered.value(key) if remembered is not None else None
        listed = (
            [stored] if isinstance(stored, str) else stored
        )  # QSettings writes a list of one as its only entry
        self._paths = [str(path) for path in listed if path] if isinstance(listed, list) else []

    def paths(self) -> list[str]:
        """Newest first."""
        return list(self._paths)

    def add(self, path: str) -> None:
        """This was used now."""
        self._paths = [path, *(other for other in self._paths if other != path)][: self._most]
        self._keep()

    def remove(self, path: str) -> None:
        """It is not there any more."""
        self._paths = [other for other in self._paths if other != path]
        self._keep()

    def _keep(self) -> None:
        if self._remembered is not None:
            self._remembered.setValue(self._key, self._paths)
