"""What is done about classes that are rare, beside how rare they are."""

from collections.abc import Mapping
from typing import Final, cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.data.class_bars import ClassBars, ClassCount
from app.data.desk import DataDesk
from app.data.edits import Balance, RecipeEdits
from app.i18n import together
from app.theme import SPACE, FontRole, Theme
from app.widgets import ChoiceField, TextLabel
from engine.data.recipe.glimpse import SINGLE, class_counts
from engine.data.recipe.plan import Plan, PlannedColumn
from engine.data.sources.base import BLOCK_ROWS

_UNEVEN: Final = 3.0  # times that the most frequent class outnumbers the rarest, from which it matters


def _tr(text: str) -> str:
    return QCoreApplication.translate("BalanceSection", text)


def class_target(plan: Plan) -> PlannedColumn | None:
    """The target whose classes can be balanced; None where there is none."""
    countable = (c for c in plan.targets if c.task == "classes" and c.column.kind in SINGLE)
    return next(countable, None)


class BalanceSection(QWidget):
    """The choice, and the classes with what it does to them."""

    def __init__(
        self, theme: Theme, desk: DataDesk, edits: RecipeEdits, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._edits = desk, edits
        self._classes: Mapping[str, int] = {}
        self._counted = ""  # the column whose classes are known, or being counted
        self._partly = True  # known from the first rows alone
        choices = [
            ("none", _tr("leave them as they are")),
            ("weights", _tr("let their rows count more")),
            ("resample", _tr("repeat their rows")),
        ]
        self.choice = ChoiceField(theme, _tr("Rare classes"), choices, "none", stacked=True)
        self.choice.committed.connect(self._on_choice_committed)
        self.about = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.bars = ClassBars(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        for widget in (self.choice, self.about, self.bars):
            column.addWidget(widget)

    def forget(self) -> None:
        """Another file is open: count again."""
        self._counted, self._partly = "", True

    def refresh(self) -> None:
        """Shows what is decided, and the classes once they are counted."""
        plan = self._desk.plan
        target = class_target(plan) if plan is not None else None
        known = self._desk.profile
        if target is not None and known is not None and known.target == target.name and known.classes:
            self._counted, self._partly = target.name, False
            self._classes = {each.value: each.count for each in known.classes}
        elif target is not None and target.name != self._counted and self._desk.rows is not None:
            self._counted, self._classes, name = target.name, {}, target.name
            self._partly = True
            self._desk.read("classes", lambda source: class_counts(source, name), self._on_counted)
        self._show()

    def _on_counted(self, classes: Mapping[str, int]) -> None:
        if self._partly:  # else all rows have been counted since
            self._classes = classes
        self._show()

    def _of_the_first(self) -> str:
        rows = self._desk.rows
        if not self._partly or not self._classes or (rows is not None and rows <= BLOCK_ROWS):
            return ""
        return _tr("Counted in the first {rows:,} rows.").format(rows=BLOCK_ROWS)

    def _show(self) -> None:
        balance, classes = self._edits.recipe.balance, self._classes
        self.choice.set_value(balance)
        self.about.setText(together(_about(balance, classes), self._of_the_first()))
        self.bars.set_classes([ClassCount(n, c, _effect(balance, c, classes)) for n, c in classes.items()])

    def _on_choice_committed(self, value: object) -> None:
        self._edits.set_balance(cast("Balance", value))


def _about(balance: Balance, classes: Mapping[str, int]) -> str:
    if balance == "weights":
        return _tr("Each row of a rare class counts for more, so that all classes matter alike.")
    if balance == "resample":
        return _tr("Rows of rare classes are repeated in the training part, until all are as many.")
    counts = [count for count in classes.values() if count]
    if counts and max(counts) >= _UNEVEN * min(counts):
        return _tr("Some classes are rare: a network may do well by never naming them.")
    return _tr("No class is rare.") if counts else ""


def _effect(balance: Balance, count: int, classes: Mapping[str, int]) -> str:
    """What happens to the rows of a class: the weight of each, or how often each is taken on average."""
    if balance == "none" or not count:
        return ""
    counts = [each for each in classes.values() if each]
    factor = sum(counts) / len(counts) / count if balance == "weights" else max(counts) / count
    return f"× {factor:.2g}" if factor < 10 else f"× {factor:,.0f}"
