"""Compiled shaders on disk: used again, and never trusted."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from engine.devices.base import DeviceError
from engine.ops.matmul import matmul
from gl_kernels.device import GlDevice
from gl_kernels.programs import HEADER, prune
from gl_kernels.shader import Shader
from tests.gl_kernels.running import normal, run_op


def run_once(cache: Path | None) -> int:
    """Compile and check a product with a new device; how many programs it had to compile."""
    device = GlDevice(cache)
    a, b = normal(3, 5), normal(5, 2)
    np.testing.assert_allclose(run_op(device, matmul, [a, b], {})[0], a @ b, rtol=1e-5, atol=1e-6)
    device.close()
    return device.programs.compiled


def test_the_second_start_compiles_nothing(cache: Path) -> None:
    assert run_once(cache) == 1
    assert run_once(cache) == 0


def test_equal_shaders_are_compiled_once(cache: Path) -> None:
    device = GlDevice(None)
    for _ in range(2):
        run_op(device, matmul, [normal(3, 5), normal(5, 2)], {})
    device.close()
    assert device.programs.compiled == 1


def damage(kind: str, content: bytes) -> bytes:
    middle = len(content) // 2
    return {
        "empty": b"",
        "short": content[:20],
        "cut": content[:middle],
        "flipped": content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :],
        "foreign": b"not a program" * 50,
        "format": HEADER.pack(0xDEAD, HEADER.unpack_from(content)[1]) + content[HEADER.size :],
    }[kind]


@pytest.mark.parametrize("kind", ["empty", "short", "cut", "flipped", "foreign", "format"])
def test_a_damaged_file_is_written_again(cache: Path, kind: str) -> None:
    run_once(cache)
    (path,) = cache.glob("*.bin")
    path.write_bytes(damage(kind, path.read_bytes()))
    assert run_once(cache) == 1
    assert run_once(cache) == 0


def test_a_folder_that_cannot_be_made_costs_the_cache_only(tmp_path: Path) -> None:
    obstacle = tmp_path / "file"
    obstacle.write_text("in the way")
    assert run_once(obstacle / "programs") == 1


def test_a_folder_that_vanishes_costs_the_cache_only(cache: Path) -> None:
    device = GlDevice(cache)
    cache.rmdir()
    a, b = normal(3, 5), normal(5, 2)
    np.testing.assert_allclose(run_op(device, matmul, [a, b], {})[0], a @ b, rtol=1e-5, atol=1e-6)
    device.close()


def test_programs_not_used_for_long_are_deleted(cache: Path) -> None:
    cache.mkdir()
    for k in range(10):
        (cache / f"{k}.bin").write_bytes(b"")
        os.utime(cache / f"{k}.bin", (k, k))
    prune(cache, 10)
    assert len(list(cache.iterdir())) == 10
    prune(cache, 9)
    assert sorted(p.name for p in cache.iterdir()) == [f"{k}.bin" for k in range(5, 10)]
    prune(cache / "absent", 9)


def test_a_refused_shader_is_one_sentence(gl: GlDevice) -> None:
    with pytest.raises(DeviceError, match="does not accept the shader wrong"):
        gl.programs.build(
            [Shader("wrong", "#version 430 core\nlayout(local_size_x = 1) in;\nvoid main() { soup; }")]
        )
