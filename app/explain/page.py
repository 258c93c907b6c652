"""The page of the dock that takes the network apart to one number: its formula, the chain rule to it, its program."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QTimer, QUrl
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.explain.chooser import Chooser
from app.explain.code import CodeView
from app.explain.fitting import FittingText
from app.explain.writing import Writer, place_of
from app.i18n import said
from app.lane import Lane
from app.subject import Subject, subject_of
from app.theme import SPACE, FontRole, Theme
from app.widgets import IconButton, TextLabel
from app.window.workspace import Workspace
from engine.compiler.lower import LoweringError
from engine.data.errors import DataError
from engine.devices.base import Watch
from engine.layers.base import Role
from engine.tensor.spec import ShapeError
from engine.training.explain.example import Explained, Explainer, Tensor
from engine.training.explain.picking import Pick, index_of
from engine.training.explain.trace import Place, Trace
from engine.training.inside.example import rows_to_show

SETTLE_MS = 60
EXPLAIN = "explain"  # the lane's topic
LEFT = 240  # pixels of the column in which a number is chosen
LEAST = 160  # for the formula; the column gives way


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see: a number by its place, or the first one that a node has."""

    node: str = ""
    name: str = ""  # of an output or a weight; "": the first output
    is_weight: bool = False
    index: tuple[int, ...] = ()
    place: Place | None = None
    through: str = ""  # the node that reads it, where a wire is looked at
    pick: Pick | None = None  # a place in one of the node's pictures


@dataclass(frozen=True, eq=False)
class _Answer:
    explained: Explained
    tensors: Sequence[Tensor]
    trace: Trace


