"""The progress strip: how far the training is, in a bar and in one line of words."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget
from typing_extensions import override

from app.theme import CONTROL_HEIGHT, FontRole, Theme
from app.widgets.painting import fill_rounded, smooth_painter


class ProgressStrip(QProgressBar):
    """A thin bar over a line of text such as "epoch 2 of 3, step 1,204 of 1,876, 9 s left".

    Where there is no room for the whole line, a shorter one says what matters most.
    """

    _BAR = 5
    _PARTS = 1000
    _SWEEP_MS = 1400

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._caption = ""
        self._shorter: Sequence[str] = ()
        self._sweep = QVariantAnimation(self)
        self._sweep.setStartValue(0.0)
        self._sweep.setEndValue(1.0)
        self._sweep.setDuration(self._SWEEP_MS)
        self._sweep.setLoopCount(-1)
        self._sweep.valueChanged.connect(self.update)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Progress of the training"))
        theme.changed.connect(self.update)
        self.set_progress(0.0)

    def set_progress(self, fraction: float | None, caption: str = "", *shorter: str) -> None:
        """Shows `fraction` (0 to 1) done, or that something of unknown length runs (`None`).

        `shorter` says the same in fewer and fewer words.
        """
        self._caption, self._shorter = caption, shorter
        self.setToolTip(caption)
        self.setAccessibleDescription(caption)
        if fraction is None:
            self.setRange(0, 0)
            if self._theme.motion.quick:
                self._sweep.start()
        else:
            self._sweep.stop()
            self.setRange(0, self._PARTS)
            self.setValue(round(min(max(fraction, 0.0), 1.0) * self._PARTS))
        self.update()

    def caption(self) -> str:
        """The line of words."""
        return self._caption

    def shown_caption(self) -> str:
        """The line as it is painted: the longest that there is room for, else the shortest one cut off."""
        metrics = QFontMetrics(self._theme.font(FontRole.SMALL))
        lines = (self._caption, *self._shorter)
        fitting = (line for line in lines if metrics.horizontalAdvance(line) <= self.width())
        return next(fitting, None) or metrics.elidedText(lines[-1], Qt.TextElideMode.ElideRight, self.width())

    @override
    def sizeHint(self) -> QSize:
        return QSize(230, CONTROL_HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(140, CONTROL_HEIGHT)

    def _filled(self, bar: QRectF) -> QRectF:
        if self.maximum() > 0:
            return QRectF(bar.left(), bar.top(), bar.width() * self.value() / self.maximum(), bar.height())
        running = self._sweep.state() is QVariantAnimation.State.Running
        position = float(self._sweep.currentValue()) if running else 0.5
        left = bar.left() + (bar.width() * 1.3) * position - 0.3 * bar.width()
        return QRectF(left, bar.top(), 0.3 * bar.width(), bar.height()).intersected(bar)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        bar = QRectF(0, 4, self.width(), self._BAR)
        fill_rounded(painter, bar, self._theme.color("line"), self._BAR / 2)
        filled = self._filled(bar)
        if filled.width() > 0:
            fill_rounded(painter, filled, self._theme.color("accent"), min(self._BAR, filled.width()) / 2)
        painter.setFont(self._theme.font(FontRole.SMALL))
        painter.setPen(self._theme.color("dim"))
        below = QRectF(0, bar.bottom() + 2, self.width(), self.height() - bar.bottom() - 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, self.shown_caption())
