"""The card with the network that fits: a sketch, a reason for each choice, and one button that puts it on the canvas."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas import short_count
from app.data.desk import DataDesk
from app.data.network_sketch import NetworkSketch
from app.document import TRAINING, Document
from app.i18n import said
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, CollapsibleSection, Heading, TextLabel
from engine.data.bundle import DataBundle, DataSpec
from engine.graph.document import ModelGraph
from engine.proposals.apply import replacement
from engine.proposals.proposal import Facts, Proposal, Reason, Size, Topic
from engine.proposals.propose import alternatives, facts_of


class ReasonRow(QWidget):
    """One choice: what it is about, what was chosen, and why."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = TextLabel(theme, role=FontRole.STRONG, wrap=True)
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.choice)
        column.addWidget(self.sentence)

    def show_reason(self, reason: Reason) -> None:
        """Shows another one."""
        topic = said(reason.topic.value).capitalize()
        self.choice.setText(self.tr("{topic}: {words}").format(topic=topic, words=said(reason.choice)))
        self.sentence.setText(said(reason.sentence))


class ProposalCard(QWidget):
    """Proposes a network for the data of the project; `used` when it was put on the canvas.

    It follows the document by itself. `set_bundle` tells what the loaded data adds: how many rows each class has.
    """

    used = Signal()

    def __init__(
        self, theme: Theme, document: Document, desk: DataDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._document = document
        self._desk = desk
        self._facts = Facts()
        self._proposals: tuple[Proposal, ...] = ()
        self._size = Size.FITTING
        self.heading = Heading(theme, self.tr("A network for this data"))
        self.title = TextLabel(theme, role=FontRole.TITLE, wrap=True)
        self.problem = TextLabel(theme, tone="dim", wrap=True)
        self.sketch = NetworkSketch(theme)
        self.facts = TextLabel(theme, role=FontRole.MONO_SMALL, tone="dim", wrap=True)
        self.summary = TextLabel(theme, tone="dim", wrap=True)
        self.use = Button(theme, self.tr("Use this network"), icon="check", kind="primary")
        self.use.clicked.connect(self._on_use_clicked)
        self._sizes: dict[Size, Button] = {}
        self._group = QButtonGroup(self)
        self._rows: list[ReasonRow] = []
        self._reasons = QVBoxLayout()
        self.why = self._make_why()
        self._lay_out()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._propose)
        document.data_described.connect(self._on_data_described)
        self._on_data_described()

    # -- what can be asked --------------------------------------------------------------------------
    @property
    def proposal(self) -> Proposal | None:
        """What is shown; None where nothing can be proposed."""
        found = [p for p in self._proposals if p.size is self._size]
        return next(iter(found or self._proposals), None)

    def size_button(self, size: Size) -> Button:
        """The button of a size."""
        return self._sizes[size]

    def reasons(self) -> list[ReasonRow]:
        """The rows of reasons that are shown."""
        return [row for row in self._rows if not row.isHidden()]

    def set_bundle(self, bundle: DataBundle | None) -> None:
        """The data is loaded: its classes have been counted now."""
        if bundle is not None:
            self._facts = facts_of(bundle)
            self._soon.start()

    # -- layout ---------------------------------------------------------------------------------------
    def _make_why(self) -> CollapsibleSection:
        content = QWidget()
        content.setLayout(self._reasons)
        self._reasons.setContentsMargins(0, SPACE, 0, 0)
        self._reasons.setSpacing(3 * SPACE)
        section = CollapsibleSection(self._theme, self.tr("Why these choices"), content)
        section.heading.setChecked(False)
        return section

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        above: tuple[QWidget, ...] = (self.heading, self.title, self.problem, self.sketch)
        below: tuple[QWidget, ...] = (self.facts, self.summary, self.use, self.why)
        for widget in above:
            column.addWidget(widget)
        column.addLayout(self._make_sizes())
        for widget in below:
            column.addWidget(widget)

    def _make_sizes(self) -> QHBoxLayout:
        names = {
            Size.SMALLER: (
                self.tr("Smaller"),
                self.tr("Half as wide, a layer less: faster, learns less by heart"),
            ),
            Size.FITTING: (self.tr("Fits"), self.tr("The size that suits the number of rows")),
            Size.LARGER: (
                self.tr("Larger"),
                self.tr("Twice as wide, a layer more: for data that is harder than it looks"),
            ),
        }
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for size, (name, hint) in names.items():
            button = Button(self._theme, name, kind="toggle")
            button.setToolTip(hint)
            button.setAccessibleDescription(hint)
            button.setChecked(size is self._size)
            button.clicked.connect(lambda _on, size=size: self._on_size_clicked(size))
            self._group.addButton(button)
            self._sizes[size] = button
            row.addWidget(button, 1)
        return row

    # -- proposing ------------------------------------------------------------------------------------
    def _on_data_described(self, _spec: object = None) -> None:
        self._facts = Facts(normalized=self._document.data.normalize)
        self._soon.start()

    def _propose(self) -> None:
        """Milliseconds; done when the event loop is free, once for a burst of changes."""
        spec: DataSpec | None = self._document.data_spec
        sentence = said(self._document.data_problem) or self.tr("Reading the data\N{HORIZONTAL ELLIPSIS}")
        plan = self._desk.plan
        if plan is not None and plan.problem:  # said beside the columns, and above the table
            sentence = self.tr("A network is proposed here as soon as there is something to learn.")
        self._proposals = ()
        if spec is not None:
            try:
                self._proposals = alternatives(spec, self._facts, self._document.training)
            except ValueError as error:
                sentence = said(str(error))
        self.problem.setText("" if self._proposals else sentence)
        self._show()

    def _show(self) -> None:
        proposal = self.proposal
        known = proposal is not None
        for widget in (self.title, self.sketch, self.facts, self.summary, self.use, self.why):
            widget.setVisible(known)
        self.problem.setVisible(not known)
        sizes = {p.size: p for p in self._proposals}
        for size, button in self._sizes.items():
            button.setVisible(size in sizes and len(sizes) > 1)
        if proposal is None:
            return
        self._sizes[proposal.size].setChecked(True)
        self.title.setText(said(proposal.title))
        self.sketch.set_graph(proposal.graph)
        self.facts.setText(self._facts_of(proposal))
        self.summary.setText(said(proposal.reason(Topic.ARCHITECTURE).sentence))
        self._show_reasons(proposal.reasons)
        self.setAccessibleName(f"{self.heading.text()}: {self.title.text()}")

    def _facts_of(self, proposal: Proposal) -> str:
        training = proposal.training
        weights = self.tr("{count} weights").format(count=short_count(proposal.parameters))
        epochs = self.tr("\N{LESS-THAN OR EQUAL TO} {epochs} epochs").format(epochs=training.epochs)
        batch = self.tr("batch {batch}").format(batch=training.batch_size)
        return f"{weights} · {epochs} · {batch}"

    def _show_reasons(self, reasons: Sequence[Reason]) -> None:
        while len(self._rows) < len(reasons):
            self._rows.append(ReasonRow(self._theme))
            self._reasons.addWidget(self._rows[-1])
        for row, reason in zip(self._rows, reasons, strict=False):
            row.show_reason(reason)
            row.show()
        for row in self._rows[len(reasons) :]:
            row.hide()
        self.why.heading.set_count(len(reasons))

    def _on_size_clicked(self, size: Size) -> None:
        self._size = size
        self._show()

    def _on_use_clicked(self) -> None:
        if self._soon.isActive():  # other data has just been described: what is shown is for the old
            self._soon.stop()
            self._propose()
        proposal = self.proposal
        graph: ModelGraph = self._document.graph
        if proposal is not None and self._document.push(replacement(graph, proposal, TRAINING)):
            self.used.emit()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._proposals:
            self._propose()
