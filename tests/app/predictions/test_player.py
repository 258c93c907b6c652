"""A melody is heard through a program of the system; what goes wrong there is said in a sentence."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.predictions import player
from app.predictions.player import ProgramPlayer, find_player
from app.predictions.views.melody import Melody
from app.theme import Theme
from engine.data.melodies.sounding import Played, wav_bytes
from tests.app.predictions.test_views import feed, question

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows plays sounds by itself")
TUNE = (Played(60, 0.0, 0.2), Played(64, 0.2, 0.2))


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    """Makes a program that takes a file and runs a line of shell."""

    def make(line: str) -> str:
        path = tmp_path / "pw-play"
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_the_file_is_played_to_its_end(qtbot: QtBot, tmp_path: Path, program: Callable[[str], str]) -> None:
    heard = tmp_path / "heard.wav"
    made = ProgramPlayer(program(f'cp "$1" "{heard}"'))
    wav = wav_bytes(TUNE, 0.4)
    places: list[float] = []
    made.moved.connect(places.append)
    with qtbot.waitSignal(made.ended):
        made.play(wav)
    assert heard.read_bytes() == wav
    assert places == sorted(places)
    made.close()


def test_it_is_silent_when_told(qtbot: QtBot, program: Callable[[str], str]) -> None:
    made = ProgramPlayer(program("exec sleep 60"))
    made.play(wav_bytes(TUNE, 400.0))
    with qtbot.waitSignal(made.ended):
        made.stop()
    assert made._process.state() is made._process.ProcessState.NotRunning
    made.stop()  # nothing to stop
    made.close()


@pytest.mark.parametrize("line", ["echo no device >&2; exit 1", ""])
def test_what_can_not_play_says_so(
    qtbot: QtBot, tmp_path: Path, program: Callable[[str], str], line: str
) -> None:
    made = ProgramPlayer(program(line) if line else str(tmp_path / "gone"))
    with qtbot.waitSignal(made.failed) as told:
        made.play(wav_bytes(TUNE, 400.0))
    assert told.args is not None
    assert told.args[0].startswith("No sound can be played here (")
    assert ("no device" in told.args[0]) == bool(line)
    made.close()


def test_the_button_is_there_where_something_plays(
    qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch, program: Callable[[str], str]
) -> None:
    monkeypatch.setattr(player, "PROGRAMS", ("no-such-program",))
    assert find_player() is None
    monkeypatch.setattr(player, "PROGRAMS", (program("echo broken >&2; exit 3"),))
    asked = question("melodies")
    view = Melody(theme, asked, "test")
    qtbot.addWidget(view.widget)
    feed(view, asked)
    assert view._play in view.controls()
    assert view._player is not None
    with qtbot.waitSignal(view._player.failed):
        view._play.click()
    assert "broken" in view._note.text()
    assert view._play.text() == "Play"
    view.close()
