"""The window in which people choose what a picture shows: what they see of it before it is saved."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.export.dialog import PictureDialog
from app.theme import Theme
from tests.app.canvas.conftest import Hand, hand

__all__ = ["hand"]


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme, hand: Hand) -> PictureDialog:
    hand.node("Dense", 0, 0)
    made = PictureDialog(theme, hand.scene, "digits.loom")
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    return made


def test_no_thin_line_is_lost_in_the_preview(dialog: PictureDialog) -> None:
    image = QImage(3000, 1050, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    for line in range(10):
        painter.fillRect(0, 75 + 91 * line, image.width(), 1, QColor("black"))
    painter.end()
    dialog.preview.show_image(image)
    dialog.preview.resize(402, 202)
    shown = dialog.preview.grab().toImage()
    middle = shown.width() // 2
    shades = [shown.pixelColor(middle, y).lightness() for y in range(20, shown.height() - 20)]
    lines = [
        k for k in range(1, len(shades)) if shades[k] < 250 <= min(shades[k - 1], max(shades[k : k + 4]))
    ]
    assert len(lines) == 10


def test_a_picture_is_called_like_its_project(dialog: PictureDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[str] = []

    def ask(_parent: object, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        offered.append(name)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    dialog.save.click()
    assert offered == ["digits.svg"]
