"""Examples given by hand: what was typed, drawn or pasted becomes a small file, since files are what networks answer."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from engine.data.bundle import Feature
from engine.paths import cache_dir

if TYPE_CHECKING:
    from engine.data.recipe.preparation import Preparation


def typed(text: str, features: list[Feature], preparation: Preparation | None) -> Path:
    """A table of one row, or more where there are several lines.

    A text for a network of text is one cell; else cells are divided by commas, semicolons or tabs.

    Raises:
        OSError: it can't be written.
    """
    names = column_names(features, preparation)
    lines = [line for line in text.splitlines() if line.strip()]
    whole = len(names) == 1 and any(f.kind == "text" for f in features)
    rows = [[line] if whole else _cells(line) for line in lines]
    if rows and not _is_head(rows, names):
        rows.insert(0, names if len(names) == len(rows[0]) else _numbered(len(rows[0])))
    path = _place(text, "rows.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def count_missed(line: str, names: list[str]) -> int | None:
    """How many values one typed line has, where that is not one for each of these columns."""
    cells = _cells(line)
    return None if len(cells) == len(names) or len(names) < 2 else len(cells)


def _is_head(rows: list[list[str]], names: list[str]) -> bool:
    """Whether the first row names the columns: it has known names, or words over numbers."""
    first = rows[0]
    if set(first) <= set(names) or (len(set(first) & set(names)) > 1):
        return True
    below = rows[1] if len(rows) > 1 else []
    return not any(map(_is_number, first)) and any(map(_is_number, below))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def column_names(features: list[Feature], preparation: Preparation | None) -> list[str]:
    """The columns that a table must have, as far as that is known."""
    if preparation is not None:
        pieces = [piece.column for f in preparation.of("input") for piece in f.pieces]
        return list(dict.fromkeys(pieces))
    found: list[str] = []
    for feature in features:
        size = 1
        for length in feature.shape:
            size *= length
        named = dict.fromkeys(name.partition("=")[0] for name in feature.column_names)
        found += list(named) or ([feature.name] if size == 1 else [f"{feature.name}{k}" for k in range(size)])
    return found


def _numbered(count: int) -> list[str]:
    return [f"column {k + 1}" for k in range(count)]


def _cells(line: str) -> list[str]:
    mark = next((mark for mark in "\t;," if mark in line), ",")
    return [cell.strip() for cell in next(csv.reader([line], delimiter=mark))]


def drawn(image: QImage, name: str = "drawing.png") -> Path:
    """A picture file.

    Raises:
        OSError: it can't be written.
    """
    path = _place(hashlib.sha256(bytes(image.constBits())).hexdigest(), name)
    if not image.save(str(path)):
        raise OSError(f"The picture can't be written to {path.parent}.")
    return path


def _place(text: str, name: str) -> Path:
    folder = cache_dir() / "given" / hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
