"""What is seen while something is held over the window: a frame around it, and what will happen if it is let go."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.data.bring import Offer
from app.theme import RADIUS_NODE, SPACE, FontRole, Theme
from app.widgets.painting import smooth_painter


class DropOverlay(QWidget):
    """Covers its parent; takes neither pointer nor keys."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._offer: Offer | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("What will happen"))
        self.hide()

    @property
    def offer(self) -> Offer | None:
        """What is offered now."""
        return self._offer if self.isVisible() else None

    def show_offer(self, offer: Offer) -> None:
        """Say what will happen."""
        self._offer = offer
        self.setAccessibleDescription(f"{offer.sentence}. {offer.rest}")
        self.raise_()
        self.show()
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._offer is None:
            return
        painter = smooth_painter(self)
        area = QRectF(self.rect())
        painter.fillRect(area, self._theme.color("window", 0.82))
        frame = area.adjusted(6 * SPACE, 6 * SPACE, -6 * SPACE, -6 * SPACE)
        pen = QPen(self._theme.color("accent"), 2)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(self._theme.color("accent", 0.06))
        painter.drawRoundedRect(frame, RADIUS_NODE, RADIUS_NODE)
        middle = area.center()
        icon = QRectF(middle.x() - 20, middle.y() - 64, 40, 40)
        self._theme.paint_icon(painter, icon, "open" if self._offer.path.is_dir() else "data", "accent_text")
        painter.setFont(self._theme.font(FontRole.TITLE))
        painter.setPen(self._theme.color("text"))
        centred = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(
            QRectF(frame.left(), middle.y() - 8, frame.width(), 28), centred, self._offer.sentence
        )
        painter.setFont(self._theme.font(FontRole.BODY))
        painter.setPen(self._theme.color("dim"))
        below = self._offer.rest or self.tr("Nothing leaves this machine, and the file stays where it is.")
        painter.drawText(QRectF(frame.left(), middle.y() + 22, frame.width(), 24), centred, below)
