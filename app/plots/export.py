"""Curves as a file: a picture of dots, a picture of lines, or the numbers themselves."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from app.plots.step_scale import StepScale
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError

SCALE = 2  # dots of a PNG for each pixel
SUFFIXES = (".png", ".svg", ".csv")
Values = Mapping[tuple[str, str, str], tuple[ArrayLike, ArrayLike]]


def save_curves(path: Path, view: QWidget, values: Values, steps: StepScale) -> None:
    """Write curves in place of a file, whole or not at all; its ending says how.

    Args:
        path: ends in one of `SUFFIXES`.
        view: what a picture shows.
        values: epochs and values by run ("" is that of now), track and series.
        steps: of the run of now.

    Raises:
        FormatError: another ending, nothing to write, or the file can't be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FormatError(
            f"Curves are saved as {', '.join(SUFFIXES)}, received {path.name}. Choose one of these endings."
        )
    if not values:
        raise FormatError("There are no curves yet. Train the network first.")
    content = table(values, steps) if suffix == ".csv" else picture(view, lines=suffix == ".svg")
    with replacing(path) as file:
        file.write(content)


def table(values: Values, steps: StepScale) -> bytes:
    """A line for each value: run, figure, part of the data, step, epoch, value; every one that was drawn, none smoothed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["run", "figure", "part", "step", "epoch", "value"])
    writer.writerows(_rows(values, steps))
    return text.getvalue().encode("utf-8")


def _rows(values: Values, steps: StepScale) -> Iterator[list[object]]:
    for (run, track, series), (xs, ys) in values.items():
        for x, y in zip(np.asarray(xs, float), np.asarray(ys, float), strict=True):
            yield [run, track, series, "" if run else round(steps.step(float(x))), f"{x:.9g}", f"{y:.9g}"]


def picture(view: QWidget, *, lines: bool) -> bytes:
    """What a view shows, as SVG or as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if lines:
        device = QSvgGenerator()
        device.setOutputDevice(buffer)
        device.setSize(view.size())
        device.setViewBox(QRect(QPoint(0, 0), view.size()))
        painter = QPainter(device)
        view.render(painter, QPoint())
        painter.end()
    else:
        image = QImage(view.size() * SCALE, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(SCALE)
        image.fill(view.palette().window().color())
        painter = QPainter(image)
        view.render(painter, QPoint())
        painter.end()
        QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
