"""Where a classifier draws the line: over any two of its features, all others held at their median."""

from PySide6.QtCore import QCoreApplication
from typing_extensions import override

from app.plots.decision import DecisionView
from app.plots.points import Split
from app.predictions.plane import PlanePrediction
from app.predictions.view import Question
from app.theme import Theme
from engine.tensor.spec import Array
from engine.training.predictions import arrays


class Decision(PlanePrediction[DecisionView]):
    """A field of classes behind the points of the data."""

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        view = DecisionView(theme)
        view.set_classes(question.answer.classes)
        super().__init__(theme, question, key, view)

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

    @override
    def add(self, split: Split, right: Array, up: Array, rows: range) -> None:
        classes = arrays.true_classes(self.question.bundle, self.question.answer, rows)
        self.plane.set_points(split, right, up, classes)

    @override
    def show_field(self, output: Array) -> None:
        surface = arrays.decision(output)
        self.plane.set_decision(surface.classes, surface.confidence)
