"""Forecasts against the series: all of validation, or one example from its window on."""

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.forecast import ForecastView
from app.predictions.view import PredictionView, Question, choice
from app.theme import Theme
from app.widgets import IconButton
from engine.tensor.spec import Array
from engine.training.predictions import arrays
from engine.training.predictions.forecasts import forecast, is_series
from engine.training.reports import Pictured


class Series(PredictionView):
    """What was expected so many steps ahead; the buttons go from example to example."""

    validation = True

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._view = ForecastView(theme)
        self._steps = choice(theme, self.tr("How far ahead"), question.answer.feature.column_names or ("1",))
        self._what = choice(
            theme, self.tr("What is shown"), [self.tr("All of validation"), self.tr("One example")]
        )
        self._before = IconButton(theme, "back", self.tr("Example before"))
        self._after = IconButton(theme, "forward", self.tr("Next example"))
        self._steps.activated.connect(self._draw)
        self._what.activated.connect(self._draw)
        self._before.clicked.connect(lambda: self._on_stepped(-1))
        self._after.clicked.connect(lambda: self._on_stepped(1))
        self._view.stepped.connect(self._on_stepped)
        self._outputs: Array | None = None
        self._place = 0

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Forecast")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        return 10 if is_series(question.bundle, question.answer) else None

    @property
    @override
    def widget(self) -> QWidget:
        return self._view

    @override
    def controls(self) -> tuple[QWidget, ...]:
        ahead = (self._steps,) if self._steps.count() > 1 else ()
        return (self._what, *ahead, self._before, self._after)

    def _on_stepped(self, step: int) -> None:
        self._place += step
        self._draw()

    @override
    def show(self, pictured: Pictured) -> None:
        if self.of_validation(pictured):
            self._outputs = pictured.outputs[self.question.answer.output]
            self._draw()

    def _draw(self, _chosen: int = 0) -> None:
        if self._outputs is None:
            return
        bundle, answer = self.question.bundle, self.question.answer
        rows, ahead = self.question.rows[: len(self._outputs)], self._steps.currentIndex()
        expected = arrays.predicted_values(bundle, answer, self._outputs)[:, ahead]
        came = arrays.true_values(bundle, answer, rows)[:, ahead]
        places = np.arange(rows.start, rows.stop) + ahead + 1
        self._place %= len(rows)
        row, alone = rows.start + self._place, self._what.currentIndex() == 1
        found = forecast(bundle, answer, row, self._outputs[self._place : self._place + 1])
        self._view.set_series(places, came, expected)
        self._view.set_example(row, found.known, found.came, found.expected, alone=alone)
        self._view.set_title(f"R² {arrays.r_squared(came, expected):.3f}")
