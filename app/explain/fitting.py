"""Text that has two shapes: one for where there is room, one that never scrolls sideways."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTextBrowser
from typing_extensions import override


class FittingText(QTextBrowser):
    """Shows the wide page where all of it can be seen, and the narrow one elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self._pages = ("", "")
        self._needed = 0  # pixels for the wide page
        self._narrow = False

    def show_pages(self, wide: str, narrow: str) -> None:
        """Show the same in either shape."""
        self._pages = (wide, narrow)
        self.setHtml(wide)
        self._narrow = False
        self._fit()

    def is_narrow(self) -> bool:
        """Whether the narrow shape is shown."""
        return self._narrow

    def _fit(self) -> None:
        if not self._narrow:
            self._needed = self.viewport().width() + self.horizontalScrollBar().maximum()
        narrow = self._needed > self.viewport().width()
        if narrow != self._narrow and any(self._pages):
            self._narrow = narrow
            self.setHtml(self._pages[narrow])

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
