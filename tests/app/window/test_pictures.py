"""A picture of the network from the window: by menu and key, saved, copied, refused."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.export.dialog import PictureDialog
from tests.app.window.conftest import CONTROL, SHIFT, User


def _open(user: User) -> PictureDialog:
    user.key(Qt.Key.Key_E, CONTROL | SHIFT)
    (dialog,) = user.window.findChildren(PictureDialog)
    user.until(dialog.isVisible)
    return dialog


def _answer(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))


@pytest.mark.parametrize(
    ("place", "suffix", "start"), [(0, "svg", b"<?xml"), (1, "png", b"\x89PNG"), (2, "pdf", b"%PDF")]
)
def test_each_format_is_saved_under_its_name(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: int, suffix: str, start: bytes
) -> None:
    dialog = _open(user)
    _answer(monkeypatch, tmp_path / "network")
    user.click(dialog.kind.segments[place])
    user.click(dialog.save)
    path = tmp_path / f"network.{suffix}"
    assert path.read_bytes().startswith(start)
    assert str(path) in user.message
    user.until(lambda: not user.window.findChildren(PictureDialog))


def test_the_picture_can_be_of_the_selection_in_the_other_colours(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dense = next(n.id for n in user.graph.nodes.values() if n.layer.title() == "Dense")
    user.select(dense)
    dialog = _open(user)
    user.click(dialog.look.segments[0])
    user.click(dialog.part.segments[1])
    _answer(monkeypatch, tmp_path / "part.svg")
    user.click(dialog.save)
    text = (tmp_path / "part.svg").read_text(encoding="utf-8")
    assert ">Dense" in text
    assert ">Target" not in text


def test_without_a_selection_only_the_whole_network_is_offered(user: User) -> None:
    dialog = _open(user)
    assert not dialog.part.segments[1].isEnabled()
    assert not dialog.scale.segments[3].isEnabled()  # of dots, which an SVG has none of
    user.click(dialog.kind.segments[1])
    assert dialog.scale.segments[3].isEnabled()
    dialog.close()


def test_what_went_wrong_is_said_where_it_was_asked_for(
    user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dialog = _open(user)
    _answer(monkeypatch, tmp_path / "nowhere" / "network.svg")
    user.click(dialog.save)
    assert dialog.isVisible()
    assert "could not be written" in dialog.sentence.text()
    dialog.close()


def test_another_project_closes_it(user: User) -> None:
    _open(user)
    user.open_example("xor")
    user.until(lambda: not user.window.findChildren(PictureDialog))
