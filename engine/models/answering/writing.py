"""Answers on their way to a file, block by block; a crash, Ctrl-C or a full disk leaves what was there before."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TextIO

import numpy as np
from numpy.lib import format as npy

from engine.data.export import neutralized
from engine.data.export import write_csv as write_table
from engine.formats.atomic import replacing
from engine.models.answering.report import ClassReport, Report
from engine.models.answering.table import Answer, Part, cells, titles
from engine.tensor.spec import Array

Answers = Sequence[Part]


def write_csv(file: TextIO, blocks: Iterable[Answers]) -> int:
    """One line a row: the class and the probability of each class, or the predicted numbers; how many rows.

    Names of classes and columns come from people's files; none of them is a formula for whoever opens this.
    """
    writer, rows = csv.writer(file, lineterminator="\n"), 0
    for answers in blocks:
        if not rows:
            writer.writerow([neutralized(title) for title in titles(answers)])
        writer.writerows(cells(answers))
        rows += len(answers[0].values)
    return rows


def save_csv(path: Path, blocks: Iterable[Answers]) -> int:
    """The same into a file; how many rows.

    Raises:
        FormatError: it can't be written; what was there is unchanged.
    """
    with replacing(path) as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        rows = write_csv(text, blocks)
        text.flush()
        text.detach()
    return rows


def save_npz(path: Path, blocks: Iterable[Answers]) -> int:
    """Arrays `y0`, `y1` .. as `numpy.savez` writes them; how many rows.

    They lie on the disk beside the file until all are known, since an archive takes one after the other.

    Raises:
        FormatError: it can't be written; what was there is unchanged.
    """
    with replacing(path) as raw, ExitStack() as stack:
        parts: list[_Growing] = []
        rows = 0
        for block in blocks:
            answers = [part for part in block if isinstance(part, Answer)]
            if not parts:
                parts = [
                    _Growing(stack.enter_context(tempfile.TemporaryFile(dir=path.resolve().parent)))
                    for _ in answers
                ]
            for part, answer in zip(parts, answers, strict=True):
                part.add(answer.values)
            rows += len(answers[0].values)
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for k, part in enumerate(parts):
                with archive.open(f"y{k}.npy", "w", force_zip64=True) as entry:
                    part.write(entry)
    return rows


class _Growing:
    """One array that grows in a file of its own."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rows = 0
        self._like: Array | None = None

    def add(self, values: Array) -> None:
        self._like = values[:0]
        self._rows += len(values)
        self._file.write(np.ascontiguousarray(values).tobytes())

    def write(self, entry: IO[bytes]) -> None:
        assert self._like is not None  # there are rows, or nobody would write
        shape = (self._rows, *self._like.shape[1:])
        described = {"descr": npy.dtype_to_descr(self._like.dtype), "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(entry, described)
        self._file.seek(0)
        shutil.copyfileobj(self._file, entry, 1 << 20)


def save_report(path: Path, reports: Sequence[Report]) -> None:
    """Figures, and for classes a row each: JSON holds all of it, CSV a table.

    Raises:
        FormatError, DataError: it can't be written; what was there is unchanged.
    """
    if path.suffix.lower() == ".json":
        with replacing(path) as file:
            file.write(json.dumps([_dumped(report) for report in reports], indent=1).encode())
        return
    classes = next((r for r in reports if isinstance(r, ClassReport)), None)
    if classes is not None:
        write_table(path, *classes.table())
        return
    found = [report.figures() for report in reports]
    names = list(found[0])
    rows = [[r.target, *(f[n] for n in names)] for r, f in zip(reports, found, strict=True)]
    write_table(path, ["target", *names], rows)


def _dumped(report: Report) -> dict[str, object]:
    found: dict[str, object] = {"target": report.target, **report.figures()}
    if isinstance(report, ClassReport):
        names, rows = report.table()
        found["classes"] = [dict(zip(names, row, strict=True)) for row in rows]
        found["confusion"] = report.confusion.tolist()
    return found
