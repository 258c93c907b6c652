"""Where the time of a training step goes: a row a layer, slowest first, what to do about it, and a file for a viewer.

While it is hidden nothing is measured: `wanted` says when somebody looks.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.canvas import short_count
from app.canvas.facts import node_title
from app.places import ask_to_save
from app.theme import SPACE, Theme
from app.widgets import Button, ElidedLabel, TextLabel
from app.window.fitting_columns import FittingTable
from app.window.run_bar import memory_text
from app.window.share_bar import PARTS_ROLE, ShareBar
from engine.graph.document import ModelGraph
from engine.profiling.advice import Advice, Hint, advise
from engine.profiling.profile import LayerTime, Profile
from engine.profiling.trace import write_trace
from engine.program.program import Phase

NODE_ROLE: Final = Qt.ItemDataRole.UserRole
NUMBER_ROLE: Final = Qt.ItemDataRole.UserRole + 1
LAYER, SHARE, TIME, OF_PEAK, FORWARD, BACKWARD, UPDATE, LAUNCHES, MOVED, PRODUCTS = range(10)
SHARE_WIDTH = 130
_DISPENSABLE: Final = (LAUNCHES, MOVED, PRODUCTS, UPDATE, OF_PEAK)
"""Columns that go first where there is little room."""
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Row(QTreeWidgetItem):
    """Sorts numbers as numbers."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        column = self.treeWidget().sortColumn()
        mine, theirs = self.data(column, NUMBER_ROLE), other.data(column, NUMBER_ROLE)
        if mine is None or theirs is None:
            return self.text(column).casefold() < other.text(column).casefold()
        return bool(mine < theirs)


