"""A searchable list at a place of the canvas: what a wire could lead to, which wires there are."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas.telling import Telling
from app.palette.matching import match
from app.slices import Slices
from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel
from app.widgets.overlay import SearchOverlay

_WIDTH: Final = 320
_HIGHEST: Final = 216  # the list, before it scrolls
_ROOM: Final = 300  # that it takes then
_CHOICE: Final = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen: its words, and what happens then."""

    title: str
    run: Callable[[], object] = field(compare=False)
    words: tuple[str, ...] = ()


class ChoicePopup(SearchOverlay):
    """A search field over its hits, on top of its parent; Enter or a click chooses, Escape and a click elsewhere close."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent, self.tr("Search\N{HORIZONTAL ELLIPSIS}"))
        self._choices: list[Choice] = []
        self._slices = Slices(self)
        self._telling = Telling(self.search, self._words)
        self.hide()
        self.heading = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(self.tr("What can be chosen"))
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self.heading)
        column.addWidget(self.search)
        column.addWidget(self.list)
        self.search.textChanged.connect(self._show)
        self.search.returnPressed.connect(self._on_search_return_pressed)
        self.list.itemClicked.connect(self._on_list_item_clicked)
        self._slices.sliced.connect(self._show)

    def open_at(self, place: QPoint, heading: str, choices: Iterable[Choice | None], below: int = 0) -> None:
        """Opens with its corner at a place of its parent; a None is a moment at which the window may do something else.

        What lies over the parent down to `below` is left alone.
        """
        self._slices.stop()
        self._choices = []
        self.heading.setText(heading)
        self.setAccessibleName(heading)
        self.search.setAccessibleName(heading)
        self.search.clear()
        self._slices.start(self._take(choices))
        room = self._parent.size()
        x = min(place.x(), room.width() - _WIDTH)
        y = min(place.y(), room.height() - _ROOM)
        self.move(max(x, 0), max(y, below))
        self._show()
        self.show()
        self.raise_()
        self.search.setFocus()

    def is_busy(self) -> bool:
        """Whether choices are still to come."""
        return self._slices.is_busy()

    def titles(self) -> list[str]:
        """What is shown now."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    @override
    def sizeHint(self) -> QSize:
        self._column.activate()
        return QSize(_WIDTH, self._column.totalHeightForWidth(_WIDTH))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._slices.stop()
        self._telling.stop()

    @override
    def takes_key(self, event: QKeyEvent) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() not in steps:
            return False
        row = self.list.currentRow() + steps[Qt.Key(event.key())]
        self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        self._telling.start()
        return True

    def _take(self, choices: Iterable[Choice | None]) -> Iterator[None]:
        for choice in choices:
            if choice is not None:
                self._choices.append(choice)
            yield

    def _show(self) -> None:
        text = self.search.text().strip()
        row = max(self.list.currentRow(), 0)
        self.list.clear()
        for choice in self._choices:
            if not text or match(text, choice.title, choice.words, "") > 0:
                item = QListWidgetItem(choice.title)
                item.setData(_CHOICE, choice)
                self.list.addItem(item)
        if not self.list.count() and not self.is_busy():
            nothing = QListWidgetItem(self.tr("There is nothing to choose."))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self.list.setCurrentRow(min(row, self.list.count() - 1) if not text else 0)
        rows = self.list.count() * max(self.list.sizeHintForRow(0), 1) + 2 * self.list.frameWidth()
        self.list.setFixedHeight(min(rows, _HIGHEST))
        self.resize(self.sizeHint())
        self._telling.start()

    def _words(self) -> str:
        return self.list.item(max(self.list.currentRow(), 0)).text() if self.list.count() else ""

    def _choose(self, item: QListWidgetItem | None) -> None:
        choice = item.data(_CHOICE) if item is not None else None
        if isinstance(choice, Choice):
            self.leave()
            choice.run()

    def _on_search_return_pressed(self) -> None:
        self._slices.finish()
        self._choose(self.list.currentItem())

    def _on_list_item_clicked(self, item: QListWidgetItem) -> None:
        self._choose(item)
