"""Examples of a table or text in words, a line each, with what they are and what they are taken for."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from app.predictions.view import Question
from app.theme import FontRole, Theme
from engine.training.predictions.arrays import Taken
from engine.training.predictions.examples import in_words


class ExampleList(QListWidget):
    """A list that is walked with the arrow keys."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: list[str] = []
        self.setAccessibleName(self.tr("Examples"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setFont(theme.font(FontRole.SMALL))

    def show_examples(self, question: Question, found: Taken) -> None:
        """Show these, in their order."""
        names = question.answer.classes
        lines = []
        for row, predicted, sure in zip(
            found.rows.tolist(), found.predicted.tolist(), found.confidence.tolist(), strict=True
        ):
            taken = names[predicted] if predicted < len(names) else str(predicted)
            lines.append(
                self.tr("Row {row}, {words}: taken for {name}, {percent} %").format(
                    row=row + 1, words=in_words(question.bundle, row), name=taken, percent=round(100 * sure)
                )
            )
        self.show_lines(lines)

    def show_lines(self, lines: list[str]) -> None:
        """Show these lines; the one that was chosen stays chosen where it is still there."""
        if lines == self._shown:
            return
        chosen = self.currentItem().text() if self.currentItem() is not None else ""
        self._shown = lines
        self.clear()
        for line in lines:
            item = QListWidgetItem(line)
            item.setToolTip(line)
            self.addItem(item)
            if line == chosen:
                self.setCurrentItem(item)
