"""Shaders compiled beside a watch: the same programs, progress on the way, and an end at once when it is asked for."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.devices.base import DeviceError, Interrupted
from engine.ops.elementwise import mul
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import Array, TensorSpec
from gl_kernels.device import GlDevice
from gl_kernels.programs import MOST_FILES, ProgramCache, prune
from gl_kernels.shader import Shader

# seconds: what the issue allows, and more for a machine that runs other tests, too; that not all was compiled is counted
REACTION, SLACK = 0.1, 3.0


def shader(name: str, body: str = "x[gl_GlobalInvocationID.x] = 1.0;") -> Shader:
    head = "#version 430 core\nlayout(local_size_x = 1) in;\nlayout(std430, binding = 0) buffer B { float x[]; };\n"
    return Shader(name, f"{head}// {name}\nvoid main() {{ {body} }}\n")


def heavy(number: int) -> Shader:
    """A shader that keeps a compiler busy for some tenths of a second: long straight-line code."""
    lines = [f"float v0 = x[{number}];"]
    lines += [f"float v{i} = sin(v{i - 1}) * x[{i}] + v{max(0, i - 7)};" for i in range(1, 120)]
    return shader(f"heavy {number}", "\n".join([*lines, "x[0] = v119;"]))


class Seen:
    """A watch that notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.calls.append((done, total))


def build(device: GlDevice, shaders: list[Shader], seen: Seen) -> list[int]:
    device.context.make_current()
    with device.programs.watched(seen):
        return device.programs.build(shaders)


def test_watched_and_unwatched_programs_are_the_same() -> None:
    def doubled(seen: Seen | None) -> tuple[Array, int]:
        device = GlDevice(None)
        memory = device.memory()
        memory.write("x", np.arange(5, dtype=np.float32))
        builder = ProgramBuilder("double")
        builder.output("y", mul(builder.state("x", TensorSpec((5,))), builder.constant(2.0)))
        executable = device.compile(builder.finish(), memory, seen)
        executable.run({}, 1)
        found = executable.output("y")
        executable.close()
        memory.close()
        device.close()
        return found, device.programs.compiled

    seen = Seen()
    (beside, count), (here, same) = doubled(seen), doubled(None)
    assert beside.tobytes() == here.tobytes()
    assert count == same == 1
    assert seen.calls[-1] == (1, 1)


def test_progress_counts_up_to_all_and_what_is_known_is_done_already(cache: Path) -> None:
    device = GlDevice(cache)
    light = [shader(f"light {k}") for k in range(6)]
    seen = Seen()
    build(device, light[:4], seen)
    assert seen.calls[0][1] == 4
    assert [done for done, _ in seen.calls] == sorted(done for done, _ in seen.calls)
    assert seen.calls[-1] == (4, 4)
    seen = Seen()
    build(device, light, seen)
    assert min(done for done, _ in seen.calls) >= 4
    assert seen.calls[-1] == (6, 6)
    assert device.programs.compiled == 6
    seen = Seen()
    build(device, light, seen)
    assert seen.calls == []
    device.close()


def test_an_end_is_heard_at_once_and_what_was_begun_is_kept(cache: Path) -> None:
    device = GlDevice(cache)
    shaders = [heavy(k) for k in range(6)]
    asked: list[float] = []

    def watch(done: int, _total: int) -> None:
        if done:
            asked.append(time.perf_counter())
            raise Interrupted

    device.context.make_current()
    with pytest.raises(Interrupted), device.programs.watched(watch):
        device.programs.build(shaders)
    assert time.perf_counter() - asked[0] < REACTION + SLACK
    device.close()  # waits for the compilers
    kept = len(list(cache.glob("*.bin")))
    assert 1 <= kept < len(shaders)
    again = GlDevice(cache)
    build(again, shaders, Seen())
    assert again.programs.compiled == len(shaders) - kept
    again.close()


def test_a_refused_shader_is_a_sentence_beside_a_watch_too(gl: GlDevice) -> None:
    with pytest.raises(DeviceError, match="does not accept the shader wrong"):
        build(gl, [shader("right"), shader("wrong", "soup;")], Seen())


def test_no_second_context_costs_the_threads_only(gl: GlDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise DeviceError("No.")

    monkeypatch.setattr("gl_kernels.compiling.GlContext", none)
    assert build(gl, [shader("alone")], Seen())[0] > 0


def test_a_driver_without_binaries_looks_up_between_two_shaders(
    gl: GlDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gl.context, "limits", replace(gl.context.limits, binaries=False))
    seen = Seen()
    build(gl, [shader(f"without {k}") for k in range(3)], seen)
    assert seen.calls == [(0, 3), (1, 3), (2, 3)]


def test_many_bytes_are_pruned_like_many_files(cache: Path) -> None:
    cache.mkdir()
    for k in range(4):
        (cache / f"{k}.bin").write_bytes(b"x" * 100)
    prune(cache, MOST_FILES, 400)
    assert len(list(cache.iterdir())) == 4
    prune(cache, MOST_FILES, 399)
    assert len(list(cache.iterdir())) == 2


def test_another_driver_never_meets_a_file_of_this_one(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = GlDevice(cache)
    wanted = [shader("versioned")]
    build(device, wanted, Seen())
    monkeypatch.setattr(device.context, "driver", device.context.driver + ", a year later")
    later = ProgramCache(device.context, cache)
    later.build(wanted)
    assert later.compiled == 1
    assert len(list(cache.glob("*.bin"))) == 2
    later.close()
    device.close()
