"""The data of jobs: kept from one job to the next, and looked after while one trains on it."""

from __future__ import annotations

import time

from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.devices.base import Watch

KEPT_BUNDLES = 2
FILE_INTERVAL = 1.0  # seconds between two looks at the file that is trained on


class KeptData:
    """The bundles of the latest jobs."""

    def __init__(self) -> None:
        self._bundles: dict[str, DataBundle] = {}

    def get(self, settings: DataSettings, watch: Watch | None = None) -> DataBundle:
        """The data of a job, which is kept as long as its file is what it was.

        Raises:
            DataError: it cannot be read.
            Whatever `watch` raises to end the reading.
        """
        key = settings.model_dump_json()
        kept = self._bundles.pop(key, None)
        if kept is None or (kept.origin is not None and kept.origin.complaint()):
            while len(self._bundles) >= KEPT_BUNDLES:
                self._bundles.pop(next(iter(self._bundles)))
            if watch is not None:
                watch(0, 0)  # some data is read in one go: that it is read is said before
            kept = load(settings, watch)
        self._bundles[key] = kept
        return kept


class Guard:
    """Looks now and then whether the file that a run was prepared from is still there, unchanged; says so once."""

    def __init__(self, bundle: DataBundle) -> None:
        self._origin = bundle.origin
        self._looked = time.monotonic()

    def complaint(self) -> str:
        """A sentence, the first time that there is one."""
        if self._origin is None or time.monotonic() - self._looked < FILE_INTERVAL:
            return ""
        sentence = self._origin.complaint(glance=True)
        self._looked = time.monotonic()
        if sentence:
            self._origin = None
        return sentence
