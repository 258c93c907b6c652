"""What tests of training share: a way for steps to run that nobody measures."""

from __future__ import annotations

import pytest

from engine.devices.base import Executable, Watch
from engine.devices.registry import reason_for_absence
from engine.program.program import Program


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch) -> None:
    """On gl, steps run as one launch after the other.

    Otherwise a small step is compiled as one shader as well, which takes Mesa a second or ten, and what a busy machine
    measures decides between them. That steps as one shader do the same, with every optimizer and in any portions, is tested
    in tests/gl_kernels/whole.
    """
    if reason_for_absence("gl"):
        return
    from gl_kernels.device import GlDevice
    from gl_kernels.memory import GlMemory

    def compiled(
        device: GlDevice, program: Program, memory: GlMemory, watch: Watch | None = None
    ) -> Executable:
        device.context.make_current()
        return device.compile_ordinary(program, memory, "It was asked for.")

    monkeypatch.setattr(GlDevice, "compile", compiled)
