"""The list of what is wrong with the network; a click selects the node, a button mends it where that is possible."""

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.doctor.evidence import EvidencePanel
from app.doctor.layers_table import LayersTable
from app.doctor.remarks import Remarks
from app.document import Document
from app.i18n import said, together
from app.theme import SPACE, Theme
from app.undo import first_added
from app.widgets import Button, TextLabel
from app.widgets.flow import FlowLayout
from app.widgets.scrolling import downwards
from engine.data.bundle import DataBundle
from engine.graph.diagnostics import Diagnostic, Remedy, Severity
from engine.training.doctor.observation import LayerSigns, Observation

LEAST_SENTENCE = 280  # pixels beside a button


class _Sentence(Button):
    """A button as wide as there is room, with its sentence on as many lines as it takes."""

    def __init__(self, theme: Theme, text: str, icon: str) -> None:
        super().__init__(theme, "", kind="quiet")
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._severity = QLabel()
        self._severity_icon = icon
        line = QHBoxLayout(self)
        line.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        line.setSpacing(2 * SPACE)
        line.addWidget(self._severity, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(TextLabel(theme, text, wrap=True), 1)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._show_severity()
        theme.changed.connect(self._show_severity)

    def _show_severity(self) -> None:
        self._severity.setPixmap(
            self._theme.icon(self._severity_icon, _ICON_ROLES[self._severity_icon]).pixmap(16, 16)
        )


class _Row(QWidget):
    """A sentence, with one button behind it where both have room; below it otherwise."""

    def __init__(self, sentence: QWidget, buttons: list[Button]) -> None:
        super().__init__()
        self._needed = LEAST_SENTENCE + sum(button.sizeHint().width() for button in buttons)
        self._alone = len(buttons) == 1
        self._line = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(SPACE)
        self._line.addWidget(sentence, 1)
        self._ways = FlowLayout(2 * SPACE)
        for button in buttons:
            self._ways.addWidget(button)
        if buttons:
            self._line.addLayout(self._ways)
        self._arrange(0)

    def _arrange(self, width: int) -> None:
        beside = self._alone and width >= self._needed
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._line.setDirection(way)
        self._ways.setContentsMargins(0 if beside else 8 * SPACE, 0, 0, 0 if beside else SPACE)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(event.size().width())


@dataclass(frozen=True)
class _Entry:
    """One line: what is wrong with the network, or not well with its run."""

    severity: Severity
    sentence: str
    place: str
    remedies: tuple[Remedy, ...] = ()
    seen: Observation | None = None

    @classmethod
    def of_diagnostic(cls, wrong: Diagnostic) -> "_Entry":
        remedies = (wrong.remedy,) if wrong.remedy is not None else ()
        return cls(wrong.severity, said(wrong.sentence), wrong.place, remedies)

    @classmethod
    def of_observation(cls, seen: Observation) -> "_Entry":
        words = together(said(seen.sentence), said(seen.advice))
        return cls(seen.severity, words, seen.node, seen.remedies, seen)


class ProblemsPanel(QWidget):
    """Errors first, then warnings, then hints; beside them how each layer does, or examples that are suspected.

    `node_chosen` carries a node id, or the path of one inside a group; `counted` the number of entries; `cured` a remedy
    for the run that somebody chose.
    """

    node_chosen = Signal(str)
    counted = Signal(int)
    cured = Signal(object)  # Remedy

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._document: Document | None = None
        self._remarks: Remarks | None = None
        self._bundle: DataBundle | None = None
        self._shown: tuple[_Entry, ...] | None = None
        # those that stay are kept: making one takes milliseconds
        self._rows: list[tuple[_Entry, QWidget]] = []
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        self._column.setSpacing(SPACE)
        self._nothing = TextLabel(theme, self.tr("Nothing is wrong."), tone="dim")
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)
        listed = downwards(page, keyboard=True)
        listed.setAccessibleName(self.tr("Problems"))
        self.layers = LayersTable(theme)
        self.layers.node_chosen.connect(self.node_chosen)
        self.evidence = EvidencePanel(theme)
        self.evidence.closed.connect(self._on_evidence_closed)
        self._beside = QStackedWidget()
        self._beside.addWidget(self.layers)
        self._beside.addWidget(self.evidence)
        self._beside.hide()
        split = QSplitter()
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(listed)
        split.addWidget(self._beside)
        split.setSizes([540, 460])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(split)
        self._show(())

    def watch(self, document: Document, remarks: Remarks) -> None:
        """Show the problems of this document, and of its run, from now on."""
        self._document, self._remarks = document, remarks
        document.inferred.connect(self._on_inferred)
        remarks.changed.connect(self._on_inferred)
        remarks.measured.connect(self._on_remarks_measured)
        self._on_inferred()

    def set_bundle(self, bundle: DataBundle | None) -> None:
        """Suspected examples are of this data."""
        self._bundle = bundle
        self._on_evidence_closed()

    def _on_inferred(self, _inference: object = None) -> None:
        if self._document is None or self._remarks is None:
            return
        known = self._document.graph.nodes
        observed = (o for o in self._remarks.observations if not o.node or o.node in known)
        entries = [_Entry.of_diagnostic(d) for d in self._document.inference.diagnostics]
        entries += [_Entry.of_observation(o) for o in observed]
        self._show(tuple(sorted(entries, key=lambda e: _ORDER.index(e.severity))))

    def _on_remarks_measured(self, layers: tuple[LayerSigns, ...]) -> None:
        if self._document is not None:
            names = {node.id: node.name for node in self._document.graph.nodes.values()}
            self.layers.show_layers(layers, names)
        self._show_beside()

    def _show_beside(self) -> None:
        looking = self._beside.currentWidget() is self.evidence
        self._beside.setVisible(looking or self.layers.topLevelItemCount() > 0)

    def _on_evidence_closed(self) -> None:
        self._beside.setCurrentWidget(self.layers)
        self._show_beside()

    def show_examples(self, seen: Observation) -> None:
        """Show the examples that a remark is about."""
        if self._bundle is not None:
            self.evidence.show_examples(seen, self._bundle)
            self._beside.setCurrentWidget(self.evidence)
            self._show_beside()
            self.evidence.rows.setFocus()

    def _show(self, entries: tuple[_Entry, ...]) -> None:
        if entries == self._shown:
            return
        self._shown = entries
        if self.isVisible():
            self._list(entries)
        self.counted.emit(len(entries))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._list(self._shown or ())
        super().showEvent(event)

    def _list(self, entries: tuple[_Entry, ...]) -> None:
        """Makes the rows, once they are to be seen: they would take the frame after an edit."""
        before, self._rows = self._rows, []
        for index, entry in enumerate(entries):
            known = next((pair for pair in before if pair[0] == entry), None)
            if known is not None:
                before.remove(known)
            row = known[1] if known is not None else self._row(entry)
            self._rows.append((entry, row))
            self._column.insertWidget(index, row)
        for _, row in before:
            row.hide()
            row.deleteLater()
        self._nothing.setVisible(not entries)

    def _row(self, entry: _Entry) -> QWidget:
        icon = {"error": "error", "warning": "warning"}.get(entry.severity, "info")
        sentence = _Sentence(self._theme, entry.sentence, icon)
        sentence.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if entry.place:
            sentence.clicked.connect(partial(self.node_chosen.emit, entry.place))
        return _Row(sentence, self._buttons(entry))

    def _buttons(self, entry: _Entry) -> list[Button]:
        """What can be done about an entry."""
        made = []
        for remedy in entry.remedies:
            mend = Button(self._theme, said(remedy.label))
            mend.clicked.connect(partial(self._on_mend_clicked, remedy, entry.seen is not None))
            made.append(mend)
        if entry.seen is not None and entry.seen.rows:
            show = Button(self._theme, self.tr("Show the examples"), kind="quiet")
            show.clicked.connect(partial(self._on_show_clicked, entry.seen))
            made.append(show)
        return made

    def _on_mend_clicked(self, remedy: Remedy, of_run: bool, _checked: bool = False) -> None:
        if of_run:
            self.cured.emit(remedy)
        elif self._document is not None:
            document = self._document
            made = first_added(lambda: document.graph.nodes, partial(document.push, remedy.edit))
            if made is not None:
                self.node_chosen.emit(made)  # it may lie beyond what is in view

    def _on_show_clicked(self, seen: Observation, _checked: bool = False) -> None:
        self.show_examples(seen)


_ICON_ROLES = {"error": "bad", "warning": "warn", "info": "accent"}
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)
