"""How wide the panels beside the middle are: in a narrow window they give way before the canvas does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget
from typing_extensions import override

_MIDDLE: Final = 600
_LEAST_MIDDLE: Final = 300
_SPARED_BELOW: Final = 1200


@dataclass(frozen=True, slots=True)
class Widths:
    """Of the left and the right side, in pixels: the usual ones, and the least, down to which they give way."""

    usual: tuple[int, int]
    least: tuple[int, int]

    def of(self, total: int) -> list[int]:
        """Left, middle and right of so many pixels: the sides give the middle what it lacks, each its share.

        Where that leaves nothing to work on, as between two docks, the left side folds up.
        """
        lacks = max(_MIDDLE - (total - sum(self.usual)), 0)
        share = min(lacks / (sum(self.usual) - sum(self.least)), 1.0)
        left, right = (u - round(share * (u - x)) for u, x in zip(self.usual, self.least, strict=True))
        if total - left - right < _LEAST_MIDDLE:
            left = 0
        return [left, total - left - right, right]


NETWORK: Final = Widths((230, 316), (200, 276))
DATA: Final = Widths((264, 348), (220, 300))


class SideSplitter(QSplitter):
    """Left, middle, right: as wide as suits the window until somebody drags a handle, which counts from then on."""

    def __init__(self, parts: Sequence[QWidget], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        for place, part in enumerate(parts):
            self.addWidget(part)
            self.setStretchFactor(place, int(place == 1))
        self._widths = NETWORK
        self.by_hand = False
        self._sparing = False
        self.splitterMoved.connect(self._on_moved)

    def dragged(self) -> list[int] | None:
        """The sizes that somebody has dragged it to."""
        return self.sizes() if self.by_hand else None

    def take(self, widths: Widths, dragged: list[int] | None) -> None:
        """Other parts are shown: these widths suit them, or somebody has dragged them."""
        self._widths, self.by_hand = widths, dragged is not None
        self.setSizes(dragged or self._fitting())

    def spare(self, on: bool) -> None:
        """Fold the palette up where a window is narrow for what it shows; or unfold it."""
        self._sparing = on
        if not self.by_hand:
            self.setSizes(self._fitting())

    def _fitting(self) -> list[int]:
        left, middle, right = self._widths.of(self._total())
        if self._sparing and self._widths is NETWORK and self._total() < _SPARED_BELOW:
            left, middle = 0, left + middle
        return [left, middle, right]

    def _total(self) -> int:
        return self.width() - 2 * self.handleWidth()

    def _on_moved(self, _position: int, _handle: int) -> None:
        self.by_hand = True

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.by_hand:
            self.setSizes(self._fitting())
