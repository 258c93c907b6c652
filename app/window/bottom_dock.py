"""The dock below the canvas: curves, predictions, runs, problems, and where the time goes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.doctor.remarks import Remarks
from app.i18n import said
from app.predictions.page import PredictionsPage
from app.predictions.panel import PredictionsPanel
from app.theme import SPACE, Theme
from app.timeline.bar import PastBar
from app.timeline.panel import TimePanel
from app.widgets import DockTabs
from app.window.curves_panel import CurvesPanel
from app.window.looks import Looks
from app.window.plots_later import PlotsLater
from app.window.problems_panel import ProblemsPanel
from app.window.profile_panel import ProfilePanel
from app.window.run_log import RunLog
from app.window.runs_panel import RunsPanel
from app.window.workspace import Workspace
from engine.data.bundle import DataBundle
from engine.training.doctor.observation import Halted
from engine.training.moments import Branched, Happened
from engine.training.reports import Ended, EpochEnded, Progress, Started

if TYPE_CHECKING:
    from app.predictions.watcher import PredictionWatcher

LEARNING, MORE, RUNS, PROBLEMS, PROFILE, TIME, FORMULA, STEPS, SURFACE, VARIANTS, USE = range(11)


class BottomDock(QWidget):
    """Pages: curves beside predictions, predictions beside one's own example, runs, problems, a profile, the past."""

    def __init__(self, theme: Theme, log: RunLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves = CurvesPanel(theme)
        self.predictions = PredictionsPanel(theme, "first")
        self.more = PredictionsPage(theme)
        self._theme = theme
        self._bundle: DataBundle | None = None
        self._workspace: Workspace | None = None
        self._watcher: PredictionWatcher | None = None
        self._remarks: Remarks | None = None
        self._plots = PlotsLater(self)
        self._plots.ready.connect(self._on_plots_ready)
        self.problems = ProblemsPanel(theme)
        self.runs = RunsPanel(theme, log)
        self.profile = ProfilePanel(theme)
        self.past = TimePanel(theme)
        self.past_bar = PastBar(theme)
        self.looks = Looks(theme, self)
        self.looks.wanted.connect(self._on_look_wanted)
        self.past_bar.continue_wanted.connect(self.past.go_on)
        self.past_bar.what_if_wanted.connect(self.show_what_if)
        self.runs.drawn.connect(self.curves.draw_runs)
        self.tabs = DockTabs(theme)
        self.tabs.addTab(self.tr("Learning"))
        self.tabs.addTab(self.tr("Predictions"))
        self.tabs.addTab(self.tr("Runs"))
        self.tabs.addTab(self.tr("Problems"))
        self.tabs.addTab(self.tr("Profile"))
        self.tabs.addTab(self.tr("Time machine"))
        for title in self.looks.titles:
            self.tabs.addTab(title)
        self.tabs.setAccessibleName(self.tr("Panels"))
        learning = QSplitter()
        learning.addWidget(self.curves)
        learning.addWidget(self.predictions)
        learning.setSizes([500, 500])
        learning.setHandleWidth(1)
        self._pages = QStackedWidget()
        for page in (
            learning,
            self.more,
            self.runs,
            self.problems,
            self.profile,
            self.past,
            *self.looks.pages,
        ):
            self._pages.addWidget(page)
        head = QHBoxLayout()
        head.setContentsMargins(3 * SPACE, 0, 2 * SPACE, 0)
        head.addWidget(self.tabs, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.past_bar)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self.problems.counted.connect(lambda count: self.tabs.set_count(PROBLEMS, count))

    def watch(self, workspace: Workspace) -> None:
        """Show the run and the problems of this project from now on."""
        self._workspace, self._remarks = workspace, workspace.remarks
        self.problems.watch(workspace.document, workspace.remarks)
        self.problems.cured.connect(workspace.run.cure)
        workspace.remarks.halted.connect(self._on_halted)
        workspace.remarks.changed.connect(self._mark_curves)
        self.profile.watch(workspace.document.graph)
        self.past.watch(workspace.past, workspace.document, workspace.run.on.planned_from)
        self.looks.watch(workspace)
        self.past_bar.watch(workspace.past)
        workspace.past.branched.connect(self._on_branched)
        workspace.past.happened.connect(self._on_happened)
        workspace.past.forgotten.connect(self._on_past_forgotten)
        workspace.run.bundle_changed.connect(self._on_bundle_changed)
        workspace.run.begun.connect(self._on_begun)
        workspace.run.progressed.connect(self._on_progressed)
        workspace.run.ended.connect(self._on_ended)
        self.curves.refused.connect(workspace.said)
        workspace.document.data_described.connect(self._on_data_described)
        self._on_bundle_changed(workspace.run.bundle)

    def _on_bundle_changed(self, bundle: DataBundle | None) -> None:
        self._bundle = bundle
        self.problems.set_bundle(bundle)
        self.curves.forget()
        if self._watcher is not None:
            self._watcher.set_bundle(bundle)
        elif bundle is not None:
            self._plots.want()
        elif self._workspace is not None and self._workspace.document.data_problem:
            for panel in (self.predictions, self.more.panel):
                panel.say_why_empty(said(self._workspace.document.data_problem))
        else:
            self._on_data_described()

    def _on_data_described(self, _spec: object = None) -> None:
        """Say why there is no data."""
        if self._bundle is not None or self._workspace is None:
            return
        if self._watcher is not None:
            self._watcher.set_bundle(None)
        else:
            problem = said(self._workspace.document.data_problem)
            for panel in (self.predictions, self.more.panel):
                panel.set_questions([], read=False, problem=problem)

    def _on_plots_ready(self) -> None:
        from app.predictions.everything import watcher_for  # all plots: see plots_later.py

        self.curves.show_view()
        if self._watcher is None and self._workspace is not None:
            panels = (self.predictions, self.more.panel)
            self._watcher, own = watcher_for(self._theme, self._workspace, panels, self)
            self.more.add_own(own)
            self._watcher.set_bundle(self._bundle)

    def limit(self, pages: frozenset[int] | None) -> None:
        """Show these pages only; None: all."""
        self.tabs.offer(pages or None)

    def _on_halted(self, _halted: Halted) -> None:
        self.tabs.setCurrentIndex(PROBLEMS)

    def show_problems(self) -> None:
        """Show what is wrong, and how each layer does."""
        self.tabs.setCurrentIndex(PROBLEMS)
        self.problems.setFocus()

    def show_look(self, place: int) -> None:
        """Show the formula, the steps or the surface."""
        self._on_look_wanted(self.looks.pages[place - FORMULA])

    def _on_look_wanted(self, page: QWidget) -> None:
        self.tabs.setCurrentIndex(self._pages.indexOf(page))
        page.setFocus()

    def show_predictions(self) -> None:
        """Show the views of the predictions beside one's own example."""
        self.tabs.setCurrentIndex(MORE)

    def show_past(self) -> None:
        """Show the time machine."""
        self.tabs.setCurrentIndex(TIME)
        self.past.strip.setFocus()

    def show_what_if(self) -> None:
        """Offer other settings for the moment that is looked at."""
        self.tabs.setCurrentIndex(TIME)
        self.past.open_what_if()

    def _on_branched(self, branched: Branched) -> None:
        self.curves.branch(branched, self.past.name_of(branched.line - 1))

    def _on_past_forgotten(self) -> None:
        self.curves.forget_lines()
        self._mark_curves()  # of a run that goes on elsewhere they stay

    def _on_happened(self, _event: object) -> None:
        self._mark_curves()

    def _mark_curves(self) -> None:
        self.curves.set_marks(self.past.events(), self._remarks.notes if self._remarks is not None else ())

    def _on_begun(self, started: Started, goes_on: bool) -> None:
        new = self._workspace is not None and self._workspace.run.looks
        self.curves.compare(started.standards)
        self.curves.begin(started.epochs, go_on=goes_on and not new)
        stay = (MORE, PROFILE, TIME, VARIANTS, USE)  # who looks at one of them wants that of this run
        if self.tabs.currentIndex() not in stay:
            self.tabs.setCurrentIndex(LEARNING)

    def recall(self, epochs: Sequence[EpochEnded], events: Sequence[Happened]) -> None:
        """Show what led to the state that came with a file."""
        if self._workspace is not None:
            self._workspace.past.recall(events)
        self.curves.recall(epochs)
        self._mark_curves()

    def _on_progressed(self, progress: Progress, steps_per_epoch: float) -> None:
        self.curves.add(progress)
        self.curves.show_left(progress, steps_per_epoch)

    def _on_ended(self, _ended: Ended) -> None:
        self.curves.show_left(None)
