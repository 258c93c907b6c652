"""Test pictures with what they are taken for: the most wrong first, or the most doubtful, all or only the wrong ones."""

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.pictures import PictureGrid, Pictures
from app.predictions.view import PredictionView, Question, choice
from app.theme import Theme
from app.widgets import Button
from engine.training.predictions import arrays
from engine.training.predictions.beside import picture_input
from engine.training.reports import Pictured

SHOWN = 48
MOST_WRONG, DOUBTFUL, IN_ORDER = range(3)


class Images(PredictionView):
    """A grid of pictures."""

    validation = True

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._view = PictureGrid(theme)
        texts = [self.tr("Most doubtful first"), self.tr("Most wrong first"), self.tr("In the data's order")]
        self._kinds = (DOUBTFUL, MOST_WRONG, IN_ORDER)
        self._order = choice(theme, self.tr("Order of the pictures"), texts)
        self._wrong = Button(theme, self.tr("Only wrong ones"), kind="toggle")
        self._order.activated.connect(self._on_chosen)
        self._wrong.toggled.connect(self._on_chosen)
        self._taken: arrays.Taken | None = None

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Test pictures")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        suits = question.answer.is_class and not question.answer.feature.shape
        return 10 if suits and picture_input(question.bundle.spec) is not None else None

    @property
    @override
    def widget(self) -> QWidget:
        return self._view

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._order, self._wrong)

    @override
    def show(self, pictured: Pictured) -> None:
        if self.of_validation(pictured):
            answer = self.question.answer
            self._taken = arrays.taken(
                self.question.bundle, answer, self.question.rows, pictured.outputs[answer.output]
            )
            self._draw()

    def _on_chosen(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if self._taken is None:
            return
        found = self._taken
        if self._wrong.isChecked():
            found = found.part(found.true != found.predicted)
        kind = self._kinds[self._order.currentIndex()]
        if kind != IN_ORDER:
            by = -found.wrongness if kind == MOST_WRONG else found.confidence
            found = found.part(np.argsort(by, kind="stable"))
        shown = found.part(np.arange(min(SHOWN, len(found.rows))))
        none = self.tr("None of the pictures shown is taken for a wrong class.")
        self._view.set_empty_text(
            none if self._wrong.isChecked() else self.tr("There are no pictures to show.")
        )
        self._view.set_pictures(pictures_of(self.question, shown))


def pictures_of(question: Question, found: arrays.Taken) -> Pictures | None:
    """The pictures of some examples, for a grid; None where there are none."""
    source = picture_input(question.bundle.spec)
    if source is None or not len(found.rows):
        return None
    images = arrays.images_of(question.bundle, source.name, found.rows)
    return Pictures.of(images, found.predicted, found.true, found.confidence, question.answer.classes)
