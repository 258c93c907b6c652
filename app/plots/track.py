"""One track of the curves: the loss, or a metric, over epochs, for training, validation and earlier runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike
from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.plots.legend import Legend, LegendEntry, color_of
from app.plots.lines import Reading, SeriesLine
from app.plots.marks import MarkLines
from app.plots.pointing import LineAndMarks
from app.plots.readout import Readout
from app.plots.reference import COLOR, Reference, ReferenceLine
from app.plots.step_scale import StepScale
from app.plots.surface import PlotSurface
from app.plots.ticks import short_text, value_text
from app.theme import SPACE, Theme, class_color
from app.widgets import Button, Heading, IconButton

Range = tuple[float, float]

_MARGIN: Final = 0.06
"""Room above and below the curves, as a share of their height."""

_SMALL: Final = 74
"""Pixels of a small track."""

_AXIS: Final = 46
"""Pixels at the left, for numbers."""

_ROOM_FOR_MEANS: Final = 230
"""Pixels of width from which the read-out says means, too."""

_SLACK: Final = 1.08
"""So many times the height that is wanted may be shown before it is changed."""


@dataclass(frozen=True, slots=True)
class Track:
    """What a track shows: `key` names it in calls, `title` to the user; which values are better; how it starts.

    A `small` one lies below the others and has no best value.
    """

    key: str
    title: str
    better: Literal["lower", "higher"] = "lower"
    log: bool = False
    small: bool = False


class TrackPanel(QWidget):
    """Heading, legend, log switch and plot of one track.

    `pointed` carries the epoch under the pointer or `None`, `zoomed` a range of epochs chosen by hand.
    """

    pointed = Signal(object)
    zoomed = Signal(float, float)
    reset_asked = Signal()
    resized = Signal()
    log_toggled = Signal(bool)

    def __init__(self, theme: Theme, track: Track, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: dict[str, SeriesLine] = {}
        self._run_lines: list[SeriesLine] = []
        self._best_epoch: float | None = None
        self._best_drawn: tuple[object, ...] = ()
        self._scale_is_log: bool | None = None
        self.surface = PlotSurface(theme, whole_x=True)
        self.surface.set_dashed_columns()
        self.surface.y_axis.setWidth(_AXIS)  # the same in all tracks: they share the axis below
        self._steps: StepScale | None = None
        self.count(None)
        self.legend = Legend(theme)
        self._cursor = LineAndMarks(self.surface, size=8)
        self._best_marks = LineAndMarks(self.surface, size=11, brush=None)
        self.marks = MarkLines(self.surface)
        self._reference = ReferenceLine(self.surface)
        self._readout = Readout(theme, self.surface)
        self._heading = Heading(theme, "")
        self.log_button = Button(theme, self.tr("log"), kind="toggle")
        self.log_button.setToolTip(self.tr("Logarithmic scale (L)"))
        self.reset_button = IconButton(theme, "fit", self.tr("Show everything again (0)"))
        self.reset_button.hide()
        self._lay_out()
        self._connect()
        self.track = track
        self.take(track)

    def take(self, track: Track) -> None:
        """Becomes the panel of a track; one that has been made ahead becomes that of a track that nobody knew then."""
        self.track = track
        self.log_button.setAccessibleName(self.tr("Logarithmic scale of {track}").format(track=track.title))
        self.log_button.setChecked(track.log)
        self.refer(None)
        self.note("", "")
        if track.small:
            self._column.setSpacing(0)
            self.setFixedHeight(_SMALL)
            self.legend.hide()  # there is one line, which is called as the track
            self.log_button.hide()

    def refer(self, reference: Reference | None) -> None:
        """Draws a level line to hold the curves against, or none."""
        self._reference.reference = reference

    def note(self, word: str, explanation: str) -> None:
        """Says a word behind the title, and what it means where somebody points at it; nothing with ""."""
        self._heading.setText(f"{self.track.title} \N{MIDDLE DOT} {word}" if word else self.track.title)
        self._heading.setToolTip(explanation)

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setSpacing(2 * SPACE)
        header.addWidget(self._heading, 1)
        header.addWidget(self.reset_button)
        header.addWidget(self.log_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE)
        self._column.addLayout(header)
        self._column.addWidget(self.legend)
        self._column.addWidget(self.surface, 1)

    def _connect(self) -> None:
        self.log_button.toggled.connect(self._on_log_button_toggled)
        self.reset_button.clicked.connect(self.reset_asked)
        self.surface.reset_asked.connect(self.reset_asked)
        self.surface.pointer_moved.connect(self._on_surface_pointer_moved)
        self.surface.resized.connect(self.resized)
        self.surface.zoomed.connect(self._on_surface_zoomed)

    # ------------------------------------------------------------------------------------------ data

    def append(self, series: str, label: str, color: str, xs: ArrayLike, ys: ArrayLike) -> None:
        """Adds values to `series`, which is made at its first values with `label` and `color`."""
        if series not in self._lines:
            self._lines[series] = SeriesLine(self.surface, label, color)
        self._lines[series].series.append(xs, ys)

    def add_run(self, name: str, color: str, series: str, xs: ArrayLike, ys: ArrayLike) -> None:
        """Adds a series of an earlier run, drawn thinner, and dotted if it is not the validation."""
        style = Qt.PenStyle.SolidLine if series == "validation" else Qt.PenStyle.DotLine
        line = SeriesLine(self.surface, name, color, style=style, width=1.5)
        line.series.append(xs, ys)
        self._run_lines.append(line)

    def clear_runs(self) -> None:
        """Forgets the earlier runs."""
        for line in self._run_lines:
            line.remove()
        self._run_lines.clear()

    def clear(self) -> None:
        """Forgets all values of the run of now."""
        for line in self._lines.values():
            line.remove()
        self._lines.clear()
        self.mark_best(None)
        self.point_at(None)

    def values(self) -> dict[str, tuple[ArrayLike, ArrayLike]]:
        """Copies of epochs and values of each series of the run of now."""
        return {key: (line.series.x.copy(), line.series.y.copy()) for key, line in self._lines.items()}

    def count(self, steps: StepScale | None) -> None:
        """Count epochs along the axis, or the steps that belong to them."""
        self._steps = self.surface.x_axis.steps = steps
        self.surface.x_axis.pattern = self.tr("epoch {}") if steps is None else self.tr("step {}")
        self.surface.x_axis.picture = None
        self.surface.x_axis.update()

    def place_text(self, epoch: float) -> str:
        """An epoch in words, or its step where steps are counted."""
        if self._steps is None:
            return self.tr("epoch {epoch}").format(epoch=value_text(epoch))
        return self.tr("step {step}").format(step=f"{round(self._steps.step(epoch)):,}")

    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(len(line.series) for line in self._all_lines())

    def extent(self) -> Range | None:
        """The first and the last epoch of all series, or `None`."""
        filled = [line.series.x for line in self._all_lines() if len(line.series)]
        return (min(float(x[0]) for x in filled), max(float(x[-1]) for x in filled)) if filled else None

    def epochs(self) -> Sequence[float]:
        """The positions of the series with the most values, where the keyboard cursor stops."""
        longest = max((line.series for line in self._lines.values()), key=len, default=None)
        return () if longest is None else longest.x  # type: ignore[return-value]  # an array of numbers is a sequence

    def best(self) -> tuple[float, float] | None:
        """Epoch and value of the best finite validation value, or `None` without validation."""
        line = self._lines.get("validation")
        if line is None or self.track.small:
            return None
        index = line.series.lowest() if self.track.better == "lower" else line.series.highest()
        return None if index is None else (float(line.series.x[index]), float(line.series.y[index]))

    def _all_lines(self) -> Iterator[SeriesLine]:
        yield from self._run_lines
        yield from self._lines.values()

    # --------------------------------------------------------------------------------------- drawing

    def is_log(self) -> bool:
        """Whether the scale is logarithmic."""
        return self.log_button.isChecked()

    def mark_best(self, epoch: float | None) -> None:
        """Marks the best epoch, or none."""
        self._best_epoch = epoch

    def draw(self, x_range: Range, *, follow: bool) -> None:
        """Draws all series over `x_range`; with `follow` the vertical range follows the values."""
        drawn = [line.draw(x_range, log=self.is_log()) for line in self._all_lines()]
        level = self._reference.draw(log=self.is_log())
        spans = [span for span in drawn if span is not None]
        if level is not None and spans and level[0] > min(low for low, _ in spans):
            spans.append(level)  # one far below the curves, as of ten classes, would leave them no height
        if follow:
            self._follow(x_range, spans)
        self.reset_button.setVisible(not follow)
        best = self._draw_best()
        entries = [
            LegendEntry(line.name, line.color, value=line.last_value()) for line in self._lines.values()
        ]
        if best is not None:
            label = self.tr("best, epoch {epoch}").format(epoch=short_text(best.epoch))
            entries.append(LegendEntry(label, "good", "ring", best.value))
        reference = self._reference.reference
        if reference is not None:
            entries.append(LegendEntry(reference.name, COLOR, "dots", value_text(reference.value)))
        runs = {line.name: LegendEntry(line.name, line.color) for line in self._run_lines}
        self.legend.set_entries([*entries, *runs.values()])
        window = max((line.series.window() for line in self._lines.values()), default=1)
        explanation = self.tr("The light line is every value, the strong line the mean of the last {count}.")
        self.legend.setToolTip(explanation.format(count=window) if window > 1 else "")

    def _follow(self, x_range: Range, spans: list[Range]) -> None:
        """Shows all values; a vertical range that still suits them stays, for another one costs two new axes."""
        wanted, shown = _padded(spans), self.surface.y_range()
        low, high = (
            min((s[0] for s in spans), default=wanted[0]),
            max((s[1] for s in spans), default=wanted[1]),
        )
        suits = shown[0] <= low and high <= shown[1] and _height(shown) <= _SLACK * _height(wanted)
        y_range = shown if suits and self._scale_is_log == self.is_log() else wanted
        self._scale_is_log = self.is_log()
        if (x_range, y_range) != (self.surface.x_range(), shown):
            self.surface.set_range(x_range, y_range)

    def _draw_best(self) -> Reading | None:
        line = self._lines.get("validation")
        known = line is not None and self._best_epoch is not None
        reading = line.reading_at(self._best_epoch or 0.0, log=self.is_log()) if line and known else None
        as_now = (reading, self._theme.tokens.name)
        if reading is None:
            self._best_marks.hide()
        elif as_now != self._best_drawn:
            dashed = self.surface.pen("good", alpha=0.7, style=Qt.PenStyle.DashDotLine)
            ring = self.surface.pen("good", 2)
            self._best_marks.show(reading.epoch, dashed, x=[reading.epoch], y=[reading.position], pen=ring)
        self._best_drawn = as_now
        return reading

    def restyle(self) -> None:
        """Takes the colours of the theme."""
        self.surface.restyle()
        self.marks.draw()

    # --------------------------------------------------------------------------------------- pointer

    def point_at(self, epoch: float | None) -> None:
        """Puts the cross-hair on the values nearest to `epoch` and reads them out, or hides it."""
        readings = [] if epoch is None else self.readings_at(epoch)
        if not readings or epoch is None:
            self._cursor.hide()
            self._readout.hide()
            return
        dense = min(readings, key=lambda pair: abs(pair[1].epoch - epoch))[1].epoch
        shown = [(line, reading) for line, reading in readings if np.isfinite(reading.position)]
        self._cursor.show(
            dense,
            self.surface.pen("dim"),
            x=[reading.epoch for _, reading in shown],
            y=[reading.position for _, reading in shown],
            brush=[pg.mkBrush(color_of(self._theme, line.color)) for line, _ in shown],
            pen=self.surface.pen("panel", 1.5),
        )
        area = self.surface.area()
        spots = [self.surface.to_widget(dense, reading.position) for _, reading in shown]
        high = bool(spots) and sum(spot.y() for spot in spots) / len(spots) < area.center().y()
        anchor = QPoint(self.surface.to_widget(dense, 0.0).x(), area.bottom() if high else area.top())
        self._readout.show_at(self._readout_html(dense, readings), anchor, area)

    def readings_at(self, epoch: float) -> list[tuple[SeriesLine, Reading]]:
        """What every series of the run of now says nearest to `epoch`."""
        found = [(line, line.reading_at(epoch, log=self.is_log())) for line in self._lines.values()]
        return [(line, reading) for line, reading in found if reading is not None]

    def words_at(self, epoch: float) -> str:
        """The same in one line: "epoch 1.25: training 0.031, validation 0.044"."""
        values = ", ".join(f"{line.name} {reading.value}" for line, reading in self.readings_at(epoch))
        return f"{self.place_text(epoch)}: {values}"

    def _readout_html(self, epoch: float, readings: list[tuple[SeriesLine, Reading]]) -> str:
        dim = self._theme.tokens.dim
        title = escape(self.place_text(epoch))
        rows = [f'<div style="color:{dim}">{title}</div><table cellspacing="0" cellpadding="1">']
        for line, reading in readings:
            color = color_of(self._theme, line.color).name()
            mean = ""
            if reading.mean and self.surface.area().width() >= _ROOM_FOR_MEANS:
                mean = escape(self.tr("mean {value}").format(value=reading.mean))
            rows.append(
                f'<tr><td><span style="color:{color}">\N{BLACK SQUARE}</span> {escape(line.name)}&nbsp;</td>'
                f'<td align="right">{reading.value}</td><td style="color:{dim}">&nbsp;{mean}</td></tr>'
            )
        return "".join(rows) + "</table>"

    def _on_surface_pointer_moved(self, position: object) -> None:
        self.pointed.emit(position.x() if isinstance(position, QPointF) else None)

    def _on_surface_zoomed(self) -> None:
        self.zoomed.emit(*self.surface.x_range())

    def _on_log_button_toggled(self, log: bool) -> None:
        self.surface.set_log_y(log)
        self.log_toggled.emit(log)


def series_color(series: str) -> str:
    """The colour of a series: its role where it has one, else that of a class."""
    return series if series in ("training", "validation") else class_color(2)


def _height(span: Range) -> float:
    return span[1] - span[0]


def _padded(spans: list[Range]) -> Range:
    if not spans:
        return 0.0, 1.0
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    margin = _MARGIN * (high - low) or 0.1 * abs(high) or 0.5
    return low - margin, high + margin
