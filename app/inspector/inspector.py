"""The panel at the right: settings, numbers, problems and help of what is selected on the canvas.

All of it comes from the layer's declaration and from inference; no layer is known here by its name.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, cast

from pydantic import ValidationError
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas.facts import short_count
from app.canvas.live_inference import LiveInference
from app.help.topic import Topic
from app.i18n import declared, said
from app.inspector.facts import FactTable
from app.inspector.form import ModelForm, OptionSource, no_options
from app.inspector.problems import ProblemList
from app.inspector.shared import shared_settings
from app.theme import SPACE, FontRole, Theme
from app.undo import Edits, first_added
from app.widgets import CollapsibleSection, IconButton, TextLabel
from app.widgets.key_of import name_key_of
from engine.graph.diagnostics import Diagnostic
from engine.graph.document import Node, UnknownLayer
from engine.graph.edits import Compound, EditError, GraphEdit, SetSettings
from engine.graph.inference import Inference, NodeInference
from engine.layers.base import Layer
from engine.settings import problems
from engine.tensor.spec import format_shape

_TIMES: Final = " \N{MULTIPLICATION SIGN} "

ExtraSource = Callable[[Sequence[Node]], QWidget | None]
"""A widget of the window's to show under the settings of these nodes (none: of the project); the window keeps it."""


