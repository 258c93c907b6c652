"""A setting that is a list of models, such as the metrics of a target: rows that come and go, each with its form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.help.topic import Topic
from app.inspector.indented import Indented
from app.inspector.kinds import Nested, title_of_model
from app.inspector.nested import about
from app.theme import SPACE, FontRole, Theme
from app.widgets import ChoiceField, IconButton, TextLabel
from engine.settings import problems

if TYPE_CHECKING:
    from app.inspector.form import ModelForm


class _Row(QWidget):
    """One model of the list: its name, a button that takes it away, its settings below."""

    changed = Signal()
    removed = Signal()

    def __init__(self, theme: Theme, value: BaseModel, form: ModelForm) -> None:
        super().__init__()
        self.form = form
        name = title_of_model(type(value))
        self.remove = IconButton(theme, "close", self.tr("Take away {name}").format(name=name), size=12)
        self.remove.clicked.connect(self.removed)
        form.committed.connect(self.changed)
        head = QHBoxLayout()
        head.addWidget(TextLabel(theme, name), 1)
        head.addWidget(self.remove)
        inside = Indented(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(inside)
        inside.show_only(form if form.field_names() else None)

    def help_topic(self, _focus: QWidget | None = None) -> Topic:
        """What help is about here."""
        return Topic(type(self.form.value()))


class SeveralField(QWidget):
    """Edits a tuple of models. `committed` carries the new tuple."""

    committed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        label: str,
        kind: Nested,
        value: object,
        make_form: Callable[[BaseModel], ModelForm],
        help_text: str = "",
    ) -> None:
        super().__init__()
        self._theme = theme
        self._make_form = make_form
        self._rows: list[_Row] = []
        offer: list[tuple[object, str]] = [(None, self.tr("Add\N{HORIZONTAL ELLIPSIS}"))]
        offer += kind.named()
        self.add = ChoiceField(theme, label, offer, None, help_text=help_text, stacked=True)
        self.add.set_tips(["", *(about(model) for model in kind.models)])
        self.add.committed.connect(self._on_add_committed)
        self._error = TextLabel(theme, role=FontRole.SMALL, tone="bad", wrap=True)
        self._error.hide()
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.add)
        column.addLayout(self._list)
        column.addWidget(self._error)
        self.setFocusProxy(self.add)
        self.set_value(value)

    def value(self) -> object:
        """The models last committed or set."""
        return tuple(row.form.value() for row in self._rows)

    def remove_buttons(self) -> list[IconButton]:
        """The buttons that take a model away, in order."""
        return [row.remove for row in self._rows]

    def set_value(self, value: object) -> None:
        """Shows other models; emits nothing."""
        given = value if isinstance(value, tuple | list) else ()
        wanted = [model for model in given if isinstance(model, BaseModel)]
        if [type(row.form.value()) for row in self._rows] == [type(model) for model in wanted]:
            for row, model in zip(self._rows, wanted, strict=True):
                row.form.set_value(model)
            return
        while self._rows:
            self._drop(self._rows[-1])
        for model in wanted:
            self._append(model)

    def set_error(self, text: str | None) -> None:
        """Shows a sentence under the list, or takes it away."""
        self._error.setText(text or "")
        self._error.setVisible(bool(text))

    def _append(self, value: BaseModel) -> None:
        row = _Row(self._theme, value, self._make_form(value))
        row.changed.connect(self._commit)
        row.removed.connect(lambda: self._on_row_removed(row))
        self._rows.append(row)
        self._list.addWidget(row)

    def _drop(self, row: _Row) -> None:
        self._rows.remove(row)
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _commit(self) -> None:
        self.committed.emit(self.value())

    def _on_row_removed(self, row: _Row) -> None:
        self._drop(row)
        self.add.setFocus()
        self._commit()

    def _on_add_committed(self, model: object) -> None:
        self.add.set_value(None)
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return
        try:
            self._append(model())
        except ValidationError as error:
            self.set_error(" ".join(problems(model, error).values()))
            return
        self._commit()
