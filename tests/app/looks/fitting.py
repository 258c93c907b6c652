"""What of a window has too little room: words that are cut, controls beyond the edge of their place or over others."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QWidget,
)

from app.theme import SPACE
from app.widgets import ElidedLabel
from app.widgets.chip import Chip
from app.widgets.remedy import RemedyButton

SLACK = 1  # pixels that rounding may take
GIVES_WAY = (ElidedLabel, Chip, RemedyButton)  # they say the rest in a tooltip, or on a second line


def faults(root: QWidget) -> list[str]:
    """Of everything in a window that is to be seen."""
    found: list[str] = []
    for widget in root.findChildren(QWidget):
        if widget.isVisible() and widget.window() is root.window() and words_of(widget).strip():
            found += _cut(widget)
    for parent in [root, *root.findChildren(QWidget)]:
        if parent.isVisible():
            found += _crowded(parent)
    return found


def words_of(widget: QWidget) -> str:
    """What is written on a control."""
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QLineEdit):
        return widget.text() or widget.placeholderText()
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""


def _cut(widget: QWidget) -> Iterator[str]:
    needed = 0 if isinstance(widget, GIVES_WAY) else _width_for_words(widget)
    if needed > widget.width() + SLACK:
        yield f"{_named(widget)} has {widget.width()} pixels of {needed}"
    if isinstance(widget, QLabel) and widget.hasHeightForWidth():
        high = widget.heightForWidth(widget.width())
        if widget.height() < high - SLACK:
            yield f"{_named(widget)} is {widget.height()} pixels high, of {high}"
    across, down = _beyond(widget)
    if max(across, down) > SLACK:
        yield f"{_named(widget)} lies {across} to the side and {down} below beyond its place"


def _width_for_words(widget: QWidget) -> int:
    words, metrics = words_of(widget), widget.fontMetrics()
    if isinstance(widget, QComboBox):
        return metrics.horizontalAdvance(words) + 9 * SPACE  # what a ChoiceBox draws around them
    if isinstance(widget, QLineEdit):
        inside = isinstance(widget.parent(), QAbstractSpinBox)
        return metrics.horizontalAdvance(words) + (SPACE if inside else 4 * SPACE)
    if isinstance(widget, QLabel) and (widget.wordWrap() or widget.textFormat() is Qt.TextFormat.RichText):
        plain = widget.textFormat() is Qt.TextFormat.PlainText and words.isascii()
        return max(map(metrics.horizontalAdvance, words.split())) if plain else 0
    return widget.sizeHint().width()


def _beyond(widget: QWidget) -> tuple[int, int]:
    """How many pixels of it lie beyond one of those that it is in, to the side and below; what is scrolled to does not."""
    box, at = QRect(QPoint(), widget.size()), widget
    across = down = 0
    while (around := at.parentWidget()) is not None and not at.isWindow():
        box.translate(at.pos())
        across = max(across, box.right() - around.rect().right(), -box.left())
        area = around.parentWidget()
        if isinstance(area, QAbstractScrollArea) and area.viewport() is around:
            scrolls = area.horizontalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            return (0 if scrolls and area.horizontalScrollBar().maximum() else across), down
        down = max(down, box.bottom() - around.rect().bottom(), -box.top())
        at = around
    return across, down


def _crowded(parent: QWidget) -> Iterator[str]:
    layout = parent.layout()
    if layout is None or isinstance(layout, QStackedLayout):
        return
    inner = parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    shown = [w for w in inner if w.isVisible() and layout.indexOf(w) >= 0]
    for place, one in enumerate(shown):
        for other in shown[place + 1 :]:
            both = one.geometry().intersected(other.geometry())
            if min(both.width(), both.height()) > SLACK:
                yield f"{_named(one)} lies on {_named(other)}"


def _named(widget: QWidget) -> str:
    names: list[str] = []
    at: QWidget | None = widget
    while at is not None and len(names) < 4:
        names.append(type(at).__name__)
        at = at.parentWidget()
    return f"{words_of(widget)[:60]!r} ({' in '.join(names)})"
