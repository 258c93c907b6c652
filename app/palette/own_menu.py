"""What can be done with the groups of the library: other names, files for others and from others, deletion."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QMessageBox, QWidget

from app.palette.groups import PREFIX, GroupShelf
from app.places import ask_to_open, ask_to_save
from engine.formats.group_library import SUFFIX, KeptGroup


class OwnGroupMenu(QObject):
    """The menu of one group of the library, or of all."""

    def __init__(self, shelf: GroupShelf, parent: QWidget) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._window = parent

    def open_at(self, name: str, place: QPoint) -> None:
        """Opens the menu of the entry of that name, or with "" that of the library, at a place of the screen."""
        menu = self.menu_of(name)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def menu_of(self, name: str) -> QMenu:
        """The menu of the entry of that name; with "" that of the library."""
        menu = QMenu(self._window)
        menu.setAccessibleName(self.tr("My groups"))
        kept = next((k for k in self._shelf.groups() if PREFIX + k.key == name), None)
        if kept is not None:
            if kept.layer is not None:
                self._add(menu, self.tr("Rename\N{HORIZONTAL ELLIPSIS}"), lambda: self._rename(kept))
                self._add(
                    menu, self.tr("Export to a file\N{HORIZONTAL ELLIPSIS}"), lambda: self._export(kept)
                )
            self._add(menu, self.tr("Delete\N{HORIZONTAL ELLIPSIS}"), lambda: self._delete(kept))
            menu.addSeparator()
        self._add(menu, self.tr("Import from a file\N{HORIZONTAL ELLIPSIS}"), self._import)
        self._add(menu, self.tr("Read the folder again"), self._shelf.read_again)
        return menu

    def _add(self, menu: QMenu, text: str, run: Callable[[], object]) -> None:
        menu.addAction(text).triggered.connect(lambda _checked=False: run())

    def _rename(self, kept: KeptGroup) -> None:
        title, label = self.tr("Rename the group"), self.tr("Name of the group:")
        name, wanted = QInputDialog.getText(self._window, title, label, QLineEdit.EchoMode.Normal, kept.name)
        if wanted and name != kept.name:
            self._shelf.rename(kept.key, name)

    def _delete(self, kept: KeptGroup) -> None:
        question = self.tr("Delete {name} from the library? Networks that have it keep it.").format(
            name=kept.name
        )
        answer = QMessageBox.question(self._window, self.tr("Delete the group"), question)
        if answer is QMessageBox.StandardButton.Yes:
            self._shelf.delete(kept.key)

    def _export(self, kept: KeptGroup) -> None:
        wanted = f"{kept.key}{SUFFIX}"
        path, _ = ask_to_save(self._window, self.tr("Export the group"), wanted, self._filter(), whole=True)
        if path:
            self._shelf.copy_to(kept.key, Path(path if path.endswith(SUFFIX) else path + SUFFIX))

    def _import(self) -> None:
        path = ask_to_open(self._window, self.tr("Import a group"), self._filter())
        if path:
            self._shelf.add_file(Path(path))

    def _filter(self) -> str:
        return self.tr("Groups") + f" (*{SUFFIX})"
