"""What keys do on the canvas is declared once, and each key means one thing."""

from collections import Counter

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from app.canvas.bindings import canvas_keys
from app.canvas.keys import combination_of


def test_every_key_means_one_thing_and_can_be_pressed(qapp: QApplication) -> None:
    keys = [combination_of(key) for each in canvas_keys() for key in each.keys]
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert all(QKeySequence(key).toString() for key in keys)
    names = Counter(each.name for each in canvas_keys())
    assert max(names.values()) == 1
