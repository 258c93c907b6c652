"""A best-fit allocator over one growing range of bytes, for planning only."""

from __future__ import annotations

import bisect


class FreeList:
    """Hands out aligned offsets and takes them back."""

    def __init__(self, alignment: int) -> None:
        self._alignment = alignment
        self._holes: list[tuple[int, int]] = []  # (offset, bytes), by offset, never touching each other
        self.end = 0  # bytes needed so far

    def take(self, nbytes: int) -> int:
        """The offset of a free range: the smallest hole that fits, else the end, which grows."""
        need = self._padded(nbytes)
        fitting = [(size, offset) for offset, size in self._holes if size >= need]
        if fitting:
            size, offset = min(fitting)
            self._holes.remove((offset, size))
            if size > need:
                bisect.insort(self._holes, (offset + need, size - need))
            return offset
        offset = self.end
        if self._holes and sum(self._holes[-1]) == self.end:
            offset = self._holes.pop()[0]
        self.end = offset + need
        return offset

    def give(self, offset: int, nbytes: int) -> None:
        """Free a range that `take` handed out."""
        start, stop = offset, offset + self._padded(nbytes)
        k = bisect.bisect(self._holes, (start, 0))
        if k < len(self._holes) and self._holes[k][0] == stop:
            stop += self._holes.pop(k)[1]
        if k > 0 and sum(self._holes[k - 1]) == start:
            start = self._holes.pop(k - 1)[0]
            k -= 1
        self._holes.insert(k, (start, stop - start))

    def _padded(self, nbytes: int) -> int:
        return max(1, -(-nbytes // self._alignment)) * self._alignment
