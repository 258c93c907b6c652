"""Lays the words of nodes out before they are seen: zooming in shows those of hundreds of nodes in one frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from app.slices import Slices

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem

_LATER_MS: Final = 40  # than an edit, whose own frame comes first


class WordsAhead(QObject):
    """Goes through nodes a few at a time, after `want`; what is laid out already costs nothing."""

    def __init__(self, nodes: Callable[[], Iterable[NodeItem]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes = nodes
        self._slices = Slices(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LATER_MS)
        self._timer.timeout.connect(self._begin)

    def want(self) -> None:
        """Words may have changed."""
        self._slices.give_way()
        self._timer.start()

    def is_busy(self) -> bool:
        """Whether nodes are left."""
        return self._timer.isActive() or self._slices.is_busy()

    def give_way(self) -> None:
        """The hand is moving: goes on when it rests."""
        self._slices.give_way()

    def stop(self) -> None:
        """Ends it."""
        self._timer.stop()
        self._slices.stop()

    def _begin(self) -> None:
        self._slices.start(self._lay_out())

    def _lay_out(self) -> Iterator[None]:
        for item in list(self._nodes()):
            item.texts()
            item.name_texts()
            yield
