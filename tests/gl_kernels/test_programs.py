"""Compiled shaders on disk: used again, and never trusted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.data.load import load
from engine.devices.base import DeviceError
from engine.ops.matmul import matmul
from engine.training.session import Session
from gl_kernels import programs
from gl_kernels.device import GlDevice
from gl_kernels.programs import HEADER, prune
from gl_kernels.shader import Shader
from tests.engine.training.networks import XOR, settings, two_layer
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


def doubling(number: int) -> Shader:
    """A shader of its own for each number."""
    text = f"void main() {{ if (x == {number}) x += {number}; }}"
    return Shader(
        "doubling",
        f"#version 430 core\nlayout(local_size_x = 1) in;\nlayout(std430, binding = 0) buffer X {{ int x; }};\n{text}",
    )


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[GlDevice]:
    """A device that keeps two programs which nobody uses."""
    monkeypatch.setattr(programs, "MOST_IDLE", 2)
    device = GlDevice(None)
    device.context.make_current()
    yield device
    device.close()


def there(device: GlDevice, names: list[int]) -> list[bool]:
    return [bool(device.context.gl.glIsProgram(name)) for name in names]


def test_programs_that_nobody_uses_do_not_pile_up(few: GlDevice) -> None:
    names = []
    for k in range(6):
        names += few.programs.build([doubling(k)])
        few.programs.release([doubling(k)])
    assert there(few, names) == [False] * 4 + [True] * 2


def test_programs_in_use_stay_however_many_there_are(few: GlDevice) -> None:
    names = few.programs.build([doubling(k) for k in range(5)])
    few.programs.release([doubling(0)])
    assert few.programs.build([doubling(k) for k in range(5)]) == names
    assert few.programs.compiled == 5
    few.programs.release([doubling(k) for k in range(5)])
    assert there(few, names) == [True] * 5  # but the first, each is used once more
    few.programs.release([doubling(k) for k in range(1, 5)])
    assert there(few, names).count(True) == 2


def test_one_that_comes_back_is_not_compiled_again(few: GlDevice) -> None:
    (name,) = few.programs.build([doubling(0)])
    few.programs.release([doubling(0)])
    assert few.programs.build([doubling(0), doubling(0)]) == [name, name]
    few.programs.release([doubling(0)])
    few.programs.build([doubling(k) for k in range(1, 4)])
    few.programs.release([doubling(k) for k in range(1, 4)])
    assert there(few, [name]) == [True]  # the same launch was there twice, and one of them still is
    assert few.programs.compiled == 4


def test_a_session_gives_its_programs_back(few: GlDevice) -> None:
    before = set(few.programs.used)
    made = Session(two_layer(), load(XOR), settings(), few)
    made.advance(3)
    made.evaluate(range(10))
    assert set(few.programs.used) > before
    made.close()
    assert set(few.programs.used) == before


def test_what_is_released_after_the_device_is_closed_costs_nothing() -> None:
    device = GlDevice(None)
    device.context.make_current()
    device.programs.build([doubling(0)])
    device.close()
    device.programs.release([doubling(0)])
