"""Pasted text, kept as a file, since a project refers to its data by a path."""

from __future__ import annotations

import hashlib
from pathlib import Path

from engine import paths
from engine.data.errors import DataError

LARGEST_PASTE = 50_000_000  # letters


def keep_paste(text: str) -> Path:
    """The file that holds a pasted table; the same text gives the same file.

    Raises:
        DataError: nothing was pasted, too much, or there is no place for it.
    """
    if not text.strip():
        raise DataError(
            "A pasted table must hold a header and rows; the clipboard holds no text. Copy the cells again."
        )
    if len(text) > LARGEST_PASTE:
        raise DataError(
            f"A pasted table can have up to {LARGEST_PASTE // 10**6} million letters; this has {len(text) // 10**6} "
            "million. Save it as a file and drop that."
        )
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    encoded = lines.encode("utf-8", "replace")
    first = lines.partition("\n")[0]
    suffix = ".tsv" if "\t" in first else ".csv"  # spreadsheets copy with tabs
    try:
        folder = paths.data_dir() / "pasted"
        folder.mkdir(exist_ok=True)
        path = folder / f"pasted-{hashlib.sha256(encoded).hexdigest()[:12]}{suffix}"
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_bytes(encoded)
            part.replace(path)
    except OSError as error:
        raise DataError(
            f"The paste cannot be kept: {error.strerror or error}. Free some space and paste again."
        ) from error
    return path
