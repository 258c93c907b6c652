"""Long drawings are broken into rows where few wires are in the way, and nothing lies on anything else."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.graph.document import Position
from engine.graph.wrapping import LEAST, wrapped

COLUMN, HEIGHT, GAP = 250.0, 60.0, 100.0


def chain(length: int) -> tuple[dict[str, Position], list[tuple[str, str]]]:
    names = [f"n{k}" for k in range(length)]
    return {n: (k * COLUMN, 0.0) for k, n in enumerate(names)}, list(pairwise(names))


def heights(places: dict[str, Position]) -> dict[str, float]:
    return dict.fromkeys(places, HEIGHT)


def test_a_short_network_stays_in_one_row() -> None:
    places, wires = chain(LEAST - 1)
    assert wrapped(places, heights(places), wires, GAP) == places


def test_a_long_chain_gets_the_shape_of_a_window() -> None:
    places, wires = chain(200)
    found = wrapped(places, heights(places), wires, GAP)
    width = max(x for x, _ in found.values()) + COLUMN
    height = max(y for _, y in found.values()) + HEIGHT
    assert 1.0 < width / height < 3.0
    assert [found[n] for n in ("n0", "n1")] == [(0.0, 0.0), (COLUMN, 0.0)]


def test_a_row_ends_where_the_fewest_wires_go_on() -> None:
    places, wires = chain(48)
    places |= {f"s{k}": (k * COLUMN, HEIGHT + GAP) for k in range(48)}
    wires += [(f"n{k}", f"s{k + 1}") for k in range(47) if k != 20]
    found = wrapped(places, heights(places), wires, GAP)
    assert found["n21"][0] == 0.0
    assert found["n20"][0] > 0.0


@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 5)), unique=True, min_size=1, max_size=150),
    st.lists(st.tuples(st.integers(0, 149), st.integers(0, 149)), max_size=80),
)
def test_nodes_keep_their_order_and_never_meet(
    cells: list[tuple[int, int]], pairs: list[tuple[int, int]]
) -> None:
    places = {f"n{k}": (x * COLUMN, y * (HEIGHT + 20.0)) for k, (x, y) in enumerate(cells)}
    wires = [(f"n{a}", f"n{b}") for a, b in pairs if a < len(cells) and b < len(cells)]
    found = wrapped(places, heights(places), wires, GAP)
    assert set(found) == set(places)
    spots = list(found.values())
    for k, (x, y) in enumerate(spots):
        assert all(abs(x - u) >= COLUMN or abs(y - v) >= HEIGHT for u, v in spots[k + 1 :])
