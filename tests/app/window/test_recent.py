"""Files that were used lately: told apart, whatever they are called and wherever they are by now."""

import shutil
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMenu

from app.commands.catalogue import commands_of
from app.data.recent import PROJECTS, Recent
from tests.app.window.conftest import User

LONG = "a project with a very long name that somebody gave it to find it again among " + "many others " * 8


def _menu(user: User) -> QMenu:
    """The menu of recent projects as it opens."""
    found = (a.menu() for a in user.window.actions_.menu.actions() if a.text() == "Recent projects")
    menu = next(menu for menu in found if isinstance(menu, QMenu))
    menu.aboutToShow.emit()
    return menu


def _entries(user: User) -> list[str]:
    return [action.text() for action in _menu(user).actions() if action.toolTip().startswith("/")]


def test_names_are_shown_as_they_are_and_long_ones_are_cut_in_the_middle(user: User, tmp_path: Path) -> None:
    files = user.window.files
    for name in ("R&D.loom", "手写数字.loom", f"{LONG}.loom"):
        assert files.save_to(tmp_path / name)
    long, chinese, letters = _entries(user)
    assert (letters, chinese) == ("R&&D.loom", "手写数字.loom")
    assert "\N{HORIZONTAL ELLIPSIS}" in long
    assert long.endswith(".loom")
    titles = {command.title for command in commands_of(user.window)}
    assert {"Open R&D.loom", f"Open {LONG}.loom"} <= titles


def test_two_of_one_name_are_told_apart_by_their_folders(user: User, tmp_path: Path) -> None:
    for folder in ("mine", "theirs"):
        (tmp_path / folder).mkdir()
        assert user.window.files.save_to(tmp_path / folder / "net.loom")
    assert _entries(user) == ["net.loom (theirs)", "net.loom (mine)"]


def test_what_is_deleted_is_forgotten_and_what_is_on_a_disk_that_is_away_is_kept(
    user: User, tmp_path: Path
) -> None:
    stick, files = tmp_path / "stick", user.window.files
    stick.mkdir()
    for path in (stick / "there.loom", tmp_path / "gone.loom"):
        assert files.save_to(path)
    files.new()
    user.window.tabs.close(user.window.tabs[0])
    (tmp_path / "gone.loom").unlink()
    shutil.rmtree(stick)
    for action in _menu(user).actions()[:2]:
        action.trigger()
        assert user.message
    assert _entries(user) == ["there.loom"]
    next(a for a in _menu(user).actions() if a.text() == "Forget the recent projects").trigger()
    assert [a.text() for a in _menu(user).actions()] == ["Nothing yet"]


def test_what_another_program_of_ours_opened_is_there_too(user: User, settings: QSettings) -> None:
    other = Recent(QSettings(settings.fileName(), QSettings.Format.IniFormat), PROJECTS, 10)
    for number in range(100):
        other.add(f"/somewhere/{number}.loom")
    user.window.files.recent.add("/somewhere/mine.loom")
    assert _entries(user)[:2] == ["mine.loom", "99.loom"]
    assert len(_entries(user)) == 10
    assert other.paths()[0] == "/somewhere/mine.loom"
