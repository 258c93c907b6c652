"""Which device a run takes. `auto` is a measurement: a few steps of this very network on each, and the faster one runs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from engine.data.bundle import DataBundle
from engine.devices.base import Device, DeviceError, DeviceInfo, Watch
from engine.devices.registry import Survey, open_device, survey
from engine.graph.document import ModelGraph
from engine.graph.effective import effective
from engine.paths import cache_dir
from engine.profiling.peaks import peaks_of
from engine.training.rates import RateFile, Rates, Trial, race
from engine.training.session import Session
from engine.training.settings import TrainingSettings

MEASURED_ROWS = 2048
CPU = "cpu"
GENEROUS = 3.0  # times the peak of a product, which nothing exceeds by that much
MEASURED_AS = 6  # to be raised where the devices have become faster, so that every network is measured anew


class DevicePool:
    """Devices of this process, opened when first used and kept.

    Args:
        found: what there is, where somebody has looked already.
    """

    def __init__(self, found: Survey | None = None) -> None:
        self._open: dict[str, Device] = {}
        self._infos, self._absent = found or survey()

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
    watch: Watch | None = None,
) -> tuple[Device, str]:
    """The device to train on, and a sentence that says why it is this one.

    Measuring takes seconds where shaders are compiled for the first time. If it is not `patient` and all that could
    beat NumPy is an OpenGL in software, training starts there at once; `auto` is measured when nobody waits.

    Args:
        pool: of this process.
        graph: without errors.
        bundle: data; some of its rows are measured with.
        settings: what `device` is wished, and what a step is.
        patient: whether a measurement may be waited for.
        watch: sees the preparation, and may end it by raising.
    """
    if settings.device != "auto":
        return pool.get(settings.device), "Chosen in the training settings."
    kinds = [info.kind for info in pool.infos()]
    if len(kinds) == 1:
        reason = " ".join(pool.absent())
        return pool.get(kinds[0]), reason or "It is the only device."
    key, file = _key(pool, graph, bundle, settings), RateFile(_folder())
    rates = file.get(key)
    if rates is None and not patient and pool.only_software():
        names = ", ".join(info.name for info in pool.infos() if info.software)
        return pool.get(CPU), f"{names} runs on the same processor; it is measured when nothing trains."
    if rates is None:
        rates = _measure(pool, kinds, graph, bundle, settings, watch)
        file.put(key, rates)
    return _fastest(pool, rates)


def _fastest(pool: DevicePool, rates: Rates) -> tuple[Device, str]:
    """The device of the highest rate that can be opened."""
    ranked = sorted(rates, key=lambda kind: -rates[kind])
    for kind in ranked[:-1]:
        try:
            return pool.get(kind), _why(pool, rates, kind)
        except DeviceError:
            continue  # it was there when it was measured
    return pool.get(ranked[-1]), _why(pool, rates, ranked[-1])


def _why(pool: DevicePool, rates: Rates, chosen: str) -> str:
    others = [f"{_rate_text(rate)} on {kind}" for kind, rate in rates.items() if kind != chosen]
    measured = ", ".join([f"Measured {_rate_text(rates[chosen])} steps a second here", *others])
    without = " and ".join(info.name for info in pool.infos() if info.kind not in rates)
    return f"{measured}. {without} cannot reach that." if without else f"{measured}."


def _rate_text(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10.0 else f"{rate:.2g}"


def _measure(
    pool: DevicePool,
    kinds: list[str],
    graph: ModelGraph,
    bundle: DataBundle,
    settings: TrainingSettings,
    watch: Watch | None,
) -> Rates:
    rows = min(MEASURED_ROWS, len(bundle.train))
    small = replace(
        bundle,
        inputs={n: a[:rows] for n, a in bundle.inputs.items()},
        targets={n: a[:rows] for n, a in bundle.targets.items()},
        weights={n: a[:rows] for n, a in bundle.weights.items()},
        train=range(rows),
        validation=range(0),
        test=range(0),
    )

    products = 0

    def enter(kind: str) -> Trial:
        nonlocal products
        session = Session(graph, small, settings, pool.get(kind), watch=watch)
        products = session.multiply_adds
        return session

    def limit(kind: str) -> float:
        """What the device's own peak allows; that of a GPU is not worth asking for."""
        device = pool.get(kind)
        if not device.info.software or not products:
            return math.inf
        return GENEROUS * peaks_of(device, watch).multiply_adds_per_s / products

    between: Callable[[], None] = partial(watch, 0, 0) if watch else lambda: None
    rates = race({kind: partial(enter, kind) for kind in kinds}, between, limit=limit)
    if not rates:
        raise DeviceError("No device can run this network. `main.py devices` says what there is.")
    return rates


def _key(pool: DevicePool, graph: ModelGraph, bundle: DataBundle, settings: TrainingSettings) -> str:
    """What decides a rate: the network, what a step does, the processor, the drivers, and our own version of them."""
    graph = effective(graph)
    facts = [
        str(MEASURED_AS),
        repr([(n.id, type(n.layer).__name__, n.layer, n.shares) for n in graph.nodes.values()]),
        repr(graph.edges),
        repr(sorted(bundle.features.items())),
        settings.model_dump_json(include={"optimizer", "batch_size"}),
        *(f"{info.kind} {info.name} {info.detail}" for info in pool.infos()),
    ]
    return hashlib.blake2b("\n".join(facts).encode(), digest_size=12).hexdigest()


def is_remembered(
    pool: DevicePool, graph: ModelGraph, bundle: DataBundle, settings: TrainingSettings
) -> bool:
    """Whether nothing needs to be measured to choose."""
    if settings.device != "auto" or len(pool.infos()) == 1:
        return True
    return RateFile(_folder()).get(_key(pool, graph, bundle, settings)) is not None


def _folder() -> Path | None:
    try:
        return cache_dir()
    except OSError:
        return None
