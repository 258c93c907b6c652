"""Convolutions of 3 x 3 by tiles: against the plain ones, whatever the sizes, borders, pieces, lanes and orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite")

from engine.devices.cpu import tiles
from engine.devices.cpu.calls import Scratch
from engine.devices.cpu.device import _native
from engine.devices.cpu.native import blas, tiling
from engine.devices.cpu.native.machine import Machine
from engine.devices.cpu.native.tiling import Tiling
from engine.devices.cpu.native.toolchain import has_wide_registers
from engine.devices.cpu.tiles import pieces
from engine.ops.conv import conv, conv_input_grad, conv_weight_grad
from engine.ops.windows import Window
from engine.tensor.spec import Array
from tests.engine.devices.test_native import normal, on_device, reference
from tests.engine.devices.test_native_order import ORDERS, in_order

pytestmark = pytest.mark.skipif(
    blas.find_blas() is None or not has_wide_registers(), reason="convolutions by tiles need wide registers"
)

Pads = tuple[tuple[int, int], tuple[int, int]]
CHANNELS = st.sampled_from([16, 32, 48])
PADS = st.tuples(st.integers(0, 2), st.integers(0, 2))
NONE: Pads = ((0, 0), (0, 0))
SAME: Pads = ((1, 1), (1, 1))


@pytest.fixture(autouse=True, scope="module")
def made() -> Iterator[list[str]]:
    """What was made by tiles, piece by piece; they are taken however few there are."""
    found: list[str] = []
    ways = {"piece": Tiling.piece, "gradient": Tiling.gradient}

    def counted(name: str) -> Callable[..., Any]:
        def entry(*given: Any) -> Any:
            found.append(name)
            return ways[name](*given)

        return entry

    with pytest.MonkeyPatch.context() as patch:
        for name in ways:
            patch.setattr(Tiling, name, counted(name))
        patch.setattr(tiling, "LEAST_TILES", 1)
        patch.setattr(tiles, "GRADIENT_TILES", 1)
        patch.setattr(tiles, "GRADIENT_PRODUCTS", 1)
        yield found


def attributes(padding: Pads) -> dict[str, Any]:
    return {"strides": (1, 1), "padding": padding, "dilation": (1, 1), "groups": 1}


def convolved(x: Array, w: Array, padding: Pads) -> Array:
    return on_device(lambda a, b: conv(a, b, **attributes(padding)), x, w)


def check(found: Array, expected: Array) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * float(np.abs(expected).max()))


@given(
    st.integers(1, 3),
    st.tuples(st.integers(2, 9), st.integers(2, 9)),
    CHANNELS,
    CHANNELS,
    PADS,
    PADS,
    st.data(),
)
@settings(max_examples=25, deadline=None)
def test_any_size_and_border(
    made: list[str],
    images: int,
    size: tuple[int, int],
    channels: int,
    filters: int,
    above: tuple[int, int],
    beside: tuple[int, int],
    data: st.DataObject,
) -> None:
    """Forwards, and backwards both gradients."""
    height, width = (max(n, 4 - sum(pads)) for n, pads in zip(size, (above, beside), strict=True))
    x, w = normal(1, images, height, width, channels), normal(2, 3, 3, channels, filters)
    attrs = attributes((above, beside))
    expected = reference(conv, x, w, **attrs)
    slopes = normal(3, *expected.shape)
    seen, weights = {**attrs, "input_shape": x.shape}, {**attrs, "weight_shape": w.shape}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "FULL_TILES", data.draw(st.sampled_from([1, 3, 13, 48])))
        made.clear()
        check(convolved(x, w, (above, beside)), expected)
        assert set(made) == {"piece"}
        made.clear()
        found = on_device(lambda a, b: conv_input_grad(a, b, **seen), slopes, w)
        check(found, reference(conv_input_grad, slopes, w, **seen))
        assert set(made) == {"piece"}
        made.clear()
        found = on_device(lambda a, b: conv_weight_grad(a, b, **weights), x, slopes)
        check(found, reference(conv_weight_grad, x, slopes, **weights))
        assert set(made) == {"gradient"}


def test_errors_stay_small_where_many_channels_are_summed() -> None:
    x, w = normal(1, 1, 6, 6, 512), normal(2, 3, 3, 512, 16)
    seen = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), (3, 3), axis=(1, 2))
    exact = np.einsum("nhwcij,ijck->nhwk", seen, w)
    found = convolved(x, w, NONE)
    assert np.abs(found - exact).max() < 2e-6 * np.abs(exact).max()


def test_errors_stay_small_where_many_tiles_are_summed() -> None:
    x, slopes = normal(1, 8, 24, 23, 16), normal(2, 8, 22, 21, 32)
    seen = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), (3, 3), axis=(1, 2))
    exact = np.tensordot(seen, slopes.astype(np.float64), axes=((0, 1, 2), (0, 1, 2))).transpose(1, 2, 0, 3)
    attrs = {**attributes(NONE), "weight_shape": exact.shape}
    found = on_device(lambda a, b: conv_weight_grad(a, b, **attrs), x, slopes)
    assert np.abs(found - exact).max() < 2e-6 * np.abs(exact).max()


def test_what_is_no_number_reaches_the_tiles_that_see_it_and_no_others() -> None:
    """A window by itself would spread it over 3 x 3 results; four tiles of 2 x 2 are 4 x 4."""
    x, w = normal(1, 2, 12, 12, 16), normal(2, 3, 3, 16, 32)
    plain = convolved(x, w, NONE)
    for value in (np.nan, np.inf):
        x[1, 5, 6, 3] = value
        found = convolved(x, w, NONE)
        lost = np.zeros(found.shape, bool)
        lost[1, 2:6, 4:8] = True  # rows 3 to 5 and columns 4 to 6 by themselves
        np.testing.assert_array_equal(found[~lost], plain[~lost])
        assert not np.isfinite(found[1, 3:6, 4:7]).any()


def test_pieces_lanes_and_orders_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do orders of the gradient of filters; its pieces are summed one after the other."""
    x, w = normal(1, 3, 15, 11, 16), normal(2, 3, 3, 16, 48)
    expected = convolved(x, w, SAME)
    attrs = {**attributes(SAME), "weight_shape": w.shape}

    def gradient() -> Array:
        return on_device(lambda a, b: conv_weight_grad(a, b, **attrs), x, expected)

    for least, limit in ((1, 10**6), (13, 10**6), (10**4, 10**6), (10**4, 9_000)):
        monkeypatch.setattr(tiles, "LEAST_TILES", least)
        monkeypatch.setattr(tiles, "FULL_TILES", least)
        monkeypatch.setattr(tiles, "PIECE_BYTES", limit)
        np.testing.assert_array_equal(convolved(x, w, SAME), expected)
    slopes = gradient()
    for order in ORDERS:
        with monkeypatch.context() as patch:
            patch.setattr(Machine, "run", in_order(order))
            np.testing.assert_array_equal(convolved(x, w, SAME), expected)
            np.testing.assert_array_equal(gradient(), slopes)


