"""One OpenGL device for all tests here, and the driver's error state checked before and after each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gl_kernels.context import GlContext
from gl_kernels.device import GlDevice


@pytest.fixture(scope="session")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GlDevice]:
    opened = GlDevice(tmp_path_factory.mktemp("programs"))
    yield opened
    opened.close()


def no_error(context: GlContext) -> None:
    context.make_current()
    code = int(context.gl.glGetError())
    assert code == 0, f"OpenGL error 0x{code:04x}"


@pytest.fixture
def gl(device: GlDevice) -> Iterator[GlDevice]:
    """The device; a test must leave neither an error nor a buffer behind."""
    no_error(device.context)
    before = set(device.live_buffers)
    yield device
    no_error(device.context)
    assert set(device.live_buffers) == before, "buffers were not freed"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "programs"
