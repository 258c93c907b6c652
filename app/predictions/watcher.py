"""Asks the run for what the panels show that can be seen, and for nothing else; hands its answers to them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.i18n import said
from app.predictions.own_panel import OwnExample
from app.predictions.panel import PredictionsPanel
from app.predictions.view import Question
from app.training import TrainingController
from app.window.run_control import RunControl
from engine.data.bundle import DataBundle
from engine.graph.document import ModelGraph
from engine.layers.base import Role
from engine.training.predictions.answers import answers_of
from engine.training.reports import Pictured

SETTLE_MS = 30
PREDICTIONS = "predictions"  # among those who watch a run


class PredictionWatcher(QObject):
    """Watches for the panels of one project.

    Args:
        run: of the project.
        graph: of the project.
        panels: that show views, and `own` the one for an example of one's own.
        window: whatever they are in; while it is minimized nothing is asked for.
    """

    def __init__(
        self,
        run: RunControl,
        graph: Callable[[], ModelGraph],
        panels: Sequence[PredictionsPanel],
        own: OwnExample,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._run, self._graph, self._panels, self._own = run, graph, tuple(panels), own
        self._training: TrainingController = run.training
        self._window: QWidget | None = None
        self._answers: object = None
        self._last: dict[str, Pictured] = {}  # the newest answer of each probe
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._ask)
        for signal in (*(panel.wants_changed for panel in self._panels), own.wants_changed):
            signal.connect(self._timer.start)
        run.begun.connect(self._on_begun)
        run.changed.connect(self._on_begun)
        run.pictured.connect(self._on_pictured)

    def set_bundle(self, bundle: DataBundle | None) -> None:
        """Other data."""
        self._answers = None
        self._last.clear()
        self._ask_questions(bundle)

    def _ask_questions(self, bundle: DataBundle | None) -> None:
        graph = self._graph()
        answers = answers_of(graph, bundle.spec) if bundle is not None else ()
        layers = tuple((n.id, n.name) for n in graph.nodes.values() if n.role is Role.HIDDEN)
        problem = said(self._run.document.data_problem)
        state = (id(bundle), answers, layers, problem)
        if state == self._answers:
            return
        self._answers = state
        questions = [Question(bundle, answer, layers) for answer in answers] if bundle is not None else []
        for panel in self._panels:
            panel.set_questions(questions, read=bundle is not None, problem=problem)
        self._own.set_question(questions[0] if questions else None)

    def _on_begun(self, *_: object) -> None:
        """Another run: its network may give other answers."""
        self._last.clear()
        self._ask_questions(self._run.bundle)

    def _ask(self) -> None:
        self._follow_window()
        for panel in self._panels:
            panel.catch_up(self._last.values())
        panels = () if self._window is not None and self._window.isMinimized() else self._panels
        self._own.say_whether_trained(self._training.has_run)
        probes = tuple(p for panel in panels for p in panel.probes()) + (self._own.probes() if panels else ())
        wishes = tuple(w for panel in panels for w in panel.wishes())
        self._training.watch(
            PREDICTIONS, wishes=wishes, probes=probes, validation=any(panel.validation for panel in panels)
        )

    def _follow_window(self) -> None:
        window = self._panels[0].window()
        if window is not self._window:
            self._window = window
            window.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowStateChange:
            self._timer.start()
        return super().eventFilter(watched, event)

    def _on_pictured(self, pictured: Pictured) -> None:
        self._last[pictured.probe] = pictured
        for panel in self._panels:
            panel.show_answer(pictured)
        self._own.show_answer(pictured)
