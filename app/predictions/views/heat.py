"""What a regression predicts over any two of its features, as colour; all others are held at their median."""

from PySide6.QtCore import QCoreApplication
from typing_extensions import override

from app.plots.points import Split
from app.plots.values import ValuesView
from app.predictions.plane import PlanePrediction
from app.predictions.view import Question, choice
from app.theme import Theme
from engine.tensor.spec import Array
from engine.training.predictions import arrays
from engine.training.predictions.beside import makes_pictures


class Heat(PlanePrediction[ValuesView]):
    """A field of predicted values behind the points of the data, which have the colours of their true values."""

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        told = question.answer.feature.column_names or (question.answer.feature.name,)
        label = QCoreApplication.translate("Heat", "Number as colour")
        self._number = choice(theme, label, told)
        super().__init__(theme, question, key, ValuesView(theme), self._number)

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Values in the plane")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        if question.answer.is_class or makes_pictures(question.bundle.spec, question.answer):
            return None
        return 26 if len(arrays.columns_of(question.bundle)) >= 2 else None

    @override
    def begin(self) -> None:
        super().begin()
        self.plane.set_value_name(self._number.currentText())

    @override
    def add(self, split: Split, right: Array, up: Array, rows: range) -> None:
        true = arrays.true_values(self.question.bundle, self.question.answer, rows)
        self.plane.set_points(split, right, up, true[:, self._number.currentIndex()])

    @override
    def show_field(self, output: Array) -> None:
        found = arrays.predicted_values(self.question.bundle, self.question.answer, output)
        self.plane.set_values(found[:, self._number.currentIndex()].reshape(arrays.GRID, arrays.GRID))
