"""The line above the canvas stays within it: what has no room is left out with a sign that there is more."""

import pytest
from PySide6.QtGui import QImage

from app.theme import SPACE
from tests.app.canvas.conftest import Hand

LINE = "105 parameters \u00b7 88 multiply-adds \u00b7 21 kB on the device \u00b7 0.01 ms a step"


@pytest.mark.parametrize("width", [1100, 500, 320, 180])
def test_it_ends_before_the_edge(hand: Hand, width: int) -> None:
    hand.panel.resize(width, 400)
    hand.panel.set_strip(LINE)
    strip = hand.panel.strip
    assert strip.geometry().right() < width - SPACE
    assert strip.width() <= strip.sizeHint().width()
    assert strip.accessibleName() == LINE


def test_it_grows_with_the_canvas(hand: Hand) -> None:
    hand.panel.resize(300, 400)
    hand.panel.set_strip(LINE)
    assert hand.panel.strip.width() < hand.panel.strip.sizeHint().width()
    hand.panel.resize(1100, 400)
    assert hand.panel.strip.width() == hand.panel.strip.sizeHint().width()


def test_what_is_left_out_is_not_painted_over_its_border(hand: Hand) -> None:
    hand.panel.resize(320, 400)
    hand.panel.set_strip(LINE)
    picture = hand.panel.strip.grab().toImage().convertToFormat(QImage.Format.Format_ARGB32)
    right = range(picture.width() - 2 * SPACE, picture.width() - 3)
    middle = {picture.pixel(x, picture.height() // 2) for x in right}
    assert len(middle) == 1  # the ground alone


def test_there_is_none_without_words(hand: Hand) -> None:
    hand.panel.set_strip(LINE)
    hand.panel.set_strip("")
    assert not hand.panel.strip.isVisible()
