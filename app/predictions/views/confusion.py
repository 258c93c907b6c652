"""The confusion matrix, each cell of which leads to its examples."""

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.confusion import ConfusionView
from app.plots.pictures import PictureGrid
from app.predictions.examples import ExampleList
from app.predictions.view import PredictionView, Question
from app.predictions.views.images import SHOWN, pictures_of
from app.theme import SPACE, FontRole, Theme
from app.widgets import Heading, TextLabel
from engine.training.predictions import arrays
from engine.training.predictions.beside import picture_input
from engine.training.reports import Pictured

MOST_CLASSES = 30  # a table of letters could not be read


class Confusion(PredictionView):
    """A matrix of counts, and beside it the examples of the cell that was chosen."""

    validation = True

    def __init__(self, theme: Theme, question: Question, key: str) -> None:
        super().__init__(theme, question, key)
        self._matrix = ConfusionView(theme)
        self._heading = Heading(theme, "")
        self._grid, self._list = PictureGrid(theme), ExampleList(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._grid)
        self._stack.addWidget(self._list)
        self._stack.setCurrentWidget(self._grid if picture_input(question.bundle.spec) else self._list)
        self._side = QWidget()
        column = QVBoxLayout(self._side)
        column.setContentsMargins(SPACE, 0, 0, 0)
        column.addWidget(self._heading)
        column.addWidget(self._stack, 1)
        self._side.hide()
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._standing = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self._standing.hide()
        left = QWidget()
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE)
        rows.addWidget(self._matrix, 1)
        rows.addWidget(self._standing)
        self._split.addWidget(left)
        self._split.addWidget(self._side)
        self._split.setHandleWidth(1)
        self._taken: arrays.Taken | None = None
        self._cell: tuple[int, int] | None = None
        self._matrix.chosen.connect(self._on_matrix_chosen)

    @staticmethod
    @override
    def title() -> str:
        return QCoreApplication.translate("Presenter", "Confusion")

    @staticmethod
    @override
    def rank(question: Question) -> int | None:
        return 20 if question.answer.is_class and len(question.answer.classes) <= MOST_CLASSES else None

    @property
    @override
    def widget(self) -> QWidget:
        return self._split

    @override
    def show(self, pictured: Pictured) -> None:
        if not self.of_validation(pictured):
            return
        bundle, answer = self.question.bundle, self.question.answer
        outputs = pictured.outputs[answer.output]
        counts = arrays.confusion(bundle, answer, self.question.rows, outputs)
        names = answer.classes if len(answer.classes) == len(counts) else tuple(map(str, range(len(counts))))
        self._matrix.set_counts(counts, names)
        self._standing.setText(self._matrix.standing())
        self._standing.show()
        if not answer.feature.shape:
            self._taken = arrays.taken(bundle, answer, self.question.rows, outputs)
            if self._cell is not None:
                self._show_examples()

    def _on_matrix_chosen(self, cell: object) -> None:
        self._cell = cell if isinstance(cell, tuple) and cell != self._cell else None
        self._side.setVisible(self._cell is not None and self._taken is not None)
        self._matrix.mark(self._cell)
        if self._cell is not None and self._taken is not None:
            self._show_examples()

    def _show_examples(self) -> None:
        if self._taken is None or self._cell is None:
            return
        row, column = self._cell
        found = self._taken.part((self._taken.true == row) & (self._taken.predicted == column))
        found = found.part(np.argsort(-found.confidence, kind="stable")[:SHOWN])
        self._heading.setText(self._matrix.sentence(row, column))
        if self._stack.currentWidget() is self._grid:
            self._grid.set_empty_text(self.tr("No example is in this cell now."))
            self._grid.set_pictures(pictures_of(self.question, found))
        else:
            self._list.show_examples(self.question, found)
