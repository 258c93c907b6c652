"""Cards of the welcome page: in columns, by keys, with as many words as there is room for."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.theme import FontRole, Theme
from app.welcome.cards import Card, CardGrid, wrapped
from app.welcome.templates import templates
from engine.formats.examples import examples
from engine.models.bundled import bundled_networks


def grid_of(qtbot: QtBot, theme: Theme, count: int, columns: int) -> tuple[CardGrid, list[str]]:
    grid, chosen = CardGrid("Examples"), list[str]()
    qtbot.addWidget(grid)
    cards = [Card(theme, f"Card {n}", "What it is about.", icon="info") for n in range(count)]
    grid.set_cards(cards, lambda card: chosen.append(card.text()))
    width = Card(theme, "", "").sizeHint().width()
    with qtbot.waitExposed(grid):
        grid.show()
    grid.resize(columns * (width + 12) + 5, 100)
    return grid, chosen


@pytest.mark.parametrize(("columns", "rows"), [(1, 5), (2, 3), (3, 2), (5, 1)])
def test_cards_stand_in_columns_and_do_not_overlap(
    qtbot: QtBot, theme: Theme, columns: int, rows: int
) -> None:
    grid, _ = grid_of(qtbot, theme, 5, columns)
    boxes = [card.geometry() for card in grid.cards]
    assert len({box.left() for box in boxes}) == min(columns, 5)
    assert len({box.top() for box in boxes}) == rows
    assert not any(one.intersects(other) for one in boxes for other in boxes if one is not other)
    assert grid.height() == max(box.bottom() for box in boxes) + 1


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        (Qt.Key.Key_Right, 0, 1),
        (Qt.Key.Key_Left, 2, 1),
        (Qt.Key.Key_Down, 0, 2),
        (Qt.Key.Key_Up, 3, 1),
        (Qt.Key.Key_Left, 0, 0),
        (Qt.Key.Key_Down, 3, 3),
    ],
)
def test_arrows_go_from_card_to_card(qtbot: QtBot, theme: Theme, key: Qt.Key, start: int, end: int) -> None:
    grid, _ = grid_of(qtbot, theme, 5, 2)
    grid.cards[start].setFocus()
    QTest.keyClick(grid.cards[start], key)
    assert grid.focusWidget() is grid.cards[end]


def test_a_long_text_ends_with_an_ellipsis_in_its_last_line(theme: Theme) -> None:
    font = theme.font(FontRole.SMALL)
    lines = wrapped("one two three four five six seven eight nine ten", font, 80, 2)
    assert len(lines) == 2
    assert lines[0].startswith("one")
    assert lines[1].endswith("\N{HORIZONTAL ELLIPSIS}")
    assert wrapped("short", font, 80, 2) == ["short"]


def test_no_title_of_the_welcome_page_is_cut(theme: Theme) -> None:
    font, width = theme.font(FontRole.STRONG), Card(theme, "", "").sizeHint().width() - 2 - 24 - 22
    titles = [each.title for each in examples().values()]
    titles += [each.title for each in bundled_networks().values()]
    titles += [each.title for each in templates().values()]
    assert not [t for t in titles if wrapped(t, font, width, 2)[-1].endswith("\N{HORIZONTAL ELLIPSIS}")]


def test_a_click_and_a_key_choose(qtbot: QtBot, theme: Theme) -> None:
    grid, chosen = grid_of(qtbot, theme, 3, 3)
    QTest.mouseClick(grid.cards[2], Qt.MouseButton.LeftButton)
    grid.cards[0].setFocus()
    QTest.keyClick(grid.cards[0], Qt.Key.Key_Space)
    assert chosen == ["Card 2", "Card 0"]


def test_other_cards_take_the_place_of_the_first(qtbot: QtBot, theme: Theme) -> None:
    grid, _ = grid_of(qtbot, theme, 3, 3)
    grid.set_cards([], lambda _card: None)
    assert grid.height() == 0
    grid.set_cards([Card(theme, "Only", "One")], lambda _card: None)
    assert grid.height() == grid.cards[0].height()


def test_a_card_says_what_it_is_to_those_who_hear_it(qtbot: QtBot, theme: Theme) -> None:
    card = Card(theme, "Spiral", "Two arms that wind around each other.")
    qtbot.addWidget(card)
    assert (card.accessibleName(), card.accessibleDescription()) == ("Spiral", card.summary)
    assert card.toolTip() == card.summary


@pytest.mark.parametrize("words", ["", "Short.", "many words " * 40, "Unbreakable" * 30])
def test_any_words_are_painted(qtbot: QtBot, theme: Theme, words: str) -> None:
    card = Card(theme, words[:40], words, picture="spiral", icon="info")
    qtbot.addWidget(card)
    assert not card.grab().isNull()
    theme.set_mode("light")
    assert not card.grab().isNull()
    theme.set_mode("dark")
