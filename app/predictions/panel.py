"""A panel that shows one view of the predictions, and lets choose among those that suit the data and the network."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.i18n import said
from app.predictions.view import PredictionView, Question, choice
from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel
from app.widgets.flow import FlowLayout
from engine.training.reports import Pictured, Probe

if TYPE_CHECKING:
    from engine.training.watching.wish import Wish


class PredictionsPanel(QWidget):
    """Which view and which answer stand above; what the view itself lets choose, below them.

    Args:
        theme: of the window.
        key: unique among the panels of a window.
        place: of the view that is shown first, among those that suit.
    """

    wants_changed = Signal()

    def __init__(self, theme: Theme, key: str, place: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._key, self._place = theme, key, place
        self._questions: list[Question] = []
        self._shown: PredictionView | None = None
        self._is_fresh = True  # whether it has not caught up since this can be seen
        self._suiting: list[type[PredictionView]] = []
        self._kind = choice(theme, self.tr("View of the predictions"), [])
        self._answer = choice(theme, self.tr("Which answer of the network"), [])
        self._kind.activated.connect(self._on_kind)
        self._answer.activated.connect(self._on_answer)
        self._head = FlowLayout(2 * SPACE)  # beside a second panel there is room for one of them in a line
        self._nothing = TextLabel(theme, self.tr("The data is being read."), tone="dim", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence = TextLabel(theme, role=FontRole.SMALL, tone="warn", wrap=True)
        self._sentence.hide()
        self._lay_out()
        self._show_head()

    def _lay_out(self) -> None:
        self._head.addWidget(self._kind)
        self._head.addWidget(self._answer)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        self._column.setSpacing(SPACE)
        self._column.addLayout(self._head)
        self._column.addWidget(self._sentence)
        self._column.addWidget(self._nothing, 1)

    @property
    def view(self) -> QWidget | None:
        """The picture; None where there is none."""
        return self._shown.widget if self._shown is not None else None

    @property
    def shown(self) -> PredictionView | None:
        """The view that is shown."""
        return self._shown

    @property
    def suiting(self) -> Sequence[type[PredictionView]]:
        """The views to choose from."""
        return self._suiting

    def choose(self, kind: type[PredictionView]) -> None:
        """Show this view."""
        self._kind.setCurrentIndex(self._suiting.index(kind))
        self._on_kind()

    def say_why_empty(self, sentence: str) -> None:
        """There is nothing to show, and this is why."""
        self._nothing.setText(sentence)

    def set_questions(self, questions: Sequence[Question], *, read: bool, problem: str = "") -> None:
        """Other data or another network: a question for each of its answers.

        None where the data is not `read`: a `problem` says why it will not be, or it is on its way.
        """
        before = type(self._shown) if self._shown is not None else None
        same = bool(self._questions) and bool(questions) and self._questions[0].bundle is questions[0].bundle
        at = min(self._answer.currentIndex(), len(questions) - 1) if same else 0
        self._questions = list(questions)
        self._answer.clear()
        self._answer.addItems([_name(question) for question in questions])
        self._answer.setCurrentIndex(max(0, at))
        none = self.tr("There is no picture of such predictions; the curves show how it learns.")
        self._nothing.setText(none if read else problem or self.tr("The data is being read."))
        self._offer(before if same else None)

    def _offer(self, wanted: type[PredictionView] | None) -> None:
        from app.predictions.registry import views_for  # all plots, which come late

        self._suiting = views_for(self._questions[self._answer.currentIndex()]) if self._questions else []
        self._kind.clear()
        self._kind.addItems([view.title() for view in self._suiting])
        at = (
            self._suiting.index(wanted)
            if wanted in self._suiting
            else min(self._place, len(self._suiting) - 1)
        )
        self._kind.setCurrentIndex(at)
        self._on_kind()

    def _on_answer(self) -> None:
        self._offer(type(self._shown) if self._shown is not None else None)

    def _on_kind(self, _index: int = 0) -> None:
        if self._shown is not None:
            for widget in (*self._shown.controls(), self._shown.widget):
                widget.hide()
                self._head.removeWidget(widget)
                widget.deleteLater()
            self._shown.close()
            self._shown.deleteLater()
            self._shown = None
        at = self._kind.currentIndex()
        self._is_fresh = True
        if 0 <= at < len(self._suiting):
            question = self._questions[self._answer.currentIndex()]
            self._shown = self._suiting[at](self._theme, question, self._key)
            for widget in self._shown.controls():
                self._head.addWidget(widget)
            self._column.addWidget(self._shown.widget, 1)
            self._shown.wants_changed.connect(self.wants_changed)
        self._sentence.hide()
        self._show_head()
        self.wants_changed.emit()

    def _show_head(self) -> None:
        self._kind.setVisible(bool(self._suiting))
        self._answer.setVisible(len(self._questions) > 1)
        self._nothing.setVisible(self._shown is None)

    # -- what it wants and gets --------------------------------------------------------------------
    def probes(self) -> tuple[Probe, ...]:
        """Inputs to be predicted, where this is seen."""
        return self._shown.probes() if self._shown is not None and self.isVisible() else ()

    def wishes(self) -> "tuple[Wish, ...]":
        """What else is wanted, where this is seen."""
        return self._shown.wishes() if self._shown is not None and self.isVisible() else ()

    @property
    def validation(self) -> bool:
        """Whether predictions of validation are wanted."""
        return self._shown is not None and self._shown.validation and self.isVisible()

    def catch_up(self, answers: Iterable[Pictured]) -> None:
        """Draw the newest answers, once since this can be seen: they may have come while it could not."""
        if self._is_fresh and self.isVisible():
            self._is_fresh = False
            for pictured in answers:
                self.show_answer(pictured)

    def show_answer(self, pictured: Pictured) -> None:
        """Draw an answer, if it is for this; say why there is none."""
        if self._shown is None or not self.isVisible():
            return
        mine = pictured.probe.startswith(f"{self._key}/") or self._shown.of_validation(pictured)
        if mine or (pictured.sentence and self._shown.validation and "/" not in pictured.probe):
            self._sentence.setText(said(pictured.sentence))
            self._sentence.setVisible(bool(pictured.sentence))
        self._shown.show(pictured)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._is_fresh = True
        self.wants_changed.emit()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.wants_changed.emit()


def _name(question: Question) -> str:
    feature = question.answer.feature
    words = " · ".join(feature.column_names[:2])
    return f"{feature.name} ({words})" if words and words != feature.name else feature.name
