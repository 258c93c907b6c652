"""The list of what was used lately, without a window: its order, its length, and what is told apart."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app.data.recent import Recent


@pytest.fixture(params=[True, False])
def recent(request: pytest.FixtureRequest, tmp_path: Path) -> Recent:
    """Three at most, in the settings and without any."""
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat) if request.param else None
    return Recent(settings, most=3)


def test_the_newest_comes_first_and_the_oldest_goes(recent: Recent) -> None:
    for path in "abcad":
        recent.add(path)
    assert recent.paths() == ["d", "a", "c"]


def test_one_alone_is_remembered_and_all_are_forgotten(recent: Recent) -> None:
    recent.add("a")
    assert recent.paths() == ["a"]
    recent.clear()
    assert recent.paths() == []


def test_what_is_gone_is_forgotten_unless_its_folder_is_away(recent: Recent, tmp_path: Path) -> None:
    gone, away = str(tmp_path / "gone.csv"), str(tmp_path / "disk" / "away.csv")
    recent.add(gone)
    recent.add(away)
    for path in (gone, away):
        recent.remove_if_gone(path)
    assert recent.paths() == [away]
    recent.remove(away)
    assert recent.paths() == []


def test_files_of_one_name_are_told_with_their_folders(recent: Recent) -> None:
    for path in ("/a/x.csv", "/b/x.csv", "/b/y.csv"):
        recent.add(path)
    titles = recent.titles()
    assert titles["/b/y.csv"] == "y.csv"
    assert titles["/a/x.csv"] != titles["/b/x.csv"]
    assert all("x.csv" in titles[path] for path in ("/a/x.csv", "/b/x.csv"))
