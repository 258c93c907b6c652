"""The palette: every layer is there, search finds by other names, keys and drags add."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.help.topic import Topic
from app.palette import LAYER_MIME, LayerEntry, Palette, layer_entries, rank
from app.palette.delegate import ENTRY_ROLE
from app.palette.entries import by_category, dragged_layer
from app.palette.shelf import RECENT, LayerShelf
from app.palette.tree import split_rare
from app.theme import Theme
from engine.layers import listing
from engine.layers.base import Category
from engine.layers.listing import FILE, _read, derived, written
from engine.layers.registry import layers


@pytest.fixture
def palette(qtbot: QtBot, theme: Theme) -> Palette:
    palette = Palette(theme)
    qtbot.addWidget(palette)
    palette.resize(230, 600)
    with qtbot.waitExposed(palette):
        palette.show()
    return palette


def shown(palette: Palette) -> list[str]:
    """The entries of the list, those in folded rows as well."""
    model = palette.tree.model()
    open_ = [model.index(row, 0) for row in range(model.rowCount())]
    found = []
    while open_:
        index = open_.pop(0)
        if index.data(ENTRY_ROLE) is not None:
            found.append(index.data())
        open_ += [model.index(row, 0, index) for row in range(model.rowCount(index))]
    return found


def listed() -> list[str]:
    return sorted(name for name, kind in layers().items() if kind.declaration.listed)


def entry(name: str, *, common: bool = False) -> LayerEntry:
    return LayerEntry(name, Category.CORE, "", common=common)


def test_every_layer_is_there_by_category(palette: Palette) -> None:
    assert sorted(shown(palette)) == listed()
    order = list(Category)
    groups = list(by_category(layer_entries()))
    assert groups == sorted(groups, key=order.index)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("dense", "Dense"),
        ("fully", "Dense"),
        ("linear", "Dense"),
        ("conv", "Conv2D"),
        ("mp2", "MaxPooling2D"),
        ("bn", "BatchNormalization"),
        ("BatchNorm2d", "BatchNormalization"),
        ("InputLayer", "Input"),
        ("regularize", "Dropout"),
        ("attenton", "Attention"),
        ("flattening", "Flatten"),
    ],
)
def test_search_finds_by_name_alias_initials_and_stem(query: str, first: str) -> None:
    assert rank(query, layer_entries())[0].name == first


def test_the_name_beats_another_word_and_that_the_summary() -> None:
    entries = [
        LayerEntry("A", Category.CORE, "relu inside"),
        LayerEntry("B", Category.CORE, "", words=("relu",)),
        LayerEntry("ReLU", Category.CORE, ""),
    ]
    assert [entry.name for entry in rank("relu", entries)] == ["ReLU", "B", "A"]
    assert rank("zzz", entries) == []
    assert rank("  ", entries) == entries


def test_typing_and_enter_add_the_best_hit(qtbot: QtBot, palette: Palette) -> None:
    QTest.keyClicks(palette.search, "flat")
    assert shown(palette)[0] == "Flatten"
    with qtbot.waitSignal(palette.layer_activated) as activated:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert activated.args == ["Flatten"]
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert sorted(shown(palette)) == listed()


def test_nothing_found_says_so_and_enter_does_nothing(qtbot: QtBot, palette: Palette) -> None:
    with qtbot.assertNotEmitted(palette.layer_activated):
        QTest.keyClicks(palette.search, "qqq")
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert shown(palette) == []


def test_double_click_and_enter_in_the_list_add(qtbot: QtBot, palette: Palette) -> None:
    tree = palette.tree
    index = tree.index_of("Dense")
    tree.scrollTo(index)
    place = tree.visualRect(index).center()
    with qtbot.waitSignal(palette.layer_activated) as activated:
        QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert activated.args == ["Dense"]
    with qtbot.waitSignal(palette.layer_activated):
        QTest.keyClick(tree, Qt.Key.Key_Return)


def test_headings_fold_and_stay_folded_through_a_search(qtbot: QtBot, palette: Palette) -> None:
    tree = palette.tree
    heading = tree.index_of("Dense").parent()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(heading).center())
    assert palette.folded() == {Category.CORE}
    assert not tree.isExpanded(heading)
    palette.search.setText("dense")
    palette.search.clear()
    assert not tree.isExpanded(tree.index_of("Dense").parent())
    palette.fold([])
    assert tree.isExpanded(tree.index_of("Dense").parent())


def test_down_leads_from_the_search_into_the_list(palette: Palette) -> None:
    palette.search.setFocus()
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.tree.hasFocus()
    assert palette.tree.currentIndex().isValid()


def test_an_entry_is_dragged_by_its_name(palette: Palette) -> None:
    tree = palette.tree
    data = tree.model().mimeData([tree.index_of("Conv2D")])
    assert data.hasFormat(LAYER_MIME)
    assert dragged_layer(data) == "Conv2D"
    flags = tree.model().flags(tree.index_of("Conv2D").parent())
    assert not flags & Qt.ItemFlag.ItemIsDragEnabled


def test_common_layers_come_first_in_their_category_and_among_equal_hits() -> None:
    for group in by_category(layer_entries()).values():
        flags = [entry.common for entry in group]
        assert flags == sorted(flags, reverse=True)
        for half in (True, False):
            names = [entry.name for entry in group if entry.common is half]
            assert names == sorted(names)
    hits = rank("conv", [entry("Conv1D"), entry("Conv2D", common=True)])
    assert [hit.name for hit in hits] == ["Conv2D", "Conv1D"]


def test_rare_layers_of_a_long_category_are_folded_away() -> None:
    common, rare = [entry("A", common=True)], [entry(name) for name in "BCDEFG"]
    assert split_rare([*common, *rare]) == (common, rare)
    assert split_rare([*common, *rare[:2]]) == ([*common, *rare[:2]], []), "a short category is shown whole"
    assert split_rare(rare) == (rare, []), "as is one in which no layer is common"


def test_the_rare_ones_unfold_by_key_and_stay_unfolded_through_a_search(palette: Palette) -> None:
    tree = palette.tree
    assert layers()["SELU"].declaration.common is False
    more = tree.index_of("SELU").parent()
    assert more.data(ENTRY_ROLE) is None
    assert "more" in more.data()
    assert not tree.isExpanded(more)
    tree.setCurrentIndex(more)
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert tree.isExpanded(more)
    palette.search.setText("dense")
    palette.search.clear()
    assert tree.isExpanded(tree.index_of("SELU").parent())


def test_help_is_about_the_current_entry(palette: Palette) -> None:
    assert palette.help_topic() is None
    QTest.keyClicks(palette.search, "flat")
    assert palette.help_topic() == Topic(layers()["Flatten"])


def test_a_star_makes_a_favourite_that_stands_on_top(palette: Palette) -> None:
    tree = palette.tree
    index = tree.index_of("Dense")
    row = tree.visualRect(index)
    at = QPoint(row.right() - 10, row.center().y())
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert list(palette.shelf.favourites) == ["Dense"]
    assert shown(palette)[0] == "Dense"
    assert sorted(shown(palette)) == sorted([*listed(), "Dense"])
    tree.setCurrentIndex(tree.index_of("Dense"))
    QTest.keyClick(tree, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert list(palette.shelf.favourites) == []
    assert sorted(shown(palette)) == listed()


def test_favourites_and_recent_layers_are_remembered_and_come_first(tmp_path: Path) -> None:
    def settings() -> QSettings:
        return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)

    first = settings()
    shelf = LayerShelf(first)
    shelf.toggle("Add")
    for name in ("Dense", "ReLU", "Dense"):
        shelf.note_use(name)
    first.sync()
    again = LayerShelf(settings())
    assert again.favourites == ("Add",)
    assert again.recent == ("Dense", "ReLU")
    entries = [entry(name) for name in ("Conv2D", "ReLU", "Dense", "Add")]
    assert [e.name for e in again.in_order(entries)] == ["Add", "Dense", "ReLU", "Conv2D"]
    for k in range(20):
        again.note_use(f"Layer{k}")
    assert len(again.recent) == RECENT


def test_the_palette_is_filled_without_the_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = layer_entries(derived())
    monkeypatch.setattr(listing, "are_all_imported", lambda: False)
    monkeypatch.setattr(listing, "derived", lambda: pytest.fail("this imports all layers"))
    listing._kept.cache_clear()
    assert layer_entries() == entries


def test_a_list_for_other_layers_is_not_believed(tmp_path: Path) -> None:
    file = tmp_path / FILE
    assert _read(file) == ()
    file.write_text(written(derived()), encoding="utf-8")
    assert _read(file) == derived()
    file.write_text(written(derived()).replace('"conv2d"', '"conv2d", "conv4d"'), encoding="utf-8")
    assert _read(file) == ()


def test_every_layer_lies_in_the_module_of_its_name() -> None:
    """Else asking for it would import all of them."""
    homes = {name: kind.__module__.rpartition(".")[2].replace("_", "") for name, kind in layers().items()}
    assert {name: home for name, home in homes.items() if home != name.lower()} == {}


def test_the_palette_follows_what_the_layers_say_once_they_are_there(
    palette: Palette, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *others = layer_entries()
    monkeypatch.setattr(palette, "_layers", others)
    palette.tree.show_groups(others)
    assert one.name not in shown(palette)
    palette.check()
    assert one.name in shown(palette)
