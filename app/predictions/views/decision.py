"""Where a classifier draws the line: over any two of its features, all others held at their median."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.decision import DecisionView
from app.plots.points import Split
from app.predictions.view import PredictionView, Question, choice
from app.theme import Theme
from engine.data.bundle import DataBundle
from engine.training.predictions import arrays
from engine.training.reports import Pictured, Probe

SHOWN_POINTS = 2000  # of each split
SURFACE = "surface"


def splits(bundle: DataBundle) -> list[tuple[Split, range]]:
    """The parts that have rows, with as many as a scatter plot shows."""
    parts: list[tuple[Split, range]] = [("training", bundle.train), ("validation", bundle.validation)]
    return [(split, rows[:SHOWN_POINTS]) for split, rows in parts if rows]


class Decision(PredictionView):
    """A field of classes behind the points of the data."""

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._columns = arrays.columns_of(question.bundle)
        self._view = DecisionView(theme)
        self._view.set_classes(question.answer.classes)
        names = [column.title for column in self._columns]
        self._x = choice(theme, self.tr("Feature to the right"), names, 0)
        self._y = choice(theme, self.tr("Feature upwards"), names, 1)
        for box in (self._x, self._y):
            box.activated.connect(self._on_chosen)
        self._draw_points()

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Where it draws the line")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        if not question.answer.is_class or question.answer.feature.shape:
            return None
        columns = len(arrays.columns_of(question.bundle))
        return None if columns < 2 else 10 if columns == 2 else 25

    @property
    @override
    def widget(self) -> QWidget:
        return self._view

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._x, self._y) if len(self._columns) > 2 else ()

    def _chosen(self) -> tuple[arrays.Column, arrays.Column]:
        return self._columns[self._x.currentIndex()], self._columns[self._y.currentIndex()]

    def _on_chosen(self) -> None:
        x, y = self._chosen()
        if x == y:  # the other one goes on to the next
            other = self._y if self.sender() is self._x else self._x
            other.setCurrentIndex((other.currentIndex() + 1) % len(self._columns))
        self._draw_points()
        self.want_anew()

    def _draw_points(self) -> None:
        x, y = self._chosen()
        bundle = self.question.bundle
        self._view.clear()
        self._view.set_axis_names(x.title, y.title)
        self._view.set_extent(arrays.extent(bundle, x, y))
        for split, rows in splits(bundle):
            right, up = (arrays.values_of(bundle, column, rows) for column in (x, y))
            self._view.set_points(split, right, up, arrays.true_classes(bundle, self.question.answer, rows))
        if len(self._columns) > 2:
            self._view.set_title(self.tr("all others at their median"))

    @override
    def probes(self) -> tuple[Probe, ...]:
        inputs = arrays.grid(self.question.bundle, *self._chosen())
        return (Probe(self.name(SURFACE), inputs, version=self.version),)

    @override
    def show(self, pictured: Pictured) -> None:
        if self.is_mine(pictured, SURFACE) and pictured.outputs:
            surface = arrays.decision(pictured.outputs[self.question.answer.output])
            self._view.set_decision(surface.classes, surface.confidence)
