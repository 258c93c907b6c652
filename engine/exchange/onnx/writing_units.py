"""Scaling as part of an ONNX graph: before the network from the units of the data, after it back to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx

from engine.data.bundle import Curve, Scaling
from engine.exchange.onnx.writing_elementwise import ELEMENTWISE
from engine.exchange.onnx.writing_pen import Pen
from engine.exchange.units import Units

KEY = "in units"  # of the metadata: which inputs and outputs are in the units of the data
LARGEST = 2**31


def scaled(pen: Pen, x: str, scaling: Scaling) -> str:
    """(curve(x) - mean) / scale, column by column."""
    for curve, columns in _curves(scaling):
        bent = _signed_log(pen, x) if curve.kind == "signed_log" else _log(pen, x, curve)
        x = pen.add("Where", columns_of(pen, columns), bent, x)
    centred = pen.add("Sub", x, _row(pen, scaling.mean)) if any(scaling.mean) else x
    return pen.add("Div", centred, _row(pen, scaling.scale)) if set(scaling.scale) != {1.0} else centred


def unscaled(pen: Pen, y: str, scaling: Scaling) -> str:
    """Back to the units of the data."""
    y = pen.add("Mul", y, _row(pen, scaling.scale)) if set(scaling.scale) != {1.0} else y
    y = pen.add("Add", y, _row(pen, scaling.mean)) if any(scaling.mean) else y
    for curve, columns in _curves(scaling):
        if curve.kind == "signed_log":
            power = ELEMENTWISE["expm1"](pen, pen.add("Abs", y))
            straight = pen.add("Mul", pen.add("Sign", y), power)
        else:
            straight = pen.add("Sub", pen.add("Exp", y), pen.number(curve.shift))
        y = pen.add("Where", columns_of(pen, columns), straight, y)
    return y


def columns_of(pen: Pen, columns: Sequence[bool]) -> str:
    """Which columns are meant."""
    return pen.array(np.array(columns, np.bool_))


def _row(pen: Pen, numbers: Sequence[float]) -> str:
    return pen.array(np.array(numbers, np.float32))


def _curves(scaling: Scaling) -> list[tuple[Curve, list[bool]]]:
    """Each curve with the columns that it bends."""
    found = dict.fromkeys(c for c in scaling.curves if c is not None)
    return [(curve, [c == curve for c in scaling.curves]) for curve in found]


def _signed_log(pen: Pen, x: str) -> str:
    size = pen.add("Log", pen.add("Add", pen.add("Abs", x), pen.number(1.0)))
    return pen.add("Mul", pen.add("Sign", x), size)


def _log(pen: Pen, x: str, curve: Curve) -> str:
    tiny = float(np.finfo(np.float32).tiny)
    return pen.add("Log", pen.add("Max", pen.add("Add", x, pen.number(curve.shift)), pen.number(tiny)))


def units_text(units: Units) -> str:
    """For the metadata of the file."""
    return json.dumps({"inputs": list(units.inputs), "outputs": list(units.outputs)}, ensure_ascii=False)


def units_in(path: Path) -> tuple[list[str], list[str]]:
    """The inputs and outputs of a written file that are in the units of the data."""
    model = onnx.load(path, load_external_data=False)
    found = next((p.value for p in model.metadata_props if p.key == KEY), "{}")
    said = json.loads(found)
    return list(said.get("inputs", ())), list(said.get("outputs", ()))
