"""The settings of the project that are not a layer's (data, training), as a form over a section of the document."""

from pydantic import BaseModel
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.inspector.form import ModelForm, OptionSource, no_options
from app.theme import SPACE, FontRole, Theme
from app.undo import EditStack
from app.widgets import TextLabel
from engine.graph.edits import SetSection


class SectionForm(QWidget):
    """Edits the section `key` of the document; changes of one setting in a row are one step of undo.

    Until the document has the section, `default` is shown. `close` ends the watching.
    """

    def __init__(
        self,
        theme: Theme,
        stack: EditStack,
        key: str,
        default: BaseModel,
        *,
        title: str = "",
        options: OptionSource = no_options,
        leave_out: tuple[str, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._stack = stack
        self._key = key
        self._default = default
        value = stack.graph.sections.get(key, default)
        self.form = ModelForm(theme, value, options=options, leave_out=leave_out)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * SPACE)
        if title:
            column.addWidget(TextLabel(theme, title, role=FontRole.TITLE))
        column.addWidget(self.form)
        self.form.committed.connect(self._on_form_committed)
        stack.graph.section_changed.connect(self._on_graph_section_changed)

    def close_document(self) -> None:
        """Ends watching the document."""
        self._stack.graph.section_changed.disconnect(self._on_graph_section_changed)

    def _on_form_committed(self, value: BaseModel) -> None:
        key = ("section", self._key, *self.form.path())
        self._stack.push_edit(SetSection(self._key, value), key)

    def _on_graph_section_changed(self, key: str) -> None:
        if key == self._key:
            self.form.set_value(self._stack.graph.sections.get(key, self._default))
