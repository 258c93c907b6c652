"""A page that is made when somebody looks at it first, so that the start of the window need not pay for it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

W = TypeVar("W", bound=QWidget)


class LaterPage(QWidget, Generic[W]):
    """Holds the widget that `make` makes; `room` is what that will want where it is laid out before."""

    def __init__(
        self, make: Callable[[], W], parent: QWidget | None = None, *, room: QSize | None = None
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._room = room
        self._page: W | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)

    @property
    def page(self) -> W:
        """The widget; made now, if nobody wanted it before."""
        if self._page is None:
            self._page = self._make()
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self._page)
            self._page.show()  # at once, where this is shown already
            self.setFocusProxy(self._page)
        return self._page

    @property
    def is_made(self) -> bool:
        """Whether somebody has wanted it."""
        return self._page is not None

    @override
    def sizeHint(self) -> QSize:
        return self._room if self._room is not None and self._page is None else super().sizeHint()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        _ = self.page
        super().showEvent(event)
