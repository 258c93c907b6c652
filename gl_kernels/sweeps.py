"""Walks over windows in GLSL: from a window to the elements it sees, and from an element to the windows over it.

Both are nested loops with known bounds, one for each length, so lines, pictures and volumes share the shaders: a shader
has the marks PLACE, OPEN and CLOSE, and between the last two stands what is done at each step. There it knows `channel`
of the result `e`, the number `tap` of the tap, and `there`, the offset of the other element or window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.ops.windows import Lengths, Window
from gl_kernels.launch import Draft


@dataclass(frozen=True, slots=True)
class Sweep:
    """The windows to walk over.

    Attributes:
        window: where the windows fall.
        channels: of the results, which `e` counts.
        others: channels of the other tensor.
        channel: GLSL for the channel there that goes with `channel` of a result.
    """

    window: Window
    channels: int
    others: int
    channel: str = "channel"

    def over_taps(self, draft: Draft) -> None:
        """The results are windows: visit the elements that `e`'s window sees, tap after tap, skipping padding."""
        w = self.window
        opening = []
        for i in range(w.rank):
            opening.append(f"for (int t{i} = 0; t{i} < {w.size[i]}; ++t{i}) {{")
            opening.append(
                f"int place{i} = own{i} * {w.strides[i]} - {w.padding[i][0]} + t{i} * {w.dilation[i]};"
            )
            if any(w.padding[i]):
                opening.append(f"if (uint(place{i}) >= {w.image[i]}u) continue;")
        self._install(draft, w.count, w.image, opening)

    def over_windows(self, draft: Draft) -> None:
        """The results are elements: visit the windows that lie over `e`; their coordinates are `place0` ..

        They come from the last to the first, which is the order of the taps.
        """
        w = self.window
        opening = []
        for i in range(w.rank):
            size, stride, count = w.size[i], w.strides[i], w.count[i]
            if w.dilation[i] == 1:
                opening.append(f"for (int v{i} = 0; v{i} < {-(-size // stride)}; ++v{i}) {{")
                opening.append(f"int place{i} = (own{i} + {w.padding[i][0]}) / {stride} - v{i};")
                opening.append(f"int t{i} = own{i} + {w.padding[i][0]} - place{i} * {stride};")
                opening.append(f"if (uint(place{i}) >= {count}u || t{i} >= {size}) continue;")
            else:
                opening.append(f"for (int t{i} = 0; t{i} < {size}; ++t{i}) {{")
                opening.append(f"int start{i} = own{i} + {w.padding[i][0]} - t{i} * {w.dilation[i]};")
                opening.append(f"int place{i} = start{i} / {stride};")
                opening.append(
                    f"if (start{i} < 0 || start{i} % {stride} != 0 || place{i} >= {count}) continue;"
                )
        self._install(draft, w.image, w.count, opening)

    def at_positions(self, draft: Draft) -> None:
        """One tap, visited at window after window: marks TAP (once), PLACE and SEEN (at each window `e`)."""
        w = self.window
        taps, seen = [], []
        for i in range(w.rank):
            inner = math.prod(w.size[i + 1 :])
            taps.append(f"int t{i} = tap / {inner} % {w.size[i]} * {w.dilation[i]} - {w.padding[i][0]};")
            seen.append(f"int place{i} = own{i} * {w.strides[i]} + t{i};")
            if any(w.padding[i]):
                seen.append(f"if (uint(place{i}) >= {w.image[i]}u) continue;")
        draft.sections["TAP"] = "\n".join(taps)
        draft.sections["PLACE"] = "\n".join(self._own(w.count)[1:])
        draft.sections["SEEN"] = "\n".join([*seen, f"uint there = {self._there(w.image)};"])

    def _install(self, draft: Draft, walked: Lengths, others: Lengths, opening: list[str]) -> None:
        rank = self.window.rank
        tap = _nested([f"t{i}" for i in range(rank)], self.window.size)
        draft.sections["PLACE"] = "\n".join(self._own(walked))
        draft.sections["OPEN"] = "\n".join(
            [*opening, f"int tap = {tap};", f"uint there = {self._there(others)};"]
        )
        draft.sections["CLOSE"] = "}" * rank

    def _there(self, others: Lengths) -> str:
        place = _nested([f"place{i}" for i in range(len(others))], others)
        return f"(picture * {math.prod(others)}u + uint({place})) * {self.others}u + {self.channel}"

    def _own(self, walked: Lengths) -> list[str]:
        lines = [f"uint channel = e % {self.channels}u;"]
        inner = self.channels
        for i in reversed(range(len(walked))):
            lines.append(f"int own{i} = int(e / {inner}u % {walked[i]}u);")
            inner *= walked[i]
        return [*lines, f"uint picture = e / {inner}u;"]


def _nested(places: list[str], lengths: Lengths) -> str:
    """The number of the element at int `places` of `lengths`, in row-major order."""
    total = places[0]
    for place, length in zip(places[1:], lengths[1:], strict=True):
        total = f"({total} * {length} + {place})"
    return total
