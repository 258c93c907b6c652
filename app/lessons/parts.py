"""Small parts of the lesson panel: how far one is, and what is to do."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme
from app.widgets import TextLabel
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter
from engine.lessons.progress import LessonState

_SIGN = 18


class Dots(QWidget):
    """A dash for each step: done, open, or still to come."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state: LessonState | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_state(self, state: LessonState) -> None:
        """Show how far somebody is."""
        self._state = state
        done = len({*state.progress.done} & set(range(len(state.lesson.steps))))
        words = self.tr("Step {number} of {count}, {done} done")
        self.setAccessibleName(words.format(number=state.place + 1, count=len(state.lesson.steps), done=done))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(120, 8)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._state is None:
            return
        painter, state = smooth_painter(self), self._state
        count = len(state.lesson.steps)
        gap = 3 if count <= 20 else 1
        width = (self.width() - gap * (count - 1)) / count
        for place in range(count):
            past = place in state.progress.done or (
                place < state.place and not state.lesson.steps[place].asks
            )
            role = "accent" if place == state.place else "good" if past else "line"
            height = 6.0 if place == state.place else 4.0
            box = QRectF(place * (width + gap), (self.height() - height) / 2, max(width, 1.0), height)
            fill_rounded(painter, box, self._theme.color(role), height / 2)


class Task(QWidget):
    """What is to do, in a box, with a circle that is ticked when it was done; a hint below it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._done = False
        self.text = TextLabel(theme, role=FontRole.STRONG, wrap=True)
        self.state = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self._sign = _Sign(theme)
        words = QVBoxLayout()
        words.setSpacing(SPACE)
        words.addWidget(self.text)
        words.addWidget(self.state)
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        row.setSpacing(2 * SPACE)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)  # the words wrap
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    def show_task(self, text: str, *, done: bool) -> None:
        """Show what is to do and whether it was done; nothing where there is nothing to do."""
        self.setVisible(bool(text))
        self._done = done
        self.text.setText(text)
        self.state.setText(self.tr("Done. Go on when you are ready.") if done else self.tr("Not done yet"))
        self.state.set_tone("good" if done else "dim")
        self._sign.set_done(done)
        self.setAccessibleName(f"{text} {self.state.text()}")
        self.updateGeometry()
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        box = QRectF(self.rect())
        fill_rounded(painter, box, self._theme.color("raised"), RADIUS_CONTROL)
        outline_rounded(painter, box, self._theme.color("good" if self._done else "accent"), RADIUS_CONTROL)


class _Sign(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._done = False
        self.setFixedSize(_SIGN, _SIGN)
        theme.changed.connect(self.update)

    def set_done(self, done: bool) -> None:
        self._done = done
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        circle = QRectF(1.5, 1.5, _SIGN - 3, _SIGN - 3)
        if self._done:
            self._theme.paint_icon(painter, QRectF(self.rect()), "good", "good")
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.color("accent"), 1.6))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawEllipse(circle)
