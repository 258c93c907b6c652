"""Loads the data for the views on a thread of its own, so that the window never waits for a file."""

from PySide6.QtCore import QObject, Signal

from app.lane import Lane
from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.settings import DataSettings

_TOPIC = "load"


class DataLoader(QObject):
    """Loads one bundle at a time; of several wishes only the newest is answered."""

    loaded = Signal(object, object)  # DataSettings, DataBundle
    failed = Signal(object, str)  # DataSettings, sentence
    progressed = Signal(object, int, int)  # DataSettings, how much is done of how much

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = Lane("data-load", self)
        self._kept: tuple[DataSettings, DataBundle] | None = None

    def want(self, settings: DataSettings) -> None:
        """Load this data; `loaded` or `failed` follows, unless another wish comes first."""
        if self._kept and self._kept[0] == settings and settings.path is None:
            self._lane.cancel(_TOPIC)
            self.loaded.emit(*self._kept)
            return
        self._lane.want(
            _TOPIC,
            lambda watch: load(settings, watch),
            lambda bundle: self._take(settings, bundle),
            lambda sentence: self.failed.emit(settings, sentence),
            lambda done, total: self.progressed.emit(settings, done, total),
        )

    def close(self) -> None:
        """Nobody waits any more; what is being read ends at its next look whether it is wanted."""
        self._lane.close()

    def _take(self, settings: DataSettings, bundle: DataBundle) -> None:
        self._kept = (settings, bundle)
        self.loaded.emit(settings, bundle)
