"""The curve that a regression has fitted, along any one of its features, with the residuals."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.fit import FitView
from app.predictions.plane import splits
from app.predictions.view import PredictionView, Question, choice
from app.theme import Theme
from app.widgets import Button
from engine.tensor.spec import Array
from engine.training.predictions import arrays
from engine.training.predictions.beside import makes_pictures
from engine.training.reports import Pictured, Probe

CURVE = "curve"
SHOWN_RESIDUALS = 400


class Fit(PredictionView):
    """Points, the curve through them, and how far each of those of validation is from its prediction."""

    validation = True

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._columns = arrays.columns_of(question.bundle)
        self._view = FitView(theme)
        self._x = choice(theme, self.tr("Feature to the right"), [c.title for c in self._columns])
        names = question.answer.feature.column_names or (question.answer.feature.name,)
        self._y = choice(theme, self.tr("Number upwards"), names)
        self._residuals = Button(theme, self.tr("Residuals"), kind="toggle")
        self._residuals.setChecked(True)
        self._residuals.toggled.connect(self._on_residuals)
        self._predicted: Array | None = None
        for box in (self._x, self._y):
            box.activated.connect(self._on_chosen)
        self._draw_points()

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Fitted curve")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        if question.answer.is_class or makes_pictures(question.bundle.spec, question.answer):
            return None
        columns = len(arrays.columns_of(question.bundle))
        return None if columns < 1 else 10 if columns == 1 else 25

    @property
    @override
    def widget(self) -> QWidget:
        return self._view

    @override
    def controls(self) -> tuple[QWidget, ...]:
        many = ((self._x, len(self._columns)), (self._y, self._y.count()))
        chosen = [box for box, count in many if count > 1]
        return (*chosen, *([self._residuals] if len(self._columns) == 1 else []))

    def _on_chosen(self) -> None:
        self._draw_points()
        self.want_anew()

    def _draw_points(self) -> None:
        bundle, column = self.question.bundle, self._columns[self._x.currentIndex()]
        self._view.clear()
        self._view.set_axis_names(column.title, self._y.currentText())
        for split, rows in splits(bundle):
            true = arrays.true_values(bundle, self.question.answer, rows)[:, self._y.currentIndex()]
            self._view.set_points(split, arrays.values_of(bundle, column, rows), true)
        if len(self._columns) > 1:
            self._view.set_title(self.tr("all others at their median"))

    @override
    def probes(self) -> tuple[Probe, ...]:
        inputs = arrays.line(self.question.bundle, self._columns[self._x.currentIndex()])
        return (Probe(self.name(CURVE), inputs, version=self.version),)

    @override
    def show(self, pictured: Pictured) -> None:
        answer, bundle = self.question.answer, self.question.bundle
        if self.is_mine(pictured, CURVE) and pictured.outputs:
            fitted = arrays.predicted_values(bundle, answer, pictured.outputs[answer.output])
            places = arrays.curve_places(bundle, self._columns[self._x.currentIndex()])
            self._view.set_curve(places, fitted[:, self._y.currentIndex()])
        elif self.of_validation(pictured) and len(self._columns) == 1:
            self._predicted = pictured.outputs[answer.output]
            self._on_residuals()

    def _on_residuals(self) -> None:
        if self._predicted is None or not self._residuals.isChecked():
            self._view.hide_residuals()
            return
        bundle, answer, place = self.question.bundle, self.question.answer, self._y.currentIndex()
        rows = self.question.rows[: min(SHOWN_RESIDUALS, len(self._predicted))]
        fitted = arrays.predicted_values(bundle, answer, self._predicted)[: len(rows), place]
        true = arrays.true_values(bundle, answer, rows)[:, place]
        self._view.set_residuals(arrays.values_of(bundle, self._columns[0], rows), true, fitted)
