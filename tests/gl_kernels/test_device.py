"""The device as a whole: who may use it, and the sentence for each way in which it can be absent."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.devices.base import DeviceError
from engine.ops.elementwise import relu
from gl_kernels import device as device_module
from gl_kernels import driver
from gl_kernels.context import GlContext
from gl_kernels.device import GlDevice, open_device
from gl_kernels.driver import SOFTWARE, addressable, probe
from tests.gl_kernels.running import compiled, normal, program_of

ROOT = Path(__file__).parents[2]


def test_probe_names_the_renderer(gl: GlDevice) -> None:
    info = probe()
    assert info == gl.info
    assert info.kind == "gl"
    assert info.name
    assert info.detail.startswith("OpenGL 4.")


@pytest.mark.parametrize(
    ("renderer", "software"),
    [
        ("llvmpipe (LLVM 15.0.6, 256 bits)", True),
        ("softpipe", True),
        ("Google SwiftShader", True),
        ("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device))", True),
        ("Microsoft Basic Render Driver", True),
        ("NVIDIA GeForce RTX 4070/PCIe/SSE2", False),
        ("AMD Radeon RX 6600 (radeonsi, navi23, LLVM 15.0.6)", False),
        ("Mesa Intel(R) UHD Graphics 620 (KBL GT2)", False),
    ],
)
def test_software_renderers_are_known(renderer: str, software: bool) -> None:
    assert bool(SOFTWARE.search(renderer)) is software


def test_opens_with_the_cache_of_the_application(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(device_module, "cache_dir", lambda: cache)
    opened = open_device()
    x = normal(3)
    with compiled(opened, program_of(relu, [x], {}), {"x0": x}) as (executable, _):
        executable.run({})
        np.testing.assert_array_equal(executable.output("y0"), np.maximum(x, 0))
    opened.close()
    assert list((cache / "gl").glob("*.bin"))


# -- one thread ------------------------------------------------------------------------------------------------------
def on_another_thread(action: Callable[[], object]) -> BaseException | None:
    caught: list[BaseException] = []

    def attempt() -> None:
        try:
            action()
        except DeviceError as error:
            caught.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return caught[0] if caught else None


def test_calls_from_another_thread_are_refused(gl: GlDevice) -> None:
    x = normal(3)
    with compiled(gl, program_of(relu, [x], {}), {"x0": x}) as (executable, memory):
        actions: list[Callable[[], object]] = [
            gl.memory,
            lambda: executable.run({}),
            lambda: executable.output("y0"),
            executable.close,
            lambda: memory.write("x0", x),
            lambda: memory.read("x0"),
            memory.close,
            gl.close,
        ]
        for action in actions:
            assert "thread" in str(on_another_thread(action))
        executable.run({})
        np.testing.assert_array_equal(executable.output("y0"), np.maximum(x, 0))


def test_a_thread_can_have_a_device_of_its_own() -> None:
    results: list[float] = []

    def work() -> None:
        opened = GlDevice(None)
        x = normal(4)
        with compiled(opened, program_of(relu, [x], {}), {"x0": x}) as (executable, _):
            executable.run({})
            results.append(float(executable.output("y0").sum()))
        opened.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [float(np.maximum(normal(4), 0).sum())] * 2


def test_two_devices_on_one_thread_do_not_mix(gl: GlDevice) -> None:
    x = normal(5)
    with compiled(gl, program_of(relu, [x], {}), {"x0": x}) as (executable, _):
        other = GlDevice(None)
        with compiled(other, program_of(relu, [-x], {}), {"x0": -x}) as (second, _):
            executable.run({})
            second.run({})
            np.testing.assert_array_equal(executable.output("y0"), np.maximum(x, 0))
            np.testing.assert_array_equal(second.output("y0"), np.maximum(-x, 0))
        other.close()


def test_a_closed_device_says_so() -> None:
    opened = GlDevice(None)
    opened.close()
    opened.close()
    with pytest.raises(DeviceError, match="closed"):
        opened.memory()


# -- absence ---------------------------------------------------------------------------------------------------------
def test_a_missing_egl_library_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLCONTEXT_LINUX_LIBEGL", "/nonexistent/libEGL.so.1")
    with pytest.raises(DeviceError, match=r"No OpenGL 4\.3 context.*Install a GPU driver"):
        probe()


@pytest.mark.parametrize(("answer", "expected"), [(2**27, 2**27), (2**31 - 1, 2**31 - 1), (-1, 2**31 - 1)])
def test_a_driver_without_a_limit_of_ranges_is_taken_at_its_word(answer: int, expected: int) -> None:
    assert addressable(answer) == expected


@pytest.mark.parametrize(
    "environment",
    [
        {"__EGL_VENDOR_LIBRARY_DIRS": "/nonexistent"},  # no driver at all
        {"MESA_GL_VERSION_OVERRIDE": "4.2"},  # one that is too old
    ],
    ids=lambda e: next(iter(e)),
)
@pytest.mark.parametrize("call", ["gl_kernels.driver.probe()", "gl_kernels.device.open_device()"])
def test_an_absent_driver_is_one_sentence(environment: dict[str, str], call: str) -> None:
    assert _said_by(call, environment)


def test_an_opengl_library_that_finds_nothing_is_one_sentence() -> None:
    assert "OpenGL library could not be loaded" in _said_by(
        "gl_kernels.device.open_device()", {"PYOPENGL_PLATFORM": "osmesa"}
    )


def _said_by(call: str, environment: dict[str, str]) -> str:
    """The sentence of the DeviceError that a call raises in a process of its own."""
    code = (
        "from engine.devices.base import DeviceError\n"
        f"import {call.rpartition('.')[0]}\n"
        f"try: {call}\n"
        "except DeviceError as error: print('DeviceError', error)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.startswith("DeviceError"), result
    assert len(result.stdout.strip().splitlines()) == 1
    return result.stdout


def test_a_missing_opengl_module_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> object:
        raise AttributeError(f"'NoneType' object has no attribute 'glGetError' in {name}")

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(DeviceError, match="OpenGL library could not be loaded"):
        GlContext()


def test_without_the_opengl_module_there_is_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "find_spec", lambda name: None)
    with pytest.raises(DeviceError, match="OpenGL library could not be loaded"):
        probe()


def test_looking_for_the_device_imports_nothing_that_compiles_for_it() -> None:
    code = "import gl_kernels.driver as d, sys; d.probe(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert not set(done.stdout.split()) & {
        "OpenGL",
        "gl_kernels.context",
        "engine.program.program",
        "pydantic",
    }


@pytest.mark.parametrize(
    ("code", "words"), [(0x0507, "was reset"), (0x0505, "out of memory"), (0x0502, "0x0502")]
)
def test_errors_of_the_driver_become_sentences(
    gl: GlDevice, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    class Failing:
        def glGetError(self) -> int:  # noqa: N802 - OpenGL's name
            return code

    context: GlContext = gl.context
    monkeypatch.setattr(context, "gl", Failing())
    with pytest.raises(DeviceError, match=words):
        context.check_error("running a program")
    monkeypatch.undo()


def test_a_gpu_that_does_not_answer_is_an_error(gl: GlDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    module = gl.context.gl
    gl.context.fence()
    monkeypatch.setattr(module, "glClientWaitSync", lambda *_: module.GL_TIMEOUT_EXPIRED)
    with pytest.raises(DeviceError, match="does not answer"):
        gl.context.fence()
