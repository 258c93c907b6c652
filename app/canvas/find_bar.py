"""The line in the corner of the canvas that finds layers: everything else is dimmed, Enter goes from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout
from typing_extensions import override

from app.canvas.announce import announce
from app.canvas.finding import Hits, find
from app.canvas.scene import GraphScene
from app.theme import SPACE, FontRole, Theme
from app.widgets import IconButton, TextLabel
from app.widgets.key_of import name_key_of
from app.widgets.overlay import SearchOverlay

if TYPE_CHECKING:
    from app.canvas.view import GraphView

_WIDTH: Final = 380


class FindBar(SearchOverlay):
    """Searches while one types; Enter and F3 go on, with Shift back, Escape closes it."""

    closes_elsewhere = False
    radius = 7

    def __init__(self, theme: Theme, view: GraphView) -> None:
        super().__init__(theme, view, self.tr("Find on the canvas\N{HORIZONTAL ELLIPSIS}"))
        self._view = view
        self._hits = Hits()
        self._at = -1
        self.count = TextLabel(theme, role=FontRole.SMALL, tone="dim")
        self.back = IconButton(theme, "chevron-up", self.tr("Previous (Shift+F3)"))
        self.forward = IconButton(theme, "chevron-down", self.tr("Next (F3)"))
        name_key_of(self.back, "canvas/find_back")
        name_key_of(self.forward, "canvas/find_next")
        self.close_button = IconButton(theme, "close", self.tr("Close (Esc)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self.search, 1)
        for widget in (self.count, self.back, self.forward, self.close_button):
            row.addWidget(widget)
        self.setAccessibleName(self.tr("Find on the canvas"))
        self.hide()
        self.search.textChanged.connect(self._on_search_text_changed)
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward.clicked.connect(lambda: self.step(1))
        self.close_button.clicked.connect(self.leave)
        view.view_changed.connect(self._place)
        self._link = view.graph_scene.layout_changed.connect(self._on_scene_layout_changed)

    def open(self) -> None:
        """Shows the line; what was searched before is selected, so that typing replaces it."""
        self.resize(self.sizeHint())
        self.show()
        self.raise_()
        self._place()
        self.search.setFocus()
        self.search.selectAll()
        self._on_search_text_changed(self.search.text())

    def step(self, by: int) -> None:
        """Goes to another hit; opens the line where nothing is searched."""
        if not self.isVisible():
            self.open()
        if not self._hits:
            return
        first = 0 if by > 0 else len(self._hits) - 1
        self._at = first if self._at < 0 else (self._at + by) % len(self._hits)
        name, is_note = self._hits.order[self._at]
        scene = self._view.graph_scene
        if is_note:
            scene.select(notes=[name])
            self._view.show_rect(scene.notes.items[name].rect())
        else:
            scene.select([name])
            self._view.show_node(name)
        self._show_count()

    def look_at(self, scene: GraphScene) -> None:
        """Searches on another scene from now on."""
        self.close()
        QObject.disconnect(self._link)
        self._link = scene.layout_changed.connect(self._on_scene_layout_changed)

    @override
    def sizeHint(self) -> QSize:
        return QSize(min(_WIDTH, self._view.width() - 4 * SPACE), super().sizeHint().height())

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._view.graph_scene.set_found(None)

    @override
    def takes_key(self, event: QKeyEvent) -> bool:
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F3):
            self.step(-1 if back else 1)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.step(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            return False
        return True

    def _place(self) -> None:
        below = self._view.covered_above + SPACE if self._view.covered_above else 3 * SPACE
        self.move(self._view.width() - self.width() - 4 * SPACE, below)

    def _on_search_text_changed(self, text: str) -> None:
        self._hits, self._at = find(self._view.graph_scene.graph, text), -1
        self._view.graph_scene.set_found(self._hits if text.strip() else None)
        self._show_count()

    def _on_scene_layout_changed(self) -> None:
        if self.isVisible():
            self._hits = find(self._view.graph_scene.graph, self.search.text())
            self._at = min(self._at, len(self._hits) - 1)
            self._view.graph_scene.set_found(self._hits if self.search.text().strip() else None)
            self._show_count()

    def _show_count(self) -> None:
        total, place = len(self._hits), self._at + 1
        if not self.search.text().strip():
            text = ""
        elif not total:
            text = self.tr("none")
        else:
            text = self.tr("{place} of {total}").format(place=place or "\N{EN DASH}", total=total)
        self.count.setText(text)
        for button in (self.back, self.forward):
            button.setEnabled(total > 0)
        if text and self._at >= 0:
            announce(self._view, text)
        elif text:
            announce(self._view, self.tr("%n found", "", total))
