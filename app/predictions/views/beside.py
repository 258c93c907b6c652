"""The output of an autoencoder or of a segmentation beside its input."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.beside import BesideView
from app.predictions.view import PredictionView, Question
from app.theme import Theme
from engine.training.predictions.beside import makes_pictures, pairs
from engine.training.reports import Pictured

SHOWN = 24


class Beside(PredictionView):
    """The first pictures of validation, always the same ones, so that each can be followed."""

    validation = True

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._view = BesideView(theme)

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "What it makes of pictures")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        return 10 if makes_pictures(question.bundle.spec, question.answer) else None

    @property
    @override
    def widget(self) -> QWidget:
        return self._view

    @override
    def show(self, pictured: Pictured) -> None:
        if self.of_validation(pictured):
            answer = self.question.answer
            found = pairs(
                self.question.bundle, answer, self.question.rows, pictured.outputs[answer.output], SHOWN
            )
            self._view.set_pairs(found)
