"""Augmentation of pictures: switches for the layers that do it, their settings, and what they make of one picture."""

from pydantic import BaseModel
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.data.augment_chain import chain_behind, layers_of, picture_input, switch_off, switch_on
from app.data.desk import DataDesk
from app.data.picture_grid import PictureGrid
from app.document import Document
from app.i18n import declared
from app.inspector.form import ModelForm
from app.inspector.indented import Indented
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, SwitchField, TextLabel
from engine.data.recipe.picture_sample import sample_picture
from engine.data.sources.base import Kind, Source, Watch
from engine.graph.document import Node
from engine.graph.edits import EditError, SetSettings
from engine.layers.base import Layer
from engine.tensor.spec import Array, ShapeError
from engine.training.augmented import augmentations, augmented

_COLUMNS = 3  # of the grid: the picture itself and eight others


def _tr(text: str) -> str:
    return QCoreApplication.translate("AugmentSection", text)


class AugmentRow(QWidget):
    """One kind of augmentation: a switch, and its settings while it is on."""

    def __init__(self, theme: Theme, section: "AugmentSection", kind: type[Layer]) -> None:
        super().__init__()
        self._theme, self._section, self.kind = theme, section, kind
        self.node: Node | None = None
        self.form: ModelForm | None = None
        self.switch = SwitchField(theme, kind.title(), False, help_text=_short(kind))
        self.switch.committed.connect(self._on_switch_committed)
        self._inside = Indented(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.switch)
        column.addWidget(self._inside)

    def show_node(self, node: Node | None) -> None:
        """Shows the layer on the canvas, or that there is none."""
        self.node = node
        self.switch.set_value(node is not None)
        if node is None or not isinstance(node.layer, Layer):
            self.form = None
            self._inside.show_only(None)
        elif self.form is None:
            self.form = ModelForm(self._theme, node.layer)
            self.form.committed.connect(self._on_form_committed)
            self._inside.show_only(self.form)
        elif self.form.value() != node.layer:
            self.form.set_value(node.layer)

    def _on_switch_committed(self, on: object) -> None:
        self._section.switch(self.kind, on=bool(on))

    def _on_form_committed(self, layer: BaseModel) -> None:
        if self.node is not None and self.form is not None and isinstance(layer, Layer):
            self._section.change(self.node, layer, self.form)


