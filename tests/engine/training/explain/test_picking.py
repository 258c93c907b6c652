"""A click on a picture of a layer finds the number that is painted there."""

from __future__ import annotations

import numpy as np
import pytest

from engine.tensor.spec import Array, Shape
from engine.training.explain.picking import Pick, index_of
from engine.training.inside.views import LARGE, TileKind, output_tiles, weight_tiles


def _numbered(shape: Shape) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.mark.parametrize("shape", [(8,), (128,), (300,), (6, 5, 3), (2, 4, 6, 3), (7, 4)])
def test_what_a_layer_gave(shape: Shape) -> None:
    values = _numbered(shape)
    tiles = output_tiles(values, LARGE)
    count, height, width = tiles.values.shape
    for tile in range(count):
        for row in range(height):
            for column in range(width):
                pick = Pick(tiles.kind, tile, (column + 0.5) / width, (row + 0.5) / height)
                index, shown = index_of(pick, shape), tiles.values[tile, row, column]
                if np.isnan(shown):
                    assert index is None
                else:
                    assert index is not None
                    assert values[index] == shown
    assert not Pick(tiles.kind, 0, 0.0, 0.0).is_weight


@pytest.mark.parametrize("shape", [(3, 7), (7, 3), (3, 3, 1, 4), (5, 1, 4)])
def test_what_a_layer_has_learned(shape: Shape) -> None:
    weight = _numbered(shape)
    tiles = weight_tiles(weight, room=LARGE)
    assert tiles is not None
    count, height, width = tiles.values.shape
    for tile in range(count):
        for row in range(height):
            for column in range(width):
                pick = Pick(tiles.kind, tile, (column + 0.5) / width, (row + 0.5) / height)
                index = index_of(pick, shape)
                assert index is not None
                assert weight[index] == tiles.values[tile, row, column]
                assert pick.is_weight


def test_what_a_picture_does_not_tell() -> None:
    assert index_of(Pick(TileKind.ATTENTION, 0, 0.5, 0.5), (4, 4)) is None
    assert index_of(Pick(TileKind.SEQUENCE, 0, 0.5, 0.5), (4,)) is None
    assert index_of(Pick(TileKind.MAPS, 9, 0.5, 0.5), (4, 4, 3)) is None
    assert index_of(Pick(TileKind.MAPS, 5, 0.5, 0.5), (8,)) == (5,)
    assert index_of(Pick(TileKind.FILTERS, 2, 0.5, 0.5), (784, 10)) == (0, 2)
    assert index_of(Pick(TileKind.UNITS, 0, 2.0, -1.0), (8,)) == (7,)
