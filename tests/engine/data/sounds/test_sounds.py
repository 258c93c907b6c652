"""Sounds: every way of writing values, lengths that lie, resampling, and spectrograms that show the right pitch."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from engine.data.errors import DataError
from engine.data.sounds.source import SoundSource
from engine.data.sounds.spectrogram import SpectrogramShape, spectrogram
from engine.data.sounds.target import SoundTarget, fitted, proposed_target
from engine.data.sounds.wav import WavFacts, read_facts, read_wav
from engine.data.sources.base import Kind
from engine.data.sources.registry import kind_of, open_source
from engine.tensor.spec import Array

RATE = 8_000


def sine(pitch: float = 440.0, seconds: float = 0.5, rate: int = RATE) -> Array:
    return np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate).astype(np.float32)


def riff(
    values: bytes, coding: int = 1, channels: int = 1, bits: int = 16, length: int | None = None
) -> bytes:
    form = struct.pack(
        "<HHIIHH", coding, channels, RATE, RATE * channels * bits // 8, channels * bits // 8, bits
    )
    data = b"data" + struct.pack("<I", len(values) if length is None else length) + values
    return b"RIFF" + struct.pack("<I", 28 + len(data)) + b"WAVEfmt " + struct.pack("<I", 16) + form + data


def encoded(values: Array, bits: int, floats: bool) -> bytes:
    if floats:
        return bytes(values.astype("<f4" if bits == 32 else "<f8").tobytes())
    whole = np.rint(values.astype(np.float64) * (2 ** (bits - 1) - 1)).astype(np.int64)
    if bits == 8:
        return bytes((whole + 128).astype(np.uint8).tobytes())
    return bytes(whole.astype("<i8").view(np.uint8).reshape(-1, 8)[:, : bits // 8].tobytes())


@pytest.mark.parametrize(
    ("bits", "floats"), [(8, False), (16, False), (24, False), (32, False), (32, True), (64, True)]
)
def test_every_way_of_writing_values(tmp_path: Path, bits: int, floats: bool) -> None:
    values = sine()
    (tmp_path / "a.wav").write_bytes(riff(encoded(values, bits, floats), 3 if floats else 1, bits=bits))
    read, facts = read_wav(tmp_path / "a.wav")
    assert facts == WavFacts(RATE, 1, bits, floats, 4_000, 44)
    np.testing.assert_allclose(read[:, 0], values, atol=0.02 if bits == 8 else 1e-4)


@pytest.mark.parametrize(("bits", "container"), [(12, 16), (20, 24)])
def test_bits_between_lie_at_the_upper_end(tmp_path: Path, bits: int, container: int) -> None:
    values = sine()
    (tmp_path / "a.wav").write_bytes(riff(encoded(values, container, False), bits=bits))
    read, facts = read_wav(tmp_path / "a.wav")
    assert facts.bits == container
    np.testing.assert_allclose(read[:, 0], values, atol=1e-4)


def test_the_standard_library_writes_the_same(tmp_path: Path) -> None:
    both = np.stack([sine(440), sine(880)], axis=1)
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(encoded(both.ravel(), 16, floats=False))
    read, facts = read_wav(tmp_path / "a.wav", 1000)
    assert (facts.channels, facts.seconds) == (2, 0.5)
    np.testing.assert_allclose(read, both[:1000], atol=1e-4)


def test_an_extensible_header_and_other_chunks(tmp_path: Path) -> None:
    values = sine()
    form = (
        struct.pack("<HHIIHHHHI", 0xFFFE, 1, RATE, RATE * 4, 4, 32, 22, 32, 0)
        + struct.pack("<H", 3)
        + b"\0" * 14
    )
    chunks = b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"fmt " + struct.pack("<I", len(form)) + form
    data = b"data" + struct.pack("<I", 4 * len(values)) + values.astype("<f4").tobytes()
    (tmp_path / "a.wav").write_bytes(b"RIFF\0\0\0\0WAVE" + chunks + data)
    read, _ = read_wav(tmp_path / "a.wav")
    np.testing.assert_array_equal(read[:, 0], values)


@pytest.mark.parametrize(
    ("length", "frames", "cut"),
    [(0, 100, False), (2**32 - 1, 100, False), (5_000, 100, True), (51, 25, False)],
)
def test_a_length_that_lies_gives_what_is_there(tmp_path: Path, length: int, frames: int, cut: bool) -> None:
    (tmp_path / "a.wav").write_bytes(riff(b"\1\0" * 100, length=length))
    facts = read_facts(tmp_path / "a.wav")
    assert (facts.frames, facts.cut) == (frames, cut)
    assert len(read_wav(tmp_path / "a.wav")[0]) == frames


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"hello", "must be a WAV file"),
        (b"RIFF\0\0\0\0WAVE", "cut off before"),
        (riff(b"")[:30], "damaged"),
        (riff(b"", coding=85), "coding 85"),
        (riff(b"", bits=40), "40 bits"),
        (riff(b"", channels=0), "claims 0"),
        (b"RIFF\0\0\0\0WAVE" + b"junk\xff\xff\xff\xff" * 10, "cut off before"),
        (b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 5_000, "cut off before"),
    ],
)
def test_a_file_that_is_no_sound_is_one_sentence(tmp_path: Path, raw: bytes, sentence: str) -> None:
    (tmp_path / "a.wav").write_bytes(raw)
    with pytest.raises(DataError, match=sentence) as raised:
        read_wav(tmp_path / "a.wav")
    assert "a.wav" in str(raised.value)


def test_values_that_are_not_finite_are_silent(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(riff(np.array([np.nan, np.inf, 0.5], "<f4").tobytes(), 3, bits=32))
    assert read_wav(tmp_path / "a.wav")[0].ravel().tolist() == [0.0, 1.0, 0.5]


@pytest.mark.parametrize("rate", [RATE // 2, RATE * 2, 11_025])
def test_resampling_keeps_the_pitch(rate: int) -> None:
    made = fitted(sine(500)[:, np.newaxis], RATE, SoundTarget(rate, rate // 2))
    assert made.shape == (rate // 2, 1)
    np.testing.assert_allclose(made[50:-50, 0], sine(500, rate=rate)[50:-50], atol=0.02)


def test_length_and_channels_are_brought_to_those_wanted() -> None:
    both = np.stack([np.ones(10), np.zeros(10)], axis=1).astype(np.float32)
    assert fitted(both, RATE, SoundTarget(RATE, 4)).tolist() == [[0.5]] * 4
    longer = fitted(both, RATE, SoundTarget(RATE, 12, 3))
    assert longer[0].tolist() == [1, 0, 0]
    assert longer[10:].max() == 0


def test_a_length_is_proposed() -> None:
    facts = [WavFacts(RATE, 1, 16, False, frames, 44) for frames in (*[1000] * 9, 90_000)]
    assert proposed_target(facts[:9]) == SoundTarget(RATE, 1000)
    long = proposed_target([WavFacts(44_100, 2, 16, False, 44_100 * 60, 44)])
    assert long == SoundTarget(16_000, 160_000)


# -- spectrograms --------------------------------------------------------------------------------------
@pytest.mark.parametrize("bands", [0, 40])
@pytest.mark.parametrize("pitch", [300, 1_000, 3_000])
def test_the_pitch_of_a_sine_is_the_strongest_band(bands: int, pitch: int) -> None:
    shape = SpectrogramShape(400, 160, bands)
    made = spectrogram(sine(pitch)[np.newaxis], RATE, shape)
    assert made.shape == (1, *shape.output(4_000))
    assert made.dtype == np.float32
    strongest = made[0, :, :, 0].argmax(axis=1)
    assert len(set(strongest.tolist())) == 1
    if bands:
        edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 4_000 / 700), bands + 2) / 2595) - 1)
        assert edges[strongest[0]] <= pitch <= edges[strongest[0] + 2]
    else:
        assert strongest[0] == pitch * 400 // RATE


def test_a_sine_of_full_strength_has_power_one() -> None:
    shape = SpectrogramShape(400, 160, 0, decibels=False)
    assert spectrogram(sine(1_000)[np.newaxis], RATE, shape).max() == pytest.approx(1, rel=1e-3)
    decibels = spectrogram(sine(1_000)[np.newaxis], RATE, SpectrogramShape(400, 160, 0))
    assert decibels.max() == pytest.approx(1, rel=1e-3)


def test_silence_is_zero_and_a_short_wave_is_one_frame() -> None:
    shape = SpectrogramShape(400, 160, 20)
    made = spectrogram(np.zeros((3, 100, 2), np.float32), RATE, shape)
    assert made.shape == (3, *shape.output(100)) == (3, 1, 20, 1)
    assert made.max() == 0


def test_each_band_has_a_pitch_even_where_bands_are_narrower_than_frequencies() -> None:
    noise = np.random.default_rng(0).normal(size=(1, 4_000)).astype(np.float32)
    assert spectrogram(noise, RATE, SpectrogramShape(64, 32, 60, decibels=False)).min(axis=(0, 1)).max() > 0
    assert (spectrogram(noise, RATE, SpectrogramShape(64, 32, 60, decibels=False)).max(axis=(0, 1)) > 0).all()


def test_a_band_between_two_frequencies_has_the_nearest() -> None:
    still = np.ones((1, 4_000), np.float32)  # nothing but the frequency 0
    made = spectrogram(still, RATE, SpectrogramShape(64, 32, 60, decibels=False))[0, :, :, 0].max(axis=0)
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + RATE / 2 / 700), 62) / 2595) - 1)
    step = RATE / 64
    assert made[0] > 0.1
    assert made[edges[1:-1] > 3 * step].max() < 1e-6


# -- folders -------------------------------------------------------------------------------------------
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label, pitch in (("high", 880), ("low", 220)):
        (tmp_path / "tones" / label).mkdir(parents=True)
        for number in range(3):
            values = encoded(sine(pitch), 16, floats=False)
            (tmp_path / "tones" / label / f"{number}.wav").write_bytes(riff(values))
    return tmp_path / "tones"


def opened(path: Path) -> SoundSource:
    source = open_source(path, {})
    assert isinstance(source, SoundSource)
    return source


def test_a_folder_of_sounds(folder: Path) -> None:
    (folder / "low" / "bad.wav").write_text("hello", encoding="utf-8")
    assert kind_of(folder).name == "sounds"
    source = opened(folder)
    assert [(c.name, c.kind) for c in source.columns] == [
        ("sound", Kind.SOUND),
        ("class", Kind.TEXT),
        ("file", Kind.TEXT),
    ]
    target = source.proposed("sound")
    assert target == SoundTarget(RATE, 4_000)
    found = source.sounds("sound", target)
    assert found.array.shape == (7, 4_000, 1)
    assert found.missing.tolist() == [6]
    assert [note.place for note in source.notes] == ["low/bad.wav"]
    np.testing.assert_allclose(found.array[0, :, 0], sine(880), atol=1e-4)
    np.testing.assert_array_equal(source.read(["sound"], 1, 3)["sound"], found.array[1:3])
    rows = source.page(5, 2)
    drawn = rows[0][0]
    assert isinstance(drawn, np.ndarray)
    assert (drawn.shape, drawn.dtype) == ((32, 64, 1), np.uint8)
    assert rows[1] == [None, "low", "low/bad.wav"]
    assert not source.changed()


def test_a_single_sound(folder: Path) -> None:
    source = opened(folder / "low" / "0.wav")
    assert source.count() == 1
    assert source.sounds("sound", SoundTarget(RATE, 10)).array.shape == (1, 10, 1)


def test_a_folder_without_sounds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must hold WAV files"):
        open_source(tmp_path, {}, kind="sounds")
