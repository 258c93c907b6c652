"""The allocator of the planner: ranges never overlap, and everything given back is one hole again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.compiler.freelist import FreeList


@given(st.lists(st.one_of(st.integers(0, 900), st.floats(0, 1)), max_size=60), st.sampled_from([1, 64, 256]))
def test_ranges_are_aligned_and_apart(actions: list[int | float], alignment: int) -> None:
    """A whole number takes so many bytes, a fraction gives back one of the ranges that are out."""
    free = FreeList(alignment)
    out: list[tuple[int, int]] = []
    for action in actions:
        if isinstance(action, int):
            offset = free.take(action)
            assert offset % alignment == 0
            assert all(offset + action <= o or o + n <= offset for o, n in out if n and action)
            assert offset + action <= free.end
            out.append((offset, action))
        elif out:
            free.give(*out.pop(int(action * (len(out) - 1))))
    end = free.end
    for taken in out:
        free.give(*taken)
    assert free.take(max(end, 1)) == 0
    assert free.end == max(end, -(-max(end, 1) // alignment) * alignment)


def test_the_smallest_hole_that_fits_is_taken() -> None:
    free = FreeList(1)
    places = [free.take(n) for n in (10, 1, 4, 1, 6, 1)]
    for place, size in ((places[0], 10), (places[2], 4), (places[4], 6)):
        free.give(place, size)
    assert free.take(5) == places[4]
    assert free.take(4) == places[2]
