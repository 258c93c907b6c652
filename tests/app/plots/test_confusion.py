"""The confusion matrix: numbers that can be read on their colour, and a sentence for every cell."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.plots import ConfusionView
from app.plots.readout import Readout
from app.theme import AA_TEXT, DARK, LIGHT, Theme, contrast_ratio, readable_on

COUNTS = [[968, 0, 12], [5, 1100, 0], [7, 3, 990]]
NAMES = ["zero", "one", "six"]


@pytest.fixture
def view(theme: Theme, qtbot: QtBot) -> ConfusionView:
    view = ConfusionView(theme)
    qtbot.addWidget(view)
    view.resize(320, 300)
    view.set_counts(COUNTS, NAMES)
    view.show()
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    qtbot.waitUntil(lambda: not view.is_refresh_pending())
    return view


def _readout(view: ConfusionView) -> Readout:
    readout = view.findChild(Readout)
    assert isinstance(readout, Readout)
    return readout


def test_every_cell_has_a_sentence(view: ConfusionView) -> None:
    assert view.sentence(0, 2) == "12 of 980 of class zero were taken for six."
    assert view.sentence(1, 1) == "1,100 of 1,105 of class one were recognized."


def test_what_is_right_stands_beside_the_usual_answer(view: ConfusionView) -> None:
    view.set_counts([[90, 1], [8, 1]], ["no", "yes"])
    assert view.standing() == "91.0 % are recognized. Always no would be right in 91.0 %."
    view.clear()
    assert view.standing() == ""


def test_hovering_says_the_sentence(view: ConfusionView) -> None:
    QTest.mouseMove(view, view.cell_rect(0, 2).center())
    assert _readout(view).text() == view.sentence(0, 2)
    assert view.rect().contains(_readout(view).geometry())
    QTest.mouseMove(view, QPoint(1, 1))
    assert not _readout(view).isVisible()


def test_a_long_sentence_wraps_to_stay_inside(view: ConfusionView) -> None:
    view.set_counts(COUNTS, ["a class of a long name", "another one", "six"])
    view.point_at((0, 1))
    assert view.rect().contains(_readout(view).geometry())


def test_the_arrow_keys_visit_the_cells(view: ConfusionView) -> None:
    view.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(view, key)
    assert view.accessibleDescription() == view.sentence(0, 1)


def test_the_state_is_summed_up_in_words(view: ConfusionView) -> None:
    assert view.accessibleDescription() == (
        "3,058 of 3,085 are recognized. Most often wrong: 12 of 980 of class zero were taken for six."
    )


def test_more_of_a_row_is_brighter_and_nothing_stands_back(view: ConfusionView) -> None:
    assert view.color(0, 1) == DARK.raised
    assert contrast_ratio(view.color(1, 1), "#000000") > contrast_ratio(view.color(0, 2), "#000000")


def test_the_number_of_a_cell_can_be_read_on_its_colour(theme: Theme, qtbot: QtBot) -> None:
    view = ConfusionView(theme)
    qtbot.addWidget(view)
    for share in range(1, 101):
        view.set_counts([[share, 100 - share], [0, 1]], ["a", "b"])
        color = view.color(0, 0)
        assert contrast_ratio(readable_on(color), color) >= AA_TEXT, (share, color)


def test_the_numbers_are_in_the_picture_and_the_theme_repaints(
    view: ConfusionView, theme: Theme, qtbot: QtBot
) -> None:
    centre = view.cell_rect(0, 1).center()
    assert view.grab().toImage().pixelColor(centre).name() == DARK.raised
    theme.set_mode("light")
    qtbot.waitUntil(lambda: not view.is_refresh_pending())
    assert view.grab().toImage().pixelColor(centre).name() == LIGHT.raised


def test_many_classes_still_fit(theme: Theme, qtbot: QtBot) -> None:
    view = ConfusionView(theme)
    qtbot.addWidget(view)
    view.resize(300, 280)
    view.set_counts(np.eye(100, dtype=int), [f"class {index}" for index in range(100)])
    view.show()
    assert view.rect().contains(view.cell_rect(99, 99))


def test_a_class_without_examples_is_no_division_by_zero(theme: Theme, qtbot: QtBot) -> None:
    view = ConfusionView(theme)
    qtbot.addWidget(view)
    view.set_counts(np.zeros((2, 2)), ["a", "b"])
    assert view.color(0, 0) == DARK.raised
    assert view.summary() == "0 of 0 are recognized."


def test_a_matrix_of_another_size_is_refused(view: ConfusionView) -> None:
    with pytest.raises(ValueError, match=r"Received: \(2, 3\) for 3 classes"):
        view.set_counts(np.zeros((2, 3)), NAMES)


def test_clearing_brings_the_empty_text_back(view: ConfusionView, qtbot: QtBot) -> None:
    view.clear()
    qtbot.waitUntil(lambda: not view.is_refresh_pending())
    assert view.accessibleDescription().startswith("Press Train")
