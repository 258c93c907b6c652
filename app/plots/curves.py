"""Learning curves: loss and metrics while the training runs, readable to the single value."""

import time
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.base import LiveView
from app.plots.marks import Mark
from app.plots.reference import Reference
from app.plots.step_scale import StepScale
from app.plots.track import Range, Track, TrackPanel, series_color
from app.theme import SPACE, Theme, class_color

_LOW: Final = 190
_NARROW: Final = 165
"""Tracks that would be lower than that stand side by side, where each gets this width."""

_USUAL_TRACKS: Final = 4
"""Loss, a metric, learning rate and gradient."""

_AHEAD_MS: Final = 100
_SOON_MS: Final = 16
"""A frame: two panels in one would be seen."""


@dataclass(frozen=True, slots=True)
class RunCurves:
    """An earlier run to compare with: its name and, by (track key, series key), its epochs and values."""

    name: str
    series: Mapping[tuple[str, str], tuple[ArrayLike, ArrayLike]] = field(default_factory=dict)

    def until(self, epoch: float) -> "RunCurves":
        """What of it lies up to an epoch."""
        cut = {}
        for key, (xs, ys) in self.series.items():
            shown = np.asarray(xs) <= epoch
            cut[key] = (np.asarray(xs)[shown], np.asarray(ys)[shown])
        return RunCurves(self.name, cut)


