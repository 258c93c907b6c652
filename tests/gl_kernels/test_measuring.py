"""What is chosen from times, and what is remembered of it. Most of it needs no OpenGL."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.compiler.plan_memory import Location
from engine.devices.base import DeviceError
from engine.ops.matmul import matmul
from engine.tensor.spec import TensorSpec
from gl_kernels.context import Limits
from gl_kernels.device import GlDevice
from gl_kernels.kernels.products import Layout, Product
from gl_kernels.launch import Operand
from gl_kernels.matrices import stored
from gl_kernels.measuring import FILE, Remembered, measured
from gl_kernels.tuning import BLOCKS, TILES, Tuning, Variant
from tests.gl_kernels.running import compiled, normal, program_of

LIMITS = Limits(16, 2**27, 32768, 1024, binaries=True, multi_bind=True, texels=2**27)
BASE = Tuning.of(LIMITS, software=True)
LARGE = 2**27
OPERAND = Operand(TensorSpec((64, 8, 8)), Location("temp", 0, 16384))


def seconds(tuning: Tuning) -> float:
    """A device that likes large tiles, and texels a little."""
    (variant,) = tuning.variants
    if variant.tall == 4:
        raise DeviceError("refused")
    return (
        (50.0 if variant.shared else 400.0) / (variant.tall * variant.wide) * (0.9 if tuning.texels else 1.0)
    )


def test_rates_come_from_times() -> None:
    found = measured(BASE, LARGE, seconds, budget=60.0)
    assert found.texels == LARGE
    best = max(found.variants, key=lambda v: v.rate)
    assert (best.shared, best.tall, best.wide) == (True, 8, 8)
    rates = {(v.shared, v.tall, v.wide): v.rate for v in found.variants}
    assert rates[False, 16, 16] == pytest.approx(4 * rates[False, 8, 8])
    assert rates[True, 8, 8] == pytest.approx(8 * rates[False, 8, 8])


def test_storage_buffers_are_kept_where_texels_are_slower() -> None:
    def slow(tuning: Tuning) -> float:
        return seconds(tuning) * (2.0 if tuning.texels else 1.0)

    assert measured(BASE, LARGE, slow).texels == 0


def test_what_there_was_no_time_for_keeps_its_rate() -> None:
    assert measured(BASE, LARGE, seconds, budget=0.0).variants[1:] == BASE.variants[:1] + BASE.variants[2:]


def test_a_driver_that_refuses_everything_keeps_the_defaults() -> None:
    def refused(tuning: Tuning) -> float:
        raise DeviceError("no")

    assert measured(BASE, LARGE, refused) == BASE


def test_remembered_for_the_same_driver_only(tmp_path: Path) -> None:
    found = measured(BASE, LARGE, seconds)
    Remembered(tmp_path, "one").write(found)
    assert Remembered(tmp_path, "one").read(BASE) == found
    assert Remembered(tmp_path, "other").read(BASE) is None
    assert Remembered(None, "one").read(BASE) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"key": 3, "variants": 4}'])
def test_a_damaged_file_is_measured_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    assert Remembered(tmp_path, "one").read(BASE) is None


def test_the_device_measures_once_and_remembers(cache: Path) -> None:
    arrays = [normal(256, 256, seed=1), normal(256, 256, seed=2)]
    results = []
    for turn in range(2):
        device = GlDevice(cache)
        assert (cache / FILE).exists() == bool(turn)
        with compiled(device, program_of(matmul, arrays, {}), {"x0": arrays[0], "x1": arrays[1]}) as (
            made,
            _,
        ):
            made.run({})
            results.append(made.output("y0"))
        assert (cache / FILE).exists()
        assert not device.live_buffers
        device.close()
    np.testing.assert_array_equal(results[0], results[1])


@pytest.mark.parametrize("shape", [(65, 70, 300), (256, 256, 512), (7, 33, 1025)])
def test_no_way_changes_a_bit(gl: GlDevice, shape: tuple[int, int, int]) -> None:
    """Blocks, tiles, texels: a product adds up its terms in the same order."""
    m, n, k = shape
    arrays = [normal(m, k, seed=1), normal(k, n, seed=2)]
    results = []
    ways = [(Variant(False, 4, 4), 0), (Variant(False, 8, 16), LARGE), (Variant(False, 16, 16), 0)]
    for variant, texels in (*ways, (TILES[0], 0), (TILES[-1], LARGE)):
        tuning = Tuning(32, 64, 8, tiled=False, variants=(variant,), storage_blocks=16, texels=texels)
        device = GlDevice(None, tuning)
        with compiled(device, program_of(matmul, arrays, {}), {"x0": arrays[0], "x1": arrays[1]}) as (
            made,
            _,
        ):
            made.run({})
            results.append(made.output("y0"))
        device.close()
    gl.context.make_current()
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


def test_small_matrices_share_a_group() -> None:
    """Many products of 8 x 8 fill the lanes of a group along z, and a small block wastes less than a large one."""
    side = stored(OPERAND, along_k=True, rows=8, columns=8, row=8, batch=64)
    layout = Layout.of(Product(side, side, (64, 8, 8, 8), (64, 8)), Tuning.of(LIMITS, software=False))
    assert not layout.variant.shared
    assert layout.lanes[0] > 1


def test_two_vectors_of_large_blocks_are_enough_on_a_processor() -> None:
    """40 x 50 results fill 35 invocations with 8 x 8 each, in half the time of 130 with 4 x 4 each."""
    usual, small = BLOCKS[1], BLOCKS[0]
    for m, n, expected in ((40, 50, usual), (8, 8, small)):
        left = stored(OPERAND, along_k=True, rows=m, columns=50, row=50, batch=0)
        right = stored(OPERAND, along_k=False, rows=50, columns=n, row=n, batch=0)
        product = Product(left, right, (1, m, n, 50), (m * n, n))
        assert Layout.of(product, BASE).variant == expected
    assert Tuning.of(LIMITS, software=False).at_once == 0
