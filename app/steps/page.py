"""The page of the dock for step mode: its buttons, what happens now in a sentence, and what it does to each layer."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.steps.mode import Stage, StepMode
from app.steps.words import ARROW, gist_text, phase_name, tr, weight_text
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, TextLabel
from app.window.workspace import Workspace
from engine.training.explain.text import number_text
from engine.training.stepping import PHASES, NodeStep, StepPhase


class StepsPage(QWidget):
    """Goes through training steps of one project."""

    def __init__(self, theme: Theme, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._workspace = theme, workspace
        self.mode = StepMode(theme, workspace, self)
        self.start = Button(theme, tr("Step through"), icon="step", kind="primary")
        self.before = Button(theme, tr("Back"), icon="back")
        self.next = Button(theme, tr("Next phase"), icon="forward")
        self.whole = Button(theme, tr("Whole step"), icon="step")
        self.keep = Button(theme, tr("Keep the steps"), icon="check")
        self.discard = Button(theme, tr("Discard"), kind="quiet")
        self.phases = [TextLabel(theme, phase_name(phase), tone="dim") for phase in PHASES]
        self.count = TextLabel(theme, role=FontRole.MONO, tone="dim")
        self.sentence = TextLabel(theme, wrap=True)
        self._was_on = False
        self.table = QTableWidget(0, 4)
        self._lay_out()
        for button, deed, hint in (
            (self.start, self.mode.begin, tr("Take one training step apart, on a copy of the network")),
            (self.before, self.mode.phase_before, tr("The phase before (Left)")),
            (self.next, self.mode.next_phase, tr("The next phase (Right or Space)")),
            (self.whole, self.mode.whole_step, tr("To the end of the step (Enter)")),
            (self.keep, self.mode.keep, tr("Leave, and let the run take the steps that were seen")),
            (self.discard, self.mode.discard, tr("Leave the run as it was (Esc)")),
        ):
            button.clicked.connect(deed)
            self.mode.watch(button)
            button.setToolTip(hint)
        self.mode.watch(self.table)
        self.mode.changed.connect(self._refresh)
        self.mode.refused.connect(self._on_mode_refused)
        theme.changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        self.table.setHorizontalHeaderLabels([tr("Layer"), tr("Output"), tr("Slope"), tr("Weights")])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.table.setShowGrid(False)
        self.table.setProperty("padded", True)
        self.table.setAccessibleName(tr("What the step does to each layer"))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        for button in (self.start, self.before, self.next, self.whole):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.keep)
        buttons.addWidget(self.discard)
        where = QHBoxLayout()
        where.setSpacing(SPACE)
        for k, label in enumerate(self.phases):
            if k:
                where.addWidget(TextLabel(self._theme, ARROW, tone="dim"))
            where.addWidget(label)
        where.addSpacing(4 * SPACE)
        where.addWidget(self.count)
        where.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        column.setSpacing(2 * SPACE)
        column.addLayout(buttons)
        column.addLayout(where)
        column.addWidget(self.sentence)
        column.addWidget(self.table, 1)
        column.addStretch()  # takes the room of a table that is not there

    def begin(self) -> None:
        """Begin step mode, with the keys going there."""
        self.mode.begin()

    # -- showing ----------------------------------------------------------------------------------
    def _refresh(self) -> None:
        mode = self.mode
        on, off = mode.stage is Stage.ON, mode.stage is Stage.OFF
        self.start.setVisible(off)
        held = self.window().focusWidget()
        if off and held is not self.start and self.isAncestorOf(held):
            self.start.setFocus()  # before that is hidden: the keys would go to whatever comes next in the window
        for widget in (self.before, self.next, self.whole, self.keep, self.discard, self.count, self.table):
            widget.setVisible(on)
        for phase, label in zip(PHASES, self.phases, strict=True):
            here = on and phase is mode.phase
            label.set_tone("accent" if here else "dim")
            label.setFont(self._theme.font(FontRole.STRONG if here else FontRole.BODY))
        self.keep.setEnabled(mode.taken > 0)
        self.setFocusProxy(self.next if on else self.start)
        if on and not self._was_on and self.isVisible():
            self.next.setFocus()  # the keys go on from here
        self._was_on = on
        if off:
            self.sentence.setText(
                tr(
                    "See one batch go forward through the network, what its loss is, how its slopes come back, and what "
                    "that does to the weights. Right or Space: next phase. Enter: whole step. Esc: leave."
                )
            )
        else:
            self.sentence.setText(mode.sentence())
        self.sentence.setAccessibleName(self.sentence.text())
        self._fill()

    def _fill(self) -> None:
        step, phase = self.mode.step, self.mode.phase
        if step is None:
            self.table.setRowCount(0)
            return
        text = tr("step {step} \N{MIDDLE DOT} loss {loss} \N{MIDDLE DOT} {taken} taken")
        self.count.setText(
            text.format(step=f"{step.step + 1:,}", loss=number_text(step.loss), taken=f"{self.mode.taken:,}")
        )
        nodes = self._workspace.document.graph.nodes
        self.table.setRowCount(len(step.nodes))
        for row, (node, told) in enumerate(step.nodes.items()):
            name = nodes[node].name if node in nodes else node
            for place, words in enumerate((name, *_cells(told, phase))):
                self.table.setItem(row, place, QTableWidgetItem(words))

    def _on_mode_refused(self, text: str) -> None:
        self.sentence.setText(text)


def _cells(told: NodeStep, phase: StepPhase) -> tuple[str, str, str]:
    """Output, slope and weights of a node, as far as the step has come."""
    output = "   ".join(gist_text(g) for g in told.outputs.values())
    back = phase in (StepPhase.BACKWARD, StepPhase.UPDATE)
    slope = "   ".join(gist_text(g) for g in told.slopes.values()) if back else ""
    done = phase is StepPhase.UPDATE
    weights = "   ".join(weight_text(name, w) for name, w in told.weights.items()) if done else ""
    return output, slope, weights