class Inspector(QScrollArea):
    """Shows the selected nodes and edits their settings through the undo stack.

    `help_wanted` carries the `Topic` of what is shown, or None; `node_added` a node that a remedy put somewhere.
    """

    help_wanted = Signal(object)
    node_added = Signal(str)

    def __init__(
        self,
        theme: Theme,
        stack: Edits,
        inference: LiveInference,
        *,
        options: OptionSource = no_options,
        extra: ExtraSource = lambda nodes: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stack = stack
        self._inference = inference
        self._options = options
        self._extra_source = extra
        self._ids: tuple[str, ...] = ()
        self._extra: QWidget | None = None
        self.form: ModelForm | None = None
        self.title = TextLabel(theme, role=FontRole.TITLE)
        self.help_button = IconButton(theme, "help", self.tr("Open the reference (F1)"))
        name_key_of(self.help_button, "help")
        self.sentence = TextLabel(theme, tone="dim", wrap=True)
        self.problems = ProblemList(theme)
        self.facts = FactTable(theme)
        self._line = QFrame()
        self._line.setFrameShape(QFrame.Shape.HLine)
        self._help_text = TextLabel(theme, tone="dim", wrap=True)
        self.help = CollapsibleSection(theme, self.tr("How it works"), self._help_text)
        self._lay_out()
        self._connect()
        self.show_nodes(())

    def _lay_out(self) -> None:
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(5 * SPACE, 4 * SPACE, 5 * SPACE, 4 * SPACE)
        self._column.setSpacing(3 * SPACE)
        heading = QVBoxLayout()
        heading.setSpacing(SPACE)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.help_button)
        heading.addLayout(top)
        heading.addWidget(self.sentence)
        self._column.addLayout(heading)
        self._column.addWidget(self.problems)
        self._form_place = QVBoxLayout()
        self._column.addLayout(self._form_place)
        self._column.addWidget(self._line)
        self._column.addWidget(self.facts)
        self._extra_place = QVBoxLayout()
        self._column.addLayout(self._extra_place)
        self._column.addWidget(self.help)
        self._column.addStretch(1)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Inspector"))
        self.help.heading.setChecked(False)

    def _connect(self) -> None:
        self.help_button.clicked.connect(self._on_help_button_clicked)
        self.problems.remedy_chosen.connect(self._on_problems_remedy_chosen)
        self._watch()

    def _watch(self) -> None:
        self._inference.inferred.connect(self._on_inference_inferred)
        graph = self._stack.graph
        graph.node_changed.connect(self._on_graph_node_changed)
        graph.node_removed.connect(self._on_graph_node_removed)

    def close_document(self) -> None:
        """Ends watching the document."""
        self._inference.inferred.disconnect(self._on_inference_inferred)
        graph = self._stack.graph
        graph.node_changed.disconnect(self._on_graph_node_changed)
        graph.node_removed.disconnect(self._on_graph_node_removed)

    def look_at(self, stack: Edits, inference: LiveInference) -> None:
        """Shows nodes of another graph from now on: of what is inside a group, or around it."""
        self.close_document()
        self._stack, self._inference = stack, inference
        self._watch()
        self.show_nodes(())

    def refresh_extra(self) -> None:
        """Asks anew what else is shown of these nodes."""
        self._show_extra(self._nodes())

    def show_nodes(self, ids: Sequence[str]) -> None:
        """Shows these nodes; none: what concerns the project as a whole."""
        self._ids = tuple(i for i in ids if i in self._stack.graph.nodes)
        nodes = self._nodes()
        self._show_form(nodes)
        self._show_extra(nodes)
        self._refresh(self._inference.now())
        self.verticalScrollBar().setValue(0)

    def help_topic(self, _focus: QWidget | None = None) -> Topic | None:
        """What help is about here: the kind of layer that is shown, if it is one kind."""
        kinds = {type(node.layer) for node in self._nodes() if isinstance(node.layer, Layer)}
        return Topic(kinds.pop()) if len(kinds) == 1 else None

    @override
    def sizeHint(self) -> QSize:
        return QSize(316, 600)

    # -- what is shown ---------------------------------------------------------------------------------------
    def _nodes(self) -> list[Node]:
        return [self._stack.graph.nodes[i] for i in self._ids]

    def _show_form(self, nodes: Sequence[Node]) -> None:
        if self.form is not None:
            self._form_place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        layers = [node.layer for node in nodes if isinstance(node.layer, Layer)]
        if not layers or len(layers) < len(nodes):
            return
        first, shared = layers[0], shared_settings(layers)
        others = [name for name in type(first).model_fields if name not in shared]
        if not shared and others:
            return
        differing = [n for n in shared if any(getattr(each, n) != getattr(first, n) for each in layers[1:])]
        form = ModelForm(self._theme, first, options=self._options, differing=differing, leave_out=others)
        if not form.field_names() and len({type(layer) for layer in layers}) > 1:
            form.deleteLater()
            return
        self.form = form
        self.form.committed.connect(self._on_form_committed)
        self._form_place.addWidget(self.form)

    def _show_form_again(self) -> None:
        """Another form of the same nodes, in which the keyboard stays at its setting."""
        name = self.form.focused() if self.form is not None else None
        self._show_form(self._nodes())
        if name is not None and self.form is not None:
            cast("QWidget", self.form.field(name)).setFocus()

    def _show_extra(self, nodes: Sequence[Node]) -> None:
        wanted = self._extra_source(nodes)
        if wanted is self._extra:
            return
        if self._extra is not None:
            self._extra_place.removeWidget(self._extra)
            self._extra.hide()
            self._extra.setParent(None)
        self._extra = wanted
        if wanted is not None:
            self._extra_place.addWidget(wanted)
            wanted.show()

    def _refresh(self, found: Inference) -> None:
        nodes = self._nodes()
        if len(nodes) == 1:
            self._describe_one(nodes[0], found)
        else:
            self._describe_several(nodes, found)
        self.title.setVisible(bool(self.title.text()))
        self.help_button.setVisible(bool(self.title.text()))
        self.sentence.setVisible(bool(self.sentence.text()))
        self._line.setVisible(bool(self.facts.rows()))
        self.help.setVisible(bool(self._help_text.text()))

    def _describe_one(self, node: Node, found: Inference) -> None:
        known = found.nodes.get(node.id)
        self.title.setText(node.layer.title())
        words = f"{node.name} \N{MIDDLE DOT} {_explanation(node, known)}"
        self.sentence.setText(words.replace(_TIMES, _TIMES.replace(" ", "\N{NO-BREAK SPACE}")))
        self.problems.set_problems(found.at(node.id))
        rows = [] if known is None or known.error else self._fact_rows(known)
        self.facts.set_rows(rows)
        self._help_text.setText(_help(node))

    def _describe_several(self, nodes: Sequence[Node], found: Inference) -> None:
        kinds = {node.layer.title() for node in nodes}
        several = self.tr("{count} layers").format(count=len(nodes))
        named = f"{len(nodes)} \N{MULTIPLICATION SIGN} {next(iter(kinds))}" if len(kinds) == 1 else several
        self.title.setText(named if nodes else "")
        self.sentence.setText(self.tr("A change is made in all of them.") if self.form is not None else "")
        self.problems.set_problems(found.at("") if not nodes else [d for n in nodes for d in found.at(n.id)])
        known = [found.nodes[node.id] for node in nodes if node.id in found.nodes]
        totals = NodeInference(
            parameters=sum(each.parameters for each in known),
            multiply_adds=sum(each.multiply_adds for each in known),
        )
        self.facts.set_rows(self._fact_rows(totals) if nodes else [])
        self._help_text.setText(_help(nodes[0]) if len(kinds) == 1 else "")

    def _fact_rows(self, known: NodeInference) -> list[tuple[str, str]]:
        rows = [
            (self.tr("Out"), self.tr("batch") + (_TIMES + format_shape(spec.shape) if spec.shape else ""))
            for spec in known.outputs
        ]
        rows.append((self.tr("Parameters"), f"{known.parameters:,}"))
        rows.append((self.tr("Multiply-adds"), short_count(known.multiply_adds)))
        return rows

    # -- what happened ---------------------------------------------------------------------------------------
    def _on_form_committed(self, layer: Layer) -> None:
        form = self.form
        if form is None:
            return
        edits: list[GraphEdit] = []
        for node in self._nodes():
            if isinstance(node.layer, Layer):
                try:
                    changed = layer if len(self._ids) == 1 else _with(node.layer, dict(form.changes()))
                except ValidationError as error:
                    sentence = next(iter(problems(type(node.layer), error).values()))
                    form.set_error(f"{node.name}: {said(sentence)}")
                    return
                edits.append(SetSettings(node.id, changed))
        key = ("settings", self._ids, *form.path())
        self._push(edits, key)

    def _on_help_button_clicked(self) -> None:
        self.help_wanted.emit(self.help_topic())

    def _on_problems_remedy_chosen(self, problem: Diagnostic) -> None:
        if problem.remedy is None:
            return
        remedy = partial(self._push, [problem.remedy.edit], None)
        made = first_added(lambda: self._stack.graph.nodes, remedy)
        if made is not None:
            self.node_added.emit(made)

    def _push(self, edits: Sequence[GraphEdit], key: tuple[object, ...] | None) -> None:
        edit = edits[0] if len(edits) == 1 else Compound(tuple(edits), edits[0].label)
        try:
            self._stack.push_edit(edit, key)
        except EditError as error:
            if self.form is not None:
                self.form.set_error(str(error))

    def _on_graph_node_changed(self, node: Node) -> None:
        if node.id not in self._ids or self.form is None:
            return
        if len(self._ids) == 1 and isinstance(node.layer, Layer):
            if node.layer != self.form.value():
                self.form.set_value(node.layer)
        elif len(self._ids) > 1 and self.form.value() not in [each.layer for each in self._nodes()]:
            self._show_form_again()  # undone, or changed from elsewhere

    def _on_graph_node_removed(self, node: Node) -> None:
        if node.id in self._ids:
            self.show_nodes([i for i in self._ids if i != node.id])

    def _on_inference_inferred(self, found: Inference) -> None:
        self._refresh(found)


def _with(layer: Layer, changes: dict[str, object]) -> Layer:
    """The layer with other settings, checked."""
    settings = {name: getattr(layer, name) for name in type(layer).model_fields}
    return type(layer).model_validate(settings | changes)


def _explanation(node: Node, known: NodeInference | None) -> str:
    layer = node.layer
    if isinstance(layer, UnknownLayer):
        return layer.reason or layer.subtitle()
    if known is None or known.error:
        return declared(type(layer).declaration.summary)
    inputs, outputs = (tuple(spec.shape for spec in specs) for specs in (known.inputs, known.outputs))
    return said(layer.explain(inputs, outputs))


def _help(node: Node) -> str:
    if isinstance(node.layer, UnknownLayer):
        return ""
    paragraphs = (inspect.getdoc(type(node.layer)) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
