"""Where dialogs for files begin: in the folder used last for the project in front, not where the program was started."""

import re
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from PySide6.QtWidgets import QFileDialog, QWidget

_NO_NAME: Final = re.compile(r'[\\/:*?"<>|]')  # what no system, or not every one, has in names of files
_ENDING: Final = ".loom"


@runtime_checkable
class KnowsPlaces(Protocol):
    """A window that knows the folder and the name of the project in front."""

    def folder_of_files(self) -> Path:
        """Where the last file of the project is."""

    def project_name(self) -> str:
        """How it is called."""

    def note_folder(self, folder: Path) -> None:
        """A file was opened or saved there."""


def name_of_file(project: str) -> str:
    """The name of a project as a file can have it, without an ending."""
    return _NO_NAME.sub(" ", project.removesuffix(_ENDING))


def ask_to_save(
    parent: QWidget, title: str, name: str, kinds: str, *, whole: bool = False
) -> tuple[str, str]:
    """Ask for a file to write: path, or "", and the kind that was chosen.

    The name is put behind that of the project, as in `Penguins-curves.png`, unless it is `whole`.
    """
    owner = _owner(parent)
    if owner is not None:
        name = name if whole else f"{name_of_file(owner.project_name())}-{name}"
        name = str(owner.folder_of_files() / name)
    path, chosen = QFileDialog.getSaveFileName(parent, title, name, kinds)
    _note(owner, path)
    return path, chosen


def ask_to_open(parent: QWidget, title: str, kinds: str = "") -> str:
    """Ask for a file to read; "" where none was chosen."""
    owner = _owner(parent)
    path, _ = QFileDialog.getOpenFileName(parent, title, _folder(owner), kinds)
    _note(owner, path)
    return path


def ask_for_folder(parent: QWidget, title: str) -> str:
    """Ask for a folder to read; "" where none was chosen."""
    owner = _owner(parent)
    path = QFileDialog.getExistingDirectory(parent, title, _folder(owner))
    _note(owner, path)
    return path


def _folder(owner: KnowsPlaces | None) -> str:
    return "" if owner is None else str(owner.folder_of_files())


def _note(owner: KnowsPlaces | None, path: str) -> None:
    if owner is not None and path:
        owner.note_folder(Path(path).parent)


def _owner(widget: QWidget | None) -> KnowsPlaces | None:
    while widget is not None and not isinstance(widget, KnowsPlaces):
        widget = widget.parentWidget()
    return widget
