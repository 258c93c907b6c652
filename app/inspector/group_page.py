"""What the inspector shows of a group: the settings that it shows as its own, its ports, what it is linked with."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.canvas.editor import GraphEditor
from app.canvas.facts import node_title
from app.canvas.groups.choose import fill_choices
from app.canvas.groups.keeping import keep_group
from app.inspector.form import ModelForm
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, Heading, IconButton, TextLabel
from engine.graph.document import Node
from engine.layers.content import Composite
from engine.layers.exposed import Exposed
from engine.layers.group import Group
from engine.layers.shown_form import shown_settings, with_settings


class GroupPage(QWidget):
    """Edits one group through the editor of the graph that it is in.

    `open_wanted` carries the id of its node.
    """

    open_wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._editor: GraphEditor | None = None
        self._node = ""
        self._shown: object = None
        self.form: ModelForm | None = None
        self.title = TextLabel(theme, role=FontRole.TITLE)
        self.note = TextLabel(theme, tone="dim", wrap=True)
        self.open = Button(theme, self.tr("Open"))
        self.open.setToolTip(self.tr("Show what is inside (Enter, or a double click)"))
        self.keep = Button(theme, self.tr("Keep\N{HORIZONTAL ELLIPSIS}"))
        self.keep.setToolTip(self.tr("Keep it in the library, for all projects"))
        self.choose = Button(theme, self.tr("Choose settings\N{HORIZONTAL ELLIPSIS}"))
        self.choose.setToolTip(self.tr("Choose the settings inside that the group shows as its own"))
        self.unlink = Button(theme, self.tr("Make independent"))
        self.link = TextLabel(theme, tone="dim", wrap=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2 * SPACE)
        buttons = QHBoxLayout()
        for button in (self.open, self.keep):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._column.addWidget(self.title)
        self._column.addWidget(self.note)
        self._column.addLayout(buttons)
        self._body = QWidget()
        self._column.addWidget(self._body)
        self._column.addWidget(self.choose)
        self._column.addWidget(self.link)
        self._column.addWidget(self.unlink)
        self.open.clicked.connect(lambda: self.open_wanted.emit(self._node))
        self.keep.clicked.connect(lambda: self._do(lambda e: keep_group(self.window(), e, self._node)))
        self.choose.clicked.connect(self._on_choose_clicked)
        self.unlink.clicked.connect(self._on_unlink_clicked)

    def show_node(self, editor: GraphEditor, node: Node, *, inside: bool = False) -> bool:
        """Shows this group, which is open where one is `inside`; False if it is none."""
        if not isinstance(node.layer, Composite):
            return False
        self._editor, self._node = editor, node.id
        self.open.setVisible(not inside)
        self.title.setText(node_title(node))
        self.title.setVisible(inside)
        ready = self.tr("A ready block. The first change inside makes it a group of your own.")
        self.note.setText(ready if not isinstance(node.layer, Group) else "")
        self.note.setVisible(inside and bool(self.note.text()))
        self.keep.setVisible(editor.shelf.groups is not None)
        is_group = isinstance(node.layer, Group)
        self.choose.setVisible(is_group or inside)
        if node.layer != self._shown:
            self._shown = node.layer
            self._fill(node.layer if isinstance(node.layer, Group) else None)
        links = editor.links_of(node.id)
        linked = isinstance(node.layer, Group) and bool(node.layer.link)
        alone = self.tr(
            "A change inside is made in every group it is linked with; no other is on this canvas."
        )
        several = self.tr("{count} groups change together inside; the shown settings are each one's own.")
        self.link.setText(several.format(count=links) if links > 1 else alone)
        self.link.setVisible(linked)
        self.unlink.setVisible(linked)
        return True

    def choices(self) -> QMenu:
        """The menu of settings inside."""
        menu = QMenu(self)
        menu.setAccessibleName(self.tr("Settings inside"))
        if self._editor is not None:
            fill_choices(menu, self._editor, self._node)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _on_choose_clicked(self) -> None:
        self.choices().popup(self.choose.mapToGlobal(self.choose.rect().bottomLeft()))

    def _fill(self, group: Group | None) -> None:
        if self.form is not None and group is not None and self._same_fields(group):
            self.form.set_value(self._model(group))
            return
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        self.form = None
        self._layout = None if group is None else (group.shown(), group.input_ports(), group.output_ports())
        if group is not None:
            if group.shown():
                column.addWidget(Heading(self._theme, self.tr("Shown settings")))
                self.form = ModelForm(self._theme, shown_settings(group))
                self.form.committed.connect(self._on_form_committed)
                column.addWidget(self.form)
                column.addWidget(Heading(self._theme, self.tr("Names of the shown settings")))
                for exposed in group.shown():
                    column.addWidget(self._shown_row(exposed))
            sides = (
                (self.tr("Inputs"), False, group.input_ports()),
                (self.tr("Outputs"), True, group.output_ports()),
            )
            for title, output, ports in sides:
                column.addWidget(Heading(self._theme, title))
                for port in ports:
                    column.addWidget(self._port_row(port.name, output=output))
        self._column.replaceWidget(self._body, body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body
        body.show()

    def _same_fields(self, group: Group) -> bool:
        return self._layout == (group.shown(), group.input_ports(), group.output_ports())

    def _model(self, group: Group) -> object:
        """The values of now in the model that the form has."""
        assert self.form is not None
        now = shown_settings(group)
        return type(self.form.value()).model_validate({n: getattr(now, n) for n in type(now).model_fields})

    def _shown_row(self, exposed: Exposed) -> QWidget:
        name = self._line(
            exposed.label, self.tr("Name of the shown setting {name}").format(name=exposed.label)
        )
        name.editingFinished.connect(
            lambda: self._do(lambda e: e.rename_shown(self._node, exposed, name.text()))
        )
        hide = IconButton(self._theme, "close", self.tr("Show {name} no longer").format(name=exposed.label))
        hide.clicked.connect(lambda: self._do(lambda e: e.toggle_shown(self._node, exposed.targets[0])))
        return _row(name, hide)

    def _port_row(self, port: str, *, output: bool) -> QWidget:
        name = self._line(port, self.tr("Name of the port {name}").format(name=port))
        name.editingFinished.connect(
            lambda: self._do(lambda e: e.rename_port(self._node, port, name.text(), output=output))
        )
        moves = []
        for icon, step, text in (
            ("chevron-up", -1, self.tr("Move {name} up")),
            ("chevron-down", 1, self.tr("Move {name} down")),
        ):
            button = IconButton(self._theme, icon, text.format(name=port))
            button.clicked.connect(partial(self._on_move_clicked, port, step, output))
            moves.append(button)
        return _row(name, *moves)

    def _line(self, text: str, label: str) -> QLineEdit:
        line = QLineEdit(text)
        line.setMaxLength(80)
        line.setAccessibleName(label)
        return line

    def _do(self, deed: Callable[[GraphEditor], object]) -> None:
        if self._editor is not None and self._node in self._editor.graph.nodes:
            deed(self._editor)

    def _on_move_clicked(self, port: str, step: int, output: bool, _checked: bool = False) -> None:
        self._do(lambda editor: editor.move_port(self._node, port, step, output=output))

    def _on_unlink_clicked(self) -> None:
        self._do(lambda editor: editor.unlink([self._node]))

    def _on_form_committed(self, settings: object) -> None:
        editor, form = self._editor, self.form
        node = editor.graph.nodes.get(self._node) if editor is not None else None
        if editor is None or form is None or node is None or not isinstance(node.layer, Group):
            return
        values = with_settings(node.layer, settings)  # type: ignore[arg-type]  # a form gives what it was given
        changed = {k: v for k, v in values.items() if v != node.layer.shown_values().get(k)}
        editor.set_shown(self._node, changed, form.path())


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(SPACE)
    for number, widget in enumerate(widgets):
        line.addWidget(widget, 0 if number else 1)
    return row
