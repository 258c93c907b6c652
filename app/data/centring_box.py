"""What the network gets of a drawing, small, and whether the drawing is brought to the middle first."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.data.cells import picture_of
from app.data.picture_pad import pixels_of
from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel
from app.widgets.painting import outline_rounded
from app.widgets.switch import ToggleSwitch
from engine.tensor.spec import Array

SIDE: Final = 44
_LARGEST: Final = 512  # pixels of a picture that is brought to the middle while the window waits


class SeenPicture(QWidget):
    """A few pixels, each of them to be seen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image = QImage()
        self.setFixedSize(SIDE, SIDE)
        self.setAccessibleName(self.tr("What the network gets"))
        theme.changed.connect(self.update)

    @property
    def image(self) -> QImage:
        """What is shown."""
        return self._image

    def show_pixels(self, pixels: Array | None) -> None:
        """Show a picture, uint8 (height, width, channels); None shows nothing."""
        self._image = QImage() if pixels is None else picture_of(pixels)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.fillRect(frame, self._theme.color("canvas"))
        if not self._image.isNull():
            painter.drawImage(frame, self._image)
        outline_rounded(painter, frame, self._theme.color("line"), 1.0, 1.0)


class CentringBox(QWidget):
    """`changed`: it was switched on or off. Of use where the network learned pictures of one place and size."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._extent: float | None = None
        words = self.tr("Centre what is drawn")
        self.switch = ToggleSwitch(theme, words)
        self.switch.setChecked(True)
        self.switch.setToolTip(
            self.tr(
                "The network learned pictures in the middle, all of one size; others are brought there first"
            )
        )
        self.seen = SeenPicture(theme)
        label = TextLabel(theme, words, role=FontRole.SMALL, wrap=True)
        gets = TextLabel(theme, self.tr("What the network gets"), role=FontRole.SMALL, tone="dim", wrap=True)
        gets.setToolTip(self.switch.toolTip())
        choice = QHBoxLayout()
        choice.setSpacing(SPACE)
        choice.addWidget(self.switch)
        choice.addWidget(label, 1)
        beside = QVBoxLayout()
        beside.setSpacing(0)
        beside.addLayout(choice)
        beside.addWidget(gets)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.seen, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(beside, 1)
        self.switch.toggled.connect(self.changed)
        self.set_extent(None)

    @property
    def extent(self) -> float:
        """The share of the side that what is drawn shall fill; 0 where it shall stay as it is."""
        return self._extent if self._extent is not None and self.switch.isChecked() else 0.0

    @property
    def is_on(self) -> bool:
        """Whether drawings are to be centred, where the network learned such."""
        return self.switch.isChecked()

    def set_extent(self, extent: float | None) -> None:
        """The size of what the network learned; without one there is nothing to choose."""
        self._extent = extent
        self.setVisible(extent is not None)


def as_pixels(image: QImage, channels: int) -> Array:
    """A picture in its own size, or as large as can be worked on at once: uint8 (height, width, channels)."""
    if max(image.width(), image.height()) > _LARGEST:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(_LARGEST, _LARGEST, keep, smooth)
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return pixels_of(image.convertToFormat(kind), channels)


def in_the_middle(pixels: Array, size: tuple[int, int], extent: float) -> Array:
    """What is drawn as the network gets it, uint8 (height, width, channels), for a size of (width, height)."""
    from engine.data.pictures.fitting import fitted  # the start of the window need not pay for Pillow
    from engine.data.pictures.target import PictureTarget

    width, height = size
    return fitted(pixels, PictureTarget(height, width, pixels.shape[-1], centred=extent))
