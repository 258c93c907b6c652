"""What is dropped and pasted, understood; and what is said of it beforehand."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QSettings, QUrl
from PySide6.QtGui import QImage

from app.data.bring import What, keep_pasted, local_paths, offer_of
from app.data.recent import MOST, Recent


def test_each_thing_dropped_says_what_will_happen(tmp_path: Path) -> None:
    project, table = offer_of([Path("a.loom")]), offer_of([Path("a.csv")])
    folder = offer_of([tmp_path])
    assert project is not None
    assert project.what is What.PROJECT
    assert "Open the project a.loom" in project.sentence
    assert table is not None
    assert table.what is What.DATA
    assert table.sentence == "Use a.csv as data"
    assert folder is not None
    assert "folder" in folder.sentence
    assert offer_of([]) is None


def test_several_projects_are_opened_each(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.loom" for name in "abc"]
    offer = offer_of(paths)
    assert offer is not None
    assert (offer.what, offer.path, offer.others, offer.rest) == (
        What.PROJECT,
        paths[0],
        tuple(paths[1:]),
        "",
    )
    assert "3" in offer.sentence
    mixed = offer_of([paths[0], tmp_path / "table.csv"])
    assert mixed is not None
    assert not mixed.others
    assert mixed.rest


def test_several_pictures_stand_for_their_folder_and_several_tables_for_the_first() -> None:
    pictures = offer_of([Path("cats/1.png"), Path("cats/2.PNG")])
    assert pictures is not None
    assert pictures.path == Path("cats")
    tables = offer_of([Path("a.csv"), Path("b.csv"), Path("c.csv")])
    assert tables is not None
    assert tables.path == Path("a.csv")
    assert "other 2" in tables.rest


@pytest.mark.parametrize(
    ("text", "suffix"),
    [("a\tb\n1\t2\n", ".csv"), ("a;b\n1;2", ".csv"), ("To be, or not to be.", ".txt"), ("x\ny\n", ".txt")],
)
def test_pasted_text_is_kept_in_a_file(text: str, suffix: str) -> None:
    mime = QMimeData()
    mime.setText(text)
    path = keep_pasted(mime)
    assert path is not None
    assert path.suffix == suffix
    assert path.read_text(encoding="utf-8") == text
    assert keep_pasted(mime) == path  # the same text again is the same data


def test_pasted_pictures_gather_in_a_folder() -> None:
    mime = QMimeData()
    image = QImage(4, 3, QImage.Format.Format_RGB888)
    image.fill(0)
    mime.setImageData(image)
    folder = keep_pasted(mime)
    assert folder is not None
    assert keep_pasted(mime) == folder
    assert len(list(folder.glob("*.png"))) == 2


def test_nothing_on_the_clipboard_is_nothing() -> None:
    mime = QMimeData()
    assert keep_pasted(mime) is None
    mime.setText("  \n ")
    assert keep_pasted(mime) is None


def test_only_files_of_this_machine_are_taken() -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/a.csv"), QUrl.fromLocalFile("/tmp/b.csv")])
    assert local_paths(mime) == [Path("/tmp/b.csv")]


@pytest.mark.parametrize("count", [1, 3, MOST + 4])
def test_what_was_used_lately_is_remembered(tmp_path: Path, count: int) -> None:
    store = tmp_path / "window.ini"
    recent = Recent(QSettings(str(store), QSettings.Format.IniFormat))
    for i in range(count):
        recent.add(f"/data/{i}.csv")
    recent.add("/data/0.csv")
    again = Recent(QSettings(str(store), QSettings.Format.IniFormat)).paths()
    assert again[0] == "/data/0.csv"
    assert len(again) == len(set(again)) == min(count, MOST)
