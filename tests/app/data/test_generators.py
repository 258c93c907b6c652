"""Options of generated data as sliders, with a picture of the points that moves while one drags."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.data.options_panel import OptionsPanel
from app.document import Document
from app.theme import Theme
from app.widgets import SliderField, ValueSlider
from app.window.settings_pages import DataPage
from engine.data.dataset import DataGroup
from engine.data.registry import datasets
from engine.data.settings import DataSettings
from engine.data.sketch import sketch
from engine.formats.examples import examples
from engine.graph.document import ModelGraph

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    document = Document(examples()["spiral"].graph())
    yield document
    document.close()


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, document: Document) -> DataPage:
    page = DataPage(theme, document)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    return page


@pytest.fixture
def panel(qtbot: QtBot, page: DataPage) -> OptionsPanel:
    (panel,) = page.findChildren(OptionsPanel)
    qtbot.waitUntil(lambda: panel.picture.sketch() is not None)
    return panel


def slider(panel: OptionsPanel, name: str) -> SliderField:
    field = panel.form.field(name)
    assert isinstance(field, SliderField)
    return field


def values(panel: OptionsPanel) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    found = panel.picture.sketch()
    assert found is not None
    return found.values


def differs(panel: OptionsPanel, last: object) -> bool:
    return values(panel) is not last


def test_the_picture_moves_while_dragging_and_the_data_changes_once(
    qtbot: QtBot, document: Document, panel: OptionsPanel
) -> None:
    noise = slider(panel, "noise").slider
    before, steps = values(panel), document.stack.count()
    seen = []
    middle = noise.height() // 2
    QTest.mousePress(noise, LEFT, pos=QPoint(noise.width() // 2, middle))
    for x in (0.6, 0.7, 0.8, 0.9):
        last = values(panel)
        QTest.mouseMove(noise, QPoint(round(x * noise.width()), middle))
        qtbot.waitUntil(partial(differs, panel, last))
        seen.append(values(panel))
    assert document.data.options == {}  # nothing is settled yet
    QTest.mouseRelease(noise, LEFT, pos=QPoint(round(0.9 * noise.width()), middle))
    settled = document.data.options["noise"]
    assert isinstance(settled, float)
    assert 0.4 < settled < 0.5
    assert document.stack.count() == steps + 1
    assert all(not np.array_equal(before, one) for one in seen)
    document.stack.undo()
    assert slider(panel, "noise").value() == 0.1
    qtbot.waitUntil(lambda: np.array_equal(values(panel), before))


def test_typing_and_keys_change_it_too(document: Document, panel: OptionsPanel) -> None:
    samples = slider(panel, "samples")
    samples.box.lineEdit().selectAll()
    QTest.keyClicks(samples.box, "300")
    QTest.keyClick(samples.box, Qt.Key.Key_Return)
    assert document.data.options["samples"] == 300
    before = samples.slider.number()
    QTest.keyClick(samples.slider, Qt.Key.Key_Right)
    moved = document.data.options["samples"]
    assert isinstance(moved, int)
    assert moved > before
    samples.box.lineEdit().selectAll()
    QTest.keyClicks(samples.box, "3")
    QTest.keyClick(samples.box, Qt.Key.Key_Return)
    assert "from 50 to 20000" in samples.error.text()
    assert document.data.options["samples"] != 3


def test_a_wide_slider_counts_in_factors(qtbot: QtBot, theme: Theme) -> None:
    slider = ValueSlider(theme, "Samples", (50, 20_000), whole=True)
    qtbot.addWidget(slider)
    slider.set_number(1_000)
    assert slider.value() == pytest.approx(slider.maximum() / 2, abs=1)
    assert slider.number() == 1_000
    for number in (50, 20_000):
        slider.set_number(number)
        assert slider.number() == number


@pytest.mark.parametrize("name", [n for n, d in datasets().items() if d.group is DataGroup.GENERATED])
def test_every_generator_has_sliders_and_a_picture(name: str, qtbot: QtBot, theme: Theme) -> None:
    document = Document(ModelGraph(sections={"data": DataSettings(dataset=name)}))
    page = DataPage(theme, document)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    (panel,) = page.findChildren(OptionsPanel)
    assert panel.findChildren(SliderField)
    if name != "noise":
        qtbot.waitUntil(lambda: panel.picture.sketch() is not None)
        shown = values(panel)
        assert shown.size
        assert 0.0 <= shown.min() <= shown.max() <= 1.0
    document.close()


def test_sketches_are_made_of_what_there_is() -> None:
    def kind(name: str) -> str:
        found = sketch(DataSettings(dataset=name))
        return found.kind if found is not None else ""

    kinds = {"spiral": "points", "sine": "points", "plane": "points", "airline": "curve", "copy": "cells"}
    assert {name: kind(name) for name in kinds} == kinds
    assert kind("parity") == "cells"
    assert kind("digits") == "pictures"
    assert kind("iris") == ""
    colours = sketch(DataSettings(dataset="plane"))
    assert colours is not None
    assert colours.shades.max() == 1.0
