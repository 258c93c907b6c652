"""What becomes of the selected columns: the steps as forms made from their declarations, and a look at the result."""

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.data.before_after import BeforeAfter
from app.data.desk import DataDesk
from app.data.edits import RecipeEdits, differs
from app.data.picture_grid import PictureGrid
from app.data.roles import role_title
from app.data.words import kind_words
from app.i18n import said, together
from app.inspector.fields import Options
from app.inspector.form import ModelForm
from app.inspector.kinds import Nested, kind_of, title_of_model
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, ElidedLabel, TextLabel
from engine.data.recipe.glimpse import Glimpse, glimpse
from engine.data.recipe.picture_sample import PictureSample, sample_picture
from engine.data.recipe.plan import Plan, PlannedColumn
from engine.data.recipe.settings import ColumnRecipe
from engine.data.sources.base import Kind, Source

_STEPS: Final = {
    Kind.NUMBER: ("missing", "numbers", "categories"),
    Kind.BOOL: ("missing", "numbers", "categories"),
    Kind.TEXT: ("missing", "categories"),
    Kind.DATE: ("missing", "dates", "numbers"),
    Kind.PICTURE: ("picture",),
    Kind.SOUND: ("sound",),
    Kind.ARRAY: ("numbers",),
}
"""The steps that can be chosen for a kind of column, in the order in which they are taken."""

_PREPARED: Final = ("input", "target")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ColumnPage", text)


