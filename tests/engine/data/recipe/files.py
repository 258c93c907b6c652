"""Little files that tests prepare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.data.settings import DataSettings


def table(folder: Path, rows: int = 200, seed: int = 0, name: str = "table.csv") -> Path:
    """Numbers, words, gaps, dates and a class."""
    rng = np.random.default_rng(seed)
    lines = ["size,colour,when,weight,kind"]
    for i in range(rows):
        size = "" if i % 11 == 3 else f"{rng.normal(50, 10):.3f}"
        colour = "" if i % 13 == 5 else ("red", "green", "blue")[rng.integers(3)]
        day = rng.integers(1, 28)
        lines.append(
            f"{size},{colour},2021-{1 + i % 12:02d}-{day:02d},{rng.lognormal(3, 1):.3f},{'ab'[i % 2]}"
        )
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def series(folder: Path, rows: int = 60) -> Path:
    """A value that counts the months."""
    path = folder / "series.csv"
    months = (f"{1990 + i // 12}-{1 + i % 12:02d}-01,{100 + i}" for i in range(rows))
    path.write_text("\n".join(["month,value", *months]) + "\n", encoding="utf-8")
    return path


def chosen(path: Path, **more: Any) -> DataSettings:
    """Settings for a file; `recipe` as JSON has it."""
    return DataSettings.model_validate({"path": str(path), **more})
