"""How rows are divided into training, validation and test part."""

from typing import Final, cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.data.desk import DataDesk
from app.data.edits import RecipeEdits
from app.data.split_bar import SplitBar
from app.theme import SPACE, FontRole, Theme
from app.widgets import Bounds, ChoiceField, NumberCodec, NumberField, TextLabel
from engine.data.recipe.settings import SplitKind, SplitRecipe

_BY_COLUMN: Final = ("group", "time", "column")
_SEEDS: Final = NumberCodec(integer=True, bounds=Bounds(0, 2**53))


def _tr(text: str) -> str:
    return QCoreApplication.translate("SplitSection", text)


def kind_titles() -> dict[SplitKind, str]:
    """The kinds of splits for people."""
    return {
        "auto": _tr("auto"),
        "random": _tr("by chance"),
        "stratified": _tr("by chance, every class alike"),
        "group": _tr("groups stay together"),
        "time": _tr("the last rows are held out"),
        "column": _tr("as a column says"),
    }


class SplitSection(QWidget):
    """Kind of split, column, shares and seed."""

    def __init__(
        self, theme: Theme, desk: DataDesk, edits: RecipeEdits, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._desk, self._edits = theme, desk, edits
        self._offered: tuple[str, ...] = ()
        self.kind = ChoiceField(theme, _tr("Divide rows"), list(kind_titles().items()), "auto", stacked=True)
        self.kind.committed.connect(self._on_kind_committed)
        self.column: ChoiceField | None = None
        self._column_place = QVBoxLayout()
        self.reason = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.bar = SplitBar(theme)
        self.bar.committed.connect(edits.set_shares)
        self.seed = NumberField(
            theme, _tr("Seed"), 0, codec=_SEEDS, help_text=_tr("the same seed gives the same parts")
        )
        self.seed.committed.connect(self._on_seed_committed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.kind)
        column.addLayout(self._column_place)
        for widget in (self.reason, self.bar, self.seed):
            column.addWidget(widget)

    def refresh(self) -> None:
        """Shows what is known now."""
        data, plan = self._edits.data, self._desk.plan
        split = data.recipe.split
        self.kind.set_value(split.kind)
        self._show_column(split)
        if plan is not None:
            titles = kind_titles()
            chosen = split.kind == "auto"
            text = f"{titles[plan.split].capitalize()}: {plan.split_reason}" if chosen else ""
            self.reason.setText(text)
        self.reason.setVisible(bool(self.reason.text()))
        spec = self._edits.spec
        counts = (spec.counts.train, spec.counts.validation, spec.counts.test) if spec is not None else None
        by_words = plan is not None and plan.split == "column"
        self.bar.setVisible(not by_words)
        self.bar.set_shares(data.validation_fraction, data.test_fraction, self._desk.rows, counts)
        self.seed.set_value(data.seed)
        self.seed.setVisible(plan is None or plan.split in ("random", "stratified", "group"))

    def _show_column(self, split: SplitRecipe) -> None:
        """The choice of the column, where the kind of split needs one."""
        source = self._desk.source
        names = tuple(column.name for column in source.columns if not column.shape) if source else ()
        offered = names if split.kind in _BY_COLUMN else ()
        if offered != self._offered:
            self._offered = offered
            self._drop_column()
            if offered:
                choices = [("", _tr("that with the role")), *((name, name) for name in offered)]
                self.column = ChoiceField(self._theme, _tr("Column"), choices, "", stacked=True)
                self.column.committed.connect(self._on_column_committed)
                self._column_place.addWidget(self.column)
        if self.column is not None and split.column in ("", *offered):
            self.column.set_value(split.column)

    def _drop_column(self) -> None:
        if self.column is not None:
            self._column_place.removeWidget(self.column)
            self.column.hide()
            self.column.deleteLater()
            self.column = None

    def _on_kind_committed(self, kind: object) -> None:
        split = self._edits.recipe.split
        keeps = kind in _BY_COLUMN and kind == split.kind
        column = split.column if keeps else ""
        self._edits.set_split(SplitRecipe(kind=cast("SplitKind", kind), column=column))

    def _on_column_committed(self, name: object) -> None:
        self._edits.set_split(self._edits.recipe.split.model_copy(update={"column": name}))

    def _on_seed_committed(self, seed: object) -> None:
        if isinstance(seed, int):
            self._edits.set_seed(seed)
