"""Plays a melody through what the system itself plays sounds with; where it has nothing, the button is left out."""

import io
import shutil
import sys
import tempfile
import wave
from abc import abstractmethod
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QObject, QProcess, QTimer, Signal
from typing_extensions import override

# of PipeWire, PulseAudio, ALSA and macOS; each takes a file
PROGRAMS = ("pw-play", "paplay", "aplay", "afplay")
MOVED_MS = 40
GIVEN_UP_MS = 500


class Player(QObject):
    """Plays one WAV file at a time.

    Signals: `moved` says how many seconds of it were heard, `ended` that it is over, `failed` why nothing is heard.
    """

    moved = Signal(float)
    ended = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = tempfile.TemporaryDirectory(prefix="layerloom-melody-")
        self._path = Path(self._folder.name) / "melody.wav"
        self._clock = QElapsedTimer()
        self._length = 0.0  # seconds
        self._ticks = QTimer(self)
        self._ticks.setInterval(MOVED_MS)
        self._ticks.timeout.connect(self._on_ticks_timeout)

    def play(self, wav: bytes) -> None:
        """Play this from the beginning."""
        self._be_silent()
        self._path.write_bytes(wav)
        with wave.open(io.BytesIO(wav)) as sound:
            self._length = sound.getnframes() / sound.getframerate()
        self._clock.start()
        self._ticks.start()
        self._sound(self._path)

    def stop(self) -> None:
        """Be silent."""
        if self._ticks.isActive():
            self._end()

    def close(self) -> None:
        """Let go of the sound and of the files."""
        self._ticks.stop()
        self._be_silent()
        self._folder.cleanup()

    @abstractmethod
    def _sound(self, path: Path) -> None:
        """Begin to play a file, and return at once."""

    @abstractmethod
    def _be_silent(self) -> None:
        """Play no longer."""

    def _end(self) -> None:
        self._ticks.stop()
        self._be_silent()
        self.ended.emit()

    def _on_ticks_timeout(self) -> None:
        seconds = self._clock.elapsed() / 1000.0
        if seconds < self._length:
            self.moved.emit(seconds)
        else:
            self._end()


class ProgramPlayer(Player):
    """Lets a program of the system play."""

    def __init__(self, program: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._process = QProcess(self)
        self._process.finished.connect(self._on_process_finished)
        self._process.errorOccurred.connect(self._on_process_error)

    @override
    def _sound(self, path: Path) -> None:
        self._process.start(self._program, [str(path)])

    @override
    def _be_silent(self) -> None:
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(GIVEN_UP_MS)

    def _on_process_finished(self, code: int) -> None:
        if code and self._ticks.isActive():
            self._fail()

    def _on_process_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._fail()

    def _fail(self) -> None:
        """It can't play, which is told after its own words."""
        words = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        name = Path(self._program).name
        self._end()
        said = f"{name}: {words.splitlines()[-1]}" if words else name
        self.failed.emit(
            self.tr("No sound can be played here ({said}). Save the melody and play it elsewhere.").format(
                said=said
            )
        )


def find_player(parent: QObject | None = None) -> Player | None:
    """A player, or None where this machine has nothing to play with."""
    if sys.platform == "win32":
        return _WindowsPlayer(parent)
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    return ProgramPlayer(program, parent) if program is not None else None


if sys.platform == "win32":
    import winsound

    class _WindowsPlayer(Player):
        """Windows plays files by itself."""

        @override
        def _sound(self, path: Path) -> None:
            winsound.PlaySound(str(path), winsound.SND_FILENAME | winsound.SND_ASYNC)

        @override
        def _be_silent(self) -> None:
            winsound.PlaySound(None, 0)
