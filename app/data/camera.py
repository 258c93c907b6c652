"""The camera, where the computer has one and Qt's multimedia part is installed; nothing is said where not.

The installation brings PySide6-Essentials, which lacks that part; whoever installs PySide6-Addons gets the camera. No
picture is kept but those that a class button takes.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtGui import QImage


class Camera(Protocol):
    """What gives pictures."""

    @property
    def pictured(self) -> SignalInstance:
        """Signal with a `QImage`, many times a second while it runs."""

    @property
    def failed(self) -> SignalInstance:
        """Signal with a sentence."""

    def start(self) -> None:
        """Begin to give pictures."""

    def stop(self) -> None:
        """Switch it off."""


class QtCamera(QObject):
    """The default camera through Qt Multimedia."""

    pictured = Signal(QImage)
    failed = Signal(str)

    def __init__(self, multimedia: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._camera = multimedia.QCamera(multimedia.QMediaDevices.defaultVideoInput(), self)
        self._sink = multimedia.QVideoSink(self)
        self._session = multimedia.QMediaCaptureSession(self)
        self._session.setCamera(self._camera)
        self._session.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._camera.errorOccurred.connect(self._on_error)

    def start(self) -> None:
        """Begin to give pictures."""
        self._camera.start()

    def stop(self) -> None:
        """Switch it off."""
        self._camera.stop()

    def _on_frame(self, frame: Any) -> None:
        image = frame.toImage()
        if not image.isNull():
            self.pictured.emit(image)

    def _on_error(self, _error: object, words: str) -> None:
        self.failed.emit(
            self.tr(
                "The camera gives no picture ({words}). Close what else uses it, and switch it on again."
            ).format(words=words or self.tr("no reason given"))
        )


def find_camera() -> Camera | None:
    """The camera, or None where there is none or the part of Qt for it is not installed."""
    try:
        multimedia = importlib.import_module("PySide6.QtMultimedia")
    except ImportError:
        return None
    if not multimedia.QMediaDevices.videoInputs():
        return None
    return QtCamera(multimedia)
