"""How many rows each class has, and what balancing makes of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, smooth_painter

_ROW: Final = 20
_MOST: Final = 8
_NAME: Final = 84.0
_COUNT: Final = 50.0
_EFFECT: Final = 46.0


@dataclass(frozen=True)
class ClassCount:
    """A class as shown.

    Attributes:
        name: of the class.
        count: rows that have it.
        effect: what balancing does to it, such as "× 2.1"; may be empty.
    """

    name: str
    count: int
    effect: str = ""


class ClassBars(QWidget):
    """A bar for each class, the most frequent first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._classes: tuple[ClassCount, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Class balance"))
        theme.changed.connect(self.update)

    def classes(self) -> tuple[ClassCount, ...]:
        """What is shown, as far as there is room."""
        return self._classes[:_MOST]

    def set_classes(self, classes: Sequence[ClassCount]) -> None:
        """Shows other classes."""
        self._classes = tuple(sorted(classes, key=lambda each: -each.count))
        said = (f"{each.name} {each.count:,} {each.effect}".strip() for each in self.classes())
        self.setAccessibleDescription("; ".join(said))
        self.setVisible(bool(self._classes))
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        more = len(self._classes) > _MOST
        return QSize(200, (len(self.classes()) + more) * _ROW)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        most = max((each.count for each in self._classes), default=1) or 1
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        for row, each in enumerate(self.classes()):
            top = row * _ROW
            painter.setFont(self._theme.font(FontRole.SMALL))
            painter.setPen(self._theme.color("text"))
            name = QFontMetrics(painter.font()).elidedText(
                each.name, Qt.TextElideMode.ElideRight, int(_NAME - 2 * SPACE)
            )
            painter.drawText(QRectF(0, top, _NAME, _ROW), middle, name)
            effects = _EFFECT if any(other.effect for other in self._classes) else 0.0
            room = self.width() - _NAME - _COUNT - effects
            track = QRectF(_NAME, top + _ROW / 2 - 4, room, 8)
            fill_rounded(painter, track, self._theme.color("line"), 4)
            track.setWidth(max(3.0, room * each.count / most))
            fill_rounded(painter, track, self._theme.color("accent"), 4)
            painter.setFont(self._theme.font(FontRole.MONO_SMALL))
            painter.setPen(self._theme.color("text"))
            number = QRectF(self.width() - _COUNT - effects, top, _COUNT, _ROW)
            painter.drawText(number, middle | right, f"{each.count:,}")
            painter.setPen(self._theme.color("dim"))
            painter.drawText(QRectF(self.width() - effects, top, effects, _ROW), middle | right, each.effect)
        left = len(self._classes) - _MOST
        if left > 0:
            painter.setFont(self._theme.font(FontRole.SMALL))
            painter.setPen(self._theme.color("dim"))
            rest = QRectF(0, _MOST * _ROW, self.width(), _ROW)
            painter.drawText(rest, middle, self.tr("and {count:,} more").format(count=left))
