"""The welcome page: what there is to begin with, seen at a glance and reached by mouse, keys or screen reader."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from app.i18n import declared
from app.theme import SPACE, FontRole, Theme
from app.welcome.cards import Card, CardGrid
from app.welcome.templates import templates
from app.widgets import Button, Heading, TextLabel
from engine.formats.examples import examples
from engine.lessons.registry import lessons
from engine.models.bundled import bundled_networks

_WIDEST: Final = 1200
_RECENT_SHOWN: Final = 6
_WIDEST_NAME: Final = 320


class WelcomePage(QScrollArea):
    """Examples and trained networks with their pictures, lessons, templates, recent projects, and ways to one's own.

    Signals: `example_wanted`, `network_wanted`, `lesson_wanted` and `template_wanted` carry a name, `recent_wanted`
    a path; `empty_wanted`, `open_wanted` and `data_wanted` nothing.
    """

    example_wanted = Signal(str)
    network_wanted = Signal(str)
    lesson_wanted = Signal(str)
    template_wanted = Signal(str)
    recent_wanted = Signal(str)
    empty_wanted = Signal()
    open_wanted = Signal()
    data_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Welcome"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.empty = Button(theme, self.tr("Empty network"), icon="plus", kind="primary")
        self.open = Button(theme, self.tr("Open a project\N{HORIZONTAL ELLIPSIS}"), icon="open")
        self.data = Button(theme, self.tr("Use your own data\N{HORIZONTAL ELLIPSIS}"), icon="data")
        self.examples = CardGrid(self.tr("Examples"))
        self.networks = CardGrid(self.tr("Trained networks"))
        self.lessons = CardGrid(self.tr("Lessons"))
        self.templates = CardGrid(self.tr("Templates"))
        self._recent_heading = Heading(theme, self.tr("Recent projects"))
        self._recent = QVBoxLayout()
        self._recent_buttons: list[Button] = []
        self._lay_out()
        self.empty.clicked.connect(self.empty_wanted)
        self.open.clicked.connect(self.open_wanted)
        self.data.clicked.connect(self.data_wanted)
        self._fill()
        self.set_recent(())

    def set_recent(self, paths: Sequence[str]) -> None:
        """The projects that were open lately, newest first."""
        for button in self._recent_buttons:
            button.hide()
            button.deleteLater()
        self._recent_buttons = [self._recent_button(path) for path in paths[:_RECENT_SHOWN]]
        self._recent_heading.setVisible(bool(self._recent_buttons))

    def recent_buttons(self) -> list[Button]:
        """The buttons of recent projects."""
        return list(self._recent_buttons)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.empty.setFocus()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self.ensureWidgetVisible(watched, 0, 4 * SPACE)
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        theme = self._theme
        ways = QHBoxLayout()
        ways.setSpacing(2 * SPACE)
        for button in (self.empty, self.open, self.data):
            ways.addWidget(button)
        ways.addStretch(1)
        page = QWidget()
        page.setMaximumWidth(_WIDEST)
        column = QVBoxLayout(page)
        column.setContentsMargins(8 * SPACE, 8 * SPACE, 8 * SPACE, 8 * SPACE)
        column.setSpacing(3 * SPACE)
        column.addWidget(TextLabel(theme, self.tr("Build a network and watch it learn"), role=FontRole.TITLE))
        about = self.tr(
            "Open an example and press Train, begin with a template, or drop a file of your own data on the window."
        )
        column.addWidget(TextLabel(theme, about, tone="dim", wrap=True))
        column.addLayout(ways)
        column.addWidget(self._recent_heading)
        self._recent.setSpacing(0)
        column.addLayout(self._recent)
        column.addWidget(Heading(theme, self.tr("Lessons")))
        column.addWidget(self.lessons)
        column.addWidget(Heading(theme, self.tr("Examples")))
        column.addWidget(self.examples)
        column.addWidget(Heading(theme, self.tr("Trained networks")))
        column.addWidget(self.networks)
        column.addWidget(Heading(theme, self.tr("Templates")))
        column.addWidget(self.templates)
        column.addStretch(1)
        outer = QWidget()
        row = QHBoxLayout(outer)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(page, 1000)
        row.addStretch(1)
        self.setWidget(outer)

    def _fill(self) -> None:
        theme = self._theme
        names = dict(enumerate(examples()))
        cards = [
            Card(theme, declared(e.title), declared(e.summary), picture=n) for n, e in examples().items()
        ]
        self.examples.set_cards(cards, lambda card: self.example_wanted.emit(names[cards.index(card)]))
        trained = list(bundled_networks())
        ready = [
            Card(theme, declared(n.title), declared(n.summary), picture=n.name)
            for n in bundled_networks().values()
        ]
        self.networks.set_cards(ready, lambda card: self.network_wanted.emit(trained[ready.index(card)]))
        kinds = dict(enumerate(templates()))
        made = [
            Card(theme, declared(t.title), declared(t.summary), icon="plus") for t in templates().values()
        ]
        self.templates.set_cards(made, lambda card: self.template_wanted.emit(kinds[made.index(card)]))
        for card in (*cards, *ready, *self._fill_lessons(), *made):
            card.installEventFilter(self)

    def _fill_lessons(self) -> list[Card]:
        names = list(lessons())
        words = self.tr("{summary} About {minutes} minutes.")
        cards = []
        for lesson in lessons().values():
            card = Card(self._theme, declared(lesson.title), declared(lesson.summary), icon="lesson")
            card.setToolTip(words.format(summary=declared(lesson.summary), minutes=lesson.minutes))
            cards.append(card)
        self.lessons.set_cards(cards, lambda card: self.lesson_wanted.emit(names[cards.index(card)]))
        return cards

    def _recent_button(self, path: str) -> Button:
        found = Path(path)
        metrics = QFontMetrics(self._theme.font(FontRole.BODY))
        cut = [
            metrics.elidedText(t, Qt.TextElideMode.ElideMiddle, _WIDEST_NAME)
            for t in (found.name, str(found.parent))
        ]
        button = Button(self._theme, "    ".join(cut).replace("&", "&&"), icon="open", kind="quiet")
        button.setAccessibleName(
            self.tr("Open {name} in {folder}").format(name=found.name, folder=found.parent)
        )
        button.setToolTip(path)
        button.setStyleSheet("text-align: left")
        button.clicked.connect(lambda: self.recent_wanted.emit(path))
        button.installEventFilter(self)
        self._recent.addWidget(button)
        return button
