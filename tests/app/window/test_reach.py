"""Every control of the window, wherever it is, has a name and a role for screen readers and is reached with keys alone."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QRadioButton,
    QScrollArea,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from app.commands.palette import CommandPalette
from app.crash.page import CrashPage
from app.data.picture_pad import PicturePad
from app.data.point_pad import PointPad
from app.welcome.cards import CardGrid
from app.window.centre import View
from tests.app.window.conftest import CONTROL, SHIFT, User

ALT = Qt.KeyboardModifier.AltModifier
MOST = 400
NO_ROLES = (QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Window)


def _network(user: User) -> QWidget:
    user.window.show_view(View.NETWORK)
    user.window.workspace.canvas.scene.select()
    return user.window


def _selected(title: str) -> Callable[[User], QWidget]:
    def opened(user: User) -> QWidget:
        user.window.show_view(View.NETWORK)
        node = next(n.id for n in user.graph.nodes.values() if n.layer.title() == title)
        user.window.workspace.canvas.scene.select([node])
        return user.window

    return opened


def _open_group(user: User) -> QWidget:
    user.window.show_view(View.NETWORK)
    canvas = user.window.workspace.canvas
    canvas.view.setFocus()
    dense = [n.id for n in user.graph.nodes.values() if n.layer.title() == "Dense"]
    canvas.scene.select(dense[:-1])
    user.key(Qt.Key.Key_G, CONTROL)
    user.key(Qt.Key.Key_Return)
    assert canvas.level is not canvas.levels.ground
    return user.window


def _data(user: User) -> QWidget:
    user.key(Qt.Key.Key_1, CONTROL)
    desk = user.window.workspace.desk
    user.until(lambda: desk.profile is not None and not desk.is_studying)  # Cancel goes then
    return user.window


def _outline(user: User) -> QWidget:
    user.window.show_view(View.NETWORK)
    user.key(Qt.Key.Key_3, CONTROL)
    assert user.window.outline.isVisible()
    return user.window


def _help(user: User) -> QWidget:
    user.key(Qt.Key.Key_F1)
    user.until(user.window.help.isVisible)
    return user.window


def _found(user: User) -> QWidget:
    user.window.show_view(View.NETWORK)
    user.window.workspace.canvas.view.setFocus()
    user.key(Qt.Key.Key_F, CONTROL)
    assert user.window.workspace.canvas.view.finder.isVisible()
    return user.window


def _dialog(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> Callable[[User], QWidget]:
    def opened(user: User) -> QWidget:
        before = {d for d in user.window.findChildren(QDialog) if d.isVisible()}
        user.key(key, modifiers)
        found = [d for d in user.window.findChildren(QDialog) if d.isVisible() and d not in before]
        assert found, key
        found[0].activateWindow()
        return found[0]

    return opened


def _fault(user: User) -> QWidget:
    user.window.show_details("It went wrong.", "Why: nobody knows.")
    page = user.window.findChild(CrashPage)
    assert isinstance(page, CrashPage)
    page.activateWindow()
    return page


def _command(name: str) -> Callable[[User], QWidget]:
    """The dialog that a command of the menu opens; many of them have no key of their own."""

    def opened(user: User) -> QWidget:
        before = {d for d in user.window.findChildren(QDialog) if d.isVisible()}
        action = user.window.findChild(QAction, name)
        assert action is not None, name
        action.trigger()
        (found,) = [d for d in user.window.findChildren(QDialog) if d.isVisible() and d not in before]
        found.activateWindow()
        return found

    return opened


PLACES: dict[str, Callable[[User], QWidget]] = {
    "network": _network,
    "input": _selected("Input"),
    "layer": _selected("Dense"),
    "target": _selected("Target"),
    "outline": _outline,
    "help": _help,
    "find": _found,
    "data": _data,
    "keys": _dialog(Qt.Key.Key_K, CONTROL | ALT),
    "preferences": _dialog(Qt.Key.Key_Comma, CONTROL),
    "picture": _dialog(Qt.Key.Key_E, CONTROL | SHIFT),
    "share": _command("share"),
    "open from text": _command("open_from_text"),
    "lesson": _command("make_lesson"),
    "fault": _fault,
    "open group": _open_group,
}


def controls(root: QWidget) -> Iterator[QWidget]:
    """What of a window takes the keyboard, now."""
    for widget in root.findChildren(QWidget):
        takes = Qt.FocusPolicy.TabFocus in widget.focusPolicy() and widget.focusProxy() is None
        takes = takes and not isinstance(
            widget.parent(), QTabBar
        )  # its own buttons: the arrows do what they do
        if takes and widget.isVisible() and widget.isEnabled() and widget.window() is root.window():
            yield widget


def where(widget: QWidget) -> str:
    path, parent = [type(widget).__name__], widget.parentWidget()
    while parent is not None and len(path) < 5:
        path.append(type(parent).__name__)
        parent = parent.parentWidget()
    return " in ".join(path)


def nameless(root: QWidget) -> list[str]:
    found = []
    for widget in controls(root):
        seen = QAccessible.queryAccessibleInterface(widget)
        if not seen.text(QAccessible.Text.Name).strip():
            found.append(f"no name: {where(widget)}")
        if seen.role() in NO_ROLES and not isinstance(widget, QScrollArea):
            found.append(f"role {seen.role().name}: {where(widget)}")
    return found


def unreached(root: QWidget) -> list[str]:
    """What Shift+Tab does not lead to from anywhere; the arrows go on within a group of buttons."""
    wanted = list(controls(root))
    wanted[0].setFocus()
    seen: set[QWidget] = set()
    for _ in range(MOST):
        focus = QApplication.focusWidget()
        if focus is not None:
            again = focus in seen
            seen.add(focus)
            if again and len(seen) >= len(wanted):
                break
        QTest.keyClick(root.windowHandle(), Qt.Key.Key_Tab, SHIFT)
    groups = {_group(w) for w in seen if _group(w) is not None}
    still = set(controls(root))  # some go while the keyboard walks: work that can be cancelled ends
    return [
        f"not reached: {where(w)}"
        for w in wanted
        if w in still and w not in seen and (_group(w) is None or _group(w) not in groups)
    ]


def _group(widget: QWidget) -> object:
    if isinstance(widget, QAbstractButton) and widget.group() is not None and widget.group().exclusive():
        return id(widget.group())
    if isinstance(widget, QRadioButton) or (isinstance(widget, QAbstractButton) and widget.autoExclusive()):
        return id(widget.parentWidget())
    return None


def faults_of(name: str, root: QWidget) -> list[str]:
    QApplication.processEvents()
    return [f"{name}: {fault}" for fault in (*nameless(root), *unreached(root))]


@pytest.mark.slow
def test_every_control_of_views_docks_and_dialogs(user: User) -> None:
    user.until(lambda: user.window.workspace.run.bundle is not None)
    faults: list[str] = []
    for name, opened in PLACES.items():
        root = opened(user)
        faults += faults_of(name, root)
        if isinstance(root, QDialog):
            QTest.keyClick(root.windowHandle(), Qt.Key.Key_Escape)
            if isValid(root) and root.isVisible():
                faults.append(f"{name}: Esc does not close it")
                root.close()
            user.window.activateWindow()
            user.until(user.window.isActiveWindow)
    assert not faults, "\n".join(faults)


@pytest.mark.slow
def test_every_control_of_a_trained_network_and_of_each_page_of_the_dock(user: User) -> None:
    user.open_endless("spiral")
    user.key(Qt.Key.Key_F5)
    user.until_steps()
    user.key(Qt.Key.Key_F5, SHIFT)
    user.until(lambda: user.state == "idle")
    faults: list[str] = []
    for title in ("Input", "Dense", "Target"):
        root = PLACES[{"Input": "input", "Dense": "layer", "Target": "target"}[title]](user)
        faults += faults_of(f"trained {title}", root)
    tabs = user.window.dock.tabs
    for page in range(tabs.count()):
        tabs.setCurrentIndex(page)
        faults += faults_of(tabs.tabText(page), user.window)
    assert not faults, "\n".join(faults)


def _is_shown(user: User, kind: type[QWidget]) -> bool:
    return any(widget.isVisible() for widget in user.window.findChildren(kind))


@pytest.mark.slow
def test_every_control_of_the_welcome_page_and_of_what_is_drawn(user: User) -> None:
    faults: list[str] = []
    for text, kind in (("draw points", PointPad), ("draw pictures", PicturePad), ("new tab", CardGrid)):
        user.key(Qt.Key.Key_K, CONTROL)
        palette = user.window.findChildren(CommandPalette)[0]
        QTest.keyClicks(palette.search, text)
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
        user.document.stack.setClean()
        user.until(partial(_is_shown, user, kind))
        faults += faults_of(text, user.window)
    assert not faults, "\n".join(faults)
