"""What every view of predictions declares: whether it suits a question, what it wants of the run, what it draws."""

import time
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.theme import SPACE, FontRole, Theme
from app.widgets import ChoiceBox, TextLabel
from engine.data.bundle import DataBundle
from engine.training.reports import VALIDATION, Pictured, Probe

if TYPE_CHECKING:
    from engine.training.predictions.answers import Answer
    from engine.training.watching.wish import Wish


@dataclass(frozen=True, eq=False)
class Question:
    """What views are about: the data, one of the answers of the network, and its layers by id and name."""

    bundle: DataBundle
    answer: "Answer"
    layers: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> range:
        """Whose predictions are shown."""
        return self.bundle.validation or self.bundle.train


class PredictionView(QObject):
    """One kind of view, made for one question.

    `wants_changed` says that it wants something else of the run than before. `key` is unique among those that are shown.
    """

    wants_changed = Signal()
    validation = False  # whether it wants to know how the shown rows are predicted

    def __init__(self, theme: Theme, question: Question, key: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme, self.question, self.key = theme, question, key
        self.version = time.monotonic_ns()

    @staticmethod
    @abstractmethod
    def title() -> str:
        """What it is called."""

    @staticmethod
    @abstractmethod
    def rank(question: Question) -> int | None:
        """Its place among those that suit the question, the most telling first; None where it does not suit."""

    @property
    @abstractmethod
    def widget(self) -> QWidget:
        """What is shown."""

    def controls(self) -> Sequence[QWidget]:
        """What stands above the picture to choose by."""
        return ()

    def probes(self) -> tuple[Probe, ...]:
        """Inputs that it wants to be predicted."""
        return ()

    def wishes(self) -> "tuple[Wish, ...]":
        """What else it wants of the run."""
        return ()

    @abstractmethod
    def show(self, pictured: Pictured) -> None:
        """Draw an answer to what it wanted, or those of the shown rows."""

    def close(self) -> None:
        """It is shown no longer."""

    # -- for those who are made of it --------------------------------------------------------------
    def name(self, part: str) -> str:
        """A name for a probe or wish of this view."""
        return f"{self.key}/{part}"

    def is_mine(self, pictured: Pictured, part: str) -> bool:
        """Whether it answers a probe or wish of this view as that is now."""
        return pictured.probe == self.name(part) and pictured.version in (0, self.version)

    def of_validation(self, pictured: Pictured) -> bool:
        """Whether it has predictions of the shown rows."""
        return pictured.probe == VALIDATION and self.question.answer.output in pictured.outputs

    def want_anew(self) -> None:
        """What is wanted is another thing now; answers to what was wanted before are not drawn."""
        self.version = time.monotonic_ns()
        self.wants_changed.emit()


def choice(theme: Theme, name: str, texts: Sequence[str], current: int = 0) -> ChoiceBox:
    """A drop-down list of a view."""
    box = ChoiceBox(theme)
    box.addItems(list(texts))
    box.setCurrentIndex(current)
    box.setAccessibleName(name)
    box.setToolTip(name)
    return box


def together(*parts: QWidget) -> QWidget:
    """Controls that stay beside each other, where others go to the next line."""
    whole = QWidget()
    whole.setAccessibleName(" / ".join(part.accessibleName() for part in parts if part.accessibleName()))
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2 * SPACE)
    for part in parts:
        row.addWidget(part)
    return whole


def named(theme: Theme, field: QWidget) -> QWidget:
    """A field behind its name."""
    return together(TextLabel(theme, field.accessibleName(), role=FontRole.SMALL, tone="dim"), field)
