"""Loads the data for the views on a thread of its own, so that the window never waits for a file."""

from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.data.bundle import DataBundle
from engine.data.errors import DataError
from engine.data.load import load
from engine.data.settings import DataSettings


class DataLoader(QObject):
    """Loads one bundle at a time; of several wishes only the newest is answered."""

    loaded = Signal(object, object)  # DataSettings, DataBundle
    failed = Signal(object, str)  # DataSettings, sentence
    _done = Signal(object, object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="data")
        self._wanted: DataSettings | None = None
        self._kept: tuple[DataSettings, DataBundle] | None = None
        self._done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)

    def bundle_for(self, settings: DataSettings) -> DataBundle | None:
        """The bundle, if it is the one loaded last."""
        return self._kept[1] if self._kept and self._kept[0] == settings else None

    def want(self, settings: DataSettings) -> None:
        """Load this data; `loaded` or `failed` follows, unless another wish comes first."""
        self._wanted = settings
        if self._kept and self._kept[0] == settings and settings.path is None:
            self.loaded.emit(*self._kept)
        else:
            self._pool.submit(self._load, settings)

    def close(self) -> None:
        """Wait for the thread to end."""
        self._wanted = None
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _load(self, settings: DataSettings) -> None:
        if settings != self._wanted:
            return
        try:
            self._done.emit(settings, load(settings), "")
        except DataError as error:
            self._done.emit(settings, None, str(error))
        except MemoryError:
            self._done.emit(settings, None, "There is not enough memory for this data.")

    @Slot(object, object, str)
    def _on_done(self, settings: DataSettings, bundle: DataBundle | None, sentence: str) -> None:
        if settings != self._wanted:
            return
        if bundle is None:
            self.failed.emit(settings, sentence)
        else:
            self._kept = (settings, bundle)
            self.loaded.emit(settings, bundle)