class AugmentSection(QWidget):
    """All augmentations there are, and a grid: one picture, and what eight training steps would see of it.

    The grid follows a setting while it is dragged: it is computed off this thread, and as soon as one is done the next is
    begun with the settings of that moment.
    """

    def __init__(
        self, theme: Theme, document: Document, desk: DataDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._desk = document, desk
        self._picture: Array | None = None
        self._picture_of: tuple[object, ...] = ()
        self._row = self._seed = 0
        self._busy = self._again = False
        self.note = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.grid = PictureGrid(theme, _tr("A picture as training sees it"), _COLUMNS)
        self.problem = TextLabel(theme, role=FontRole.SMALL, tone="bad", wrap=True)
        self.problem.hide()
        self.other = Button(theme, _tr("Other picture"), icon="forward", kind="quiet")
        self.dice = Button(theme, _tr("Draw again"), icon="redo", kind="quiet")
        self.other.clicked.connect(self._on_other_clicked)
        self.dice.clicked.connect(self._on_dice_clicked)
        self.rows = [AugmentRow(theme, self, kind) for kind in augmentations().values()]
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.dice)
        buttons.addWidget(self.other)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.note)
        column.addWidget(self.grid)
        column.addWidget(self.problem)
        column.addLayout(buttons)
        for row in self.rows:
            column.addWidget(row)

    def refresh(self) -> None:
        """Shows what is on the canvas now, and the picture with it."""
        source = picture_input(self._document)
        chain = chain_behind(self._document.graph, source) if source is not None else []
        for row in self.rows:
            row.show_node(next((node for node in chain if type(node.layer) is row.kind), None))
            row.switch.setEnabled(source is not None)
        self.note.setText(
            _tr(
                "The first is the picture as it is, then what training may see of it. Layers on the canvas do it."
            )
            if source is not None
            else _tr("Put a network for these pictures on the canvas, then choose here how they are varied.")
        )
        self._fetch()
        self._draw()

    def forget(self) -> None:
        """Other data is open: what was being computed of the old will not come."""
        self._busy = self._again = False
        self._picture, self._picture_of, self._row = None, (), 0
        self.grid.set_pictures([])

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()

    # -- edits ------------------------------------------------------------------------------------------------
    def switch(self, kind: type[Layer], *, on: bool) -> None:
        """Puts a layer behind the pictures, or takes it out: one step of undo."""
        source, graph = picture_input(self._document), self._document.graph
        if source is None:
            return
        try:
            if on:
                self._document.push(switch_on(self._document, source, kind))
            else:
                node = next((n for n in chain_behind(graph, source) if type(n.layer) is kind), None)
                if node is not None:
                    self._document.push(switch_off(graph, node))
        except EditError as error:
            self._document.refused.emit(str(error))

    def change(self, node: Node, layer: Layer, form: ModelForm) -> None:
        """Gives a layer other settings; changes of one setting in a row are one step of undo."""
        try:
            self._document.stack.push_edit(
                SetSettings(node.id, layer), ("settings", (node.id,), *form.path())
            )
        except EditError as error:
            form.set_error(str(error))

    # -- the picture -------------------------------------------------------------------------------------------
    def column(self) -> str:
        """The column of pictures that is shown; "" where there is none."""
        source, plan = self._desk.source, self._desk.plan
        if source is None:
            return ""
        names = [column.name for column in source.columns if column.kind is Kind.PICTURE]
        inputs = [c.name for c in plan.inputs] if plan is not None else names
        return next((name for name in names if name in inputs), "")

    def _fetch(self) -> None:
        """Asks for the picture, if another one is wanted than that which is there."""
        name = self.column()
        recipe = self._document.data.recipe.of(name).picture
        source = self._desk.source
        wanted = (id(source), name, self._row, recipe)
        if not name or wanted == self._picture_of:
            return
        self._picture_of = wanted
        row = self._row

        def look(source: Source) -> Array:
            return sample_picture(source, name, row, recipe).after

        self._desk.read("augment picture", look, self._on_picture, self._on_failed)

    def _on_picture(self, picture: Array) -> None:
        self._picture = picture
        self._draw()

    def _draw(self) -> None:
        """Computes the grid with today's settings; where that is being done, once more afterwards."""
        if self._picture is None or not self.isVisible():
            return
        if self._busy:
            self._again = True
            return
        self._busy, self._again = True, False
        source = picture_input(self._document)
        layers = layers_of(chain_behind(self._document.graph, source)) if source is not None else ()
        picture, seed = self._picture, self._seed

        def work(_watch: Watch) -> list[Array] | str:
            try:
                return [picture, *(augmented(layers, picture, seed=seed) if layers else ())]
            except ShapeError as error:
                return str(error)

        self._desk.run("augment", work, self._on_drawn, self._on_failed)

    def _on_drawn(self, found: list[Array] | str) -> None:
        self._busy = False
        if isinstance(found, str):
            self._on_failed(found)
        else:
            self.grid.set_pictures(found)
            self.problem.hide()
        if self._again:
            self._draw()

    def _on_failed(self, sentence: str) -> None:
        self._busy = False
        self.problem.setText(sentence)
        self.problem.show()

    def _on_other_clicked(self) -> None:
        rows = self._desk.rows
        self._row = (self._row + 1) % rows if rows else self._row + 1
        self._fetch()

    def _on_dice_clicked(self) -> None:
        self._seed += 1
        self._draw()


def _short(kind: type[Layer]) -> str:
    """What a kind does, less what all of them have in common."""
    words = declared(kind.declaration.summary)
    return words.removesuffix(" while training").removesuffix(" at random").lower()