class FormulaPage(QWidget):
    """Shows one number of the network of a project."""

    def __init__(self, theme: Theme, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._workspace = workspace
        self._lane = Lane("explain", self)
        self._known: tuple[Subject, Explainer] | None = None  # belongs to the lane's thread
        self._wish = Wish()
        self._shown: _Answer | None = None
        self._been: list[Place] = []
        self._row = 0  # of the example among the rows to show
        self.chooser = Chooser(theme)
        self.text = FittingText()
        self.code = CodeView(theme)
        self.sentence = TextLabel(theme, tone="dim", wrap=True)
        self.back = IconButton(theme, "back", tr("Number before"))
        self._lay_out()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._ask)
        self._watch()

    def _lay_out(self) -> None:
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setAccessibleName(tr("Formula and chain rule"))
        self._dress()
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(3 * SPACE, SPACE, 2 * SPACE, SPACE)
        column.addWidget(self.chooser, 1)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch(1)
        column.addLayout(row)
        middle = QWidget()
        self._stack = QStackedLayout(middle)
        self._stack.addWidget(self.text)
        self._stack.addWidget(self.sentence)
        split = QSplitter()
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        for widget in (left, middle, self.code):
            split.addWidget(widget)
        middle.setMinimumWidth(LEAST)
        left.setMaximumWidth(LEFT + LEFT // 2)
        for place, share in enumerate((0, 3, 2)):
            split.setStretchFactor(place, share)
        split.setSizes([LEFT, 3 * LEFT, 2 * LEFT])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(split)
        self.setFocusProxy(self.chooser.layers)
        self.back.setEnabled(False)

    def _watch(self) -> None:
        workspace = self._workspace
        self.chooser.picked.connect(self._on_chooser_picked)
        self.chooser.example_wanted.connect(self._on_chooser_example_wanted)
        self.text.anchorClicked.connect(self._on_text_anchor_clicked)
        self.back.clicked.connect(self.go_back)
        self._theme.changed.connect(self._on_theme_changed)
        workspace.canvas.selected.connect(self._on_canvas_selected)
        workspace.run.training.snapshot_taken.connect(self._ask_soon)
        workspace.document.inferred.connect(self._ask_soon)
        workspace.run.bundle_changed.connect(self._ask_soon)
        workspace.destroyed.connect(self._lane.close)
        self._on_canvas_selected(workspace.canvas.scene.selected_nodes())

    @property
    def explained(self) -> Explained | None:
        """What is shown."""
        return self._shown.explained if self._shown is not None else None

    # -- what is wanted ---------------------------------------------------------------------------
    def show_number(self, wish: Wish) -> None:
        """Show this number."""
        if self._shown is not None and self._shown.explained.place != wish.place:
            self._been.append(self._shown.explained.place)
            self.back.setEnabled(True)
        self._wish = wish
        self._ask_soon()

    def show_pick(self, node: str, pick: Pick) -> None:
        """Show the number at a place in a picture of a node."""
        self.show_number(Wish(node=node, is_weight=pick.is_weight, pick=pick))

    def go_back(self) -> None:
        """Show the number that was shown before."""
        if self._been:
            self._wish = Wish(place=self._been.pop())
            self.back.setEnabled(bool(self._been))
            self._ask_soon()

    def _on_canvas_selected(self, ids: Sequence[str]) -> None:
        """A layer or a wire is chosen: show its first number, unless one of its numbers is shown."""
        edges = self._workspace.canvas.scene.selected_edges()
        if len(ids) == 1:
            self._choose(Wish(node=ids[0]))
        elif not ids and len(edges) == 1:
            edge = edges[0]
            self._choose(Wish(node=edge.source, name=edge.source_port, through=edge.target))

    def _choose(self, wish: Wish) -> None:
        self._been.clear()
        self.back.setEnabled(False)
        self._wish = wish
        self._ask_soon()

    def _on_chooser_picked(self, picked: tuple[int, tuple[int, ...]]) -> None:
        value, index = picked
        found = next((t for t in self._shown.tensors if t.value == value), None) if self._shown else None
        if found is not None:
            self.show_number(Wish(place=Place(value, _flat(index, found.shape))))

    def _on_chooser_example_wanted(self, step: int) -> None:
        self._row += step
        if self._shown is not None and self._wish.place is None:
            self._wish = Wish(place=self._shown.explained.place, through=self._wish.through)
        self._ask_soon()

    def _on_text_anchor_clicked(self, link: QUrl) -> None:
        place = place_of(link.toString())
        if place is not None:
            self.show_number(Wish(place=place))

    # -- asking -----------------------------------------------------------------------------------
    def _ask_soon(self, *_: object) -> None:
        if self.isVisible():
            self._settle.start()

    def _ask(self) -> None:
        subject = subject_of(self._workspace.run)
        if isinstance(subject, str):
            self._say(subject)
            return
        rows = rows_to_show(subject.bundle)
        self._row %= max(1, len(rows))
        row, wish = rows[self._row], self._wish
        self.chooser.set_example(self._row, len(rows))
        if self._shown is None:
            self._say(tr("The number is being computed."))
        self._lane.want(EXPLAIN, lambda watch: self._work(watch, subject, row, wish), self._show, self._say)

    def _work(self, watch: Watch, subject: Subject, row: int, wish: Wish) -> _Answer:
        """On the lane's thread."""
        try:
            if self._known is None or not subject.is_same(self._known[0]):
                self._known = None
                made = Explainer(subject.graph, subject.bundle, subject.states, subject.training.seed)
                self._known = (subject, made)
            explainer = self._known[1]
            tensors = explainer.tensors(row)
            watch(1, 2)
            place = _place(wish, tensors, explainer.trace(row), subject)
            return _Answer(explainer.explain(place, row, wish.through), tensors, explainer.trace(row))
        except (LoweringError, ShapeError) as error:
            raise DataError(str(error)) from error

    # -- showing ----------------------------------------------------------------------------------
    def _show(self, answer: _Answer) -> None:
        self._shown = answer
        nodes = self._workspace.document.graph.nodes
        names = {node.id: node.name for node in nodes.values()}
        sources = frozenset(node.id for node in nodes.values() if node.role is Role.SOURCE)
        writer = Writer(self._theme, names, sources)
        explained = answer.explained
        self._stack.setCurrentWidget(self.text)
        self.text.show_pages(writer.page(explained), writer.page(explained, narrow=True))
        self.text.setAccessibleDescription(writer.summary(explained))
        place = explained.place
        found = next((t for t in answer.tensors if t.value == place.value), None)
        index = [int(k) for k in np.unravel_index(place.index, found.shape)] if found and found.shape else []
        self.chooser.show_tensors(answer.tensors, names, place.value, index)
        self.code.show_node(explained.maker, answer.trace)

    def _say(self, sentence: str) -> None:
        self._shown = None
        self.sentence.setText(said(sentence))
        self._stack.setCurrentWidget(self.sentence)

    def _dress(self) -> None:
        font = self._theme.font(FontRole.BODY)
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.text.document().setDefaultFont(font)
        tokens = self._theme.tokens
        self.text.setStyleSheet(f"QTextBrowser {{ background: {tokens.panel}; border: none; }}")

    def _on_theme_changed(self) -> None:
        self._dress()
        if self._shown is not None:
            self._show(self._shown)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_soon()


def _place(wish: Wish, tensors: Sequence[Tensor], trace: Trace, subject: Subject) -> Place:
    """The number that is wished for; that of a hidden layer, where it is not there (any more)."""
    wanted = wish.place
    if (
        wanted is not None
        and wanted.value in trace.numbers
        and wanted.index < trace.numbers[wanted.value].size
    ):
        return wanted
    own = [t for t in tensors if t.node == wish.node and t.is_weight == wish.is_weight]
    named = [t for t in own if t.name == wish.name] or own
    hidden = [t for t in tensors if subject.graph.nodes[t.node].role is Role.HIDDEN and not t.is_weight]
    if not named and subject.graph.nodes.get(wish.node) is not None:  # a target: the loss is its number
        return Place(trace.loss, 0)
    chosen = (named or hidden or list(tensors))[0]
    if wish.pick is not None:
        fitting = [(t, place) for t in named if (place := index_of(wish.pick, t.shape)) is not None]
        if fitting:
            found, place = max(fitting, key=lambda pair: len(pair[0].shape))
            return Place(found.value, _flat(place, found.shape))
    if not wish.index and not wish.is_weight and len(chosen.shape) > 1:  # of a map, where it says most
        return Place(chosen.value, int(np.nan_to_num(np.abs(trace.numbers[chosen.value])).argmax()))
    fits = len(wish.index) == len(chosen.shape) and all(
        k < n for k, n in zip(wish.index, chosen.shape, strict=True)
    )
    return Place(chosen.value, _flat(wish.index, chosen.shape) if fits else 0)


def _flat(index: Sequence[int], shape: tuple[int, ...]) -> int:
    return int(np.ravel_multi_index(tuple(index), shape)) if shape and all(shape) else 0


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("Explain", text)
