"""What a regression predicts over any two of its features, as colour; all others are held at their median."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.heat import HeatView
from app.predictions.view import PredictionView, Question, choice
from app.predictions.views.decision import splits
from app.theme import Theme
from engine.training.predictions import arrays
from engine.training.predictions.beside import makes_pictures
from engine.training.reports import Pictured, Probe

FIELD = "field"


class Heat(PredictionView):
    """A field of predicted values behind the points of the data, which have the colours of their true values."""

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._columns = arrays.columns_of(question.bundle)
        self._view = HeatView(theme)
        names = [column.title for column in self._columns]
        self._x = choice(theme, self.tr("Feature to the right"), names, 0)
        self._y = choice(theme, self.tr("Feature upwards"), names, 1)
        told = question.answer.feature.column_names or (question.answer.feature.name,)
        self._number = choice(theme, self.tr("Number as colour"), told)
        for box in (self._x, self._y, self._number):
            box.activated.connect(self._on_chosen)
        self._draw_points()

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

    @property
    @override
    def widget(self) -> QWidget:
        return self._view

    @override
    def controls(self) -> tuple[QWidget, ...]:
        features = (self._x, self._y) if len(self._columns) > 2 else ()
        return (*features, *([self._number] if self._number.count() > 1 else []))

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
        (x, y), bundle = self._chosen(), self.question.bundle
        self._view.clear()
        self._view.set_axis_names(x.title, y.title)
        self._view.set_value_name(self._number.currentText())
        self._view.set_extent(arrays.extent(bundle, x, y))
        for split, rows in splits(bundle):
            right, up = (arrays.values_of(bundle, column, rows) for column in (x, y))
            true = arrays.true_values(bundle, self.question.answer, rows)[:, self._number.currentIndex()]
            self._view.set_points(split, right, up, true)
        if len(self._columns) > 2:
            self._view.set_title(self.tr("all others at their median"))

    @override
    def probes(self) -> tuple[Probe, ...]:
        inputs = arrays.grid(self.question.bundle, *self._chosen())
        return (Probe(self.name(FIELD), inputs, version=self.version),)

    @override
    def show(self, pictured: Pictured) -> None:
        if self.is_mine(pictured, FIELD) and pictured.outputs:
            answer = self.question.answer
            found = arrays.predicted_values(self.question.bundle, answer, pictured.outputs[answer.output])
            values = found[:, self._number.currentIndex()]
            self._view.set_values(values.reshape(arrays.GRID, arrays.GRID))
