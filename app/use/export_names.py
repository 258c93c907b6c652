"""Names of exported files: the ending of the chosen kind, where none was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

EXPORTS: Final = ("CSV (*.csv)", "NumPy (*.npz)")
REPORTS: Final = ("JSON (*.json)", "CSV (*.csv)")


def with_suffix(path: Path, chosen: str) -> Path:
    """The place with the ending of the chosen filter, if it has none."""
    suffix = chosen.rpartition("*")[2].rstrip(")")
    return path if path.suffix or not suffix else path.with_name(path.name + suffix)
