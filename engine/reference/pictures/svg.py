"""A writer of small SVG pictures, in five inks that whoever shows them maps to the colours of a theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from html import escape
from typing import Literal

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


class Ink(StrEnum):
    """The colours of a picture, as SVG names that look right on white paper and are easy to replace."""

    TEXT = "black"
    DIM = "gray"
    LINE = "gainsboro"
    FIRST = "royalblue"
    SECOND = "darkorange"


def number(value: float) -> str:
    """A coordinate to a tenth of a unit: 12, 3.5, 0."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


class Svg:
    """A picture of `width` by `height` units with a title for screen readers."""

    def __init__(self, width: float, height: float, title: str = "") -> None:
        self.width, self.height, self.title = width, height, title
        self._parts: list[str] = []

    def line(self, points: Iterable[Point], ink: Ink, width: float = 2, *, dashed: bool = False) -> None:
        """A line through points."""
        where = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self._parts.append(
            f'<polyline points="{where}" fill="none" stroke="{ink}" stroke-width="{number(width)}"{dash}/>'
        )

    def segments(self, pairs: Sequence[tuple[Point, Point]], ink: Ink, width: float = 1) -> None:
        """Straight lines, as one path: a grid in few letters."""
        if pairs:
            steps = (f"M{number(a)} {number(b)}L{number(c)} {number(d)}" for (a, b), (c, d) in pairs)
            self._parts.append(f'<path d="{"".join(steps)}" stroke="{ink}" stroke-width="{number(width)}"/>')

    def frame(self, x: float, y: float, width: float, height: float, ink: Ink, thick: float = 1) -> None:
        """The outline of a rectangle."""
        place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        self._parts.append(f'<rect {place} fill="none" stroke="{ink}" stroke-width="{number(thick)}"/>')

    def boxes(
        self, places: Sequence[Point], width: float, height: float, ink: Ink, opacity: float = 1.0
    ) -> None:
        """Filled rectangles of one size with their top left corners at `places`, as one path."""
        if places:
            box = f"h{number(width)}v{number(height)}h{number(-width)}z"
            path = "".join(f"M{number(x)} {number(y)}{box}" for x, y in places)
            clear = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
            self._parts.append(f'<path d="{path}" fill="{ink}"{clear}/>')

    def dot(self, x: float, y: float, ink: Ink, radius: float = 3) -> None:
        """A filled circle."""
        self._parts.append(f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{ink}"/>')

    def ring(self, x: float, y: float, radii: Point, ink: Ink) -> None:
        """The outline of an ellipse around a point."""
        size = f'rx="{number(radii[0])}" ry="{number(radii[1])}"'
        self._parts.append(
            f'<ellipse cx="{number(x)}" cy="{number(y)}" {size} fill="none" stroke="{ink}" stroke-width="1"/>'
        )

    def text(self, x: float, y: float, words: str, ink: Ink = Ink.DIM, anchor: Anchor = "middle") -> None:
        """Words with their base line at a point."""
        where = f'x="{number(x)}" y="{number(y)}"'
        side = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(f'<text {where} fill="{ink}"{side}>{escape(words)}</text>')

    def __str__(self) -> str:
        size = f'width="{number(self.width)}" height="{number(self.height)}"'
        box = f'viewBox="0 0 {number(self.width)} {number(self.height)}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} font-family="sans-serif" font-size="11">'
        )
        title = f"<title>{escape(self.title)}</title>" if self.title else ""
        return "\n".join([f"{head}{title}", *self._parts, "</svg>", ""])
