"""The choosers of files and folders, used as people use them: the dialog itself, its list, its line, its buttons."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QPushButton,
)

from app.data.desk import Stage
from app.window.centre import View
from tests.app.canvas.conftest import LEFT, NONE
from tests.app.window.conftest import CONTROL, SHIFT, User

pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support", extend=True
)  # of an offscreen list of completions
TABLE = "x,y\n" + "".join(f"{k},{'ab'[k % 2]}\n" for k in range(40))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "mine"
    place.mkdir()
    (place / "birds.csv").write_text(TABLE, encoding="utf-8")
    (place / "notes.doc").write_bytes(b"no data")
    return place


class Chooser:
    """Waits for the dialog that comes up, and does with it what it was told; the window waits for the dialog meanwhile."""

    def __init__(self, user: User, use: Callable[[QFileDialog], None]) -> None:
        self.user, self._use = user, use
        self.used = False
        self._timer = QTimer(interval=10)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog) and dialog.isVisible() and not self.used:
            self.used = True
            self._timer.stop()
            try:
                self._use(dialog)
            finally:
                if dialog.isVisible():
                    dialog.reject()


def button(dialog: QFileDialog, role: QDialogButtonBox.ButtonRole) -> QPushButton:
    box = dialog.findChild(QDialogButtonBox)
    assert isinstance(box, QDialogButtonBox)
    (found, *_) = (b for b in box.buttons() if box.buttonRole(b) is role)
    assert isinstance(found, QPushButton)
    return found


def line(dialog: QFileDialog) -> QLineEdit:
    found = dialog.findChild(QLineEdit, "fileNameEdit")
    assert isinstance(found, QLineEdit)
    return found


def go_to(dialog: QFileDialog, text: str) -> None:
    """Paste a path into the line; letter by letter the dialog completes what it can."""
    QGuiApplication.clipboard().setText(text)
    line(dialog).setFocus()
    QTest.keyClick(line(dialog), Qt.Key.Key_A, CONTROL)
    QTest.keyClick(line(dialog), Qt.Key.Key_V, CONTROL)
    popup = line(dialog).completer().popup()
    if popup is not None and popup.isVisible():  # lies above the buttons
        QTest.keyClick(popup, Qt.Key.Key_Escape)
    assert dialog.isVisible()


def entries(dialog: QFileDialog) -> tuple[QAbstractItemView, dict[str, QModelIndex]]:
    """The list that is shown, plain or with details, and what is in it."""
    (view,) = (
        view
        for name in ("listView", "treeView")
        if isinstance(view := dialog.findChild(QAbstractItemView, name), QAbstractItemView)
        and view.isVisible()
    )
    model, root = view.model(), view.rootIndex()
    rows = (model.index(k, 0, root) for k in range(model.rowCount(root)))
    return view, {str(index.data()): index for index in rows}


def accept(dialog: QFileDialog) -> None:
    open_ = button(dialog, QDialogButtonBox.ButtonRole.AcceptRole)
    assert open_.isEnabled()
    QTest.mouseClick(open_, LEFT, NONE)


def test_a_file_is_chosen_by_its_name(user: User, folder: Path) -> None:
    def use(dialog: QFileDialog) -> None:
        go_to(dialog, str(folder / "birds.csv"))
        accept(dialog)

    chooser = Chooser(user, use)
    user.key(Qt.Key.Key_O, CONTROL | SHIFT)
    assert chooser.used
    assert user.document.data.path == str(folder / "birds.csv")
    assert user.window.centre.view is View.DATA
    user.until(lambda: user.window.workspace.desk.stage is Stage.OPEN)


def test_a_file_is_chosen_in_the_list_beside_which_no_other_kinds_are(user: User, folder: Path) -> None:
    seen: dict[str, QModelIndex] = {}

    def use(dialog: QFileDialog) -> None:
        go_to(dialog, str(folder))
        QTest.keyClick(line(dialog), Qt.Key.Key_Return)
        user.until(lambda: "birds.csv" in entries(dialog)[1], 10_000)
        view, found = entries(dialog)
        seen.update(found)
        QTest.mouseClick(view.viewport(), LEFT, NONE, view.visualRect(found["birds.csv"]).center())
        assert line(dialog).text() == "birds.csv"
        kinds = dialog.findChild(QComboBox, "fileTypeCombo")
        assert isinstance(kinds, QComboBox)
        assert kinds.count() == 2
        accept(dialog)

    chooser = Chooser(user, use)
    user.key(Qt.Key.Key_O, CONTROL | SHIFT)
    assert chooser.used
    assert list(seen) == ["birds.csv"]
    assert user.document.data.path == str(folder / "birds.csv")


def test_a_dialog_that_is_cancelled_changes_nothing(user: User, folder: Path) -> None:
    before = user.document.data

    def use(dialog: QFileDialog) -> None:
        go_to(dialog, str(folder / "birds.csv"))
        QTest.mouseClick(button(dialog, QDialogButtonBox.ButtonRole.RejectRole), LEFT, NONE)

    chooser = Chooser(user, use)
    user.key(Qt.Key.Key_O, CONTROL | SHIFT)
    assert chooser.used
    assert user.document.data == before
    assert user.document.stack.isClean()


def test_a_folder_is_chosen(user: User, folder: Path) -> None:
    def use(dialog: QFileDialog) -> None:
        assert dialog.fileMode() is QFileDialog.FileMode.Directory
        go_to(dialog, str(folder))
        accept(dialog)

    chooser = Chooser(user, use)
    user.window.data_files.ask_for_folder()
    assert chooser.used
    assert user.document.data.path == str(folder)
