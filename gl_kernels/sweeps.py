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

STRIP = 4  # results along a row that one invocation computes together
LONGEST_UNROLLED = 8  # taps along a row that are written out


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
        opening = [line for i in range(w.rank) for line in self._each_tap(i)]
        self._install(draft, w.count, w.image, opening)

    def over_windows(self, draft: Draft) -> None:
        """The results are elements: visit the windows that lie over `e`, which is the tap number `tap` of theirs.

        They come from the last to the first, which is the order of the taps.
        """
        w = self.window
        opening = [line for i in range(w.rank) for line in self._each_window(i)]
        self._install(draft, w.image, w.count, opening)

    @property
    def in_strips(self) -> bool:
        """Whether `strips` can be used: neighbours along the last length see nearly the same."""
        w = self.window
        return w.strides[-1] == w.dilation[-1] == 1 and 1 < w.size[-1] <= LONGEST_UNROLLED

    def strips(self, draft: Draft, *, backwards: bool) -> int:
        """STRIP neighbouring results along the last length at once: what they see together is loaded once.

        Marks: PLACE, with `first`, the offset of the first result; OPEN and CLOSE around a row of taps; between them ROW,
        which adds `seen(inside, offset) * factor(tap)` to `sum0` ..; STORE calls `keep(offset, sum)` for each result.

        Args:
            draft: gets the sections.
            backwards: the results are elements, as with `over_windows`, not windows.

        Returns:
            Number of strips, each with all channels.
        """
        w, last = self.window, self.window.rank - 1
        own, others = (w.image, w.count) if backwards else (w.count, w.image)
        size, before = w.size[last], w.padding[last][0]
        across = f"own{last} + {before - size + 1}" if backwards else f"own{last} - {before}"
        walked = (*own[:-1], -(-own[-1] // STRIP))
        first = _nested([f"own{i}" for i in range(w.rank)], own)
        rows = self._each_window if backwards else self._each_tap
        loads = [
            f"NUMBER seen{i} = seen(uint(place{last} + {i}) < {others[-1]}u, there + uint({i * self.others}));"
            for i in range(STRIP + size - 1)
        ]
        row = [f"int place{last} = {across};", f"uint there = {self._there(others)};", *loads]
        for t in range(size):
            tap = _nested([*(f"t{i}" for i in range(last)), str(size - 1 - t if backwards else t)], w.size)
            row.append(f"NUMBER factor{t} = factor(uint({tap}));")
            row += [f"sum{k} = fma(seen{k + t}, factor{t}, sum{k});" for k in range(STRIP)]
        draft.sections |= {
            "PLACE": "\n".join(
                [
                    *self._own(walked),
                    f"own{last} *= {STRIP};",
                    f"uint first = (picture * {math.prod(own)}u + uint({first})) * {self.channels}u + channel;",
                    *(f"NUMBER sum{k} = NUMBER(0.0);" for k in range(STRIP)),
                ]
            ),
            "OPEN": "\n".join(line for i in range(last) for line in rows(i)),
            "ROW": "\n".join(row),
            "CLOSE": "}" * last,
            "STORE": "\n".join(
                f"if (own{last} + {k} < {own[-1]}) keep(first + {k * self.channels}u, sum{k});"
                for k in range(STRIP)
            ),
        }
        return math.prod(walked)

    def _each_tap(self, i: int) -> list[str]:
        """The beginning of a loop over the taps along one length, in which `place` is what the tap sees."""
        w = self.window
        lines = [
            f"for (int t{i} = 0; t{i} < {w.size[i]}; ++t{i}) {{",
            f"int place{i} = own{i} * {w.strides[i]} - {w.padding[i][0]} + t{i} * {w.dilation[i]};",
        ]
        return [*lines, f"if (uint(place{i}) >= {w.image[i]}u) continue;"] if any(w.padding[i]) else lines

    def _each_window(self, i: int) -> list[str]:
        """The beginning of a loop over the windows along one length that see `own`, as their tap `t`."""
        w = self.window
        size, stride, count, before = w.size[i], w.strides[i], w.count[i], w.padding[i][0]
        if w.dilation[i] == 1:
            return [
                f"for (int v{i} = 0; v{i} < {-(-size // stride)}; ++v{i}) {{",
                f"int place{i} = (own{i} + {before}) / {stride} - v{i};",
                f"int t{i} = own{i} + {before} - place{i} * {stride};",
                f"if (uint(place{i}) >= {count}u || t{i} >= {size}) continue;",
            ]
        return [
            f"for (int t{i} = 0; t{i} < {size}; ++t{i}) {{",
            f"int start{i} = own{i} + {before} - t{i} * {w.dilation[i]};",
            f"int place{i} = start{i} / {stride};",
            f"if (start{i} < 0 || start{i} % {stride} != 0 || place{i} >= {count}) continue;",
        ]

    def at_positions(self, draft: Draft) -> None:
        """One tap, visited at window after window: marks TAP (once), PLACE and SEEN (at each window `e`)."""
        taps, checks = self._fixed_taps(self.window.size, "tap")
        draft.sections["TAP"] = "\n".join(taps)
        draft.sections["PLACE"] = "\n".join(self._own(self.window.count)[1:])
        draft.sections["SEEN"] = "\n".join([*checks, f"uint there = {self._there(self.window.image)};"])

    def strips_of_a_row(self, draft: Draft) -> int:
        """One row of taps, visited at strip after strip of windows along the last length.

        Marks: TAP and SUMS once; PLACE, SEEN and ROW at each strip `e`; ROW adds `seen(inside, offset)` times
        `slope(inside, offset)` to `sum0` .., one for each tap of the row; STORE calls `keep(tap of the row, sum)`.

        Returns:
            Number of strips.
        """
        w, last = self.window, self.window.rank - 1
        size, before, count = w.size[last], w.padding[last][0], w.count[last]
        walked = (*w.count[:-1], -(-count // STRIP))
        taps, checks = self._fixed_taps(w.size[:-1], "row")
        own = _nested([f"own{i}" for i in range(w.rank)], w.count)
        row = [
            f"int place{last} = own{last} - {before};",
            f"uint there = {self._there(w.image)};",
            f"uint here = picture * {math.prod(w.count)}u + uint({own});",
        ]
        for k in range(STRIP):
            row.append(f"NUMBER slope{k} = slope(own{last} + {k} < {count}, here + {k}u);")
        for i in range(STRIP + size - 1):
            inside = f"uint(place{last} + {i}) < {w.image[last]}u"
            row.append(f"NUMBER seen{i} = seen({inside}, there + {i * self.others}u);")
        row += [f"sum{t} = fma(seen{k + t}, slope{k}, sum{t});" for t in range(size) for k in range(STRIP)]
        draft.sections |= {
            "TAP": "\n".join(taps),
            "SUMS": "\n".join(f"NUMBER sum{t} = NUMBER(0.0);" for t in range(size)),
            "PLACE": "\n".join([*self._own(walked)[1:], f"own{last} *= {STRIP};"]),
            "SEEN": "\n".join(checks),
            "ROW": "\n".join(row),
            "STORE": "\n".join(f"keep({t}u, sum{t});" for t in range(size)),
        }
        return math.prod(walked)

    def _fixed_taps(self, sizes: Lengths, number: str) -> tuple[list[str], list[str]]:
        """The offsets of tap `number` of `sizes`, and where it looks from a window, skipping padding."""
        w = self.window
        taps, checks = [], []
        for i, size in enumerate(sizes):
            inner = math.prod(sizes[i + 1 :])
            taps.append(f"int t{i} = {number} / {inner} % {size} * {w.dilation[i]} - {w.padding[i][0]};")
            checks.append(f"int place{i} = own{i} * {w.strides[i]} + t{i};")
            if any(w.padding[i]):
                checks.append(f"if (uint(place{i}) >= {w.image[i]}u) continue;")
        return taps, checks

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
