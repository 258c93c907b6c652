"""Plays a melody through Qt Multimedia where that is installed; where it is not, nothing is missed."""

import importlib
import tempfile
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl, Signal


class Player(QObject):
    """Plays one WAV file at a time; `moved` says how many seconds of it, `ended` that it is over."""

    moved = Signal(float)
    ended = Signal()

    def __init__(self, multimedia: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = tempfile.TemporaryDirectory(prefix="layerloom-melody-")
        self._count = 0
        self._player = multimedia.QMediaPlayer(self)
        self._output = multimedia.QAudioOutput(self)
        self._player.setAudioOutput(self._output)
        self._stopped = multimedia.QMediaPlayer.PlaybackState.StoppedState
        self._player.positionChanged.connect(lambda ms: self.moved.emit(ms / 1000.0))
        self._player.playbackStateChanged.connect(self._on_state)

    def play(self, wav: bytes) -> None:
        """Play this from the beginning."""
        self._player.stop()
        self._count += 1
        path = Path(self._folder.name) / f"{self._count}.wav"
        path.write_bytes(wav)
        self._player.setSource(QUrl.fromLocalFile(str(path)))
        self._player.play()

    def stop(self) -> None:
        """Be silent."""
        self._player.stop()

    def close(self) -> None:
        """Let go of the sound and of the files."""
        self._player.stop()
        self._player.setSource(QUrl())
        self._folder.cleanup()

    def _on_state(self, state: object) -> None:
        if state == self._stopped:
            self.ended.emit()


def find_player(parent: QObject | None = None) -> Player | None:
    """A player, or None where this machine has nothing to play with."""
    try:
        multimedia = importlib.import_module("PySide6.QtMultimedia")
    except ImportError:
        return None
    if multimedia.QMediaDevices.defaultAudioOutput().isNull():
        return None
    return Player(multimedia, parent)
