"""The line that says that drawings lie off the middle, or that they were brought there, and does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, TextLabel

if TYPE_CHECKING:  # whoever opens the page need not wait for what answers
    from engine.models.answering.results import Results


class CentringLine(QWidget):
    """Hidden where there is nothing to say. `wanted`: what is drawn shall be centred, or left where it is."""

    wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="warn", wrap=True)
        self.centre = Button(theme, self.tr("Centre what is drawn"))
        self.centre.clicked.connect(self.wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 0, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self.sentence)
        column.addWidget(self.centre, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_results(self, results: Results, *, by_itself: bool) -> None:
        """Say it of these; of a drawing that was centred `by_itself` nothing need be said."""
        if results.centred:
            self.sentence.setText(self.tr("What is drawn was centred before it was predicted."))
            self.centre.setText(self.tr("As they are"))
        else:
            words = self.tr(
                "{count:,} of {rows:,} lie off the middle or have another size than what was learned."
            )
            self.sentence.setText(words.format(count=results.away, rows=results.rows))
            self.centre.setText(self.tr("Centre what is drawn"))
        self.setVisible((results.centred and not by_itself) or results.looks_off_centre)