@given(
    st.integers(1, 9),
    st.tuples(st.integers(2, 40), st.integers(2, 40)),
    st.sampled_from([64, 1000, 10**6]),
    st.sampled_from([1, 48]),
)
@settings(deadline=None)
def test_pieces_are_all_rows_once_and_begin_with_a_tile(
    images: int, count: tuple[int, int], position_bytes: int, least: int
) -> None:
    met = np.zeros((images, *count), int)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "FULL_TILES", least)
        for piece in pieces(images, count, position_bytes):
            met[piece.index] += 1
            assert piece.index[1].start % tiles.SIDE == 0
            assert piece.shape[1] >= tiles.SIDE
            assert piece.shape[2] == count[1]
    assert (met == 1).all()


def test_small_work_is_cut_for_several_threads() -> None:
    assert len(pieces(1, (32, 32), 256)) > 4
    assert len(pieces(4, (8, 8), 256)) == 4
    assert len(pieces(1, (6, 8), 256)) == 1  # 12 tiles


@pytest.mark.parametrize(
    ("images", "changes", "channels", "filters"),
    [
        (1, {}, 16, 16),  # too few tiles: 15 of 16
        (64, {"strides": (2, 2)}, 16, 16),
        (64, {"dilation": (1, 2)}, 16, 16),
        (64, {"size": (3, 1)}, 16, 16),
        (64, {"image": (3, 9)}, 16, 16),  # one row of results
        (64, {}, 3, 16),
        (64, {}, 16, 10),
    ],
)
def test_what_is_left_to_other_ways(
    images: int, changes: dict[str, Any], channels: int, filters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiling, "LEAST_TILES", 16)
    given_window: dict[str, Any] = {
        "image": (8, 12),
        "size": (3, 3),
        "strides": (1, 1),
        "padding": NONE,
        "dilation": (1, 1),
    }
    library = blas.find_blas()
    assert library is not None
    machine = Machine(library, 1)
    is_worth = Tiling(machine).is_worth
    assert not is_worth(images, Window(**{**given_window, **changes}), channels, filters)
    assert is_worth(2, Window(**given_window), 16, 16)
    machine.close()


def test_without_machine_code_there_are_no_tiles() -> None:
    x, w = normal(1, 4, 9, 9, 16), normal(2, 3, 3, 16, 16)
    window = Window((9, 9), (3, 3), (1, 1), NONE, (1, 1))
    assert tiles.Tiled.of(x, w, window, Scratch()) is None
    assert tiles.TiledGradient.of(x, x[:, :7, :7], window, Scratch()) is None


def test_what_gradients_are_left_to_other_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few tiles, whose sums would begin and end for nothing, little to multiply, and sums that take too much memory."""

    def taken(images: int, channels: int, filters: int) -> bool:
        x, slopes = (
            np.empty((images, 8, 8, channels), np.float32),
            np.empty((images, 8, 8, filters), np.float32),
        )
        window = Window((8, 8), (3, 3), (1, 1), SAME, (1, 1))
        return tiles.TiledGradient.of(x, slopes, window, Scratch(lowering=lowering)) is not None

    lowering = _native()
    assert lowering is not None
    monkeypatch.setattr(tiles, "GRADIENT_TILES", 96)
    monkeypatch.setattr(tiles, "GRADIENT_PRODUCTS", 10)
    assert taken(64, 32, 32)
    assert not taken(2, 32, 32)
    assert not taken(64, 16, 16)
    monkeypatch.setattr(tiles, "SUMS_BYTES", 10**5)
    assert not taken(64, 32, 32)
    lowering.close()
