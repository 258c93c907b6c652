"""Which way to compute a product is the fastest one on a driver: measured once, in about a second, and remembered.

What published work found good on one GPU is not so on the next, and on the processor everything is different. All ways add
up the terms in the same order, so the choice changes speed and never a bit.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from engine.devices.base import DeviceError
from gl_kernels.tuning import BLOCKS, TILES, Tuning, Variant

BUDGET = 0.8  # seconds after which no further way is tried
WORTH = 2**23  # multiply-adds of a product for which measuring pays
FILE = "tuning.json"
Seconds = Callable[[Tuning], float]  # of a large product


def measured(base: Tuning, texels: int, seconds: Seconds, budget: float = BUDGET) -> Tuning:
    """The tuning with the rates that were measured; ways that could not be tried in time keep their place.

    Args:
        base: what is taken to be good.
        texels: largest tensor that can be read through a texture buffer.
        seconds: how long a large product takes; a DeviceError drops the way.
        budget: seconds.
    """
    begun = time.perf_counter()
    first = max((v for v in base.variants if not v.work), key=lambda v: v.rate)
    ways = [replace(base, texels=limit) for limit in dict.fromkeys((texels, 0))]
    times = [(taken, way) for way in ways if (taken := _tried(way, first, seconds)) is not None]
    if not times:
        return base
    taken, way = min(times, key=lambda pair: pair[0])
    found = {first: taken}
    others = [v for v in (*base.variants, *BLOCKS, *TILES) if v != first]
    for variant in dict.fromkeys(others):
        if time.perf_counter() - begun > budget:
            break
        trial = _tried(way, variant, seconds)
        if trial is not None:
            found[variant] = trial
    return replace(way, variants=_rated(base.variants, found, first))


def _tried(way: Tuning, variant: Variant, seconds: Seconds) -> float | None:
    try:
        return seconds(replace(way, variants=(replace(variant, work=0),)))
    except DeviceError:
        return None


def _rated(known: Sequence[Variant], found: dict[Variant, float], first: Variant) -> tuple[Variant, ...]:
    """Rates from times; what was not tried is taken to be as far from `first` as it was thought to be."""
    rated = [replace(v, rate=first.rate * found[first] / taken) for v, taken in found.items()]
    rated += [v for v in known if v not in found]
    return tuple(rated)


class Remembered:
    """The tuning of a driver in a folder; without a folder nothing is measured."""

    def __init__(self, folder: Path | None, driver: str) -> None:
        self._path = folder / FILE if folder is not None else None
        candidates = repr((BLOCKS, TILES))
        self._key = hashlib.sha256(f"{driver}\n{candidates}".encode()).hexdigest()

    @property
    def possible(self) -> bool:
        """Whether there is a place to remember it."""
        return self._path is not None

    def read(self, base: Tuning) -> Tuning | None:
        """What was measured before, if it was with this driver and these ways."""
        try:
            known = json.loads(self._path.read_text(encoding="utf-8")) if self._path else {}
            if known.get("key") != self._key:
                return None
            variants = tuple(Variant(**facts) for facts in known["variants"])
            return replace(base, texels=int(known["texels"]), variants=variants)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):  # absent or damaged
            return None

    def write(self, tuning: Tuning) -> None:
        """Remember; a folder that cannot be written costs another measurement."""
        if self._path is None:
            return
        facts = {"key": self._key, "texels": tuning.texels, "variants": [asdict(v) for v in tuning.variants]}
        temporary = self._path.with_suffix(".tmp")
        try:
            temporary.write_text(json.dumps(facts), encoding="utf-8")
            temporary.replace(self._path)
        except OSError:
            return
