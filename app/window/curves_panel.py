"""Feeds the curves with the reports of a run."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.i18n import declared, said
from app.places import ask_to_save
from app.theme import SPACE, Theme
from app.timeline.words import SIGNS, event_text
from app.widgets.scrolling import downwards
from app.window.curves_tools import CurvesTools
from app.window.run_bar import time_left
from engine.formats.errors import FormatError
from engine.objectives.metric import METRICS
from engine.training.doctor.observation import Observation
from engine.training.moments import Branched, Happened
from engine.training.reports import EpochEnded, Progress
from engine.training.standards import Scaled, Standards

if TYPE_CHECKING:
    from app.plots.curves import CurvesView, RunCurves
    from app.plots.track import Track

LOSS = "loss"
REMARK = "!"  # the sign of what the doctor said
MOST_LINES = 6  # that a run has left, and that are drawn behind it
SHOWN_METRICS = 1  # beside the loss, until somebody wants more: they would leave no height to read them
RATE, GRADIENT = "learning_rate", "gradient_norm"
SMALL = (RATE, GRADIENT)
ROOMY = 290  # pixels of height from which the small tracks are shown unasked
NOW = ""  # the run of now, in a file


class CurvesPanel(QWidget):
    """Loss and metrics, training and validation, over epochs or steps; below them learning rate and size of the gradient.

    Empty until somebody needs the view. `refused` carries a sentence.
    """

    refused = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tracks: tuple[str, ...] = ()
        self._runs: tuple[RunCurves, ...] = ()  # earlier ones
        self._lines: dict[int, RunCurves] = {}  # of the run of now, that were left
        self._view: CurvesView | None = None
        self._epochs = 0
        self._standards = Standards()
        self._invitation = ""  # while there are no curves
        self._wished: dict[str, bool] = {}  # tracks that somebody wants to see, or does not
        self.tools = CurvesTools(theme)
        self.tools.hide()
        self.tools.shown_changed.connect(self._on_tools_shown_changed)
        self.tools.counting_changed.connect(self._on_tools_counting_changed)
        self.tools.export_wanted.connect(self.ask_for_file)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        self._column.setSpacing(SPACE)
        self._column.addWidget(self.tools)

    @property
    def view(self) -> "CurvesView":
        """The curves; made when they are needed first."""
        if self._view is None:
            from app.plots.curves import CurvesView  # see plots_later.py

            self._view = CurvesView(self._theme, (self._track(LOSS),))
            self._column.addWidget(downwards(self._view, see_through=True), 1)  # the dock may be low
            if self._invitation:
                self._view.set_empty_text(self._invitation)
        return self._view

    def show_view(self) -> None:
        """Let empty curves be seen."""
        self.view.show()
        self.view.make_ahead(soon=False)

    def invite(self, *, waits: bool, on: bool) -> None:
        """Say what is to be pressed for curves: a run waits to be resumed, or can be trained on after its end."""
        self._invitation = self.tr("Press Train: the loss is drawn here.")
        if waits:
            self._invitation = self.tr("Press Resume: the loss is drawn here from there on.")
        elif on:
            self._invitation = self.tr(
                "Press Train on: the loss is drawn here from there on. Train begins anew."
            )
        if self._view is not None:
            self._view.set_empty_text(self._invitation)

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
        self.view.make_ahead(soon=True)
        self._epochs = epochs

    def compare(self, standards: Standards) -> None:
        """Show what the figures of the run that begins are to be held against."""
        self._standards = standards
        if self._view is not None:
            self._show_standards()

    def _show_standards(self) -> None:
        from app.plots.reference import Reference  # see plots_later.py

        always = self.tr("always {name}")
        references = {
            u.figure: Reference(always.format(name=u.answer), u.share) for u in self._standards.usual
        }
        notes = {s.figure: (self.tr("scaled"), self._scale_words(s)) for s in self._standards.scaled}
        self.view.set_references(references, notes)

    def _scale_words(self, scaled: Scaled) -> str:
        from app.plots.ticks import short_text  # see plots_later.py

        if scaled.size is None:
            return self.tr("The target is scaled: this figure is not in its units.")
        words = self.tr("The target is scaled: 1 of it is {size} of {name}.")
        return words.format(size=short_text(scaled.size, 4), name=scaled.of)

    def recall(self, ends: Sequence[EpochEnded]) -> None:
        """Draw the epochs of a run that goes on here; none where it has gone on already."""
        if not ends or not self.view.is_empty():
            return
        values = (
            {} if len(ends) > 1 else {n: v for n, v in ends[0].values.items() if not n.startswith("val_")}
        )
        for end in ends[:-1]:
            self.view.steps.add(float(end.epoch), float(end.step))
        self.add(Progress(ends[-1].step, float(ends[-1].epoch), values, 0.0, tuple(ends)))

    def show_left(self, progress: Progress | None, steps_per_epoch: float = 1.0) -> None:
        """Say how long the run will take yet; None: nothing runs."""
        left = time_left(progress, self._epochs, steps_per_epoch) if progress is not None else ""
        self.tools.left.setText(self.tr("{time} left").format(time=left) if left else "")

    def switch_axis(self) -> None:
        """Count steps along the axis instead of epochs, or the other way round."""
        self.tools.steps.toggle()

    def ask_for_file(self) -> None:
        """Ask where to save the curves, and save them."""
        kinds = ";;".join(
            (self.tr("Picture, dots (*.png)"), self.tr("Picture, lines (*.svg)"), self.tr("Numbers (*.csv)"))
        )
        name, chosen = ask_to_save(self, self.tr("Export the curves"), "curves.png", kinds)
        if name:
            path = Path(name)
            ending = chosen.rpartition("*")[2].rstrip(")")
            self.save(path if path.suffix else path.with_suffix(ending or ".png"))

    def save(self, path: Path) -> bool:
        """Save the curves; False and `refused` where that can't be."""
        from app.plots.export import save_curves  # see plots_later.py

        view = self.view
        view.point_at(None)  # nobody points at a picture
        runs = [view.as_run(NOW), *self._lines.values(), *self._runs]
        values = {(run.name, *key): both for run in runs for key, both in run.series.items()}
        try:
            save_curves(path, view, values, view.steps)
        except (FormatError, OSError) as error:
            self.refused.emit(str(error))
            return False
        return True

    def add(self, progress: Progress) -> None:
        """Draw the values of a report."""
        values = progress.values or (progress.epochs[-1].values if progress.epochs else {})
        self._choose_tracks(values)
        self.view.steps.add(progress.epoch, float(progress.step))
        self._add_small(progress)
        crowded = (
            len(progress.epochs) > 1
        )  # whole epochs between two reports: their means are the finer record
        for name in (n for n in self._tracks if n not in SMALL):
            if crowded:
                self._add_ends(name, "training", name, progress.epochs)
            elif name in progress.values:
                self.view.append(name, "training", progress.epoch, progress.values[name])
            self._add_ends(name, "validation", f"val_{name}", progress.epochs)
        self._mark_best(progress.epochs)

    def _add_small(self, progress: Progress) -> None:
        """Learning rate and gradient of the last step."""
        if not self._tracks or (progress.values == {} and not progress.epochs):
            return
        if progress.learning_rate:
            self.view.append(RATE, "training", progress.epoch, progress.learning_rate)
        if progress.gradient is not None:
            self.view.append(GRADIENT, "training", progress.epoch, progress.gradient)

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
        self._tracks = (LOSS, *names, *SMALL)
        tracks = [self._track(name) for name in self._tracks]
        self.view.set_tracks(tracks)
        self._show_standards()
        self.tools.show()
        self._hide_tracks()
        self.tools.offer({track.key: track.title for track in tracks}, self._hidden())

    def _hidden(self) -> list[str]:
        """The tracks that are not shown: metrics beyond the first, and the small ones where there is little height."""
        usual = (*self._tracks[: 1 + SHOWN_METRICS], *(SMALL if self.height() >= ROOMY else ()))
        return [key for key in self._tracks if not self._wished.get(key, key in usual)]

    def _hide_tracks(self) -> None:
        if self._view is not None and self._tracks:
            self._view.hide_tracks(self._hidden())

    def _on_tools_shown_changed(self, key: str, shown: bool) -> None:
        self._wished[key] = shown
        self._hide_tracks()

    def _on_tools_counting_changed(self, on: bool) -> None:
        self.view.count_steps(on)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        before = self._view.is_shown(RATE) if self._view is not None else False
        self._hide_tracks()
        if self._view is not None and self._tracks and self._view.is_shown(RATE) != before:
            titles = {key: self._track(key).title for key in self._tracks}
            self.tools.offer(titles, self._hidden())

    def forget(self) -> None:
        """Another project or other data: other metrics."""
        self._tracks = ()
        self.compare(Standards())
        self.tools.left.clear()
        if self._view is not None:
            self._view.clear()

    def _track(self, name: str) -> "Track":
        from app.plots.track import Track

        if name in SMALL:
            title = self.tr("Learning rate") if name == RATE else self.tr("Gradient norm")
            return Track(name, title, log=name == GRADIENT, small=True)
        known = None if name == LOSS else METRICS.first(lambda kind: kind.key() == name)
        better = "higher" if known is not None and known.greater_is_better else "lower"
        title = declared(known.title()) if known is not None else self.tr("Loss") if name == LOSS else name
        return Track(name, title, "higher" if better == "higher" else "lower")
