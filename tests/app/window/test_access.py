"""People who don't see the window or don't use a mouse: names for all controls, and a way to each by Tab."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.app.window.conftest import User

MOST_TABS = 200


def _focusable(user: User) -> list[QWidget]:
    return [
        widget
        for widget in user.window.findChildren(QWidget)
        if widget.isVisible() and widget.isEnabled() and _takes_tab(widget)
    ]


def _takes_tab(widget: QWidget) -> bool:
    # the line edit inside a field is reached and named through its field
    return Qt.FocusPolicy.TabFocus in widget.focusPolicy() and widget.focusProxy() is None


def _is_named(widget: QWidget) -> bool:
    return bool(QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name).strip())


def _describe(widget: QWidget) -> str:
    path, parent = [type(widget).__name__], widget.parentWidget()
    while parent is not None:
        path.append(type(parent).__name__)
        parent = parent.parentWidget()
    return " in ".join(path[:5])


@pytest.mark.parametrize("selected", ["nothing", "Input", "Dense", "Target"])
def test_every_control_that_takes_the_keyboard_has_a_name(user: User, selected: str) -> None:
    user.until(lambda: user.window.workspace.run.bundle is not None)
    nodes = [n.id for n in user.graph.nodes.values() if n.layer.title() == selected]
    user.window.workspace.canvas.scene.select(nodes[:1])
    for tab in range(user.window.dock.tabs.count()):
        user.window.dock.tabs.setCurrentIndex(tab)
        nameless = [_describe(widget) for widget in _focusable(user) if not _is_named(widget)]
        assert not nameless, nameless


def test_tab_leads_from_the_search_to_train_and_on(user: User) -> None:
    user.window.palette_.search.setFocus()
    seen: list[QWidget] = []
    for _ in range(MOST_TABS):
        QTest.keyClick(user.window.windowHandle(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus is user.window.top_bar.train:
            return
        seen.append(focus)
    pytest.fail(" -> ".join(_describe(widget) for widget in seen[:30]))


def test_f5_trains_from_anywhere(user: User) -> None:
    user.until(lambda: user.window.workspace.run.bundle is not None)
    user.window.palette_.search.setFocus()
    user.key(Qt.Key.Key_F5)
    user.until_steps()
    user.key(Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    user.until(lambda: user.state == "idle")
