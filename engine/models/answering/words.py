"""Names of classes from files as people have them: a line each, or JSON as Keras and others ship it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.data.errors import DataError
from engine.formats.sections import MOST_CLASSES

LARGEST = 20_000_000  # bytes
LONGEST = 200


def read_class_names(path: Path) -> tuple[str, ...]:
    """The names in their order.

    Text has one a line. JSON is a list, or an object from numbers to names or to lists of which the last is the name
    (`imagenet_class_index.json`), or from names to numbers.

    Raises:
        DataError: one sentence: it is something else.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"A file of class names has up to {LARGEST // 10**6} MB; {path.name} has more.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"Class names must be UTF-8 text; {path.name} is not. Save it as UTF-8.") from error
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}. Choose another file.") from error
    names = _of_json(text, path.name) if path.suffix.lower() == ".json" else names_of(text)
    if not 0 < len(names) <= MOST_CLASSES:
        raise DataError(
            f"There must be 1 to {MOST_CLASSES:,} class names, a line each; {path.name} has {len(names):,}."
        )
    return names


def names_of(text: str) -> tuple[str, ...]:
    """One a line, without blanks around; empty lines at the end are none."""
    lines = [line.strip()[:LONGEST] for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


def _of_json(text: str, name: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{name} is no JSON that can be read. Save the names as text, a line each."
        ) from error
    if isinstance(found, dict):
        found = _in_order(found)
    if not isinstance(found, list) or not found:
        raise DataError(f"Class names in JSON are a list, or numbered; {name} has something else.")
    return tuple(_name(entry, name) for entry in found)


def _in_order(found: dict[str, Any]) -> list[Any] | None:
    """Names by number, from either direction; None where numbers are missing."""
    by_number: dict[int, Any] = {}
    if all(key.isdecimal() and len(key) < 9 for key in found):
        by_number = {int(key): value for key, value in found.items()}
    elif all(type(value) is int for value in found.values()):
        by_number = {value: key for key, value in found.items()}
    return (
        [by_number[k] for k in range(len(by_number))] if by_number.keys() == set(range(len(found))) else None
    )


def _name(entry: Any, file: str) -> str:
    last = entry[-1] if isinstance(entry, list) and entry else entry
    if not isinstance(last, str):
        raise DataError(f"Class names are words; {file} has {last!r:.60} among them.")
    return last.strip()[:LONGEST]
