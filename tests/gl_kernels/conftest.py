"""One OpenGL device for all tests here, and the driver's error state checked before and after each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gl_kernels.device import GlDevice
from gl_kernels.tuning import TILES


@pytest.fixture(scope="session")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GlDevice]:
    """With the declared tuning: what a busy machine measures would make tests depend on the hour."""
    untuned = GlDevice(None)
    tuning = untuned.tuning
    untuned.close()
    opened = GlDevice(tmp_path_factory.mktemp("programs"), tuning)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def tiled_device(device: GlDevice) -> Iterator[GlDevice]:
    """With what a GPU would use: tiles and folds in shared memory, much to keep busy, few buffers."""
    as_on_a_gpu = replace(
        device.tuning,
        group=128,
        parallel=2048,
        block_group=64,
        tiled=True,
        variants=TILES,
        storage_blocks=8,
        texels=0,
    )
    opened = GlDevice(None, as_on_a_gpu)
    yield opened
    opened.close()


def _checked(device: GlDevice) -> Iterator[GlDevice]:
    context = device.context
    context.make_current()
    assert int(context.gl.glGetError()) == 0
    before = set(device.live_buffers)
    yield device
    context.make_current()
    assert int(context.gl.glGetError()) == 0
    assert set(device.live_buffers) == before, "buffers were not freed"


@pytest.fixture
def gl(device: GlDevice) -> Iterator[GlDevice]:
    """The device; a test must leave neither an error nor a buffer behind."""
    yield from _checked(device)


@pytest.fixture
def tiled(tiled_device: GlDevice) -> Iterator[GlDevice]:
    """The device tuned as for a GPU."""
    yield from _checked(tiled_device)


@pytest.fixture(params=["blocks", "tiles"])
def either(request: pytest.FixtureRequest) -> GlDevice:
    """Both ways in turn."""
    found: GlDevice = request.getfixturevalue("gl" if request.param == "blocks" else "tiled")
    return found


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "programs"
