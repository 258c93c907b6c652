"""What a window shows in words, for tests of its languages: every text with where it stands."""

import re
from collections.abc import Iterator

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QStackedLayout,
    QTabBar,
    QWidget,
)

from app.i18n.translator import CLOSE, OPEN
from app.widgets import ElidedLabel

_WORD = re.compile(r"[A-Za-z]{3,}")
_MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")


def unmarked(text: str) -> str:
    """What of a text is in no marks."""
    before = ""
    while before != text:
        before, text = text, _MARKED.sub(" ", text)
    return text


def words_left(text: str, names: frozenset[str]) -> list[str]:
    """The words of a text that are neither marked nor names, which are the same in every language."""
    return [word for word in _WORD.findall(unmarked(text)) if word not in names]


def texts_of(root: QWidget) -> Iterator[tuple[str, str]]:
    """Each text that is to be seen or heard in a widget and what is in it, with where it is."""
    for widget in [root, *root.findChildren(QWidget)]:
        if not widget.isVisible() and widget is not root:
            continue
        where = _where(widget)
        for text in (
            *_own_texts(widget),
            widget.toolTip(),
            widget.accessibleName(),
            widget.accessibleDescription(),
        ):
            if text.strip():
                yield where, text


def texts_of_menu(menu: QMenu) -> Iterator[tuple[str, str]]:
    """Each text of a menu and the menus in it."""
    for action in menu.actions():
        inner = action.menu()
        yield "menu", action.text()
        if isinstance(inner, QMenu):
            inner.aboutToShow.emit()
            yield from texts_of_menu(inner)


def _own_texts(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QGroupBox):
        yield widget.title()
    elif isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(place) for place in range(widget.count()) if widget.isTabVisible(place))
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(place) for place in range(widget.count()))
    elif isinstance(widget, QAbstractItemView):
        yield from _texts_of_view(widget)


def _texts_of_view(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    columns = 1 if isinstance(model, QAbstractListModel) else min(model.columnCount(QModelIndex()), 12)
    for column in range(columns):
        heading = model.headerData(column, Qt.Orientation.Horizontal)
        if isinstance(heading, str):
            yield heading
    waiting = [QModelIndex()]
    while waiting:
        parent = waiting.pop()
        for row in range(min(model.rowCount(parent), 200)):
            for column in range(columns):
                index = model.index(row, column, parent)
                shown = index.data()
                if isinstance(shown, str):
                    yield shown
            waiting.append(model.index(row, 0, parent))


def _where(widget: QWidget) -> str:
    names: list[str] = []
    at: QWidget | None = widget
    while at is not None and len(names) < 4:
        names.append(type(at).__name__)
        at = at.parentWidget()
    return " in ".join(names)


def clipped(root: QWidget) -> list[str]:
    """Labels and buttons that are to be seen and have less room than their words take."""
    found = []
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, QLabel | QPushButton) or not widget.isVisible() or not widget.text():
            continue
        gives_way = isinstance(widget, ElidedLabel) or (isinstance(widget, QLabel) and widget.wordWrap())
        if not gives_way and widget.width() < widget.sizeHint().width() - 1:
            found.append(
                f"{_where(widget)}: {widget.text()!r} has {widget.width()} of {widget.sizeHint().width()}"
            )
        elif isinstance(widget, QLabel) and widget.wordWrap() and widget.height() < _height_of(widget) - 1:
            found.append(
                f"{_where(widget)}: {widget.text()!r} has {widget.height()} of {_height_of(widget)} lines"
            )
    return found


def _height_of(label: QLabel) -> int:
    return label.heightForWidth(label.width()) if label.hasHeightForWidth() else label.sizeHint().height()


def overlapping(root: QWidget) -> list[str]:
    """Pairs of widgets in one layout that lie on each other."""
    found = []
    for parent in [root, *root.findChildren(QWidget)]:
        layout = parent.layout()
        if layout is None or isinstance(layout, QStackedLayout) or not parent.isVisible():
            continue
        inner = parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        shown = [w for w in inner if w.isVisible() and layout.indexOf(w) >= 0]
        for place, one in enumerate(shown):
            found += [
                f"{_where(one)} and {_where(other)}"
                for other in shown[place + 1 :]
                if one.geometry().intersects(other.geometry())
            ]
    return found