class CurvesView(LiveView):
    """Tracks side by side or one above the other, over one axis of epochs.

    Series are made at their first values. "training" and "validation" have their colours and translated names;
    others are called by their key. With the keyboard: Left and Right move the cross-hair,
    Home and End go to the first and last value, L switches the scale, 0 shows everything, Escape hides the
    cross-hair.
    """

    def __init__(self, theme: Theme, tracks: Sequence[Track] = (), parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._panels: dict[str, TrackPanel] = {}
        self._spare: list[TrackPanel] = []  # made ahead
        self._ahead = QTimer(self)
        self._ahead.timeout.connect(self._on_ahead_timeout)
        self._names = {"training": self.tr("training"), "validation": self.tr("validation")}
        self._runs: tuple[RunCurves, ...] = ()
        self._marks: tuple[Mark, ...] = ()
        self._planned: float | None = None
        self._best_epoch: float | None = None
        self._zoom: Range | None = None
        self._cursor: float | None = None
        self.steps = StepScale()
        self._counts_steps = False
        self._hidden: frozenset[str] = frozenset()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._below = QBoxLayout(QBoxLayout.Direction.TopToBottom)  # the small ones
        for box in (self._box, self._below):
            box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4 * SPACE)
        self._below.setSpacing(SPACE)
        column.addLayout(self._box, 1)
        column.addLayout(self._below)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.introduce(self.tr("Learning curves"), self.tr("Press Train: the loss is drawn here."))
        self.set_tracks(tracks)

    # ------------------------------------------------------------------------------------------ data

    def set_tracks(self, tracks: Sequence[Track]) -> None:
        """Shows these tracks in this order; one that is shown already keeps its values."""
        kept = {panel.track: panel for panel in self._panels.values()}
        self._arrange()
        for panel in self._panels.values():
            (self._below if panel.track.small else self._box).removeWidget(panel)
        self._panels = {
            track.key: kept.pop(track) if track in kept else self._panel_for(track) for track in tracks
        }
        for panel in kept.values():
            panel.deleteLater()
        for panel in self._panels.values():
            (self._below if panel.track.small else self._box).addWidget(panel, 1)
            panel.count(self.steps if self._counts_steps else None)
        self._arrange()
        self._show_runs()
        self.request_refresh()

    def make_ahead(self, *, soon: bool) -> None:
        """Makes the panels of tracks that nobody has named yet, one in a frame.

        A run names its metrics with its first values. Made then, all their panels would cost a turn five frames.

        Args:
            soon: one after the other; else in moments between which others do what they have to.
        """
        self._ahead.start(_SOON_MS if soon else _AHEAD_MS)

    def _on_ahead_timeout(self) -> None:
        if len(self._panels) + len(self._spare) >= _USUAL_TRACKS:
            self._ahead.stop()
            return
        if self._ahead.interval() > _SOON_MS and QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return  # a panel takes two frames, which a hand that drags would feel
        begun = time.perf_counter()
        self._spare.append(self._make_panel(Track("", "")))
        self.theme.pace.rest(time.perf_counter() - begun)

    def hide_tracks(self, keys: Collection[str]) -> None:
        """Shows all tracks but for these, which go on to take values."""
        self._hidden = frozenset(keys)
        self._arrange()
        self.request_refresh()

    def count_steps(self, on: bool) -> None:
        """Counts steps along the axis, or epochs."""
        self._counts_steps = on
        for panel in self._panels.values():
            panel.count(self.steps if on else None)
        self.request_refresh()

    def is_shown(self, key: str) -> bool:
        """Whether a track is not hidden."""
        return key not in self._hidden

    def append(self, track: str, series: str, xs: ArrayLike, ys: ArrayLike) -> None:
        """Adds values `ys` at the epochs `xs` (numbers, or both of shape (k,)) to a series of a track.

        Epochs increase; where they go back, the values from there on are replaced (see `Series.append`). Raises
        `KeyError` for an unknown track and `ValueError` for arrays that don't fit.
        """
        if track not in self._panels:
            raise KeyError(f"A value belongs to one of the tracks {list(self._panels)}. Received: {track!r}.")
        panel = self._panels[track]
        name = panel.track.title if panel.track.small else self._names.get(series, series)
        panel.append(series, name, series_color(series), xs, ys)
        self.request_refresh()

    def set_planned_epochs(self, epochs: float | None) -> None:
        """Shows the axis up to the last planned epoch, or with `None` up to the newest value."""
        self._planned = epochs
        self.request_refresh()

    def set_runs(self, runs: Sequence[RunCurves]) -> None:
        """Shows earlier runs behind the run of now."""
        self._runs = tuple(runs)
        self._show_runs()
        self.request_refresh()

    def mark_best(self, epoch: float | None) -> None:
        """Marks the epoch whose weights are kept; with `None`, the best validation value of the first track."""
        self._best_epoch = epoch
        self.request_refresh()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Marks what happened to the run, in every track."""
        self._marks = tuple(marks)
        self.request_refresh()

    def set_references(
        self, references: Mapping[str, Reference], notes: Mapping[str, tuple[str, str]]
    ) -> None:
        """Draws level lines to hold the curves of these tracks against, and says these words beside their titles.

        Args:
            references: by track; the others have none.
            notes: by track: a word, and what it means.
        """
        for key, panel in self._panels.items():
            panel.refer(references.get(key))
            panel.note(*notes.get(key, ("", "")))
        self.request_refresh()

    def as_run(self, name: str) -> RunCurves:
        """The run of now, to be drawn as an earlier one."""
        return RunCurves(
            name,
            {
                (track, series): values
                for track, panel in self._panels.items()
                for series, values in panel.values().items()
            },
        )

    def clear(self) -> None:
        """Forgets the run of now (earlier runs stay) and shows everything again."""
        for panel in self._panels.values():
            panel.clear()
        self._best_epoch = self._zoom = self._cursor = None
        self.steps.clear()
        self.request_refresh()

    def _show_runs(self) -> None:
        for panel in self._panels.values():
            panel.clear_runs()
        for index, run in enumerate(self._runs):
            for (track, series), (xs, ys) in run.series.items():
                if track in self._panels:
                    self._panels[track].add_run(run.name, class_color(index + 2), series, xs, ys)

    # ------------------------------------------------------------------------------------------ view

    def panel(self, track: str) -> TrackPanel:
        """The panel of a track, which has its log switch, legend and read-out."""
        return self._panels[track]

    def set_log(self, track: str, log: bool) -> None:
        """Makes the scale of a track logarithmic or linear."""
        self._panels[track].log_button.setChecked(log)

    def reset_view(self) -> None:
        """Shows all values, and keeps showing them as more arrive."""
        self._zoom = None
        self.request_refresh()

    def point_at(self, epoch: float | None) -> None:
        """Puts the cross-hair of every track at `epoch` and reads out the values there, or hides it."""
        self._cursor = epoch
        for panel in self._panels.values():
            panel.point_at(epoch)

    @override
    def is_empty(self) -> bool:
        return all(panel.is_empty() for panel in self._panels.values())

    @override
    def summary(self) -> str:
        parts = [
            f"{panel.track.title}, {panel.words_at(extent[1])}"
            for panel in self._panels.values()
            if self.is_shown(panel.track.key) and (extent := panel.extent()) is not None
        ]
        best = self._best()
        if best is not None:
            parts.append(self.tr("best epoch {epoch}").format(epoch=f"{best:.4g}"))
        return ". ".join(parts)

    @override
    def _parts(self) -> Sequence[Callable[[], None]]:
        for panel in self._panels.values():
            self._keep_place(panel)
            if not self.is_shown(panel.track.key):
                panel.hide()
        shown = [panel for panel in self._panels.values() if self.is_shown(panel.track.key)]
        return [partial(self._draw_panel, panel) for panel in shown]

    def _is_wanted(self, panel: TrackPanel) -> bool:
        return not self.is_empty() and not (panel.track.small and panel.is_empty())

    def _keep_place(self, panel: TrackPanel) -> None:
        """Leaves a panel that a later part will show its place: else each would make those before it smaller."""
        policy, keeps = panel.sizePolicy(), self.is_shown(panel.track.key) and self._is_wanted(panel)
        if policy.retainSizeWhenHidden() != keeps:
            policy.setRetainSizeWhenHidden(keeps)
            panel.setSizePolicy(policy)

    def _draw_panel(self, panel: TrackPanel) -> None:
        if self._panels.get(panel.track.key) is not panel:
            return  # other tracks were chosen in the meantime
        panel.setVisible(self._is_wanted(panel))
        panel.mark_best(self._best())
        panel.marks.show(self._marks)
        panel.draw(self._x_range(), follow=self._zoom is None)
        if self._cursor is not None:
            panel.point_at(self._cursor)

    @override
    def _restyle(self) -> None:
        for panel in (*self._panels.values(), *self._spare):
            panel.restyle()

    def _x_range(self) -> Range:
        if self._zoom is not None:
            return self._zoom
        extents = [extent for panel in self._panels.values() if (extent := panel.extent()) is not None]
        low = min((extent[0] for extent in extents), default=0.0)
        high = max((extent[1] for extent in extents), default=1.0)
        low, high = (0.0 if low <= 1.0 else low), max(high, self._planned or 0.0)
        return low, high if high > low else low + 1.0

    def _best(self) -> float | None:
        if self._best_epoch is not None or not self._panels:
            return self._best_epoch
        best = next(iter(self._panels.values())).best()
        return None if best is None else best[0]

    def _panel_for(self, track: Track) -> TrackPanel:
        if not self._spare:
            return self._make_panel(track)
        panel = self._spare.pop()
        panel.take(track)
        return panel

    def _make_panel(self, track: Track) -> TrackPanel:
        panel = TrackPanel(self.theme, track, self)
        panel.hide()
        panel.pointed.connect(self._on_panel_pointed)
        panel.zoomed.connect(self._on_panel_zoomed)
        panel.reset_asked.connect(self.reset_view)
        panel.resized.connect(self.request_refresh)
        panel.log_toggled.connect(self.request_refresh)
        return panel

    def _on_panel_pointed(self, epoch: object) -> None:
        self.point_at(epoch if isinstance(epoch, float) else None)

    def _on_panel_zoomed(self, low: float, high: float) -> None:
        sender = self.sender()
        self._zoom = (low, high)
        for panel in self._panels.values():
            if panel is not sender:
                panel.surface.set_range(self._zoom, panel.surface.y_range())
        self.request_refresh()

    # -------------------------------------------------------------------------------------- keyboard

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move_cursor(key)
        elif key == Qt.Key.Key_L:
            for panel in self._panels.values():
                panel.log_button.toggle()
        elif key == Qt.Key.Key_0:
            self.reset_view()
        elif key == Qt.Key.Key_Escape and self._cursor is not None:
            self.point_at(None)
        else:
            super().keyPressEvent(event)

    def _move_cursor(self, key: Qt.Key) -> None:
        stops = max((panel.epochs() for panel in self._panels.values()), key=len, default=())
        if not len(stops):
            return
        here = len(stops) if self._cursor is None else bisect_left(stops, self._cursor)
        stride = max(1, len(stops) // 100)
        steps = {Qt.Key.Key_Left: here - stride, Qt.Key.Key_Right: here + stride, Qt.Key.Key_Home: 0}
        there = min(max(steps.get(key, len(stops) - 1), 0), len(stops) - 1)
        self.point_at(float(stops[there]))
        words = [panel.words_at(float(stops[there])) for panel in self._panels.values()]
        self.setAccessibleDescription(". ".join(words))

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.point_at(None)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        super().resizeEvent(event)

    def _arrange(self) -> None:
        """Puts the tracks where each is as high as it can be and still wide enough."""
        shown = [panel for panel in self._panels.values() if self.is_shown(panel.track.key)]
        count = max(sum(not panel.track.small for panel in shown), 1)
        low, wide = self.height() < count * _LOW, self.width() >= count * _NARROW
        wide = (low and wide) or self.width() > 2 * self.height()
        directions = QBoxLayout.Direction
        for box in (self._box, self._below):
            box.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
