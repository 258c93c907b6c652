"""Arrays become small pictures that show what they had."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.training.inside.views import (
    BINS,
    LARGE,
    SMALL,
    Room,
    TileKind,
    output_tiles,
    shades,
    spread_of,
    weight_tiles,
)

ANY = arrays.arrays(
    np.float32, arrays.array_shapes(min_dims=1, max_dims=4, max_side=40), elements=st.floats(width=32)
)


@given(ANY)
def test_every_number_is_counted_once(values: np.ndarray) -> None:
    spread = spread_of(values)
    assert spread.counts.sum() + spread.broken == values.size
    assert len(spread.counts) == BINS
    finite = values[np.isfinite(values)]
    if finite.size:
        assert spread.low == finite.min()
        assert spread.high == finite.max()


@given(ANY, st.sampled_from([SMALL, LARGE, Room(1, 3)]))
def test_pictures_fit_their_room(values: np.ndarray, room: Room) -> None:
    for tiles in (output_tiles(values, room), weight_tiles(values, (), room)):
        if tiles is not None:
            assert tiles.values.ndim == 3
            assert len(tiles.values) <= room.tiles
            assert tiles.kind is TileKind.UNITS or max(tiles.values.shape[1:]) <= room.side
            assert tiles.total >= len(tiles.values)


def test_many_units_become_a_rectangle_with_all_of_them() -> None:
    tiles = output_tiles(np.arange(100, dtype=np.float32))
    assert tiles.values.shape == (1, 10, 10)
    np.testing.assert_array_equal(tiles.values.reshape(-1), np.arange(100))


def test_a_matrix_over_a_picture_is_shown_as_pictures() -> None:
    weight = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    tiles = weight_tiles(weight, (2, 3, 1))
    assert tiles is not None
    assert tiles.kind is TileKind.FILTERS
    np.testing.assert_array_equal(tiles.values[1], weight[:, 1].reshape(2, 3))


def test_a_filter_is_shown_where_it_is_strongest() -> None:
    weight = np.zeros((3, 3, 4, 2), np.float32)
    weight[1, 1, 2, 0], weight[0, 0, 3, 1] = 5.0, -7.0
    tiles = weight_tiles(weight)
    assert tiles is not None
    np.testing.assert_array_equal(tiles.values, [weight[:, :, 2, 0], weight[:, :, 3, 1]])


def test_a_bias_has_no_shape_to_show() -> None:
    assert weight_tiles(np.ones(4, np.float32)) is None


def test_shades_span_the_range_and_leave_gaps_out() -> None:
    tiles = output_tiles(np.array([-1.0, 0.0, 3.0], np.float32))
    assert shades(tiles).reshape(-1).tolist() == [1, 64, 255]
    assert shades(tiles, signed=True).reshape(-1)[1] == 128
    gaps = output_tiles(
        np.arange(90, dtype=np.float32)
    )  # a rectangle of ten by nine has none, of ten by ten ten
    assert np.count_nonzero(shades(gaps) == 0) == gaps.values.size - 90
