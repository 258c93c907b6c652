"""Dialogs for files begin in the folder of the project in front, under its name."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QWidget

from app.places import ask_for_folder, ask_to_open, ask_to_save, name_of_file


class Window(QWidget):
    """Knows of one project."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def folder_of_files(self) -> Path:
        return self.folder

    def project_name(self) -> str:
        return "7/8.loom"

    def note_folder(self, folder: Path) -> None:
        self.folder = folder


class Asked:
    """What dialogs were given, and what they are answered."""

    def __init__(self) -> None:
        self.places: list[str] = []
        self.answer = ""

    def file(self, _parent: QWidget, _title: str, place: str, _kinds: str) -> tuple[str, str]:
        self.places.append(place)
        return self.answer, ""

    def folder(self, _parent: QWidget, _title: str, place: str) -> str:
        self.places.append(place)
        return self.answer


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked = Asked()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", asked.file)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", asked.file)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", asked.folder)
    return asked


def test_a_dialog_begins_where_the_last_one_of_the_project_ended(
    qapp: QApplication, tmp_path: Path, asked: Asked
) -> None:
    window = Window(tmp_path)
    dialog = QDialog(QWidget(window))  # as deep as pages and their dialogs are
    asked.answer = str(tmp_path / "plots" / "mine.png")
    assert ask_to_save(dialog, "", "curves.png", "")[0] == asked.answer
    assert window.folder == tmp_path / "plots"
    asked.answer = ""
    assert ask_to_open(dialog, "") == ""
    assert ask_for_folder(dialog, "") == ""
    ask_to_save(dialog, "", "mine.svg", "", whole=True)
    assert [Path(place) for place in asked.places] == [
        tmp_path / "7 8-curves.png",
        tmp_path / "plots",
        tmp_path / "plots",
        tmp_path / "plots" / "mine.svg",
    ]
    window.deleteLater()


def test_without_a_window_that_knows_projects_the_name_alone_is_suggested(
    qapp: QApplication, asked: Asked
) -> None:
    page = QWidget()
    ask_to_save(page, "", "curves.png", "")
    ask_to_open(page, "")
    assert asked.places == ["curves.png", ""]
    page.deleteLater()


def test_the_name_of_a_project_is_one_that_every_system_takes() -> None:
    assert name_of_file("what?.loom") == "what "
    assert name_of_file("Penguins") == "Penguins"
