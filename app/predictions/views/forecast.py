"""Forecasts against the series: all of validation, one example from its window on, or far ahead from forecasts."""

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.forecast import ForecastView
from app.predictions.view import PredictionView, Question, choice, together
from app.theme import Theme
from app.widgets import IconButton
from engine.data.bundle import Feature
from engine.tensor.spec import Array
from engine.training.predictions import arrays
from engine.training.predictions.forecasts import forecast, is_series
from engine.training.predictions.rolling import Relative, course
from engine.training.reports import Pictured
from engine.training.watching.rolling import VALUES, Roll
from engine.training.watching.wish import Wish

EXAMPLE, ROLLED = 1, 2  # what is shown, by place; all of validation comes first


class Series(PredictionView):
    """What was expected so many steps ahead; the buttons go from example to example."""

    validation = True

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._view = ForecastView(theme)
        self._steps = choice(theme, self.tr("How far ahead"), question.answer.feature.column_names or ("1",))
        rows = question.rows
        found = course(question.bundle, question.answer, rows.start, rows.stop)
        self._goes_on = found is not None
        if found is not None:
            (name,) = question.bundle.inputs
            self._view.set_axis_names("", self._unit(found.relative, question.bundle.features[name]))
        ways = [self.tr("All of validation"), self.tr("One example"), self.tr("Far ahead")]
        self._what = choice(theme, self.tr("What is shown"), ways[: ROLLED + self._goes_on])
        self._what.setItemData(
            ROLLED,
            self.tr("From one example on, each prediction taken for known"),
            Qt.ItemDataRole.ToolTipRole,
        )
        self._before = IconButton(theme, "back", self.tr("Example before"))
        self._after = IconButton(theme, "forward", self.tr("Next example"))
        self._neighbours = together(self._before, self._after)
        self._steps.activated.connect(self._draw)
        self._what.activated.connect(self._on_what)
        self._before.clicked.connect(lambda: self._on_stepped(-1))
        self._after.clicked.connect(lambda: self._on_stepped(1))
        self._view.stepped.connect(self._on_stepped)
        self._outputs: Array | None = None
        self._rolled: Array | None = None
        self._place = 0

    def _unit(self, relative: Relative, known: Feature) -> str:
        """What the numbers are: those of a window may be told relative to the window itself."""
        words = {
            Relative.NOTHING: "{column}",
            Relative.LAST: self.tr("{column} - last known"),
            Relative.MEAN: self.tr("{column} / known mean"),
        }
        return words[relative].format(column=", ".join(known.column_names))

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
        return (self._what, *ahead, self._neighbours)

    @override
    def wishes(self) -> tuple[Wish, ...]:
        if self._what.currentIndex() != ROLLED:
            return ()
        return (Roll(self.name("roll"), self._row, self.question.rows.stop, self.question.answer),)

    @property
    def _row(self) -> int:
        """The row of the data of the example; far ahead, the last has too little after it."""
        rows = self.question.rows
        count = len(rows) - 1 if self._what.currentIndex() == ROLLED else len(rows)
        return rows.start + self._place % max(1, count)

    def _on_what(self, _chosen: int) -> None:
        self._steps.setEnabled(self._what.currentIndex() != ROLLED)
        self._on_stepped(0)

    def _on_stepped(self, step: int) -> None:
        self._place += step
        self._rolled = None
        self.want_anew()
        self._draw()

    @override
    def show(self, pictured: Pictured) -> None:
        if self.of_validation(pictured):
            self._outputs = pictured.outputs[self.question.answer.output]
            self._draw()
        elif pictured.probe == self.name("roll") and VALUES in pictured.outputs:
            self._rolled = pictured.outputs[VALUES]
            self._draw()

    def _draw(self, _chosen: int = 0) -> None:
        if self._what.currentIndex() == ROLLED:
            self._draw_rolled()
            return
        if self._outputs is None:
            return
        bundle, answer = self.question.bundle, self.question.answer
        rows, ahead = self.question.rows[: len(self._outputs)], self._steps.currentIndex()
        expected = arrays.predicted_values(bundle, answer, self._outputs)[:, ahead]
        came = arrays.true_values(bundle, answer, rows)[:, ahead]
        places = np.arange(rows.start, rows.stop) + ahead + 1
        self._place %= len(rows)
        row, alone = rows.start + self._place, self._what.currentIndex() == EXAMPLE
        found = forecast(bundle, answer, row, self._outputs[self._place : self._place + 1])
        self._view.set_series(places, came, expected)
        self._view.set_example(row, found.known, found.came, found.expected, alone=alone)
        self._view.set_title(f"R² {arrays.r_squared(came, expected):.3f}")

    def _draw_rolled(self) -> None:
        """What came, what was expected one step ahead each, and what is expected from the example's window alone."""
        bundle, answer, row = self.question.bundle, self.question.answer, self._row
        found = course(bundle, answer, row, self.question.rows.stop)
        if found is None:
            return
        came, rolled = found.came, self._rolled if self._rolled is not None else np.empty(0)
        outputs = np.empty((0, *answer.feature.shape)) if self._outputs is None else self._outputs
        expected = found.one_step(bundle, answer, outputs[row - self.question.rows.start :])
        self._view.set_series(row + 1 + np.arange(len(came)), came, expected)
        self._view.set_rolled(row, found.known, rolled)
        title = self.tr("{count} steps").format(count=len(came))
        if np.isfinite(expected).all() and len(came) == len(rolled) > 1:
            one, far = (f"{arrays.r_squared(came, values):.3f}" for values in (expected, rolled))
            title = self.tr("R² {one} one step ahead, {far} from forecasts").format(one=one, far=far)
        self._view.set_title(title)
