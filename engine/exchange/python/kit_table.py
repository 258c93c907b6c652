"""Functions that written files of Python take along: tables written like the one that was learned from.

How that is, `engine.exchange.python.reading` says.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any


def read_table(reading: Any, inputs: Sequence[Any], path: Path) -> list[dict[str, str]]:
    """The rows of a file of text, by column; numbers and dates are as Python writes them.

    The file is written like the one that the network learned from, or with commas between cells and points in numbers.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode(reading["encoding"], "replace")
    columns = [c for fact in inputs for c in fact.get("columns") or []]
    kinds = {c["name"]: c["kind"] for c in columns if c["kind"] != "mark"}
    if kinds:  # else a row is an array, whatever its columns are called
        kinds |= {fact[key]: "" for fact in inputs for key in ("name", "title") if key in fact}
    for style in (reading, {**reading, "delimiter": ",", "quote": '"', "decimal": ".", "thousands": ""}):
        names = header(style, [row for row in cut(style, text) if row], kinds)
        if names is not None:
            return list(told(style, kinds, *names))
    raise ValueError(f"{path.name} has none of the columns {', '.join([*kinds][:10])}.")


def cut(style: Any, text: str) -> list[list[str]]:
    """A text as rows of cells."""
    quote = {"quotechar": style["quote"]} if style["quote"] else {"quoting": csv.QUOTE_NONE}
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=style["delimiter"], **quote))


def header(
    style: Any, rows: list[list[str]], kinds: Mapping[str, str]
) -> tuple[list[str], list[list[str]]] | None:
    """The names of the columns, and the rows below them; None where no line has any of those that are known."""
    if not style["header"] and rows:
        return [f"column {k + 1}" for k in range(len(rows[0]))], rows
    for k, row in enumerate(rows[:50]):
        names = [name.strip() for name in row]
        if not kinds or any(name in kinds for name in names):
            return names, rows[k + 1 :]
    return None


def told(
    style: Any, kinds: Mapping[str, str], names: list[str], rows: list[list[str]]
) -> Iterator[dict[str, str]]:
    """Rows by name, their cells as Python writes them."""
    for row in rows:
        cells = zip(names, row, strict=False)
        yield {name: plain(style, kinds.get(name, ""), text.strip()) for name, text in cells}


def plain(style: Any, kind: str, text: str) -> str:
    """A cell as Python writes it; empty where it says that it is missing."""
    if text.lower() in style["missing"]:
        return ""
    if kind == "number":
        bare = re.sub(style["units"], "", text)
        for mark in style["thousands"]:
            bare = bare.replace(mark, "")
        return bare.replace(style["decimal"], ".")
    if kind == "date":
        for form in style["dates"]:
            try:
                return datetime.strptime(text, form).isoformat()
            except ValueError:
                continue
    return text
