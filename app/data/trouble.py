"""What is wrong with the data, in one sentence, with the ways on as buttons; nothing modal."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.canvas.announce import announce
from app.data.desk import DataDesk, Stage
from app.i18n import said
from app.theme import SPACE, Theme
from app.widgets import Button, TextLabel
from engine.data.errors import Remedy

if TYPE_CHECKING:
    from engine.data.recipe.offers import Offer

WIDTH = 560


class Trouble(QWidget):
    """Fills the place of the table where there is none. `notice` is a line over a table that is out of date."""

    find_wanted = Signal()
    file_wanted = Signal()

    def __init__(self, theme: Theme, desk: DataDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._desk = desk
        self._said = ""
        self.sentence = TextLabel(theme, tone="bad", wrap=True)
        self.sentence.setAccessibleName(self.tr("Problem"))
        self.sentence.setFixedWidth(WIDTH)
        self.find_it = Button(theme, self.tr("Find it\N{HORIZONTAL ELLIPSIS}"), kind="primary")
        self.again = Button(theme, self.tr("Read again"))
        self.other = Button(theme, self.tr("Open data\N{HORIZONTAL ELLIPSIS}"))
        self.back = Button(theme, self.tr("Undo"), kind="quiet")
        self.notice = self._make_notice()
        self._remedies = QHBoxLayout()
        self._remedies.setSpacing(2 * SPACE)
        self._remedy_buttons: list[Button] = []
        self._shown: tuple[Remedy, ...] = ()
        self.offer_buttons: list[Button] = []
        self._offered: tuple[Offer, ...] = ()
        self._lay_out()
        self.find_it.clicked.connect(self.find_wanted)
        self.again.clicked.connect(desk.read_again)
        self.other.clicked.connect(self.file_wanted)
        self.back.clicked.connect(desk.document.stack.undo)
        desk.changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * SPACE)
        for button in (self.find_it, self.again, self.other, self.back):
            buttons.addWidget(button)
        buttons.addStretch(1)
        block = QVBoxLayout()
        block.setSpacing(3 * SPACE)
        block.addWidget(self.sentence)
        block.addLayout(self._remedies)
        block.addLayout(buttons)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addLayout(block)
        line.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addLayout(line)
        column.addStretch(3)

    def _make_notice(self) -> QWidget:
        bar = QWidget()
        self.changed_words = TextLabel(self._theme, tone="warn", wrap=True)
        self.read_changed = Button(self._theme, self.tr("Read again"))
        self.read_changed.clicked.connect(self._desk.read_again)
        line = QHBoxLayout(bar)
        line.setContentsMargins(4 * SPACE, 0, 4 * SPACE, 2 * SPACE)
        line.addWidget(self.changed_words, 1)
        line.addWidget(self.read_changed, 0, Qt.AlignmentFlag.AlignTop)
        self._offer_line = QHBoxLayout()
        self._offer_line.setSpacing(2 * SPACE)
        line.addLayout(self._offer_line)
        bar.hide()
        return bar

    def _refresh(self) -> None:
        desk = self._desk
        failed = desk.stage is Stage.FAILED
        self.sentence.setText(said(desk.problem) if failed else "")
        self.find_it.setVisible(desk.gone)
        self.again.setVisible(not desk.document.is_dataless)
        self.back.setVisible(desk.document.stack.canUndo())
        self._show_remedies(tuple(desk.remedies) if failed else ())
        words = self._notice_words()
        self.changed_words.setText(words)
        self.read_changed.setVisible(desk.stale)
        self.notice.setVisible(bool(words))
        self._show_offers(self._offers())
        spoken = words or self.sentence.text()
        if spoken != self._said:
            self._said = spoken
            announce(self, spoken)

    def _notice_words(self) -> str:
        desk = self._desk
        if desk.stage is not Stage.OPEN or desk.source is None:
            return ""
        if desk.stale:
            words = self.tr("{name} is no longer what was read: it was changed or moved.")
            return words.format(name=desk.source.title)
        return said(desk.problem or (desk.plan.problem if desk.plan is not None else ""))

    def _offers(self) -> tuple[Offer, ...]:
        """What would help where the file is open, but nothing can be learned from it."""
        desk = self._desk
        if desk.stage is not Stage.OPEN or desk.source is None or desk.plan is None or not desk.plan.problem:
            return ()
        from engine.data.recipe.offers import offers  # most windows never need it

        return offers(desk.source, desk.plan, desk.document.data)

    def _show_offers(self, offers: tuple[Offer, ...]) -> None:
        if offers == self._offered:
            return
        self._offered = offers
        for old in self.offer_buttons:
            old.hide()
            old.deleteLater()
        self.offer_buttons = [Button(self._theme, said(offer.label), kind="primary") for offer in offers]
        for button, offer in zip(self.offer_buttons, offers, strict=True):
            button.clicked.connect(partial(self._take, offer))
            self._offer_line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def _take(self, offer: Offer, _checked: bool = False) -> None:
        self._desk.document.set_data(offer.settings)

    def _show_remedies(self, remedies: tuple[Remedy, ...]) -> None:
        if remedies == self._shown:
            return
        self._shown = remedies
        for old in self._remedy_buttons:
            old.hide()
            old.deleteLater()
        self._remedy_buttons = [
            Button(self._theme, said(remedy.label), kind="primary") for remedy in remedies
        ]
        for button, remedy in zip(self._remedy_buttons, remedies, strict=True):
            button.clicked.connect(partial(self._apply, remedy))
            self._remedies.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def _apply(self, remedy: Remedy, _checked: bool = False) -> None:
        data = self._desk.document.data
        self._desk.document.set_data(data.model_copy(update={"options": {**data.options, **remedy.options}}))
