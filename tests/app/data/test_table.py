"""Paging through more rows than anybody would load, the desk behind it, and the keys of the table."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot
from typing_extensions import override

from app.data.cells import CELL, PENDING, cell_text, plain_tip
from app.data.desk import DataDesk, Stage
from app.data.facts import shares_of
from app.data.findings import Findings, Remark
from app.data.header import ColumnHeader, reach_words
from app.data.looks import ColumnLook
from app.data.model import LARGEST_PAGE, MOST_PAGES, PagedTable
from app.data.summaries import remarks_of
from app.data.table import DataTable, squeezed
from app.data.words import number_words
from app.document import Document
from app.theme import FontRole, Theme
from engine.data.dataset import NoOptions
from engine.data.errors import DataError
from engine.data.profile.model import ColumnProfile, Profile
from engine.data.settings import DataSettings
from engine.data.sources import registry
from engine.data.sources.base import Column, Identity, Kind, Source, SourceKind, Watch
from engine.graph.document import ModelGraph
from engine.tensor.spec import Array

ROWS = 5_000_000
WAIT_MS = 20_000
COLUMNS = (Column("number", Kind.NUMBER), Column("text", Kind.TEXT), Column("square", Kind.NUMBER))


class Endless(Source):
    """Five million rows that are made when they are asked for."""

    def __init__(self, path: Path) -> None:
        self.kind = SourceKind("endless", "Endless", (), NoOptions, lambda _path, _head: 0.0, _never)
        self.path, self.title, self.columns, self.notes = path, path.name, COLUMNS, ()
        self.identity, self.options = Identity(0, 0, ""), NoOptions()
        self.pages: list[int] = []
        self.counting = threading.Event()
        self.closed = False
        self.stale = False

    @override
    def count(self, watch: Watch | None = None) -> int:
        while watch is not None and not self.counting.wait(0.001):
            watch(1, 10)
        return ROWS

    @override
    def page(self, start: int, count: int) -> list[list[object]]:
        if start == 3 * LARGEST_PAGE:
            raise DataError("Line 769 cannot be read.")
        self.pages.append(start)
        return [
            [i, f"=row {i}" if i % 2 else None, float(i) ** 2] for i in range(start, min(start + count, ROWS))
        ]

    @override
    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        return {name: np.arange(start, stop, dtype=np.float64) for name in names}

    @override
    def changed(self) -> bool:
        return self.stale

    @override
    def close(self) -> None:
        self.closed = True


def _never(path: Path, options: NoOptions, watch: Watch | None) -> Source:
    raise AssertionError(path)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Endless:
    source = Endless(Path("endless.csv"))
    monkeypatch.setattr(registry, "open_source", lambda *_args, **_more: source)
    monkeypatch.setattr("app.document.describe", _not_described)
    monkeypatch.setattr("engine.data.profile.profile", _not_profiled)
    monkeypatch.setattr("engine.data.recipe.reading.survey_source", _not_profiled)
    return source


def _not_described(_settings: DataSettings, _watch: Watch | None = None) -> None:
    raise DataError("Nobody asked.")


def _not_profiled(*_args: object, **_more: object) -> None:
    raise DataError("Nobody asked.")


@pytest.fixture
def desk(endless: Endless, qtbot: QtBot) -> Iterator[DataDesk]:
    document = Document(ModelGraph())
    document.set_data(DataSettings(path="endless.csv"))
    desk = DataDesk(document)
    yield desk
    endless.counting.set()
    desk.close()
    document.close()
    if desk.stage is Stage.OPEN and desk.source is None and not desk.bundled:
        qtbot.waitUntil(lambda: endless.closed, timeout=WAIT_MS)


@pytest.fixture
def table(desk: DataDesk, theme: Theme, qtbot: QtBot) -> DataTable:
    table = DataTable(theme, desk)
    qtbot.addWidget(table)
    table.resize(600, 500)
    with qtbot.waitExposed(table):
        table.show()
    desk.wake()
    qtbot.waitUntil(lambda: table.rows.kept_pages > 0, timeout=WAIT_MS)
    return table


def _shown(table: DataTable, row: int) -> object:
    return table.rows.data(table.rows.index(row, 0), CELL)


def test_the_first_rows_are_there_before_all_are_counted(
    table: DataTable, endless: Endless, desk: DataDesk
) -> None:
    assert desk.rows is None
    assert _shown(table, 0) == 0
    assert table.rows.rowCount() == LARGEST_PAGE
    assert endless.pages == [0]


def test_any_row_of_millions_is_shown_and_few_are_kept(
    table: DataTable, endless: Endless, desk: DataDesk, qtbot: QtBot
) -> None:
    endless.counting.set()
    qtbot.waitUntil(lambda: table.rows.rowCount() == ROWS, timeout=WAIT_MS)
    for row in range(0, ROWS, ROWS // (2 * MOST_PAGES)):
        table.go_to_row(row)
        qtbot.waitUntil(lambda row=row: _shown(table, row) == row, timeout=WAIT_MS)  # type: ignore[misc]  # a bound row
    assert table.rows.kept_pages <= MOST_PAGES
    table.go_to_row(ROWS + 5)
    qtbot.waitUntil(lambda: _shown(table, ROWS - 1) == ROWS - 1, timeout=WAIT_MS)
    assert table.currentIndex().row() == ROWS - 1


def test_what_scrolled_by_is_not_read(table: DataTable, endless: Endless, qtbot: QtBot) -> None:
    endless.counting.set()
    qtbot.waitUntil(lambda: table.rows.rowCount() == ROWS, timeout=WAIT_MS)
    asked = [page * LARGEST_PAGE for page in range(10, 200)]
    assert all(_shown(table, row) is PENDING for row in asked)
    last = asked[-1]
    qtbot.waitUntil(lambda: last in endless.pages, timeout=WAIT_MS)
    assert len(endless.pages) < 20


def test_rows_that_cannot_be_read_give_a_sentence(table: DataTable, endless: Endless, qtbot: QtBot) -> None:
    endless.counting.set()
    qtbot.waitUntil(lambda: table.rows.rowCount() == ROWS, timeout=WAIT_MS)
    with qtbot.waitSignal(table.rows.failed, timeout=WAIT_MS) as said:
        table.go_to_row(3 * LARGEST_PAGE + 30)
    assert said.args == ["Line 769 cannot be read."]


def _studies(desk: DataDesk) -> bool:
    return desk.is_studying  # of its own, since mypy takes a property for something that stays


def test_counting_can_be_cancelled_and_taken_up_again(
    table: DataTable, endless: Endless, desk: DataDesk, qtbot: QtBot
) -> None:
    assert desk.is_studying
    desk.stop_study()
    assert not _studies(desk)
    assert desk.rows is None
    endless.counting.set()
    desk.study()
    qtbot.waitUntil(lambda: desk.rows == ROWS, timeout=WAIT_MS)


def test_arrow_keys_choose_columns_and_copy_takes_cells(
    table: DataTable, desk: DataDesk, qtbot: QtBot
) -> None:
    table.setFocus()
    table.setCurrentIndex(table.rows.index(0, 0))
    assert desk.column == "number"
    QTest.keyClick(table, Qt.Key.Key_Right)
    assert desk.column == "text"
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QGuiApplication.clipboard().clear()
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "row 1" in QGuiApplication.clipboard().text(), timeout=WAIT_MS)
    assert QGuiApplication.clipboard().text() == "\n'=row 1"  # no spreadsheet runs it


def test_a_file_that_changes_is_noticed(
    table: DataTable, endless: Endless, desk: DataDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless.stale = True
    desk._look_again.setInterval(1)
    qtbot.waitUntil(lambda: desk.stale, timeout=WAIT_MS)
    endless.stale = False
    desk.read_again()
    qtbot.waitUntil(lambda: desk.stage is Stage.OPEN, timeout=WAIT_MS)
    assert not desk.stale


def test_other_data_closes_what_was_open(
    table: DataTable, endless: Endless, desk: DataDesk, qtbot: QtBot
) -> None:
    desk.document.set_data(DataSettings(dataset="iris"))
    qtbot.waitUntil(lambda: desk.stage is Stage.OPEN, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: endless.closed, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: table.rows.rowCount() == 150, timeout=WAIT_MS)
    assert [column.name for column in table.rows.columns][-1] == "class"
    assert desk.roles["class"].role == "target"


def test_cells_are_shown_as_text_and_nothing_else() -> None:
    assert cell_text("=1+1") == "=1+1"
    assert cell_text("a\nb\x07") == "a\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}b\N{REPLACEMENT CHARACTER}"
    assert cell_text("x" * 5_000_000) == "x" * 300
    assert cell_text(None) == ""
    assert cell_text(True) == "true"
    assert "<img" not in plain_tip("<img src='http://example.org'>")


def test_an_empty_table_asks_for_nothing(desk: DataDesk) -> None:
    model = PagedTable(desk)
    assert model.rowCount() == model.columnCount() == 0
    assert model.headerData(0, Qt.Orientation.Horizontal) is None


@pytest.mark.parametrize(
    ("missing", "distinct", "words"),
    [(0, 3, ["no cell missing"]), (2, 3, ["2 cells missing"]), (0, None, []), (2, None, ["2 cells missing"])],
)
def test_no_cell_is_said_to_be_missing_where_nobody_looked(
    desk: DataDesk, missing: int, distinct: int | None, words: list[str]
) -> None:
    text = ColumnProfile(name="class", kind=Kind.TEXT, missing=missing, distinct=3)
    other = ColumnProfile(name="picture", kind=Kind.PICTURE, distinct=distinct)
    desk.profile = Profile(rows=9, columns=(text, other))
    assert desk.totals() == words


@pytest.mark.parametrize("role", ["input", "target", "weight"])
def test_a_head_of_any_width_shows_all_it_says_side_by_side(theme: Theme, qtbot: QtBot, role: str) -> None:
    table = QTableView()
    qtbot.addWidget(table)
    head = ColumnHeader(theme, table)
    table.setHorizontalHeader(head)
    table.setModel(QStandardItemModel(1, 1))
    head.set_looks(
        [ColumnLook("bill_length_mm", "number", role, bars=(1.0,), low="1", high="2", missing=0.126)]
    )
    for width in range(head.minimumSectionSize(), 200, 4):
        head.resizeSection(0, width)
        missing, chip = head.missing_rect(0), head.chip_rect(0)
        name = QRectF(chip.left(), 7, head.name_width(0), 18)
        assert not missing.isEmpty()
        assert not missing.intersects(chip), width
        assert not missing.intersects(name), width


def test_the_column_that_is_chosen_first_does_not_scroll_the_others_away(
    table: DataTable, desk: DataDesk
) -> None:
    table.resize(200, 400)
    bar = table.horizontalScrollBar()
    desk.choose_column("square")
    assert bar.maximum() > 0
    assert bar.value() == 0
    desk.choose_column("text")
    desk.choose_column("square")
    assert bar.value() == bar.maximum()


@pytest.mark.parametrize(
    ("low", "high", "letters", "shown"),
    [
        ("2023-01-01", "2023-03-31 23:00:00", 40, ("2023-01-01", "2023-03-31 23:00:00")),
        ("2023-01-01", "2023-03-31 23:00:00", 24, ("2023-01-01", "2023-03-31")),
        ("-0.5", "20.5", 24, ("-0.5", "20.5")),
        ("7 values", "", 4, ("7 values", "")),
    ],
)
def test_least_and_largest_do_not_lie_on_each_other(
    theme: Theme, low: str, high: str, letters: int, shown: tuple[str, str]
) -> None:
    metrics = QFontMetricsF(theme.font(FontRole.MONO_SMALL))
    assert reach_words(low, high, metrics, metrics.horizontalAdvance("0" * letters)) == shown


def test_least_and_largest_without_room_have_half_of_it_each(theme: Theme) -> None:
    metrics = QFontMetricsF(theme.font(FontRole.MONO_SMALL))
    room = metrics.horizontalAdvance("0" * 12)
    shown = reach_words("2023-01-01", "2023-03-31", metrics, room)
    assert sum(map(metrics.horizontalAdvance, shown)) < room
    assert all(words.endswith("\N{HORIZONTAL ELLIPSIS}") for words in shown)


@pytest.mark.parametrize(
    ("split", "kind", "windows", "told"),
    [
        ("time", Kind.NUMBER, None, ["when"]),
        ("time", Kind.NUMBER, object(), []),
        ("time", Kind.TEXT, None, []),
        ("random", Kind.NUMBER, None, []),
    ],
)
def test_rows_in_time_are_told_how_to_become_a_forecast(
    split: str, kind: Kind, windows: object, told: list[str]
) -> None:
    target = SimpleNamespace(task="numbers", column=SimpleNamespace(kind=kind))
    plan = SimpleNamespace(split=split, split_column="when", targets=[target])
    recipe = SimpleNamespace(windows=windows)
    desk: Any = SimpleNamespace(
        profile=Profile(rows=9, columns=()),
        plan=plan,
        document=SimpleNamespace(data=SimpleNamespace(recipe=recipe)),
    )
    remarks, _ = remarks_of(desk)
    assert [remark.column for remark in remarks] == told


@pytest.mark.parametrize(
    ("room", "needed", "shares"),
    [(500, 200, (250, 250)), (500, 300, (300, 200)), (320, 260, (320, 0)), (-40, 0, (1, 0))],
)
def test_numbers_of_a_column_have_room_before_its_bars(
    room: int, needed: int, shares: tuple[int, int]
) -> None:
    assert shares_of(room, needed) == shares


def test_findings_are_as_high_as_their_sentences_at_any_width(theme: Theme, qtbot: QtBot) -> None:
    findings = Findings(theme)
    qtbot.addWidget(findings)
    findings.resize(800, 300)
    with qtbot.waitExposed(findings):
        findings.show()
    sentence = (
        "'file' is different in every row, as names and numbers of things do; nothing can be learned from it."
    )
    findings.set_remarks([Remark(sentence, "file")], "")
    wide = findings.list.visualItemRect(findings.list.item(0)).height()
    findings.resize(300, 300)
    qtbot.waitUntil(lambda: findings.list.visualItemRect(findings.list.item(0)).height() > wide)


def test_columns_that_nearly_have_room_get_it() -> None:
    five = [(136, 118)] * 4 + [(150, 150)]
    assert squeezed(five, 694) == [136, 136, 136, 136, 150]
    narrower = squeezed(five, 677)
    assert sum(narrower) == 677
    assert min(narrower) >= 118
    assert narrower[-1] == 150
    assert squeezed(five, 500) == [136, 136, 136, 136, 150]  # then it scrolls in any case
    assert squeezed([], 100) == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (0.0, "0"),
        (0.03124, "0.03124"),
        (71.43, "71.43"),
        (1987.0, "1987"),
        (-8752.4, "-8752"),
        (768912.33, "768,912"),
        (12345678.0, "12,345,678"),
        (7.689e12, "7.689e+12"),
    ],
)
def test_numbers_have_the_digits_that_help(value: float | None, words: str) -> None:
    assert number_words(value) == words
