"""The list of what is wrong with the network; a click selects the node, a button mends it where that is possible."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.document import Document
from app.i18n import said
from app.theme import SPACE, Theme
from app.widgets import Button, TextLabel
from engine.graph.diagnostics import Diagnostic


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
        self._severity.setPixmap(self._theme.icon(self._severity_icon, "dim").pixmap(16, 16))


class ProblemsPanel(QScrollArea):
    """Errors first, then warnings, then hints.

    `node_chosen` carries a node id, or the path of one inside a group; `counted` the number of entries.
    """

    node_chosen = Signal(str)
    counted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._document: Document | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName(self.tr("Problems"))
        self._shown: tuple[Diagnostic, ...] | None = None
        self._observed: tuple[Diagnostic, ...] = ()  # of the run
        # those that stay are kept: making one takes milliseconds
        self._rows: list[tuple[Diagnostic, QWidget]] = []
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        self._column.setSpacing(SPACE)
        self._nothing = TextLabel(theme, self.tr("Nothing is wrong."), tone="dim")
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)
        self.setWidget(page)
        self._show(())

    def watch(self, document: Document) -> None:
        """Show the problems of this document from now on."""
        if self._document is not None:
            self._document.inferred.disconnect(self._on_inferred)
        self._document = document
        document.inferred.connect(self._on_inferred)
        self._on_inferred()

    def show_observed(self, observed: tuple[Diagnostic, ...]) -> None:
        """Show what is not well with the run, below what is wrong with the network."""
        self._observed = observed
        self._on_inferred()

    def _on_inferred(self, _inference: object = None) -> None:
        if self._document is not None:
            known = self._document.graph.nodes
            observed = (d for d in self._observed if not d.node or d.node in known)
            self._show((*self._document.inference.diagnostics, *observed))

    def _show(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        if diagnostics == self._shown:
            return
        self._shown = diagnostics
        before, self._rows = self._rows, []
        for index, diagnostic in enumerate(diagnostics):
            known = next((pair for pair in before if pair[0] == diagnostic), None)
            if known is not None:
                before.remove(known)
            row = known[1] if known is not None else self._row(diagnostic)
            self._rows.append((diagnostic, row))
            self._column.insertWidget(index, row)
        for _, row in before:
            row.hide()
            row.deleteLater()
        self._nothing.setVisible(not diagnostics)
        self.counted.emit(len(diagnostics))

    def _row(self, diagnostic: Diagnostic) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2 * SPACE)
        icon = {"error": "error", "warning": "warning"}.get(diagnostic.severity, "info")
        sentence = _Sentence(self._theme, said(diagnostic.sentence), icon)
        sentence.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        node = diagnostic.place
        if node:
            sentence.clicked.connect(lambda: self.node_chosen.emit(node))
        line.addWidget(sentence, 1)
        if diagnostic.remedy is not None:
            remedy = diagnostic.remedy
            mend = Button(self._theme, said(remedy.label))
            mend.clicked.connect(lambda: self._document and self._document.push(remedy.edit))
            line.addWidget(mend)
        return row
