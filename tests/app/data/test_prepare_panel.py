"""Roles, steps, parts, balance and windows by mouse and keys: each is one edit that undo takes back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.data.columns_list import ROW
from app.data.roles import role_words
from app.i18n.language import install_language
from app.theme import Theme
from engine.data.recipe.settings import ColumnRecipe, Recipe, SplitRecipe, WindowRecipe
from engine.data.recipe.steps.categories import Embedding, OneHot
from engine.data.recipe.steps.missing import Mean, Median
from tests.app.data.preparing import LEFT, NONE, Preparer, control, preparing

# what the offscreen screen says of every menu that opens
pytestmark = pytest.mark.qt_log_ignore("does not support (raise|grabbing the keyboard)", extend=True)

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
TABLE = """species,island,bill,mass,station,day
Adelie,Biscoe,39.1,3750,1,2007-11-12
Adelie,Dream,39.5,3800,2,2007-11-11
Gentoo,Biscoe,,5000,1,2007-11-13
Gentoo,Biscoe,47.5,5100,3,2007-11-14
Gentoo,Torgersen,46.1,4900,2,2007-11-15
Gentoo,Biscoe,45.2,5200,1,2007-11-16
Gentoo,Biscoe,48.4,5300,3,2007-11-17
Gentoo,Dream,46.8,5050,2,2007-11-18
"""


@pytest.fixture
def user(theme: Theme, qtbot: QtBot, tmp_path: Path) -> Iterator[Preparer]:
    path = tmp_path / "penguins.csv"
    path.write_text(TABLE, encoding="utf-8")
    with preparing(theme, qtbot, path) as user:
        yield user


def rows(user: Preparer) -> dict[str, tuple[str, bool]]:
    """Role of each column as the list shows it, and whether the user decided it."""
    model = user.panel.columns.columns
    found = [model.row_at(model.index(k)) for k in range(model.rowCount())]
    return {row.name: (row.role, row.decided) for row in found}


# -- roles -------------------------------------------------------------------------------------------------------
def test_guessed_roles_say_why(user: Preparer) -> None:
    assert rows(user)["species"] == ("target", False)
    assert rows(user)["island"] == ("input", False)
    user.click_column("island")
    assert user.panel.page.reason.text().startswith("Input: ")
    assert user.panel.summary.text() == "5 inputs to predict species."


def test_why_is_said_in_the_language_of_the_window(
    theme: Theme, qtbot: QtBot, tmp_path: Path, qapp: QApplication
) -> None:
    path = tmp_path / "penguins.csv"
    path.write_text(TABLE, encoding="utf-8")
    translators = install_language(qapp, "zh_CN")
    with preparing(theme, qtbot, path) as user:
        user.click_column("island")
        model, page = user.panel.columns.columns, user.panel.page
        assert page.form is not None
        told = [model.row_at(model.index(k)).reason for k in range(model.rowCount())]
        told += [page.reason.text(), *(label.text() for label in page.form.findChildren(QLabel))]
        for translator in translators:
            qapp.removeTranslator(translator)
    assert len(told) > 7
    names = re.compile("'[^']*'|Embedding")
    assert [words for words in told if re.search("[a-z]{3}", names.sub("", words))] == []


def test_a_role_is_given_by_a_click_and_taken_back_by_undo(user: Preparer) -> None:
    user.choose_role("island", "target")
    assert user.recipe.of("island").role == "target"
    assert rows(user)["island"] == ("target", True)
    user.until_role("island", "target")
    assert user.document.stack.count() == 1
    user.document.stack.undo()
    assert user.recipe == Recipe()
    user.until_role("island", "input")
    assert rows(user)["island"] == ("input", False)


def test_letters_give_a_role_to_all_selected_columns(user: Preparer) -> None:
    user.click_column("island")
    user.key(Qt.Key.Key_Down, SHIFT)
    user.key(Qt.Key.Key_Down, SHIFT)
    assert user.panel.columns.selected() == ("island", "bill", "mass")
    user.key(Qt.Key.Key_X)
    assert {name for name, row in rows(user).items() if row == ("ignore", True)} == {"island", "bill", "mass"}
    assert user.document.stack.count() == 1, "one step of undo for all"
    user.key(Qt.Key.Key_A)
    assert user.recipe == Recipe(), "what decides nothing is not kept"


def test_space_goes_through_the_roles(user: Preparer) -> None:
    user.click_column("mass")
    seen = []
    for _ in role_words():
        user.key(Qt.Key.Key_Space)
        seen.append(user.recipe.of("mass").role)
    assert seen == ["input", "target", "weight", "group", "time", "split", "ignore", "auto"]


def test_everything_can_be_left_to_auto_again(user: Preparer) -> None:
    assert not user.panel.reset.isVisible()
    user.click_column("station")
    user.key(Qt.Key.Key_G)
    assert user.panel.reset.isVisible()
    QTest.mouseClick(user.panel.reset, LEFT)
    assert user.recipe == Recipe()
    assert not user.panel.reset.isVisible()


def test_the_column_chosen_in_the_table_is_chosen_here_and_the_other_way_round(user: Preparer) -> None:
    user.desk.choose_column("mass")
    assert user.panel.columns.selected() == ("mass",)
    assert user.panel.page.names() == ("mass",)
    user.click_column("bill")
    assert user.desk.column == "bill"


def test_what_keeps_the_data_from_being_learned_from_is_said(user: Preparer) -> None:
    assert not user.panel.problem.isVisible()
    user.click_column("species")
    user.key(Qt.Key.Key_X)
    for name in ("mass", "station", "day", "bill", "island"):
        user.click_column(name)
        user.key(Qt.Key.Key_I)
    user.until(user.panel.problem.isVisible)
    assert "no column is a target" in user.panel.problem.text()


# -- steps -------------------------------------------------------------------------------------------------------
def test_words_show_what_they_become(user: Preparer) -> None:
    user.click_column("island")
    user.until(lambda: bool(user.panel.page.table.shown().before))
    assert user.panel.page.becomes.text() == (
        "island → 3 columns of 0 and 1: island=Biscoe, island=Dream, island=Torgersen"
    )
    shown = user.panel.page.table.shown()
    assert shown.before[:2] == ("Biscoe", "Dream")
    assert shown.after[:2] == (("1", "0", "0"), ("0", "1", "0"))


def test_a_step_is_chosen_in_its_form_and_the_look_follows(user: Preparer) -> None:
    user.click_column("island")
    assert user.field("categories").value() is None
    user.choose(user.field("categories"), "Embedding")
    assert user.recipe.of("island").categories == Embedding()
    user.until(lambda: "whole number" in user.panel.page.becomes.text())
    user.until(lambda: user.plan.column("island").categories == Embedding())
    assert user.panel.page.reset.isVisible()
    QTest.mouseClick(user.panel.page.reset, LEFT)
    assert user.recipe == Recipe()
    user.until(lambda: isinstance(user.plan.column("island").categories, OneHot))
    assert user.field("categories").value() is None


def test_auto_says_what_it_stands_for(user: Preparer) -> None:
    user.click_column("bill")
    choice = user.field("missing").focusProxy().focusProxy()
    assert choice.currentText() == "auto: median"


def test_several_columns_get_a_step_at_once(user: Preparer) -> None:
    user.click_column("bill")
    user.click_column("mass", CONTROL)
    assert user.panel.page.names() == ("bill", "mass")
    user.choose(user.field("missing"), "Mean")
    assert user.recipe.of("bill").missing == Mean()
    assert user.recipe.of("mass").missing == Mean()
    assert user.document.stack.count() == 1


def test_columns_that_differ_start_without_a_value(user: Preparer) -> None:
    user.panel.edits.set_steps(["bill"], {"missing": Median()})
    user.click_column("bill")
    user.click_column("mass", CONTROL)
    user.choose(user.field("missing"), "Mean")
    assert user.recipe.of("bill").missing == user.recipe.of("mass").missing == Mean()


def test_the_setting_of_a_step_is_one_step_of_undo_however_often_it_changes(user: Preparer) -> None:
    user.click_column("island")
    user.choose(user.field("categories"), "Embedding")
    most = user.field("categories").form.field("most")
    line = most.findChild(QLineEdit)
    for number in ("100", "200"):
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, number)
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert user.recipe.of("island").categories == Embedding(most=200)
    user.document.stack.undo()
    assert user.recipe.of("island").categories == Embedding()
    user.document.stack.undo()
    assert user.recipe == Recipe()


def test_a_left_out_column_has_no_steps(user: Preparer) -> None:
    user.click_column("island")
    user.key(Qt.Key.Key_X)
    user.until(lambda: user.panel.page.form is None)
    user.until(lambda: user.panel.page.becomes.text() == "island is left out.")


# -- parts -------------------------------------------------------------------------------------------------------
def test_the_border_of_the_parts_is_dragged(user: Preparer) -> None:
    bar = user.panel.split.bar
    assert bar.shares() == (0.8, 0.2, 0.0)
    at = QPoint(round(bar._x(0.8)), 10)
    QTest.mousePress(bar, LEFT, NONE, at)
    for share in (0.7, 0.6, 0.5):
        QTest.mouseMove(bar, QPoint(round(bar._x(share)), 10))
    assert user.document.data.validation_fraction == 0.2, "nothing is decided while it is dragged"
    assert bar.counts() == (4, 4, 0)
    QTest.mouseRelease(bar, LEFT, NONE, QPoint(round(bar._x(0.5)), 10))
    assert user.document.data.validation_fraction == pytest.approx(0.5, abs=0.011)
    assert user.document.stack.count() == 1


def test_the_borders_are_moved_by_keys(user: Preparer) -> None:
    bar = user.panel.split.bar
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Space)
    QTest.keyClick(bar, Qt.Key.Key_PageDown)
    assert user.document.data.test_fraction == pytest.approx(0.1)
    assert user.document.data.validation_fraction == pytest.approx(0.1)
    QTest.keyClick(bar, Qt.Key.Key_Left)
    assert user.document.data.test_fraction == pytest.approx(0.11)
    assert "Test 11" in bar.accessibleDescription()
    user.document.stack.undo()
    assert user.document.data.test_fraction == 0.0, "keys in a row are one step"


def test_the_split_says_what_auto_means(user: Preparer) -> None:
    assert user.panel.split.reason.text().startswith("By chance, every class alike:")
    user.choose(user.panel.split.kind, "by chance")
    assert user.recipe.split == SplitRecipe(kind="random")
    assert not user.panel.split.reason.isVisible()


def test_a_split_by_group_asks_for_the_column(user: Preparer) -> None:
    user.choose(user.panel.split.kind, "groups stay together")
    assert user.panel.split.column is not None
    user.until(user.panel.problem.isVisible)
    user.choose(user.panel.split.column, "station")
    assert user.recipe.split == SplitRecipe(kind="group", column="station")
    user.until(lambda: not user.panel.problem.isVisible())


# -- balance and windows -----------------------------------------------------------------------------------------
def test_balance_shows_what_it_does_to_each_class(user: Preparer) -> None:
    bars = user.panel.balance.bars
    user.until(lambda: len(bars.classes()) == 2)
    assert [(c.name, c.count, c.effect) for c in bars.classes()] == [("Gentoo", 6, ""), ("Adelie", 2, "")]
    assert "rare" in user.panel.balance.about.text()
    user.choose(user.panel.balance.choice, "repeat their rows")
    assert user.recipe.balance == "resample"
    assert [c.effect for c in bars.classes()] == ["× 1", "× 3"]
    user.choose(user.panel.balance.choice, "let their rows count more")
    assert [c.effect for c in bars.classes()] == ["× 0.67", "× 2"]


def test_a_number_as_target_has_no_classes_to_balance(user: Preparer) -> None:
    user.choose_role("species", "ignore")
    user.choose_role("mass", "target")
    user.until_role("mass", "target")
    user.until(lambda: not user.panel.balance.isVisible())


def test_windows_are_switched_on_and_drawn(user: Preparer) -> None:
    section = user.panel.windows
    QTest.mouseClick(user.panel._sections[section].heading, LEFT)
    QTest.mouseClick(control(section.switch), LEFT)
    assert user.recipe.windows == WindowRecipe()
    horizon = section.form.field("horizon")
    assert isinstance(horizon, QWidget)
    box = horizon.findChild(QAbstractSpinBox)
    assert box is not None
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert user.recipe.windows == WindowRecipe(horizon=2)
    assert section.picture.accessibleDescription() == (
        "Known rows: 12; predicted: 2; the next example begins 1 later."
    )
    QTest.mouseClick(control(section.switch), LEFT)
    assert user.recipe.windows is None


# -- access ------------------------------------------------------------------------------------------------------
def test_every_control_has_a_name_and_none_is_cut_off(user: Preparer) -> None:
    user.choose(user.panel.split.kind, "groups stay together")
    user.panel.edits.set_windows(WindowRecipe(columns=("bill", "mass", "station")))
    QTest.mouseClick(user.panel._sections[user.panel.windows].heading, LEFT)
    user.until(user.panel.windows.columns.isVisible)
    controls = [w for w in user.panel.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    visible = [w for w in controls if w.isVisible() and not isinstance(w, QLineEdit)]
    assert len(visible) > 8
    for widget in visible:
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        assert widget.accessibleName() or text, widget
        right = widget.mapTo(user.panel, QPoint(widget.width(), 0)).x()
        assert right <= user.panel.width(), widget
    assert user.panel.minimumSizeHint().width() <= 268


def test_many_columns_can_be_searched(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = [f"height_{k}" for k in range(6)] + [f"width_{k}" for k in range(6)]
    path.write_text(
        ",".join(names) + "\n" + "\n".join(",".join(["1", "2"] * 6) for _ in range(9)), encoding="utf-8"
    )
    with preparing(theme, qtbot, path) as user:
        columns = user.panel.columns
        assert user.panel.search.isVisible()
        assert columns.sizeHint().height() < 12 * ROW, "more are reached by scrolling"
        QTest.keyClicks(user.panel.search, "width")
        assert [columns.isRowHidden(k) for k in range(12)] == [True] * 6 + [False] * 6
        QTest.keyClick(user.panel.search, Qt.Key.Key_Escape)
        assert not columns.isRowHidden(0)


def test_the_recipe_of_an_opened_project_is_shown(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "penguins.csv"
    path.write_text(TABLE, encoding="utf-8")
    with preparing(theme, qtbot, path) as user:
        data = user.document.data
        recipe = Recipe(columns={"mass": ColumnRecipe(role="ignore")}, balance="weights")
        user.document.set_data(data.model_copy(update={"recipe": recipe}))
        assert rows(user)["mass"] == ("ignore", True)
        assert user.panel.balance.choice.value() == "weights"
