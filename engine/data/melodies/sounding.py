"""Melodies as sounds and as MIDI files, so that what a network has written can be heard and taken elsewhere.

Source of the format: Standard MIDI Files 1.0, MIDI Manufacturers Association, 1988.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.melodies.notation import Tone
from engine.tensor.spec import Array

RATE = 22_050  # samples a second
QUARTERS_A_MINUTE = 120.0
TICKS = 480  # a quarter
_LOUD = 88
_OVERTONES = (1.0, 0.45, 0.2, 0.1)
_ATTACK, _RELEASE, _DECAY = 0.008, 0.04, 2.2  # seconds, seconds, per second
_A4, _A4_HERTZ = 69, 440.0


@dataclass(frozen=True)
class Played:
    """A note with its time, in quarters from the beginning."""

    pitch: int
    start: float
    length: float


def timed(tones: Sequence[Tone | None]) -> tuple[list[Played], float]:
    """The notes one after the other, and the quarters that all take; None (the end of a tune) is a quarter of silence."""
    found, now = [], 0.0
    for tone in tones:
        length = 4.0 * float(tone.length) if tone is not None else 1.0
        if tone is not None and tone.pitch is not None:
            found.append(Played(tone.pitch, now, length))
        now += length
    return found, now


def samples(notes: Sequence[Played], quarters: float, tempo: float = QUARTERS_A_MINUTE) -> Array:
    """The sound, int16 (n,): a plucked tone with a few overtones for each note."""
    second = 60.0 / tempo
    total = np.zeros(int((quarters * second + 0.3) * RATE) + 1)
    for note in notes:
        begin, count = int(note.start * second * RATE), max(1, int(note.length * second * RATE))
        time = np.arange(count) / RATE
        pitch = _A4_HERTZ * 2.0 ** ((note.pitch - _A4) / 12.0)
        tone = np.zeros(count)
        for k, strength in enumerate(_OVERTONES, start=1):
            if k * pitch < RATE / 2:
                tone += strength * np.sin(2.0 * np.pi * k * pitch * time)
        shape = np.minimum(time / _ATTACK, 1.0) * np.minimum((count / RATE - time) / _RELEASE, 1.0)
        total[begin : begin + count] += tone * shape * np.exp(-_DECAY * time)
    peak = float(np.abs(total).max(initial=0.0)) or 1.0
    loud: Array = np.rint(total / peak * 0.8 * 32767.0).astype(np.int16)
    return loud


def wav_bytes(notes: Sequence[Played], quarters: float, tempo: float = QUARTERS_A_MINUTE) -> bytes:
    """A WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples(notes, quarters, tempo).astype("<i2").tobytes())
    return buffer.getvalue()


def midi_bytes(notes: Sequence[Played], tempo: float = QUARTERS_A_MINUTE) -> bytes:
    """A MIDI file of one track."""
    events = [(round(n.start * TICKS), 1, n.pitch) for n in notes]
    events += [(round((n.start + n.length) * TICKS), 0, n.pitch) for n in notes]
    track = b"\x00\xff\x51\x03" + round(60e6 / tempo).to_bytes(3, "big")
    now = 0
    for time, on, pitch in sorted(events):
        track += _variable(time - now) + bytes((0x90 if on else 0x80, pitch, _LOUD if on else 0))
        now = time
    track += b"\x00\xff\x2f\x00"
    head = b"MThd" + (6).to_bytes(4, "big") + bytes((0, 0, 0, 1)) + TICKS.to_bytes(2, "big")
    return head + b"MTrk" + len(track).to_bytes(4, "big") + track


def _variable(number: int) -> bytes:
    """Seven bits a byte, the highest first; all but the last are marked."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(number & 0x7F | 0x80)
    return bytes(reversed(found))
