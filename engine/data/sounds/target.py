"""What all sounds of a column are brought to, since a network takes waves of one rate and length."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.sounds.wav import WavFacts
from engine.tensor.spec import Array, Shape

MOST_PROPOSED = 16_000 * 10  # values of a proposed wave: ten seconds of speech
_SPEECH = 16_000  # values a second


@dataclass(frozen=True)
class SoundTarget:
    """Rate, length and channels of every sound of a column.

    Attributes:
        rate: values a second.
        samples: values of each channel; a longer sound loses its end, a shorter one is followed by silence.
        channels: 1: the mean of all; else as many as there are, the last one repeated, or the first ones.
    """

    rate: int
    samples: int
    channels: int = 1

    @property
    def shape(self) -> Shape:
        """(samples, channels)."""
        return (self.samples, self.channels)


def proposed_target(facts: Sequence[WavFacts]) -> SoundTarget:
    """The most frequent rate, and the length that nine in ten do not exceed; speech's rate where that is too much."""
    rates = Counter(f.rate for f in facts)
    rate = rates.most_common(1)[0][0] if rates else _SPEECH
    lengths = sorted(f.seconds for f in facts)
    seconds = lengths[min(len(lengths) - 1, 9 * len(lengths) // 10)] if lengths else 1.0
    if seconds * rate > MOST_PROPOSED:
        rate = min(rate, _SPEECH)
    return SoundTarget(rate, max(1, min(MOST_PROPOSED, round(seconds * rate))))


def fitted(wave: Array, rate: int, target: SoundTarget) -> Array:
    """A wave (frames, channels) of that rate in the target's rate, length and channels: float32 (samples, channels)."""
    mixed = _mixed(wave, target.channels)
    needed = int(np.ceil(target.samples * rate / target.rate))
    resampled = _resampled(mixed[:needed], rate, target.rate)[: target.samples]
    padded = np.zeros(target.shape, np.float32)
    padded[: len(resampled)] = resampled
    return padded


def _mixed(wave: Array, channels: int) -> Array:
    if channels == 1:
        mean: Array = wave.mean(axis=1, keepdims=True)
        return mean
    return wave[:, np.minimum(np.arange(channels), wave.shape[1] - 1)]


def _resampled(wave: Array, rate: int, wanted: int) -> Array:
    """At another rate, by leaving out or adding what is above its highest frequency (Fourier's way, exact for a period)."""
    if rate == wanted or not len(wave):
        return wave
    unit = rate // math.gcd(rate, wanted)  # so many values become a whole number of others: no drift
    before = -(-len(wave) // unit) * unit
    length = before * wanted // rate
    spectrum = np.fft.rfft(wave, before, axis=0)
    shorter = np.zeros((length // 2 + 1, wave.shape[1]), spectrum.dtype)
    kept = min(len(spectrum), len(shorter))
    shorter[:kept] = spectrum[:kept]
    resampled: Array = np.fft.irfft(shorter, length, axis=0) * (length / before)
    return resampled.astype(np.float32)
