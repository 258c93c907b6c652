"""How strong each pitch is at each moment of a wave: a sound as a picture, which convolutions read well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.tensor.spec import Array, Shape

_QUIETEST = 1e-10  # power, that of rounding; -100 decibels
_BLOCK = 64  # waves transformed at a time


@dataclass(frozen=True)
class SpectrogramShape:
    """How a wave is cut into frames, and what is kept of each.

    Attributes:
        frame: values in a frame.
        hop: values from one frame to the next.
        bands: how many bands of pitch, evenly spaced on the mel scale; 0: the frame // 2 + 1 plain frequencies.
        decibels: whether strength is in decibels, scaled to 0 (silence, -100 dB) .. 1 (full); else power.
    """

    frame: int = 400
    hop: int = 160
    bands: int = 64
    decibels: bool = True

    def output(self, samples: int) -> Shape:
        """(frames, bands, 1) for waves of so many values; a wave shorter than a frame is one frame."""
        frames = 1 + max(0, samples - self.frame) // self.hop
        return (frames, self.bands or self.frame // 2 + 1, 1)


def spectrogram(waves: Array, rate: int, shape: SpectrogramShape) -> Array:
    """Spectrograms of waves, float32 (n, frames, bands, 1), low pitches first.

    Power is that of the Fourier transform of each frame under a Hann window, divided by the window's, so that a sine of
    full strength has about 1. The bands are triangles on the mel scale, 2595 log10(1 + f / 700)
    (O'Shaughnessy, Speech Communication, 1987), each of sum 1.

    Args:
        waves: float32 (n, samples) or (n, samples, channels), of which the mean is taken.
        rate: values a second.
        shape: frames and bands.
    """
    mono = waves.mean(axis=2) if waves.ndim == 3 else waves
    if mono.shape[1] < shape.frame:
        mono = np.pad(mono, ((0, 0), (0, shape.frame - mono.shape[1])))
    window = np.hanning(shape.frame + 1)[:-1].astype(np.float32)
    weights = _mel(rate, shape) if shape.bands else None
    made = np.empty((len(mono), *shape.output(mono.shape[1])), np.float32)
    for start in range(0, len(mono), _BLOCK):
        frames = sliding_window_view(mono[start : start + _BLOCK], shape.frame, axis=1)[:, :: shape.hop]
        power = np.abs(np.fft.rfft(frames * window, axis=2)) ** 2 / (window.sum() / 2) ** 2
        banded = power if weights is None else power @ weights.T
        made[start : start + _BLOCK, :, :, 0] = _scaled(banded) if shape.decibels else banded
    return made


def _scaled(power: Array) -> Array:
    decibels: Array = 10 * np.log10(np.maximum(power, _QUIETEST))
    return (decibels / 100 + 1).clip(0, None)


def _mel(rate: int, shape: SpectrogramShape) -> Array:
    """The share of each frequency in each band (bands, frequencies); a band between two frequencies has the nearest."""
    frequencies = np.fft.rfftfreq(shape.frame, 1 / rate)
    highest = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, highest, shape.bands + 2) / 2595) - 1)
    low, middle, high = (edges[i : i + shape.bands, np.newaxis] for i in range(3))
    rising, falling = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    weights = np.minimum(rising, falling).clip(0, None)
    empty = np.flatnonzero(weights.sum(axis=1) == 0)
    weights[empty, np.abs(frequencies - middle[empty]).argmin(axis=1)] = 1
    normalized: Array = weights / weights.sum(axis=1, keepdims=True)
    return normalized
