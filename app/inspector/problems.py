"""The problems of what is selected, each with the button that mends it."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import said
from app.theme import SPACE, FontRole, Theme
from app.widgets import RemedyButton, TextLabel, Tone
from engine.graph.diagnostics import Diagnostic, Severity

_TONES: dict[Severity, Tone] = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "accent"}


class ProblemList(QWidget):
    """Sentences with remedies; `remedy_chosen` carries the `Diagnostic` whose button was pressed."""

    remedy_chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[Diagnostic, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE)
        self.hide()

    def set_problems(self, problems: Iterable[Diagnostic]) -> None:
        """Shows other problems; hides itself where there are none."""
        wanted = tuple(problems)
        if wanted == self._shown:
            return
        self._shown = wanted
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for problem in wanted:
            self._add(problem)
        self.setVisible(bool(wanted))

    def _add(self, problem: Diagnostic) -> None:
        sentence = said(problem.sentence)
        label = TextLabel(
            self._theme, sentence, role=FontRole.SMALL, tone=_TONES[problem.severity], wrap=True
        )
        label.setAccessibleName(f"{said(problem.severity.value)}: {sentence}")
        self._column.addWidget(label)
        if problem.remedy is not None:
            button = RemedyButton(self._theme, said(problem.remedy.label))
            button.clicked.connect(lambda: self.remedy_chosen.emit(problem))
            self._column.addWidget(button)
