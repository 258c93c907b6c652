"""The units of a layer: alive or dead at a glance, one chosen by mouse or keys, with what excites it."""

from collections.abc import Mapping

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.inside.heat import HeatView
from app.inside.units_section import ASCENT, UNITS, UnitsSection
from app.inside.vectors import VectorsView
from app.theme import Theme
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.tensor.spec import Array
from engine.training.inside.history import SpreadHistory
from engine.training.inside.views import spread_of
from engine.training.reports import Pictured
from engine.training.watching.ascent import DONE, PICTURES, Ascend
from engine.training.watching.units import (
    BEST_ROWS,
    BEST_VALUES,
    COUNT,
    DEVIATION,
    FLAT,
    GREATEST,
    LEAST,
    MEAN,
    TOTAL,
    ZEROS,
    Units,
)

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def figures() -> Mapping[str, Array]:
    """Of four units: the second is dead, the third saturated."""
    return {
        LEAST: np.array([0.0, 0.0, -1.0, -0.2]),
        GREATEST: np.array([1.0, 0.0, 1.0, 0.4]),
        MEAN: np.array([0.4, 0.0, 0.1, 0.1]),
        DEVIATION: np.array([0.3, 0.0, 0.9, 0.1]),
        ZEROS: np.array([0.5, 1.0, 0.0, 0.0]),
        FLAT: np.array([0.0, 0.0, 0.95, 0.1]),
        BEST_ROWS: np.arange(8).reshape(4, 2),
        BEST_VALUES: np.ones((4, 2)),
        COUNT: np.array(32),
        TOTAL: np.array(4),
    }


def section(qtbot: QtBot, theme: Theme, data: str) -> UnitsSection:
    made = UnitsSection(theme)
    qtbot.addWidget(made)
    made.resize(280, 400)
    made.set_node("n2", load(DataSettings(dataset=data)))
    with qtbot.waitExposed(made):
        made.show()
    made.show_answer(Pictured(UNITS, 3, figures()))
    return made


def test_dead_and_saturated_units_are_counted(qtbot: QtBot, theme: Theme) -> None:
    shown = section(qtbot, theme, "digits")
    assert "1 of 4 units gave 0 for each of 32 examples" in shown.words.text()
    assert "1 are saturated" in shown.words.text()
    assert [type(w) for w in shown.wishes()] == [Units]


@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_a_chosen_unit_shows_what_excites_it(qtbot: QtBot, theme: Theme, by: str) -> None:
    shown = section(qtbot, theme, "digits")
    strip = shown.strip
    with qtbot.waitSignal(shown.wants_changed):
        if by == "mouse":
            QTest.mouseClick(strip, LEFT, NONE, strip.rect_of(0).center().toPoint())
        else:
            QTest.keyClick(strip, Qt.Key.Key_Right)
    assert shown.unit_words.text().startswith("Unit 1:")
    assert len(shown.best.images) == 2
    wish = shown.wishes()[1]
    assert isinstance(wish, Ascend)
    assert wish.units == (0,)
    climbed = {PICTURES: np.zeros((1, 8, 8, 1), np.uint8), DONE: np.array(4)}
    shown.show_answer(Pictured(ASCENT, 4, climbed))
    assert len(shown.dream.images) == 1
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert "dead" in shown.unit_words.text()
    assert shown.dream.images == []


def test_examples_of_a_table_are_told_in_words_and_nothing_is_dreamt(qtbot: QtBot, theme: Theme) -> None:
    shown = section(qtbot, theme, "iris")
    QTest.keyClick(shown.strip, Qt.Key.Key_Right)
    assert [type(w) for w in shown.wishes()] == [Units]
    assert "sepal" in shown._lines.text()


def test_folded_or_hidden_it_wants_nothing(qtbot: QtBot, theme: Theme) -> None:
    shown = section(qtbot, theme, "iris")
    with qtbot.waitSignal(shown.wants_changed):
        shown._fold.heading.click()
    assert shown.wishes() == ()
    shown._fold.heading.click()
    shown.hide()
    assert shown.wishes() == ()


def test_why_nothing_is_shown_is_said(qtbot: QtBot, theme: Theme) -> None:
    shown = section(qtbot, theme, "iris")
    shown.show_answer(Pictured(UNITS, 4, {}, "This layer is no longer part of the network that trains."))
    assert "no longer part" in shown.words.text()


def test_a_history_and_the_numbers_of_units_are_drawn_and_told(qtbot: QtBot, theme: Theme) -> None:
    history = SpreadHistory()
    for step in range(4):
        history.add(step, spread_of(np.linspace(-step - 1.0, 1.0, 50)))
    heat = HeatView(theme, "core", "Weights over the steps")
    vectors = VectorsView(theme)
    for widget in (heat, vectors):
        qtbot.addWidget(widget)
        assert widget.isHidden()
    heat.set_heat(history.heat())
    vectors.set_vectors({"moving_mean": np.array([0.1, -0.4, np.nan], np.float32), "beta": np.zeros(3)})
    assert "Steps 0 to 3" in heat.accessibleDescription()
    assert vectors.names == ["moving_mean", "beta"]
    assert not heat.grab().isNull()
    assert not vectors.grab().isNull()
