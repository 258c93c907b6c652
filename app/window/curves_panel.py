"""Feeds the curves with the reports of a run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import declared, said
from app.theme import SPACE, Theme
from app.timeline.words import SIGNS, event_text
from engine.training.doctor.observation import Observation
from engine.training.moments import Branched, Happened
from engine.training.reports import EpochEnded, Progress

if TYPE_CHECKING:
    from app.plots.curves import CurvesView, RunCurves
    from app.plots.track import Track

LOSS = "loss"
REMARK = "!"  # the sign of what the doctor said
MOST_LINES = 6  # that a run has left, and that are drawn behind it
SHOWN_METRICS = 1  # beside the loss; more would leave no height to read them


class CurvesPanel(QWidget):
    """Loss and the first metric, training and validation, over epochs; empty until somebody needs the view."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tracks: tuple[str, ...] = ()
        self._runs: tuple[RunCurves, ...] = ()  # earlier ones
        self._lines: dict[int, RunCurves] = {}  # of the run of now, that were left
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
        self._runs = tuple(runs)
        if runs or self._view is not None:
            self._show_runs()

    def branch(self, branched: Branched, name: str) -> None:
        """A line of the run begins: `name` is what the one before is called, which is drawn behind from now on.

        What leads to the new line is that of its parent; a line that begins anew has nothing before it.
        """
        before = branched.line - 1
        self._lines[before] = self.view.as_run(name)
        anew = branched.parent == branched.line
        base = None if anew else self._lines.get(branched.parent, self._lines[before])
        while len(self._lines) > MOST_LINES:
            self._lines.pop(next(iter(self._lines)))
        self.begin(branched.training.epochs, go_on=False)
        if base is not None:
            for (track, series), (xs, ys) in base.until(branched.epoch).series.items():
                self.view.append(track, series, xs, ys)
        self._show_runs()

    def set_marks(self, events: Sequence[Happened], notes: Sequence[tuple[float, Observation]] = ()) -> None:
        """Mark what people did to the run, and what was said of it, each with its epoch."""
        if not (events or notes) and self._view is None:
            return
        from app.plots.marks import Mark  # see plots_later.py

        marks = [Mark(e.epoch, SIGNS[e.kind], event_text(e)) for e in events]
        marks += [Mark(epoch, REMARK, said(seen.sentence)) for epoch, seen in notes]
        self.view.set_marks(marks)

    def forget_lines(self) -> None:
        """Another run: nothing has happened to it, and it has no other lines."""
        self._lines.clear()
        if self._view is not None:
            self._show_runs()
        self.set_marks(())

    def _show_runs(self) -> None:
        self.view.set_runs([*self._lines.values(), *self._runs])

    def begin(self, epochs: int, *, go_on: bool) -> None:
        """A run begins; `go_on` keeps the curves of the one that it continues."""
        if not go_on:
            self.view.clear()
        self.view.set_planned_epochs(float(epochs))

    def add(self, progress: Progress) -> None:
        """Draw the values of a report."""
        values = progress.values or (progress.epochs[-1].values if progress.epochs else {})
        self._choose_tracks(values)
        crowded = (
            len(progress.epochs) > 1
        )  # whole epochs between two reports: their means are the finer record
        for name in self._tracks:
            if crowded:
                self._add_ends(name, "training", name, progress.epochs)
            elif name in progress.values:
                self.view.append(name, "training", progress.epoch, progress.values[name])
            self._add_ends(name, "validation", f"val_{name}", progress.epochs)
        self._mark_best(progress.epochs)

    def _add_ends(self, track: str, series: str, key: str, ends: Sequence[EpochEnded]) -> None:
        shown = [end for end in ends if key in end.values]
        if shown:
            xs = [float(end.epoch) for end in shown]
            self.view.append(track, series, xs, [end.values[key] for end in shown])

    def _mark_best(self, ends: Sequence[EpochEnded]) -> None:
        best = [end for end in ends if end.best]
        if best:
            self.view.mark_best(float(best[-1].epoch))

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
