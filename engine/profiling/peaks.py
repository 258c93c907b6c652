"""What a device can do at best: a matrix product and a copy, measured once for each device and remembered."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine.devices.base import Device, DeviceInfo, Watch
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.paths import cache_dir
from engine.program.builder import ProgramBuilder
from engine.program.program import Program
from engine.tensor.spec import Array, TensorSpec

FILE = "device-peaks.json"
REMEMBERED = 50
SMALLEST, LARGEST = 512, 4096  # rows of the square matrices
LONG = 0.02  # seconds after which a product is large enough to show the peak
COPIED = 2**23  # floats: more than caches hold
REPEATS = 3
COUNT = "count"
Clock = Callable[[], float]


class Peaks(NamedTuple):
    """The best of some short measurements."""

    multiply_adds_per_s: float
    bytes_per_s: float


def peaks_of(
    device: Device, watch: Watch | None = None, clock: Clock = time.perf_counter, *, again: bool = False
) -> Peaks:
    """The peaks of a device: remembered ones, or measured now, which takes some tenths of a second.

    With `again` they are measured in any case, and the better ones count: a load of the computer hides a peak.
    """
    path = _path()
    known = _read(path)
    key = _key(device.info)
    if again or key not in known:
        found, before = measure(device, watch, clock), known.pop(key, Peaks(0.0, 0.0))
        known[key] = Peaks(*(max(pair) for pair in zip(found, before, strict=True)))
        _write(path, known)
    return known[key]


def remembered_peaks(info: DeviceInfo) -> Peaks | None:
    """The peaks of a device, if they were measured before."""
    return _read(_path()).get(_key(info))


def measure(device: Device, watch: Watch | None = None, clock: Clock = time.perf_counter) -> Peaks:
    """Measure the peaks of a device.

    Raises:
        DeviceError: it fails, or has not enough memory.
    """
    size, seconds = SMALLEST // 2, 0.0
    while seconds < LONG and size < LARGEST:
        size *= 2
        spec = TensorSpec((size, size))
        seconds = _seconds(device, ("a", "b"), spec, matmul, watch, clock)
    copied = _seconds(device, ("a",), TensorSpec((COPIED,)), lambda a: a * 0.5, watch, clock)
    return Peaks(size**3 / seconds, 2 * 4 * COPIED / copied)


def _seconds(
    device: Device,
    names: tuple[str, ...],
    spec: TensorSpec,
    formula: Callable[..., Tensor],
    watch: Watch | None,
    clock: Clock,
) -> float:
    """The shortest time that the formula takes on states of that spec."""
    memory = device.memory()
    try:
        ones: Array = np.ones(spec.shape, np.float32)
        for name in (*names, "result"):
            memory.write(name, ones)
        memory.write(COUNT, np.zeros((), np.float32))
        executable = device.compile(_program(names, spec, formula), memory, watch)
        try:
            times = []
            for _ in range(1 + REPEATS):
                begun = clock()
                executable.run({}, 1)
                memory.read(COUNT)  # waits for the device
                times.append(clock() - begun)
                if watch is not None:
                    watch(0, 0)
            return max(min(times[1:]), 1e-9)
        finally:
            executable.close()
    finally:
        memory.close()


def _program(names: tuple[str, ...], spec: TensorSpec, formula: Callable[..., Tensor]) -> Program:
    builder = ProgramBuilder("peak")
    builder.update(builder.state("result", spec), formula(*(builder.state(name, spec) for name in names)))
    count = builder.state(COUNT, TensorSpec(()))
    builder.update(count, count + 1.0)
    return builder.finish()


# -- remembering -------------------------------------------------------------------------------------------------
def _key(info: DeviceInfo) -> str:
    facts = f"{info.kind}\n{info.name}\n{info.detail}"
    return hashlib.blake2b(facts.encode(), digest_size=12).hexdigest()


def _path() -> Path | None:
    try:
        return cache_dir() / FILE
    except OSError:
        return None


def _read(path: Path | None) -> dict[str, Peaks]:
    try:
        known = json.loads(path.read_text()) if path is not None else {}
        found = {key: Peaks(float(products), float(copies)) for key, (products, copies) in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
    return {key: peaks for key, peaks in found.items() if min(peaks) > 0.0}


def _write(path: Path | None, known: dict[str, Peaks]) -> None:
    if path is None:
        return
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(dict(list(known.items())[-REMEMBERED:])))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)  # the next one measures again
