"""The files and folders of data that were used lately."""

from PySide6.QtCore import QSettings

KEY = "recent_data"
MOST = 6


class RecentData:
    """A list of paths, newest first, kept in the window's settings; in memory alone where there are none."""

    def __init__(self, remembered: QSettings | None) -> None:
        self._remembered = remembered
        stored = remembered.value(KEY) if remembered is not None else None
        listed = (
            [stored] if isinstance(stored, str) else stored
        )  # QSettings writes a list of one as its only entry
        self._paths = [str(path) for path in listed if path] if isinstance(listed, list) else []

    def paths(self) -> list[str]:
        """Newest first."""
        return list(self._paths)

    def add(self, path: str) -> None:
        """This was used now."""
        self._paths = [path, *(other for other in self._paths if other != path)][:MOST]
        if self._remembered is not None:
            self._remembered.setValue(KEY, self._paths)
