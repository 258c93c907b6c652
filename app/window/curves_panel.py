"""Feeds the curves with the reports of a run."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.plots.curves import CurvesView
from app.plots.track import Track
from app.theme import SPACE, Theme
from engine.objectives.registry import metrics
from engine.training.reports import EpochEnded, Progress

LOSS = "loss"
SHOWN_METRICS = 1  # beside the loss; more would leave no height to read them


class CurvesPanel(QWidget):
    """Loss and the first metric, training and validation, over epochs."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tracks: tuple[str, ...] = ()
        self.view = CurvesView(theme, (self._track(LOSS),))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        layout.addWidget(self.view)

    def begin(self, epochs: int, *, go_on: bool) -> None:
        """A run begins; `go_on` keeps the curves of the one that it continues."""
        if not go_on:
            self.view.clear()
        self.view.set_planned_epochs(float(epochs))

    def add(self, progress: Progress, steps_per_epoch: float) -> None:
        """Draw the values of a report."""
        values = progress.values or (progress.epochs[-1].values if progress.epochs else {})
        self._choose_tracks(values)
        if progress.epochs:
            self._add_epochs(progress.epochs, steps_per_epoch)
        else:
            for name in self._tracks:
                if name in progress.values:
                    self.view.append(name, "training", progress.epoch, progress.values[name])

    def _add_epochs(self, ends: Sequence[EpochEnded], steps_per_epoch: float) -> None:
        xs = [end.step / steps_per_epoch for end in ends]
        for name in self._tracks:
            for series, key in (("training", name), ("validation", f"val_{name}")):
                if all(key in end.values for end in ends):
                    self.view.append(name, series, xs, [end.values[key] for end in ends])
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
        self.view.clear()

    def _track(self, name: str) -> Track:
        known = metrics().get(name)
        better = "higher" if known is not None and known.greater_is_better else "lower"
        title = known.title if known is not None else self.tr("Loss") if name == LOSS else name
        return Track(name, title, "higher" if better == "higher" else "lower")
