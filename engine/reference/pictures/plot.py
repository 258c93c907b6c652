"""Axes with a few curves: what functions, losses, schedules and histograms are drawn with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.reference.pictures.svg import Ink, Point, Svg
from engine.tensor.spec import Array

WIDTH, HEIGHT = 360.0, 210.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 14.0, 26.0, 36.0
_TICKS = 5
_LETTER = 6.6  # width
_NEAR = 0.12  # units: a bend smaller than this can't be seen


@dataclass(frozen=True)
class Curve:
    """One line of a plot; infinite and missing values break it."""

    x: Array
    y: Array
    label: str = ""
    ink: Ink = Ink.FIRST
    dashed: bool = False


class Plot:
    """A picture with axes from `low` to `high`; maps data to the picture's units."""

    def __init__(self, title: str, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.svg = Svg(WIDTH, HEIGHT, title)
        flat = (min(0.0, 1.5 * y[0]), max(0.0, 1.5 * y[0])) if y[0] else (-0.5, 0.5)
        self.x, self.y = x, y if y[1] > y[0] else flat

    def place(self, x: float, y: float) -> Point:
        """Where a point of the data is in the picture."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return _LEFT + across * (WIDTH - _LEFT - _RIGHT), HEIGHT - _BOTTOM - up * (HEIGHT - _TOP - _BOTTOM)

    def axes(self, x_name: str, y_name: str = "") -> None:
        """Grid lines with numbers, a stronger line at zero, names."""
        grid: list[tuple[Point, Point]] = []
        zero: list[tuple[Point, Point]] = []
        for value in ticks(*self.x):
            start, end = self.place(value, self.y[0]), self.place(value, self.y[1])
            (grid if value else zero).append((start, end))
            self.svg.text(start[0], start[1] + 13, short(value))
        for value in ticks(*self.y):
            start, end = self.place(self.x[0], value), self.place(self.x[1], value)
            (grid if value else zero).append((start, end))
            self.svg.text(start[0] - 5, start[1] + 4, short(value), anchor="end")
        self.svg.segments(grid, Ink.LINE)
        self.svg.segments(zero, Ink.DIM)
        self.svg.text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 6, x_name)
        if y_name:
            self.svg.text(_LEFT, _TOP - 10, y_name, anchor="start")

    def draw(self, curve: Curve) -> None:
        """The curve, cut off at the edges of the plot."""
        for piece in _pieces(curve.x, curve.y, *self.y):
            self.svg.line(thinned([self.place(x, y) for x, y in piece]), curve.ink, dashed=curve.dashed)

    def legend(self, curves: Sequence[Curve]) -> None:
        """What the colours mean, above the plot."""
        x, y = WIDTH - _RIGHT, _TOP - 10
        for curve in reversed([curve for curve in curves if curve.label]):
            self.svg.text(x, y, curve.label, anchor="end")
            x -= _LETTER * len(curve.label) + 22
            self.svg.line([(x, y - 4), (x + 16, y - 4)], curve.ink, dashed=curve.dashed)
            x -= 10


def plot(title: str, x_name: str, curves: Sequence[Curve], y_name: str = "", pad: float = 0.06) -> Svg:
    """A plot that shows all of its curves."""
    values = np.concatenate([curve.y[np.isfinite(curve.y)] for curve in curves])
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    room = pad * (high - low)
    starts, ends = zip(*((float(c.x.min()), float(c.x.max())) for c in curves), strict=True)
    made = Plot(title, (min(starts), max(ends)), (low - room, high + room))
    made.axes(x_name, y_name)
    for curve in curves:
        made.draw(curve)
    made.legend(curves)
    return made.svg


def ticks(low: float, high: float) -> list[float]:
    """A handful of round numbers between two bounds."""
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [0.0 if index == 0 else index * step for index in range(first, last + 1)]


def short(value: float) -> str:
    """A number in few letters: 0.001, 25, 1e-5."""
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e").replace("-", "\N{MINUS SIGN}")


def thinned(points: Sequence[Point]) -> list[Point]:
    """The points less those that lie on the line between their neighbours, as far as one can see."""
    if len(points) < 3:
        return list(points)
    (x0, y0), (x1, y1) = points[0], points[-1]
    length = math.hypot(x1 - x0, y1 - y0)
    far, index = 0.0, 0
    for i, (x, y) in enumerate(points[1:-1], 1):
        cross = abs((x1 - x0) * (y0 - y) - (x0 - x) * (y1 - y0))
        distance = cross / length if length else math.hypot(x - x0, y - y0)
        if distance > far:
            far, index = distance, i
    if far < _NEAR:
        return [points[0], points[-1]]
    return [*thinned(points[: index + 1])[:-1], *thinned(points[index:])]


def _pieces(x: Array, y: Array, low: float, high: float) -> list[list[Point]]:
    """The runs of finite values, the ones beyond the edges moved onto them."""
    found: list[list[Point]] = [[]]
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if math.isfinite(b):
            found[-1].append((a, min(max(b, low), high)))
        elif found[-1]:
            found.append([])
    return [piece for piece in found if len(piece) > 1]
