"""Somebody picks a number and reads how it is made: by selecting, by keys, by following names, for another example."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings, Qt, QUrl
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.commands.catalogue import commands_of
from app.document import Document
from app.explain.page import FormulaPage
from app.explain.writing import LINK, Writer, place_of
from app.steps.mode import Stage
from app.theme import Theme
from app.window.bottom_dock import FORMULA
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.training.explain.names import Kind
from engine.training.explain.trace import Place
from tests.app.window.conftest import User, close, settings, show

__all__ = ["settings"]


@pytest.fixture
def user(qtbot: QtBot, theme: Theme, settings: QSettings) -> Iterator[User]:
    window = MainWindow(theme, Document(examples()["spiral"].graph()), settings)
    yield show(window, qtbot)
    close(window)


def _page(user: User) -> FormulaPage:
    user.window.dock.show_look(FORMULA)
    page = user.window.dock.looks.formula.page
    user.until(lambda: page.explained is not None)
    return page


def _dense(user: User) -> list[str]:
    return [n.id for n in user.graph.nodes.values() if n.layer.title() == "Dense"]


def _name(page: FormulaPage) -> tuple[str, tuple[int, ...]]:
    assert page.explained is not None
    return page.explained.symbol.node or page.explained.symbol.name, page.explained.symbol.index


def test_the_first_unit_of_the_chosen_layer_is_taken_apart(user: User) -> None:
    first, second, _ = _dense(user)
    user.select(first)
    page = _page(user)
    user.until(lambda: _name(page) == (first, (1,)))
    text = page.text.toPlainText()
    assert "tanh(" in text
    assert "\N{PARTIAL DIFFERENTIAL}" in text
    assert "float t0 = ll_tanh(a0);" in page.code.text.toPlainText()
    page.code.which.segments[1].click()
    assert page.code.text.toPlainText() == "np.tanh(x1, out=y)"
    assert page.text.accessibleDescription().startswith("dense[1] is ")
    user.select(second)
    user.until(lambda: _name(page) == (second, (1,)))


def test_numbers_are_chosen_by_keys(user: User) -> None:
    first = _dense(user)[0]
    user.select(first)
    page = _page(user)
    user.until(lambda: _name(page) == (first, (1,)))
    spin = page.chooser.spins[0]
    spin.setFocus()
    QTest.keyClick(spin, Qt.Key.Key_Up)
    user.until(lambda: _name(page) == (first, (2,)))
    numbers = page.chooser.numbers
    numbers.setFocus()
    QTest.keyClick(numbers, Qt.Key.Key_Down)
    user.until(lambda: page.explained is not None and page.explained.symbol.kind is Kind.WEIGHT)
    assert page.chooser.spins[1].isVisible()
    assert "Nothing computes it" in page.code.text.toPlainText()
    QTest.mouseClick(page.back, Qt.MouseButton.LeftButton)
    user.until(lambda: _name(page) == (first, (2,)))


def test_names_in_a_formula_lead_to_their_numbers(user: User) -> None:
    first, second, _ = _dense(user)
    user.select(second)
    page = _page(user)
    user.until(lambda: _name(page) == (second, (1,)))
    assert page.explained is not None
    value = next(t.value for t in page._shown.tensors if t.node == first) if page._shown else -1
    page.text.anchorClicked.emit(QUrl(f"{LINK}{value}/3"))
    user.until(lambda: _name(page) == (first, (4,)))
    page.go_back()
    user.until(lambda: _name(page) == (second, (1,)))


def test_a_wire_is_what_flows_in_it(user: User) -> None:
    first, second, _ = _dense(user)
    edge = next(e for e in user.graph.edges if (e.source, e.target) == (first, second))
    page = _page(user)
    user.window.workspace.canvas.scene.select(edges=[edge])
    user.until(lambda: _name(page) == (first, (1,)) and page._wish.through == second)
    assert page.explained is not None
    assert page.explained.edges[0].origin == second


def test_another_example_and_a_target(user: User) -> None:
    first = _dense(user)[0]
    user.select(first)
    page = _page(user)
    user.until(lambda: _name(page) == (first, (1,)))
    before = page.explained
    QTest.mouseClick(page.chooser.after, Qt.MouseButton.LeftButton)
    user.until(lambda: page.explained is not before)
    assert before is not None
    assert page.explained is not None
    assert page.explained.value != before.value
    target = next(n.id for n in user.graph.nodes.values() if n.layer.title() == "Target")
    user.select(target)
    user.until(lambda: page.explained is not None and page.explained.symbol.kind is Kind.LOSS)


def test_a_network_with_a_fault_is_said_in_a_sentence(user: User) -> None:
    page = _page(user)
    edge = user.graph.edges[0]
    user.window.workspace.canvas.scene.select(edges=[edge])
    user.window.workspace.canvas.editor.delete([], [edge])
    user.until(lambda: page.explained is None)
    assert page.sentence.text()


def test_links_that_lead_nowhere_are_ignored() -> None:
    assert place_of(f"{LINK}12/3") == Place(12, 3)
    assert place_of(f"{LINK}x/3") is None
    assert place_of("https://example.org") is None


def test_a_click_on_a_picture_of_a_layer_explains_that_number(user: User) -> None:
    user.open_endless("spiral")
    first = _dense(user)[0]
    user.select(first)
    user.click(user.button("Train"))
    section = user.window.workspace.inside
    user.until(lambda: bool(section.grids) and len(section.grids[0].images) == 24)
    user.window.training.pause()
    grid = section.grids[0]
    place = grid._places(grid.width())[2].center().toPoint()
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    page = user.window.dock.looks.formula.page
    user.until(lambda: page.explained is not None and _name(page) == (first, (3,)))
    assert page.isVisible()


def test_everything_can_be_reached_by_commands(user: User) -> None:
    dock = user.window.dock
    names = {c.name: c for c in commands_of(user.window)}
    names["menu/show_surface"].run()
    assert dock.looks.surface.isVisible()
    names["menu/step_through"].run()
    assert dock.looks.steps.isVisible()
    mode = dock.looks.steps.page.mode
    user.until(lambda: mode.stage is Stage.ON)
    names["menu/whole_step"].run()
    assert mode.taken == 1
    names["menu/discard_steps"].run()
    assert mode.stage is Stage.OFF
    names["menu/show_formula"].run()
    user.until(lambda: dock.looks.formula.page.explained is not None)
    surface = dock.looks.surface.page
    user.until(lambda: surface.desk.surface is not None)  # there is nothing to race on before
    names["menu/race"].run()
    user.until(lambda: surface.desk.heat is not None and len(surface.desk.heat.laps) > 1)
    surface.desk.stop_race()


def test_what_counts_is_in_a_weight_that_the_font_has(user: User) -> None:
    page = _page(user)
    assert page.explained is not None
    html = Writer(user.window.theme, {}, frozenset()).page(page.explained)
    assert "font-weight:600" in html
    assert "<b>" not in html
