"""Programs compiled beside the steps: the first validation and the first picture wait for no compiler."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.cli.opened import open_project
from engine.data.load import load
from engine.devices.base import DeviceError, Executable, Interrupted, Memory, Watch
from engine.program.program import Program
from engine.training.control import Control
from engine.training.reports import Progress, Report
from engine.training.session import Session
from engine.training.trainer import Trainer
from gl_kernels.compiling import Batch
from gl_kernels.device import GlDevice
from gl_kernels.linking import Linker, Started
from gl_kernels.shader import Shader
from gl_kernels.whole import choice
from tests.gl_kernels.test_compiling import Seen, build, heavy, shader

START = Linker.start


def settle() -> None:
    """Wait for all threads that compile."""
    for thread in threading.enumerate():
        if thread.name == "shader-compiler":
            thread.join()


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the shaders that this thread itself had compiled, and waited for."""
    names: list[str] = []

    def noting(linker: Linker, wanted: Shader) -> Started:
        if threading.current_thread() is threading.main_thread():
            names.append(wanted.name)
        return START(linker, wanted)

    monkeypatch.setattr(Linker, "start", noting)
    return names


def trained(device: GlDevice) -> list[Report]:
    """All reports of two epochs."""
    project = open_project("iris")
    settings = project.training.model_copy(update={"epochs": 2})
    session = Session(project.graph, load(project.data), settings, device)
    reports = list(Trainer(session, Control(), lambda: 0.0).run())
    session.close()
    return reports


def values(reports: list[Report]) -> list[Mapping[str, float]]:
    return [e.values for r in reports if isinstance(r, Progress) for e in r.epochs]


def test_a_run_compiles_nothing_after_its_training_step(
    waited: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "GAIN", 0.0)  # one shader for both devices, whatever their trials would say
    device = GlDevice(None)
    compiled: list[list[str]] = []
    compile_here = device.compile

    def after_the_threads(program: Program, memory: Memory, watch: Watch | None = None) -> Executable:
        settle()
        waited.clear()
        executable = compile_here(program, memory, watch)
        compiled.append(list(waited))
        return executable

    monkeypatch.setattr(device, "compile", after_the_threads)
    received = values(trained(device))
    device.close()
    assert len(compiled) >= 2  # the step, and what validates
    assert compiled[0]
    assert not any(compiled[1:])
    unforeseeing = GlDevice(None)
    monkeypatch.setattr(unforeseeing, "foresee", lambda _programs: None)
    assert values(trained(unforeseeing)) == received
    unforeseeing.close()


def test_what_is_compiled_ahead_is_taken_and_the_rest_is_compiled(waited: list[str]) -> None:
    device = GlDevice(None)
    ahead = [shader(f"ahead {k}") for k in range(3)]
    device.programs.ahead(ahead)
    settle()
    device.context.make_current()
    names = device.programs.build([*ahead, shader("other")])
    assert len(set(names)) == 4
    assert waited == ["other"]
    device.close()


def test_what_is_not_begun_yet_is_compiled_by_whoever_needs_it() -> None:
    device = GlDevice(None)
    shaders = [heavy(k) for k in range(4)]
    device.programs.ahead(shaders)
    seen = Seen()
    assert all(build(device, shaders, seen))
    assert device.programs.compiled == 4
    assert seen.calls[-1] == (4, 4) or seen.calls == []
    device.close()


class Gate:
    """Holds the first shader of a batch until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

        def start(linker: Linker, wanted: Shader) -> Started:
            if threading.current_thread() is not threading.main_thread():
                self.reached.set()
                assert self.opened.wait(30)
            return START(linker, wanted)

        monkeypatch.setattr(Linker, "start", start)


def test_an_end_is_heard_while_a_foreseen_shader_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    device, gate = GlDevice(None), Gate(monkeypatch)
    device.programs.ahead([shader("held")])
    assert gate.reached.wait(30)

    def watch(_done: int, _total: int) -> None:
        raise Interrupted

    device.context.make_current()
    with pytest.raises(Interrupted), device.programs.watched(watch):
        device.programs.build([shader("held")])
    gate.opened.set()
    assert all(build(device, [shader("held")], Seen()))
    assert device.programs.compiled == 1
    device.close()


def test_closing_waits_for_the_shader_that_is_being_compiled_alone(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, gate = GlDevice(cache), Gate(monkeypatch)
    device.programs.ahead([shader(f"ahead {k}") for k in range(8)])
    assert gate.reached.wait(30)
    cancel = Batch.cancel

    def cancel_and_open(batch: Batch) -> None:
        cancel(batch)
        gate.opened.set()

    monkeypatch.setattr(Batch, "cancel", cancel_and_open)
    device.close()
    assert not [t for t in threading.enumerate() if t.name == "shader-compiler"]
    assert len(list(cache.glob("*.bin"))) == 1


def test_a_refused_shader_is_heard_of_when_it_is_needed() -> None:
    device = GlDevice(None)
    wrong = shader("wrong", "soup;")
    device.programs.ahead([wrong])
    settle()
    with pytest.raises(DeviceError, match="does not accept the shader wrong"):
        build(device, [wrong], Seen())
    device.close()
