"""Predicted against true, for one of the numbers that a regression gives."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.parity import ParityView
from app.predictions.view import PredictionView, Question, choice
from app.theme import Theme
from engine.training.predictions import arrays
from engine.training.predictions.beside import makes_pictures
from engine.training.reports import Pictured

MOST_COLUMNS = 200


class Parity(PredictionView):
    """Points near the diagonal are predicted well."""

    validation = True

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._view = ParityView(theme)
        self._last: Pictured | None = None
        count = 1
        for side in question.answer.feature.shape:
            count *= side
        named = question.answer.feature.column_names
        names = named if len(named) == count else [str(k + 1) for k in range(min(count, MOST_COLUMNS))]
        self._column = choice(theme, self.tr("Number that is predicted"), names)
        self._column.activated.connect(self._on_chosen)

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Predicted against true")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        if question.answer.is_class or makes_pictures(question.bundle.spec, question.answer):
            return None
        return 20

    @property
    @override
    def widget(self) -> QWidget:
        return self._view

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._column,) if self._column.count() > 1 else ()

    def _on_chosen(self) -> None:
        if self._last is not None:
            self.show(self._last)

    @override
    def show(self, pictured: Pictured) -> None:
        if not self.of_validation(pictured):
            return
        self._last = pictured
        bundle, answer, place = self.question.bundle, self.question.answer, self._column.currentIndex()
        predicted = arrays.predicted_values(bundle, answer, pictured.outputs[answer.output])[:, place]
        true = arrays.true_values(bundle, answer, self.question.rows[: len(predicted)])[:, place]
        self._view.set_points("validation", true, predicted)
        self._view.set_title(f"R² {arrays.r_squared(true, predicted):.3f}")
