"""A map of what a layer makes of the examples: alike lies beside alike; it forms and moves while the network learns."""

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.map import MapView
from app.predictions.view import PredictionView, Question, choice
from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel
from engine.tensor.spec import Array
from engine.training.predictions import arrays
from engine.training.predictions.beside import picture_input
from engine.training.predictions.examples import in_words, true_in_words
from engine.training.reports import Pictured
from engine.training.watching.chart import PLACES, SHARES, STEPS, Chart, Method
from engine.training.watching.wish import Wish

ROWS = 300
SIDE = 96


class Map(PredictionView):
    """Points coloured by class or by value; a click shows the example."""

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._methods: tuple[Method, ...] = ("components", "neighbours")
        names = [name for _, name in question.layers]
        self._layer = choice(theme, self.tr("Layer"), names, max(0, len(names) - 2))
        texts = [self.tr("Principal components"), self.tr("Neighbours")]
        self._method = choice(theme, self.tr("Kind of map"), texts)
        for box in (self._layer, self._method):
            box.activated.connect(self._on_chosen)
        self._view = MapView(theme)
        self._view.chosen.connect(self._on_view_chosen)
        self._picture, self._words = QLabel(), TextLabel(theme, role=FontRole.SMALL, wrap=True)
        self._picture.setAccessibleName(self.tr("Picture of the chosen example"))
        self._side = QWidget()
        self._side.setFixedWidth(160)
        self._side.hide()
        column = QVBoxLayout(self._side)
        column.setContentsMargins(2 * SPACE, 0, 0, 0)
        column.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._words, 1, Qt.AlignmentFlag.AlignTop)
        self._page = QWidget()
        row = QHBoxLayout(self._page)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._view, 1)
        row.addWidget(self._side)
        self._true = self._answers()

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Map of a layer")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        return 40 if question.layers and len(question.rows) >= 3 else None

    @property
    @override
    def widget(self) -> QWidget:
        return self._page

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._layer, self._method)

    def _answers(self) -> Array:
        """What colours the points: classes (n,), of a sequence the last, or the first of the numbers."""
        question = self.question
        rows = question.rows[:ROWS]
        if question.answer.is_class:
            true = arrays.true_classes(question.bundle, question.answer, rows)
            return true.reshape(len(true), -1)[:, -1]
        return arrays.true_values(question.bundle, question.answer, rows)[:, 0]

    @override
    def wishes(self) -> tuple[Wish, ...]:
        node = self.question.layers[self._layer.currentIndex()][0]
        return (Chart(self.name("map"), node, ROWS, self._methods[self._method.currentIndex()]),)

    def _on_chosen(self) -> None:
        self._view.clear()
        self.want_anew()

    @override
    def show(self, pictured: Pictured) -> None:
        if pictured.probe != self.name("map"):
            return
        if pictured.sentence:
            self._view.clear()
            self._view.set_empty_text(pictured.sentence)
            return
        found, answer = pictured.outputs, self.question.answer
        self._view.set_map(
            found[PLACES], self._true[: len(found[PLACES])], answer.classes if answer.is_class else ()
        )
        if SHARES in found:
            words = self.tr("{share:.0f} % of the variance")
            self._view.set_title(words.format(share=100 * float(np.sum(found[SHARES]))))
        else:
            self._view.set_title(self.tr("{count} steps of the map").format(count=f"{int(found[STEPS]):,}"))

    def _on_view_chosen(self, place: object) -> None:
        self._side.setVisible(isinstance(place, int))
        if not isinstance(place, int):
            return
        row, bundle = self.question.rows[place], self.question.bundle
        value = self._true[place].item()
        name = true_in_words(self.question.answer.feature, value)
        words = self.tr("Row {row}: {name}. {words}")
        self._words.setText(words.format(row=row + 1, name=name, words=in_words(bundle, row)).strip())
        source = picture_input(bundle.spec)
        self._picture.setVisible(source is not None)
        if source is not None:
            self._picture.setPixmap(_pixmap(arrays.images_of(bundle, source.name, np.array([row]))[0]))


def _pixmap(pixels: Array) -> QPixmap:
    height, width = pixels.shape[:2]
    kind = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
    image = QImage(pixels.tobytes(), width, height, pixels.strides[0], kind)
    return QPixmap.fromImage(image).scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio)
