"""The preparation of the data beside its table: roles, steps, parts, balance, windows, augmentation.

Nothing is kept here. The panel shows the recipe of the project together with the plan that completes it, and every control
ends in one edit of the project, so that Ctrl+Z takes it back and a reopened project shows it again.
"""

from typing import Final, cast

from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.data.augment_section import AugmentSection
from app.data.balance_section import BalanceSection, class_target
from app.data.column_page import ColumnPage, decided_steps
from app.data.columns_list import ColumnRow, ColumnsList
from app.data.desk import DataDesk
from app.data.edits import RecipeEdits
from app.data.split_section import SplitSection
from app.data.windows_section import WindowsSection
from app.data.words import kind_words
from app.document import Document
from app.i18n import said
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, CollapsibleSection, Heading, SearchField, TextLabel
from engine.data.recipe.plan import Plan
from engine.data.recipe.settings import ColumnRecipe, Recipe, Role
from engine.data.sources.base import Kind

MANY = 10  # columns, from which on they can be searched
_UNDECIDED: Final = ColumnRecipe()


def _tr(text: str) -> str:
    return QCoreApplication.translate("PreparePanel", text)


class PreparePanel(QWidget):
    """The recipe of the open project. Its columns follow the one that is chosen on the desk, and choose it."""

    def __init__(
        self, theme: Theme, document: Document, desk: DataDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._document, self._desk = theme, document, desk
        self._shown: tuple[Plan, Recipe] | None = None
        self.edits = RecipeEdits(document)
        self.summary = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.problem = TextLabel(theme, tone="bad", wrap=True)
        self.reset = Button(theme, _tr("All to auto"), icon="undo", kind="quiet")
        self.search = SearchField(theme, _tr("Find a column\N{HORIZONTAL ELLIPSIS}"))
        self.columns = ColumnsList(theme)
        self.hint = TextLabel(
            theme,
            _tr("Click a role to change it, or press I, T, X, A for input, target, ignore, auto."),
            role=FontRole.SMALL,
            tone="dim",
            wrap=True,
        )
        self.page = ColumnPage(theme, desk, self.edits)
        self.split = SplitSection(theme, desk, self.edits)
        self.balance = BalanceSection(theme, desk, self.edits)
        self.windows = WindowsSection(theme, desk, self.edits)
        self.augment = AugmentSection(theme, document, desk)
        self._sections = self._make_sections()
        self._roles = QWidget()
        self._lay_out()
        self._connect()
        self.refresh()

    # -- layout ------------------------------------------------------------------------------------------------
    def _make_sections(self) -> dict[QWidget, CollapsibleSection]:
        titles = {
            self.split: _tr("Training and validation"),
            self.balance: _tr("Class balance"),
            self.windows: _tr("Rows in time"),
            self.augment: _tr("Augmentation"),
        }
        return {content: CollapsibleSection(self._theme, title, content) for content, title in titles.items()}

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(Heading(self._theme, _tr("Columns")), 1)
        head.addWidget(self.reset)
        roles = QVBoxLayout(self._roles)
        roles.setContentsMargins(0, 0, 0, 0)
        roles.setSpacing(2 * SPACE)
        roles.addLayout(head)
        for widget in (self.summary, self.problem, self.search, self.columns, self.hint, self.page):
            roles.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4 * SPACE)
        column.addWidget(self._roles)
        for section in self._sections.values():
            column.addWidget(section)
        self._sections[self.windows].heading.setChecked(False)
        self.setAccessibleName(_tr("Preparation of the data"))

    def _connect(self) -> None:
        self.reset.clicked.connect(self.edits.forget_all)
        self.search.textChanged.connect(self._on_search_changed)
        self.search.moved_down.connect(self.columns.setFocus)
        self.columns.role_wanted.connect(self._on_role_wanted)
        self.columns.selected_changed.connect(self._on_columns_selected)
        self._desk.changed.connect(self.refresh)
        self._desk.opened.connect(self._on_desk_opened)
        self._desk.column_chosen.connect(self._on_desk_column_chosen)
        self._document.section_changed.connect(self._on_section_changed)
        self._document.inferred.connect(self._on_inferred)
        self._document.data_described.connect(self._on_data_described)

    # -- what is shown -----------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Shows what is known now."""
        source, plan = self._desk.source, self._desk.plan
        own = source is not None and plan is not None and not self._desk.bundled
        self._roles.setVisible(own)
        kinds = {column.kind for column in source.columns} if source is not None else set()
        shown = {
            self.split: own,
            self.balance: own and plan is not None and class_target(plan) is not None,
            self.windows: own and bool(kinds & {Kind.NUMBER}),
            self.augment: source is not None and bool(self.augment.column()),
        }
        for content, section in self._sections.items():
            section.setVisible(shown[content])
        if own and plan is not None:
            self._show_plan(plan)
        if shown[self.augment]:
            self.augment.refresh()

    def _show_plan(self, plan: Plan) -> None:
        recipe = self.edits.recipe
        if (plan, recipe) != self._shown:
            self._shown = (plan, recipe)
            self.columns.set_rows(self._rows(plan, recipe))
        self.search.setVisible(len(plan.columns) > MANY)
        self.summary.setText(self._summary(plan))
        self.summary.setVisible(bool(self.summary.text()))
        self.problem.setText(said(plan.problem))
        self.problem.setVisible(bool(plan.problem))
        self.reset.setVisible(recipe != Recipe(rules=recipe.rules))
        if not self.columns.selected():
            first = self._desk.column or next((each.name for each in plan.targets), plan.columns[0].name)
            self.columns.choose(first)
        self.page.show_columns(self.columns.selected())
        self.split.refresh()
        self.balance.refresh()
        self.windows.refresh()

    def _rows(self, plan: Plan, recipe: Recipe) -> list[ColumnRow]:
        rows = []
        for each in plan.columns:
            decided = recipe.columns.get(each.name, _UNDECIDED)
            own = decided.role != "auto"
            role = decided.role if own else each.role
            kind, reason = kind_words(each.column), "" if own else said(each.reason)
            steps = decided is not _UNDECIDED and decided_steps(decided)
            rows.append(ColumnRow(each.name, kind, role, own, reason, steps))
        return rows

    def _summary(self, plan: Plan) -> str:
        inputs, targets = len(plan.inputs), [each.name for each in plan.targets]
        if not inputs or not targets:
            return ""
        what = _tr("{count} inputs") if inputs != 1 else _tr("{count} input")
        goal = ", ".join(targets[:2]) + (", \N{HORIZONTAL ELLIPSIS}" if len(targets) > 2 else "")
        left = len(plan.with_role("ignore"))
        rest = _tr(", {count} left out").format(count=left) if left else ""
        return _tr("{inputs} to predict {target}{rest}.").format(
            inputs=what.format(count=f"{inputs:,}"), target=goal, rest=rest
        )

    # -- what happened -----------------------------------------------------------------------------------------
    def open_role_menu(self, name: str, place: QPoint) -> None:
        """Opens the menu of roles for one column at a place on the screen."""
        self.columns.choose(name)
        self.columns.open_menu_at(place)

    def _on_role_wanted(self, names: tuple[str, ...], role: str) -> None:
        self.edits.set_role(names, cast("Role", role))

    def _on_columns_selected(self, names: tuple[str, ...]) -> None:
        self.page.show_columns(names)
        if len(names) == 1:
            self._desk.choose_column(names[0])

    def _on_desk_column_chosen(self, name: str) -> None:
        if name not in self.columns.selected():
            self.columns.choose(name)
        area = self._scroll_area()
        if area is not None and name:
            area.ensureWidgetVisible(self.columns, 0, 2 * SPACE)

    def _scroll_area(self) -> QScrollArea | None:
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        return above

    def _on_search_changed(self, text: str) -> None:
        wanted = text.casefold()
        for place in range(self.columns.columns.rowCount()):
            name = self.columns.columns.row_at(self.columns.columns.index(place)).name
            self.columns.setRowHidden(place, wanted not in name.casefold())

    def _on_desk_opened(self, _source: object) -> None:
        for part in (self.page, self.balance, self.augment):
            part.forget()

    def _on_section_changed(self, _key: str) -> None:
        self.refresh()

    def _on_data_described(self, _spec: object) -> None:
        self.refresh()

    def _on_inferred(self, _found: object) -> None:
        if self._sections[self.augment].isVisibleTo(self):
            self.augment.refresh()
