"""Feeds the curves with the reports of a run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import declared
from app.theme import SPACE, Theme
from engine.training.reports import EpochEnded, Progress

if TYPE_CHECKING:
    from app.plots.curves import CurvesView, RunCurves
    from app.plots.track import Track

LOSS = "loss"
SHOWN_METRICS = 1  # beside the loss; more would leave no height to read them


class CurvesPanel(QWidget):
    """Loss and the first metric, training and validation, over epochs; empty until somebody needs the view."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tracks: tuple[str, ...] = ()
        self._view: CurvesView | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)

    @property
    def view(self) -> "CurvesView":
        """The curves; made when they are needed first."""
        if self._view is None:
            from app.plots.curves import CurvesView  # see plots_later.py

            self._view = CurvesView(self._theme, (self._track(LOSS),))
            self._column.addWidget(self._view)
        return self._view

    def show_view(self) -> None:
        """Let empty curves be seen."""
        self.view.show()

    def draw_runs(self, runs: "Sequence[RunCurves]") -> None:
        """Draw these earlier runs behind the curves."""
        if runs or self._view is not None:
            self.view.set_runs(runs)

    def begin(self, epochs: int, *, go_on: bool) -> None:
        """A run begins; `go_on` keeps the curves of the one that it continues."""
        if not go_on:
            self.view.clear()
        self.view.set_planned_epochs(float(epochs))

    def add(self, progress: Progress, steps_per_epoch: float) -> None:
        """Draw the values of a report."""
        values = progress.values or (progress.epochs[-1].values if progress.epochs else {})
        self._choose_tracks(values)
        crowded = (
            len(progress.epochs) > 1
        )  # whole epochs between two reports: their means are the finer record
        for name in self._tracks:
            if crowded:
                self._add_ends(name, "training", name, progress.epochs, steps_per_epoch)
            elif name in progress.values:
                self.view.append(name, "training", progress.epoch, progress.values[name])
            self._add_ends(name, "validation", f"val_{name}", progress.epochs, steps_per_epoch)
        self._mark_best(progress.epochs, steps_per_epoch)

    def _add_ends(
        self, track: str, series: str, key: str, ends: Sequence[EpochEnded], steps_per_epoch: float
    ) -> None:
        shown = [end for end in ends if key in end.values]
        if shown:
            xs = [end.step / steps_per_epoch for end in shown]
            self.view.append(track, series, xs, [end.values[key] for end in shown])

    def _mark_best(self, ends: Sequence[EpochEnded], steps_per_epoch: float) -> None:
        best = [end for end in ends if end.best]
        if best:
            self.view.mark_best(best[-1].step / steps_per_epoch)

    def _choose_tracks(self, values: object) -> None:
        if self._tracks or not isinstance(values, dict) or not values:
            return
        names = [name for name in values if name != LOSS and not name.startswith("val_")]
        self._tracks = (LOSS, *names[:SHOWN_METRICS])
        self.view.set_tracks([self._track(name) for name in self._tracks])

    def forget(self) -> None:
        """Another project or other data: other metrics."""
        self._tracks = ()
        if self._view is not None:
            self._view.clear()

    def _track(self, name: str) -> "Track":
        from app.plots.track import Track
        from engine.objectives.registry import metrics

        known = metrics().get(name)
        better = "higher" if known is not None and known.greater_is_better else "lower"
        title = declared(known.title()) if known is not None else self.tr("Loss") if name == LOSS else name
        return Track(name, title, "higher" if better == "higher" else "lower")