class ColumnPage(QWidget):
    """Steps of one or several columns; a change is made in all of them."""

    def __init__(
        self, theme: Theme, desk: DataDesk, edits: RecipeEdits, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._desk, self._edits = theme, desk, edits
        self._names: tuple[str, ...] = ()
        self._shape: tuple[object, ...] = ()
        self._looked: list[PlannedColumn] | None = None  # what is shown, or being read, of the open file
        self.form: ModelForm | None = None
        self.title = ElidedLabel(theme, role=FontRole.STRONG)
        self.kind = TextLabel(theme, role=FontRole.SMALL, tone="dim")
        self.reason = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.suggestion = TextLabel(theme, role=FontRole.SMALL, tone="warn", wrap=True)
        self.becomes = TextLabel(theme, wrap=True)
        self.table = BeforeAfter(theme)
        self.pictures = PictureGrid(theme, _tr("A picture in the file and for the network"), 2)
        self.reset = Button(theme, _tr("Reset to auto"), icon="undo", kind="quiet")
        self.reset.clicked.connect(self._on_reset_clicked)
        self._form_place = QVBoxLayout()
        self._lay_out()

    def names(self) -> tuple[str, ...]:
        """The columns that are shown."""
        return self._names

    def show_columns(self, names: Sequence[str]) -> None:
        """Shows the steps of these columns."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._looked = None
            self._show_glimpse(Glimpse(""))
        self.refresh()

    def forget(self) -> None:
        """Another file is open: what was read of the old one does not count any more."""
        self._looked = None

    def refresh(self) -> None:
        """Shows what is known now."""
        plan = self._desk.plan
        planned = self._planned(plan) if plan is not None else []
        self.setVisible(bool(planned))
        if not planned:
            return
        self._show_words(planned)
        self._show_form(planned)
        decided = [self._edits.recipe.of(name) for name in self._names]
        self.reset.setVisible(any(each != ColumnRecipe() for each in decided))
        self._look(planned)

    def _planned(self, plan: Plan) -> list[PlannedColumn]:
        known = {each.name: each for each in plan.columns}
        return [known[name] for name in self._names if name in known]

    # -- layout ------------------------------------------------------------------------------------------------
    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(self.title, 1)
        head.addWidget(self.kind)
        foot = QHBoxLayout()
        foot.addWidget(self.reset)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        column.addWidget(line)
        column.addLayout(head)
        column.addWidget(self.reason)
        column.addLayout(self._form_place)
        for widget in (self.suggestion, self.becomes, self.table, self.pictures):
            column.addWidget(widget)
        column.addLayout(foot)

    def _show_words(self, planned: Sequence[PlannedColumn]) -> None:
        first = planned[0]
        if len(planned) == 1:
            self.title.setText(first.name)
            self.kind.setText(kind_words(first.column))
            why = said(first.reason) if "role" in first.guessed else _tr("Your choice.")
            lines = [_tr("{topic}: {words}").format(topic=role_title(first.role).capitalize(), words=why)]
            lines += [
                said(first.reasons[step])
                for step in _common_steps(planned)
                if step in first.guessed & set(first.reasons)
            ]
            self.reason.setText(together(*lines))
            self.suggestion.setText(said(first.suggestion))
        else:
            self.title.setText(_tr("{count} columns").format(count=len(planned)))
            self.kind.setText("")
            self.reason.setText(_tr("A change is made in all of them."))
            self.suggestion.setText("")
        self.suggestion.setVisible(bool(self.suggestion.text()))

    # -- the form ----------------------------------------------------------------------------------------------
    def _show_form(self, planned: Sequence[PlannedColumn]) -> None:
        """A form of the steps that all of these columns may take; made anew where its choices change."""
        steps = _common_steps(planned)
        values = [self._edits.recipe.of(each.name) for each in planned]
        autos = tuple(_auto_text(planned, step) for step in steps)
        differing = tuple(s for s in steps if any(getattr(v, s) != getattr(values[0], s) for v in values))
        shape = (self._names, steps, autos, differing, tuple(values) if differing else ())
        if self.form is not None and shape == self._shape:
            if not differing:
                self.form.set_value(values[0])
            return
        self._shape = shape
        focused = self.form is not None and self.form.isAncestorOf(self.window().focusWidget())
        self._drop_form()
        if not steps:
            return
        rest = [name for name in ColumnRecipe.model_fields if name not in steps]
        texts = dict(zip(steps, autos, strict=True))

        def options(model: type[BaseModel], name: str) -> Options | None:
            return _choices(name, texts[name]) if model is ColumnRecipe else None

        self.form = ModelForm(self._theme, values[0], options=options, leave_out=rest, differing=differing)
        self.form.committed.connect(self._on_form_committed)
        self._form_place.addWidget(self.form)
        if focused:
            self.form.setFocus()

    def _drop_form(self) -> None:
        if self.form is not None:
            self._form_place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def _on_form_committed(self, _value: ColumnRecipe) -> None:
        if self.form is not None:
            self._edits.set_steps(self._names, dict(self.form.changes()), self.form.path())

    def _on_reset_clicked(self) -> None:
        self._edits.forget(self._names)

    # -- the look ----------------------------------------------------------------------------------------------
    def _look(self, planned: Sequence[PlannedColumn]) -> None:
        if self._looked == list(planned):
            return
        self._looked = list(planned)
        column = planned[0]
        self._look_at_picture(column if len(planned) == 1 else None)
        if len(planned) != 1:
            self._show_glimpse(Glimpse(""))
            return

        def look(source: Source) -> Glimpse:
            return glimpse(source, column)

        self._desk.read("glimpse", look, self._show_glimpse, self._on_look_failed)

    def _look_at_picture(self, column: PlannedColumn | None) -> None:
        if column is None or column.column.kind is not Kind.PICTURE or column.role not in _PREPARED:
            self.pictures.set_pictures([])
            return
        name, recipe = column.name, column.picture

        def look(source: Source) -> PictureSample:
            return sample_picture(source, name, 0, recipe)

        self._desk.read("sample", look, self._show_pictures, self._on_look_failed)

    def _show_pictures(self, sample: PictureSample) -> None:
        sizes = [" × ".join(map(str, array.shape[:2])) for array in (sample.before, sample.after)]
        self.pictures.set_pictures([sample.before, sample.after], sizes)

    def _show_glimpse(self, found: Glimpse) -> None:
        self.becomes.set_tone("text")
        self.becomes.setText(said(found.sentence))
        self.becomes.setVisible(bool(found.sentence))
        self.table.set_glimpse(found)

    def _on_look_failed(self, sentence: str) -> None:
        self._show_glimpse(Glimpse(sentence))
        self.becomes.set_tone("bad")


def decided_steps(decided: ColumnRecipe) -> bool:
    """Whether the user said anything of a column beside its role."""
    return any(differs(decided, name) for name in ColumnRecipe.model_fields if name != "role")


def _common_steps(planned: Sequence[PlannedColumn]) -> tuple[str, ...]:
    if any(each.role not in _PREPARED for each in planned):
        return ()
    first, *others = [_STEPS[each.column.kind] for each in planned]
    return tuple(step for step in first if all(step in other for other in others))


def _auto_text(planned: Sequence[PlannedColumn], step: str) -> str:
    """What "auto" stands for: the member that the plan has chosen, if it is the same in all columns."""
    chosen = {getattr(each, step) for each in planned if step in each.guessed}
    titles = {_in_words(member) for member in chosen if isinstance(member, BaseModel)}
    if len(titles) == 1 and step not in ("picture", "sound"):
        return _tr("auto: {choice}").format(choice=titles.pop())
    if all(getattr(each, step) is None for each in planned):
        return _tr("auto: not needed")
    return _tr("auto")


def _in_words(member: BaseModel) -> str:
    """A step in a few words, with what is not usual of it."""
    unusual = [str(value) for value in member.model_dump(exclude_defaults=True).values()]
    return " ".join([title_of_model(type(member)).lower(), *unusual]).strip()


def _choices(name: str, auto: str) -> Options:
    kind = kind_of(ColumnRecipe.model_fields[name])
    models = kind.named() if isinstance(kind, Nested) else []
    own = _tr("own size") if name == "picture" else _tr("own") if name == "sound" else ""
    return [(None, auto), *((model, own or title) for model, title in models)]
