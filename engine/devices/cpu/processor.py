"""What the processor is called; apart from the device, whose import takes longer than looking for all devices."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.devices.base import DeviceInfo


@cache
def probe() -> DeviceInfo:
    """The CPU is always available."""
    return DeviceInfo("cpu", _processor(), _blas())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names and names[0] else platform.processor() or platform.machine()


def _blas() -> str:
    config: dict[str, Any] = dict(np.show_config(mode="dicts"))
    blas = config.get("Build Dependencies", {}).get("blas", {})
    name = " ".join(str(blas[k]) for k in ("name", "version") if blas.get(k)) or "unknown BLAS"
    return f"NumPy {np.__version__}, {name}, {os.cpu_count() or 1} threads"
