"""Which device a run takes. `auto` is a measurement: a few steps of this very network on each, and the faster one runs."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.data.bundle import DataBundle
from engine.devices.base import Device, DeviceError, DeviceInfo
from engine.devices.registry import PROVIDERS, available, open_device, reason_for_absence
from engine.graph.document import ModelGraph
from engine.paths import cache_dir
from engine.training.session import Session
from engine.training.settings import TrainingSettings

MEASURED_ROWS = 2048
MEASURE_TIME = 0.1  # seconds of steps on each device
CPU = "cpu"
RATES = "device-rates.json"
LONG_STEP = 0.5  # seconds
FAR_BEHIND = 10.0  # times slower than another device
REMEMBERED = 500  # measurements kept


class DevicePool:
    """Devices of this process, opened when first used and kept."""

    def __init__(self) -> None:
        self._open: dict[str, Device] = {}
        self._infos = available()
        here = {info.kind for info in self._infos}
        self._absent = {kind: reason_for_absence(kind) for kind in PROVIDERS if kind not in here}

    def infos(self) -> list[DeviceInfo]:
        """Devices that can be used."""
        return list(self._infos)

    def absent(self) -> list[str]:
        """A sentence for each device that cannot."""
        return list(self._absent.values())

    def only_software(self) -> bool:
        """Whether every device beside the processor is run by the processor."""
        return all(info.software for info in self._infos if info.kind != CPU)

    def get(self, kind: str) -> Device:
        """The device of that kind; raises DeviceError with the reason if there is none."""
        if kind not in self._open:
            if kind in self._absent:
                raise DeviceError(self._absent[kind])
            self._open[kind] = open_device(kind)
        return self._open[kind]

    def close(self) -> None:
        """Give all devices back."""
        for device in self._open.values():
            device.close()
        self._open.clear()


def choose(
    pool: DevicePool,
    graph: ModelGraph,
    bundle: DataBundle,
    settings: TrainingSettings,
    *,
    patient: bool = True,
) -> tuple[Device, str]:
    """The device to train on, and a sentence that says why it is this one.

    Measuring takes a second where shaders are compiled for the first time. If it is not `patient` and all that could
    beat NumPy is an OpenGL in software, training starts there at once; `auto` is measured when nobody waits.
    """
    if settings.device != "auto":
        return pool.get(settings.device), "Chosen in the training settings."
    kinds = [info.kind for info in pool.infos()]
    if len(kinds) == 1:
        reason = " ".join(pool.absent())
        return pool.get(kinds[0]), reason or "It is the only device."
    key = _key(pool, graph, bundle, settings)
    if not patient and pool.only_software() and not is_remembered(key):
        names = ", ".join(info.name for info in pool.infos() if info.software)
        return pool.get(CPU), f"{names} runs on the same processor; it is measured when nothing trains."
    rates = _remembered(key, lambda: _measure(pool, kinds, graph, bundle, settings))
    best = max(rates, key=lambda kind: rates[kind])
    others = ", ".join(f"{rate:,.0f} on {kind}" for kind, rate in rates.items() if kind != best)
    return pool.get(best), f"Measured {rates[best]:,.0f} steps a second here, {others}."


def _measure(
    pool: DevicePool, kinds: list[str], graph: ModelGraph, bundle: DataBundle, settings: TrainingSettings
) -> dict[str, float]:
    rows = min(MEASURED_ROWS, len(bundle.train))
    small = replace(
        bundle,
        inputs={n: a[:rows] for n, a in bundle.inputs.items()},
        targets={n: a[:rows] for n, a in bundle.targets.items()},
        train=range(rows),
        validation=range(0),
        test=range(0),
    )
    rates: dict[str, float] = {}
    for kind in kinds:
        try:
            device = pool.get(kind)
            hopeless = max(rates.values(), default=0.0) if device.info.software else 0.0
            rates[kind] = _rate(Session(graph, small, settings, device), hopeless / FAR_BEHIND)
        except DeviceError:
            continue  # a driver that fails here would fail in training, too
    if not rates:
        raise DeviceError("No device can run this network. `main.py devices` says what there is.")
    return rates


def _rate(session: Session, hopeless: float) -> float:
    """Steps a second, after a warm-up that compiles and fills caches.

    The warm-up itself is the answer where it is slower than `hopeless` steps a second and long to wait for again.
    """
    try:
        begun = time.perf_counter()
        session.advance(1)
        session.report()
        first = time.perf_counter() - begun
        if first > LONG_STEP and 1.0 / first < hopeless:
            return 1.0 / first
        steps, took, rate = 1, 0.0, 0.0
        while took < MEASURE_TIME:
            begun = time.perf_counter()
            session.advance(steps)
            session.report()
            took = time.perf_counter() - begun
            rate = steps / took
            steps = max(steps + 1, int(rate * MEASURE_TIME * 1.2))
        return rate
    finally:
        session.close()


def _key(pool: DevicePool, graph: ModelGraph, bundle: DataBundle, settings: TrainingSettings) -> str:
    facts = [
        repr([(n.id, type(n.layer).__name__, n.layer, n.shares) for n in graph.nodes.values()]),
        repr(graph.edges),
        repr(sorted(bundle.features.items())),
        settings.model_dump_json(include={"optimizer", "batch_size"}),
        *(f"{info.kind} {info.name} {info.detail}" for info in pool.infos()),
    ]
    return hashlib.blake2b("\n".join(facts).encode(), digest_size=12).hexdigest()


def is_remembered(key: str) -> bool:
    """Whether that measurement was made before."""
    try:
        return key in _read(cache_dir() / RATES)
    except OSError:
        return False


def _remembered(key: str, measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    """The measurement of that key; made, and kept in a file where there is a folder for it, the first time."""
    try:
        path = cache_dir() / RATES
    except OSError:
        return measure()
    known = _read(path)
    if key not in known:
        known[key] = measure()
        _write(path, dict(list(known.items())[-REMEMBERED:]))
    return known[key]


def _write(path: Path, rates: dict[str, dict[str, float]]) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(rates))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)  # the next run measures again


def _read(path: Path) -> dict[str, dict[str, float]]:
    try:
        known = json.loads(path.read_text())
        return {k: {d: float(r) for d, r in rates.items()} for k, rates in known.items() if rates}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
