"""What a network has written, as a sound and as a MIDI file: right notes at right times, in files that others read."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from engine.data.melodies.notation import Tone
from engine.data.melodies.sounding import RATE, TICKS, Played, midi_bytes, samples, timed, wav_bytes

A4 = 69


def strongest(sound: np.ndarray) -> float:
    """The frequency, in hertz, that is loudest."""
    return float(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))).argmax()) * RATE / len(sound)


def test_notes_follow_each_other_and_a_rest_takes_its_time() -> None:
    tones = [Tone(60, "4"), Tone(None, "8"), Tone(62, "2"), None]
    assert timed(tones) == ([Played(60, 0.0, 1.0), Played(62, 1.5, 2.0)], 4.5)
    assert timed([]) == ([], 0.0)


@pytest.mark.parametrize(("pitch", "hertz"), [(A4, 440.0), (A4 - 12, 220.0), (60, 261.63), (108, 4_186.0)])
def test_a_pitch_has_its_frequency(pitch: int, hertz: float) -> None:
    assert strongest(samples([Played(pitch, 0.0, 1.0)], 1.0)) == pytest.approx(hertz, rel=0.01)


def test_loudness_does_not_depend_on_how_many_sound_at_once() -> None:
    peaks = [int(np.abs(samples([Played(A4, 0.0, 1.0)] * count, 1.0)).max()) for count in (1, 4)]
    assert peaks[0] == peaks[1] == round(0.8 * 32767)
    assert not samples([], 2.0).any()


def test_twice_the_tempo_is_half_the_time() -> None:
    slow, fast = (len(samples([], 8.0, tempo)) - 0.3 * RATE for tempo in (60.0, 120.0))
    assert slow == pytest.approx(8 * RATE, abs=2)
    assert fast == pytest.approx(4 * RATE, abs=2)


def test_the_shortest_note_is_heard_of() -> None:
    assert len(samples([Played(A4, 0.0, 0.0)], 0.0)) > 0


def test_a_sound_file_is_read_by_others() -> None:
    with wave.open(io.BytesIO(wav_bytes([Played(A4, 0.0, 1.0)], 1.0))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert (
            np.frombuffer(file.readframes(file.getnframes()), "<i2").tolist()
            == samples([Played(A4, 0.0, 1.0)], 1.0).tolist()
        )


def events(track: bytes) -> list[tuple[int, bytes]]:
    """(ticks since the last, event) of a track that has notes and two-byte-long meta events only."""
    found, place = [], 0
    while place < len(track):
        delta = 0
        while True:
            delta = delta << 7 | track[place] & 0x7F
            place += 1
            if not track[place - 1] & 0x80:
                break
        length = 3 + track[place + 2] if track[place] == 0xFF else 3
        found.append((delta, track[place : place + length]))
        place += length
    return found


def test_a_midi_file_says_when_keys_go_down_and_up() -> None:
    data = midi_bytes([Played(60, 0.0, 1.0), Played(60, 1.0, 20.0)], tempo=100.0)
    assert data[:14] == b"MThd\0\0\0\6\0\0\0\1" + TICKS.to_bytes(2, "big")
    assert data[14:18] == b"MTrk"
    assert int.from_bytes(data[18:22], "big") == len(data) - 22
    tempo, *notes, end = events(data[22:])
    assert tempo == (0, b"\xff\x51\x03" + (600_000).to_bytes(3, "big"))
    assert end == (0, b"\xff\x2f\x00")
    assert [(delta, event[0], event[1]) for delta, event in notes] == [
        (0, 0x90, 60),
        (TICKS, 0x80, 60),  # the same key goes up before it goes down again
        (0, 0x90, 60),
        (20 * TICKS, 0x80, 60),  # more than fits into seven bits
    ]