class ProfilePanel(QWidget):
    """A table of the layers' times.

    Signals: `wanted` with whether somebody looks; `shown` with the `Profile` that is to be seen, or None;
    `node_chosen` with a node id; `refused` with a sentence.
    """

    wanted = Signal(bool)
    shown = Signal(object)
    node_chosen = Signal(str)
    refused = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._graph: ModelGraph | None = None
        self._is_paused = False
        self.profile: Profile | None = None
        self.summary = ElidedLabel(theme)
        self.advice = TextLabel(theme, tone="accent", wrap=True)
        self.again = Button(theme, self.tr("Measure again"), kind="quiet")
        self.export = Button(theme, self.tr("Export trace\N{HORIZONTAL ELLIPSIS}"), kind="quiet")
        self.export.setToolTip(self.tr("A file for Perfetto (ui.perfetto.dev) and other trace viewers"))
        self.table = self._make_table(theme)
        self._lay_out()
        self.again.clicked.connect(self._on_again_clicked)
        self.export.clicked.connect(self._on_export_clicked)
        self.table.itemActivated.connect(self._on_table_item)
        self.table.itemClicked.connect(self._on_table_item)
        self._clear()

    def watch(self, graph: ModelGraph) -> None:
        """Show profiles of this network from now on."""
        self._graph = graph
        self._clear()

    def set_paused(self, *, paused: bool) -> None:
        """Whether a run waits, which keeps the device: nothing is timed until it goes on or ends."""
        if paused == self._is_paused:
            return
        self._is_paused = paused
        self.again.setEnabled(not paused)
        self.again.setToolTip(self._what_comes() if paused else "")
        if self.profile is None:
            self.summary.setText(self._what_comes())
            self.ask_again()

    def ask_again(self) -> None:
        """Ask for a profile if somebody looks."""
        if self.isVisible():
            self.wanted.emit(True)

    def ask_missing(self) -> None:
        """Ask for a profile if somebody looks and there is none."""
        if self.profile is None:
            self.ask_again()

    def show_profile(self, profile: Profile) -> None:
        """Show what was measured."""
        self.profile = profile
        self.summary.setText(self._summary_of(profile))
        advice = advise(profile)
        self.advice.setText(self._sentence(advice) if advice else "")
        self.advice.setVisible(advice is not None)
        chosen = self.table.currentItem()
        node = chosen.data(LAYER, NODE_ROLE) if chosen is not None else None
        self.table.setSortingEnabled(False)
        self.table.clear()
        names = self._names()
        self.table.addTopLevelItems([self._row(profile, layer, names) for layer in profile.layers])
        self.table.setSortingEnabled(True)
        self.table.tell_rows()
        self.table.fit()
        for index in range(self.table.topLevelItemCount()):
            row = self.table.topLevelItem(index)
            if node and row is not None and row.data(LAYER, NODE_ROLE) == node:
                self.table.setCurrentItem(row)
        self.export.setEnabled(True)
        self.shown.emit(profile if self.isVisible() else None)

    def show_problem(self, sentence: str) -> None:
        """Say why nothing could be measured."""
        self._clear()
        self.summary.setText(sentence)

    def export_to(self, path: Path) -> None:
        """Write the profile for a trace viewer."""
        if self.profile is None:
            return
        try:
            write_trace(path, self.profile, self._names())
        except OSError as error:
            self.refused.emit(self.tr("The trace could not be written: {why}.").format(why=error.strerror))

    # -- events ---------------------------------------------------------------------------------
    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.wanted.emit(True)
            self.shown.emit(self.profile)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.wanted.emit(False)
            self.shown.emit(None)

    def _on_again_clicked(self) -> None:
        self.summary.setText(self.tr("Measuring"))
        self.wanted.emit(True)

    def _on_export_clicked(self) -> None:
        wish = self.tr("Trace files (*.json)")
        path, _ = ask_to_save(self, self.tr("Export the trace"), "trace.json", wish)
        if path:
            self.export_to(Path(path))

    def _on_table_item(self, row: QTreeWidgetItem, _column: int) -> None:
        node = row.data(LAYER, NODE_ROLE)
        if node and self._graph is not None and node in self._graph.nodes:
            self.node_chosen.emit(node)

    # -- parts ----------------------------------------------------------------------------------
    def _make_table(self, theme: Theme) -> FittingTable:
        table = FittingTable(_DISPENSABLE)
        table.setAccessibleName(self.tr("Time by layer"))
        titles = {
            LAYER: self.tr("Layer"),
            SHARE: self.tr("Share"),
            TIME: self.tr("Time"),
            OF_PEAK: self.tr("Of peak"),
            FORWARD: self.tr("Forward"),
            BACKWARD: self.tr("Backward"),
            UPDATE: self.tr("Update"),
            LAUNCHES: self.tr("Launches"),
            MOVED: self.tr("Moved"),
            PRODUCTS: self.tr("Multiply-adds"),
        }
        table.setHeaderLabels(list(titles.values()))
        header = table.headerItem()
        header.setToolTip(LAUNCHES, self.tr("GPU programs started, or calls of NumPy"))
        header.setToolTip(MOVED, self.tr("Bytes that must be read and written at least"))
        header.setToolTip(
            OF_PEAK, self.tr("Of the speed that memory and multiplications of this device allow")
        )
        for column in range(TIME, PRODUCTS + 1):
            header.setTextAlignment(column, RIGHT)
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setFrameShape(QTreeWidget.Shape.NoFrame)
        table.setItemDelegateForColumn(SHARE, ShareBar(theme, table))
        table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.header().setSectionResizeMode(SHARE, QHeaderView.ResizeMode.Fixed)
        table.header().resizeSection(SHARE, SHARE_WIDTH)
        table.header().setStretchLastSection(False)
        table.sortByColumn(SHARE, Qt.SortOrder.DescendingOrder)
        return table

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(self.summary, 1)
        head.addWidget(self.again)
        head.addWidget(self.export)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        column.addLayout(head)
        column.addWidget(self.advice)
        column.addWidget(self.table, 1)

    def _clear(self) -> None:
        self.profile = None
        self.summary.setText(self._what_comes())
        self.advice.hide()
        self.table.clear()
        self.export.setEnabled(False)
        self.shown.emit(None)

    # -- words ----------------------------------------------------------------------------------
    def _what_comes(self) -> str:
        if self._is_paused:
            return self.tr("The run is paused. Steps are timed once it goes on (Resume) or is ended (Stop).")
        return self.tr("Some steps are timed as soon as the network can be trained.")

    def _names(self) -> dict[str, str]:
        """Names of layers by id; those of one kind are told apart by their settings, or by their own names."""
        nodes = {} if self._graph is None else self._graph.nodes
        titles = {i: node_title(node) for i, node in nodes.items()}
        longer = {i: f"{title} ({nodes[i].layer.subtitle()})" for i, title in titles.items()}
        often, alike = Counter(titles.values()), Counter(longer.values())
        return {
            i: title if often[title] < 2 else longer[i] if alike[longer[i]] < 2 else nodes[i].name
            for i, title in titles.items()
        }

    def _row(self, profile: Profile, layer: LayerTime, names: Mapping[str, str]) -> QTreeWidgetItem:
        row = _Row()
        row.setText(LAYER, names.get(layer.node, layer.node) if layer.node else self._title(profile, layer))
        row.setData(LAYER, NODE_ROLE, layer.node)
        share, peak = profile.share(layer), profile.of_peak(layer)
        seconds = layer.seconds
        numbers: dict[int, tuple[float, Callable[[float], str]]] = {
            SHARE: (share, lambda part: f"{100 * part:.0f} %"),
            TIME: (layer.total, time_text),
            FORWARD: (seconds[Phase.FORWARD], time_text),
            BACKWARD: (seconds[Phase.BACKWARD], time_text),
            UPDATE: (seconds[Phase.UPDATE], time_text),
            LAUNCHES: (layer.launches, lambda count: f"{count:,.0f}" if count else ""),
            MOVED: (layer.nbytes, bytes_text),
            PRODUCTS: (layer.multiply_adds, lambda count: short_count(round(count)) if count else ""),
            OF_PEAK: (-1.0 if peak is None else peak, lambda part: "" if part < 0 else f"{100 * part:.0f} %"),
        }
        for column, (number, words) in numbers.items():
            row.setText(column, words(number))
            row.setData(column, NUMBER_ROLE, number)
            row.setTextAlignment(column, RIGHT)
        parts = tuple(seconds[phase] / profile.seconds if profile.seconds else 0.0 for phase in Phase)
        row.setData(SHARE, PARTS_ROLE, parts)
        return row

    def _title(self, profile: Profile, layer: LayerTime) -> str:
        """What belongs to no layer."""
        if not profile.in_parts:
            return self.tr("Whole step")
        if layer.seconds[Phase.UPDATE] >= max(layer.seconds.values()):
            return self.tr("Optimizer")
        if layer.seconds[Phase.BACKWARD] >= max(layer.seconds.values()):
            return self.tr("Sums over the batch") if profile.whole else self.tr("Loss, backward")
        return self.tr("Batch and loss")

    def _summary_of(self, profile: Profile) -> str:
        launches = sum(layer.launches for layer in profile.layers)
        if profile.whole:
            words = self.tr(
                "{time} a step \N{MIDDLE DOT} many steps a launch "
                "\N{MIDDLE DOT} {rate} steps a second \N{MIDDLE DOT} {device}"
            )
        else:
            words = self.tr(
                "{time} a step, layer by layer \N{MIDDLE DOT} {launches:,} launches "
                "\N{MIDDLE DOT} {rate} steps a second \N{MIDDLE DOT} {device}"
            )
        return words.format(
            time=time_text(profile.seconds),
            rate=rate_text(profile.steps_per_s),
            launches=launches,
            device=profile.device,
        )

    def _sentence(self, advice: Advice) -> str:
        sentences = {
            Hint.WHOLE: self.tr(
                "A step of this network is one program on the device: nothing between its layers is left to save."
            ),
            Hint.TIMED: self.tr(
                "Timed one by one, the layers take {factor:.0f} times as long as in an ordinary step, which runs as one "
                "program: the shares tell little of it."
            ),
            Hint.LAUNCHES: self.tr(
                "{share:.0f} % of a step go into starting tiny computations: a larger batch would be nearly free."
            ),
            Hint.UPDATE: self.tr(
                "The optimizer takes {share:.0f} % of a step: a larger batch updates less often for the same examples."
            ),
            Hint.LAYER: self.tr(
                "{layer} takes {share:.0f} % of a step: making it smaller would help more than anything else."
            ),
        }
        layer = self._names().get(advice.node, advice.node)
        factor = self.profile.slowdown if self.profile is not None else 0.0
        return sentences[advice.hint].format(share=100 * advice.share, layer=layer, factor=factor)


def rate_text(rate: float) -> str:
    """`12,300`, `8.4`."""
    return f"{rate:,.0f}" if rate >= 10.0 else f"{rate:.2g}"


def time_text(seconds: float) -> str:
    """`43 µs`, `1.25 ms`, `2.1 s`; nothing for no time."""
    if seconds <= 0.0:
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} \N{MICRO SIGN}s"


def bytes_text(number: float) -> str:
    """`320 B`, `43 kB`, `2.1 GB`."""
    return memory_text(round(number)) if number else ""
