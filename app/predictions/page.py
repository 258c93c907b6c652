"""A page with a second view of the predictions, and an example of one's own beside it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from app.predictions.panel import PredictionsPanel
from app.theme import Theme


class PredictionsPage(QSplitter):
    """Begins with the view alone; the example comes once there are plots."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.panel = PredictionsPanel(theme, "second", 1)
        self.addWidget(self.panel)
        self.setHandleWidth(1)

    def add_own(self, own: QWidget) -> None:
        """The example of one's own."""
        self.addWidget(own)
        self.setStretchFactor(0, 3)
        self.setStretchFactor(1, 2)
        self.setSizes([640, 420])
