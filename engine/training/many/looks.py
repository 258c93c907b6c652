"""How variants do on examples that they do not learn from, and how they divide a plane; found beside the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.compiler.model import EVALUATION
from engine.data.bundle import DataBundle
from engine.devices.base import Device, Executable, Memory
from engine.tensor.spec import Array
from engine.training.pictures import MARGIN, probabilities
from engine.training.sweep import Member

SIDE = 24  # points of a plane in each direction
MOST_ROWS = 1024  # of validation that are looked at
PROBE = "plane"


def plane_of(bundle: DataBundle) -> Array | None:
    """Points (SIDE * SIDE, 2) of the plane of the data, row by row from below; None where it is no plane of classes."""
    spec = bundle.spec
    inputs = [spec.features[name] for name in spec.inputs]
    target = spec.features[spec.targets[0]]
    if [f.shape for f in inputs] != [(2,)] or inputs[0].kind == "text":
        return None
    if not spec.task.is_classification or target.shape:
        return None
    values = bundle.inputs[inputs[0].name]
    low, high = values.min(axis=0), values.max(axis=0)
    margin = MARGIN * np.maximum(high - low, 1e-6)
    xs, ys = (np.linspace(low[i] - margin[i], high[i] + margin[i], SIDE, dtype=np.float32) for i in (0, 1))
    return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)


class Looks:
    """Judges the weights of variants of one network.

    Args:
        member: one of them.
        bundle: the data.
        device: a processor.
    """

    def __init__(self, member: Member, bundle: DataBundle, device: Device) -> None:
        self._compiler = member.compiler
        self._memory: Memory = device.memory()
        rows = bundle.validation[:MOST_ROWS]
        self._index = np.arange(len(rows), dtype=np.int32)
        self._judge: Executable | None = None
        if rows:
            part = slice(rows.start, rows.stop)
            for name, array in member.data.items():
                self._memory.write(name, array[part])
            program = self._compiler.evaluate(len(rows), len(rows))
            self._layout = self._compiler.layout
            self._judge = device.compile(program, self._memory)
        points = plane_of(bundle)
        self._predict: Executable | None = None
        if points is not None:
            feature = next(iter(bundle.inputs))
            self._memory.write(f"{PROBE}/{feature}", points)
            self._points = np.arange(len(points), dtype=np.int32)
            program = self._compiler.predict(len(points), len(points), PROBE)
            self._predict = device.compile(program, self._memory)

    def wear(self, weights: Mapping[str, Array]) -> None:
        """Look at these weights."""
        for name, array in weights.items():
            self._memory.write(name, array)

    def figures(self) -> dict[str, float]:
        """Loss and metrics of validation; empty where there is none."""
        if self._judge is None:
            return {}
        self._memory.write(EVALUATION, np.zeros(self._layout.size, np.float32))
        present = np.ones((1, len(self._index)), np.float32)
        self._judge.run({"index": self._index[None], "sample_weight": present, **_NOTHING}, 1)
        return self._layout.read(self._memory.read(EVALUATION).astype(np.float64))

    def plane(self) -> Array | None:
        """For each point of the plane the class, and how sure that is from 0 to 255: uint8 (2, SIDE, SIDE)."""
        if self._predict is None:
            return None
        self._predict.run({"index": self._points[None], **_NOTHING}, 1)
        shares = probabilities(self._predict.output("y0"))
        classes = shares.shape[1]
        with np.errstate(invalid="ignore"):
            sure = (shares.max(axis=1) * classes - 1.0) / (classes - 1.0)
        sure = np.nan_to_num(sure, nan=0.0).clip(0.0, 1.0)
        both = np.stack([shares.argmax(axis=1), np.rint(255 * sure)]).astype(np.uint8)
        return both.reshape(2, SIDE, SIDE)

    def close(self) -> None:
        """Free everything."""
        for made in (self._judge, self._predict):
            if made is not None:
                made.close()
        self._memory.close()


_NOTHING = {"step": np.zeros(1, np.int32), "seed": np.zeros(1, np.int32)}


def looks_for(members: Sequence[Member], bundle: DataBundle, device: Device) -> list[Looks]:
    """One for each of some variants; variants of one program share it."""
    known: dict[object, Looks] = {}
    return [known.setdefault(m.key, known.get(m.key) or Looks(m, bundle, device)) for m in members]
