"""The page of the time machine: its slider, the lines of the run, and what can be done from a moment."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from app.document import Document
from app.theme import SPACE, FontRole, Theme
from app.timeline.machine import TimeMachine, lines_in_words
from app.timeline.strip import TimeStrip
from app.timeline.words import line_text, step_text, values_text
from app.widgets import Button, ChoiceBox, ElidedLabel, TextLabel
from app.widgets.key_of import name_key_of
from engine.training.moments import Happened, Moment
from engine.training.settings import TrainingSettings

if TYPE_CHECKING:
    from app.timeline.what_if import WhatIf

Planned = Callable[[float, TrainingSettings | None], TrainingSettings]
MOST_OTHERS = 4  # lines that are drawn behind
MEGABYTE = 1e6
WIDE = 640  # pixels; with less the memory is not told


class TimePanel(QWidget):
    """Looks at the moments of one project's run. `refused` carries a sentence."""

    refused = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._machine: TimeMachine | None = None
        self._document: Document | None = None
        self._planned_from: Planned = lambda _epoch, settings: settings or TrainingSettings()
        self._line: int | None = None  # an older one that is looked at; None: that of now
        self._what_if: WhatIf | None = None
        self.strip = TimeStrip(theme)
        self.lines = ChoiceBox(theme)
        self.lines.setAccessibleName(self.tr("Run to look at"))
        self.where = ElidedLabel(theme, role=FontRole.MONO, facts=True)
        self.where.setAccessibleName(self.tr("Moment"))
        self.memory = TextLabel(theme, tone="dim", role=FontRole.SMALL)
        self.rewind = Button(theme, self.tr("Rewind"), icon="back")
        self.rewind.setToolTip(self.tr("Back to the very same first weights, and wait there (Ctrl+F5)"))
        name_key_of(self.rewind, "rewind")
        self.nothing = TextLabel(
            theme,
            self.tr(
                "Press Train: moments of the run are kept here. Drag along them, and every view shows that moment."
            ),
            tone="dim",
            wrap=True,
        )
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self.strip.picked.connect(self._on_strip_picked)
        self.lines.activated.connect(self._on_lines_activated)
        self.rewind.clicked.connect(self.go_to_beginning)
        self._show_history()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(self.lines)
        head.addWidget(self.where, 1)
        head.addWidget(self.memory)
        head.addWidget(self.rewind)
        self._left = QWidget()
        column = QVBoxLayout(self._left)
        column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self.nothing, 1)
        column.addWidget(self.strip, 1)
        self._split = QSplitter()
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._left)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._split)

    def watch(self, machine: TimeMachine, document: Document, planned_from: Planned) -> None:
        """Show the past of this run from now on; `planned_from` says how it is trained on from an epoch."""
        self._machine, self._document, self._planned_from = machine, document, planned_from
        machine.changed.connect(self._show_history)
        machine.looked.connect(self._on_machine_looked)
        machine.forgotten.connect(self._on_machine_forgotten)
        self._show_history()

    def name_of(self, line: int) -> str:
        """What a line is called; nothing where it is not known."""
        history = self._machine.history if self._machine else None
        known = history.lines.get(line) if history else None
        return line_text(history, known) if history and known else ""

    def events(self) -> Sequence[Happened]:
        """What people did on the way to now."""
        history = self._machine.history if self._machine else None
        return history.happened(history.line) if history else ()

    # -- what is shown ----------------------------------------------------------------------------
    def _show_history(self) -> None:
        machine = self._machine
        empty = machine is None or machine.is_empty
        self.nothing.setVisible(empty)
        for widget in (self.strip, self.lines, self.where, self.rewind):
            widget.setVisible(not empty)
        self._fit()
        if machine is None or empty:
            return
        history = machine.history
        line = history.line if self._line is None or self._line not in history.lines else self._line
        others = [n for n in lines_in_words(history) if n != line][:MOST_OTHERS]
        behind = [[m for m in history.moments.values() if m.line == n] for n in others]
        self.strip.set_history(history.path(line), behind, history.happened(line))
        self._show_lines(line)
        words = self.tr("{count} moments · {size} of {budget} MB")
        size, budget = history.nbytes / MEGABYTE, history.budget / MEGABYTE
        self.memory.setText(
            words.format(count=len(history.moments), size=f"{size:.1f}", budget=f"{budget:.0f}")
        )
        self._show_where(machine.wanted)

    def _fit(self) -> None:
        """What the moments take makes way for what they are."""
        empty = self._machine is None or self._machine.is_empty
        self.memory.setVisible(not empty and self._left.width() >= WIDE)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _show_lines(self, line: int) -> None:
        assert self._machine is not None
        history = self._machine.history
        known = {history.line: history.lines[history.line], **lines_in_words(history)}
        words = [(line_text(history, known[n]), n) for n in sorted(known, reverse=True)]
        shown = [(self.lines.itemText(k), self.lines.itemData(k)) for k in range(self.lines.count())]
        if words != shown:
            self.lines.clear()
            for text, number in words:
                self.lines.addItem(text, number)
        self.lines.setCurrentIndex(self.lines.findData(line))
        self.lines.setVisible(len(words) > 1)

    def _show_where(self, moment: Moment | None) -> None:
        if moment is None:
            self.where.setText(self.tr("now"))
        else:
            self.where.setText(f"{step_text(moment)} · {values_text(moment)}")

    def _on_machine_looked(self, moment: Moment | None) -> None:
        assert self._machine is not None
        wanted = self._machine.wanted
        self.strip.set_chosen(wanted)
        self._show_where(wanted)
        if moment is None and self._what_if is not None:
            self._what_if.hide()

    def _on_machine_forgotten(self) -> None:
        self._line = None
        self.strip.set_chosen(None)

    def _on_strip_picked(self, moment: Moment | None) -> None:
        if self._machine is None:
            return
        self._show_where(moment)
        if moment is None:
            self._machine.look_now()
        else:
            self._machine.look(moment)

    def _on_lines_activated(self, place: int) -> None:
        self._line = self.lines.itemData(place)
        self._show_history()

    # -- what can be done -------------------------------------------------------------------------
    def go_to_beginning(self) -> None:
        """Back to the first weights."""
        if self._machine is not None and not self._machine.rewind():
            self.refused.emit(self.tr("There is no run to rewind. Press Train first."))

    def look_now(self) -> None:
        """Show the present again."""
        if self._machine is not None:
            self._machine.look_now()

    def go_on(self) -> None:
        """Train on from the moment that is looked at."""
        if self._machine is not None and self._machine.moment is not None and self._document is not None:
            moment = self._machine.moment
            self._line = None
            self._machine.travel(moment, self._planned_from(moment.epoch, None))

    def open_what_if(self) -> None:
        """Offer other settings for the moment that is looked at."""
        if self._machine is None or self._machine.moment is None or self._document is None:
            return
        if self._what_if is None:
            from app.timeline.what_if import WhatIf  # the start of the window need not pay for it

            self._what_if = WhatIf(self._theme)
            self._what_if.tried.connect(self._on_what_if_tried)
            self._what_if.closed.connect(self._what_if.hide)
            self._split.addWidget(self._what_if)
            self._split.setSizes([3, 2])
        self._what_if.begin(self._machine.moment, self._document.training)
        self._what_if.show()
        self._what_if.go.setFocus()

    def _on_what_if_tried(self, settings: TrainingSettings) -> None:
        assert self._machine is not None
        assert self._document is not None
        moment = self._machine.moment
        if moment is None:
            return
        self._line = None
        self._document.set_training(settings)
        self._machine.travel(moment, self._planned_from(moment.epoch, settings))
