"""A line under the bar at the top that says what happened; nothing modal, nothing that needs an answer."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.canvas.announce import announce
from app.i18n import said
from app.theme import SPACE, Theme
from app.widgets import Button, IconButton, TextLabel


class MessageBar(QWidget):
    """Shows one sentence until it is closed or another comes. `details_wanted` carries it, and what more is known.

    Why an edit was refused is of interest until another one is made. What is kept being said comes back after another
    sentence, until somebody closes it or it is settled.
    """

    details_wanted = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._in_front = True
        self._says_something = False
        self._is_refusal = False
        self._kept = ""
        self.label = TextLabel(theme, wrap=True)
        self.label.setAccessibleName(self.tr("Message"))
        self._detail = ""
        self.details = Button(theme, self.tr("Details"), kind="quiet")
        self.details.clicked.connect(lambda: self.details_wanted.emit(self.label.text(), self._detail))
        self._close = IconButton(theme, "close", self.tr("Close the message"))
        self._close.clicked.connect(self._on_close_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(4 * SPACE, SPACE, 2 * SPACE, SPACE)
        row.addWidget(self.label, 1)
        row.addWidget(self.details)
        row.addWidget(self._close)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show what happened."""
        self._show(sentence, problem=False)

    def say_problem(self, sentence: str, detail: str = "") -> None:
        """Show what went wrong; `detail` is for a report, which a button opens."""
        self._show(sentence, problem=True, detail=detail)

    def keep_saying(self, sentence: str) -> None:
        """Show what is to be known until somebody has acted on it."""
        self._kept = said(sentence)
        self._show(sentence, problem=False)

    def settle(self) -> None:
        """Somebody has: what was kept being said is over."""
        kept, self._kept = self._kept, ""
        if kept and self.label.text() == kept:
            self.clear()

    def say_refusal(self, sentence: str) -> None:
        """Show why an edit was not made."""
        self.say_problem(sentence)
        self._is_refusal = True

    def note_edit(self) -> None:
        """An edit was made."""
        if self._is_refusal:
            self.clear()

    def add_detail(self, detail: str) -> None:
        """More is known of what is shown."""
        self._detail = detail
        self.details.setVisible(bool(detail))

    def clear(self) -> None:
        """Show nothing but what is kept being said."""
        self._says_something = self._is_refusal = False
        if self._kept and self.label.text() != self._kept:
            self._show(self._kept, problem=False)
        elif not self._kept:
            self.hide()
        else:
            self._says_something = True

    def set_front(self, *, front: bool) -> None:
        """Whether its project is in front; a sentence that comes meanwhile waits to be seen."""
        self._in_front = front
        self.setVisible(front and self._says_something)

    def _on_close_clicked(self) -> None:
        if self.label.text() == self._kept:
            self._kept = ""
        self.clear()

    def _show(self, sentence: str, *, problem: bool, detail: str = "") -> None:
        sentence = said(sentence)
        self._detail = detail
        self._is_refusal = False
        self.details.setVisible(bool(detail))
        self.label.set_tone("bad" if problem else "text")
        self.label.setText(sentence)
        self._says_something = bool(sentence)
        self.setVisible(self._in_front and self._says_something)
        announce(self, sentence)
