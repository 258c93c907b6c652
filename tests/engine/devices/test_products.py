"""Matrix products by machine code: every way against double precision, whatever the lengths and however they lie."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite")

from engine.devices.cpu.device import CpuDevice
from engine.devices.cpu.native import blas, geometry, panels, products, strips
from engine.devices.cpu.native.geometry import Way, way_of
from engine.devices.cpu.native.machine import Machine
from engine.devices.cpu.native.products import Packed, Products
from engine.ops.matmul import matmul
from engine.tensor.spec import Array
from tests.engine.devices.test_native import normal, on_device

pytestmark = pytest.mark.skipif(blas.find_blas() is None, reason="NumPy's BLAS cannot be called from outside")

lengths = st.integers(1, 70) | st.sampled_from([96, 128, 144, 257, 330, 650])
OWN = [Way.PARTS, Way.PANELS]


def check(found: Array, left: Array, right: Array) -> None:
    left, right = left.astype(np.float64), right.astype(np.float64)
    bound = np.abs(left) @ np.abs(right) * 2.0**-24 * (8 + math.sqrt(left.shape[1]))
    assert (np.abs(found - left @ right) <= bound).all()


@given(lengths, lengths, lengths, st.booleans(), st.booleans(), st.sampled_from(Way))
@settings(max_examples=120)
def test_products_in_any_order_and_way(m: int, n: int, k: int, ta: bool, tb: bool, way: Way) -> None:
    a, b = normal(1, *((k, m) if ta else (m, k))), normal(2, *((n, k) if tb else (k, n)))
    if ta and tb and way is Way.PARTS:
        way = Way.PANELS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "way_of", lambda *_, **__: way)
        patch.setattr(geometry, "SHARED_PRODUCT", 5_000)
        patch.setattr(geometry, "LEAST_PART", 2_000)
        found = on_device(lambda x, y: matmul(x, y, transpose_a=ta, transpose_b=tb), a, b)
    check(found, a.T if ta else a, b.T if tb else b)


@pytest.mark.parametrize(
    ("m", "n", "k"), [(9, panels.PACKED + 50, 3), (50, panels.BLOCK + 17, 300), (1030, 100, 256)]
)
def test_products_of_several_blocks(m: int, n: int, k: int) -> None:
    a, b = normal(1, m, k), normal(2, k, n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "way_of", lambda *_, **__: Way.PANELS)
        check(on_device(matmul, a, b), a, b)


@pytest.mark.parametrize("way", OWN)
def test_a_product_passes_on_what_is_no_number(way: Way) -> None:
    a, b = np.ones((40, 300), np.float32), normal(3, 300, 50)
    a[7, 5], a[9, 6] = np.nan, np.inf
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "way_of", lambda *_, **__: way)
        found = on_device(matmul, a, b)
    assert np.isnan(found[7]).all()
    assert np.isinf(found[9]).all()
    assert np.isfinite(np.delete(found, [7, 9], axis=0)).all()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("way", OWN)
def test_parts_of_larger_matrices_where_they_lie(way: Way, turned: bool) -> None:
    """Nothing beyond the result is written, and nothing beyond the factors is read."""
    found = blas.find_blas()
    assert found is not None
    machine = Machine(found, 1)
    if not machine.wide:
        pytest.skip("registers of this processor are too narrow for products of our own")
    around = np.full((70, 90), np.nan, np.float32)
    others = around.copy()
    a, b = around[5:26, 7:47], others[9:49, 2:55]
    if turned:
        b = others[9:62, 2:42].T
    a[...], b[...] = normal(1, 21, 40), normal(2, 40, 53)
    whole = np.full((30, 80), 7.0, np.float32)
    result = whole[4:25, 9:62]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "way_of", lambda *_, **__: way)
        entries = Products(machine).entries(a, b, result, shared=True, added=True)
    assert entries
    rows = [(e.function.address, e.table.ctypes.data, e.tasks) for e in entries]
    machine.run(np.array(rows, np.int64), shared=False)
    machine.close()
    np.testing.assert_allclose(result, a.astype(np.float64) @ b + 7.0, atol=3e-5)
    result[...] = 7.0
    assert (whole == 7.0).all()


@pytest.mark.parametrize("way", OWN)
def test_threads_and_tasks_change_no_bit(way: Way) -> None:
    """Nor whether the left factor is packed, which parts of more columns are."""
    a, b = normal(1, 600, 700), normal(2, 700, 130)
    found = []
    for wanted in (1, 8, 40):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(products, "way_of", lambda *_, **__: way)
            patch.setattr(products, "TASKS_A_THREAD", wanted)
            patch.setattr(geometry, "OWN_PARTS_A_THREAD", wanted)
            found.append(on_device(matmul, a, b, device=CpuDevice()))
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


@pytest.mark.parametrize("narrow", [False, True])
def test_ways_by_measurement(narrow: bool) -> None:
    plain, right, left, both = (False, False), (False, True), (True, False), (True, True)
    for shared in (False, True):
        large = Way.PANELS if shared else Way.PARTS if narrow else Way.BLAS
        assert way_of((1000, 1000, 1000), plain, narrow=narrow, shared=shared) is large
        assert way_of((100, 1000, 100), left, narrow=narrow, shared=shared) is Way.PARTS
        assert way_of((100, 100, 100), both, narrow=narrow, shared=shared) is Way.BLAS
        assert way_of((10, 10, 10), right, narrow=narrow, shared=shared) is Way.BLAS


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 16))
def test_parts_are_as_many_as_threads_and_cover_the_result(m: int, n: int, k: int, threads: int) -> None:
    high, wide = geometry.part(m, n, k, threads)
    assert high % strips.ROWS == 0
    assert wide % 16 == 0
    assert 1 <= -(-m // high) * -(-n // wide) <= 2 * threads
    if m >= strips.ROWS * threads and m * n * k >= max(
        geometry.SHARED_PRODUCT, threads * geometry.LEAST_PART
    ):
        assert -(-m // high) * -(-n // wide) > threads / 2


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 200))
def test_tasks_cover_the_result_in_whole_strips_and_panels(m: int, n: int, wanted: int) -> None:
    high, wide = panels.parts_of(m, n, wanted)
    assert high % strips.ROWS == 0
    assert wide % strips.PANEL == 0
    assert 0 < high <= panels.HIGH
    assert 0 < wide <= panels.BLOCK


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("m", "n", "k"), [(32, 512, 128), (19, 130, 700), (48, 96, 300)])
def test_a_factor_that_is_packed_once(m: int, n: int, k: int, turned: bool) -> None:
    """As long recurrences have it: many products with the same weights, in several blocks where they are deep."""
    found = blas.find_blas()
    assert found is not None
    machine = Machine(found, 1)
    if not machine.wide:
        pytest.skip("registers of this processor are too narrow for products of our own")
    factor = normal(2, n, k).T if turned else normal(2, k, n)
    assert Packed.is_worth(machine, factor, m)
    packed = Packed(machine, factor, np.full(Packed.size(factor), np.nan, np.float32))
    lefts = [normal(1, m, k), normal(3, k, m).T, normal(4, m, 2 * k)[:, :k]]
    outs = [np.full((m, n), np.nan, np.float32) for _ in lefts]
    every = [packed.times(left, out) for left, out in zip(lefts, outs, strict=True)]
    entries = [*packed.filling(), *(entry for times in every for entry in times or [])]
    rows = [(e.function.address, e.table.ctypes.data, e.tasks) for e in entries]
    machine.run(np.array(rows, np.int64), shared=False)
    machine.close()
    for left, out in zip(lefts, outs, strict=True):
        check(out, left, factor)
    assert packed.times(lefts[0][:, ::-1], outs[0]) is None


def test_small_factors_are_not_packed() -> None:
    found = blas.find_blas()
    assert found is not None
    machine = Machine(found, 1)
    assert not Packed.is_worth(machine, normal(1, 8, 32), 32)
    assert not Packed.is_worth(machine, normal(1, 256, 1024)[:, ::2], 32)
    machine.close()
