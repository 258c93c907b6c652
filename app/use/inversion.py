"""The line that says that pictures look inverted, or that they were, and turns them round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, TextLabel

if TYPE_CHECKING:  # whoever opens the page need not wait for what answers
    from engine.models.answering.results import Results


class InversionLine(QWidget):
    """Hidden where there is nothing to say. `wanted`: the pictures shall be turned round, or back."""

    wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="warn", wrap=True)
        self.turn = Button(theme, self.tr("Invert"))
        self.turn.clicked.connect(self.wanted)
        column = QVBoxLayout(
            self
        )  # one below the other: beside a button the sentence is a pillar in a narrow window
        column.setContentsMargins(2 * SPACE, 0, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self.sentence)
        column.addWidget(self.turn, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_results(self, results: Results) -> None:
        """Say it of these."""
        if results.inverted:
            self.sentence.setText(self.tr("The pictures were inverted before they were predicted."))
            self.turn.setText(self.tr("As they are"))
        else:
            self.sentence.setText(
                self.tr("Looks inverted: the network learned pictures with the other ground.")
            )
            self.turn.setText(self.tr("Invert"))
        self.setVisible(results.inverted or results.looks_inverted)
