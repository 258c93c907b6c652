"""What cells of text mean: numbers, dates and marks for what is missing, decided by what stands in them."""

from __future__ import annotations

import pytest

from engine.data.sources.base import Kind
from engine.data.tables.cells import MISSING_MARKS, Rules, extra_marks, guess, number_pattern, puts_day_first
from engine.data.tables.last_rows import footnotes, note_on_total
from engine.data.tables.unit_row import unit_of


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (["13/2/2024"], True),
        (["2/13/2024"], False),
        (["12/12/2024"], None),
        (["1/2/2024", "13-2-2024"], True),
        (["13/2/2024", "2/13/2024"], None),  # as many say so as say the opposite
        (["13/2/2024", "2/13/2024", "2/14/2024"], False),
        (["2.3.2024", "1/2/2024"], True),  # who writes dots puts the day first
        (["2.3.2024", "2/13/2024"], False),  # unless it is shown otherwise
        (["2.3.24"], None),  # a number of a version
        (["12", "a/b/c", ""], None),
    ],
)
def test_dates_show_which_comes_first(dates: list[str], first: bool | None) -> None:
    assert puts_day_first(dates) is first


@pytest.mark.parametrize(
    ("decimal", "thousands", "numbers", "others"),
    [
        (
            ".",
            "",
            ["1", "-1.5", "+.5", "2.", "1e3", "1.5E-3"],
            ["1,5", ".", "1 000", "e3", "1.5.2", "--1", "0x1"],
        ),
        (",", ".", ["1,5", "1.234", "12.345.678,9", "1234"], ["12.34", "1.5.2", "1,5,2", "1.2345"]),
        (".", ",", ["1,234", "1,234.5", "123"], ["12,34", "1,2345", ",234"]),
        (".", " ", ["1 234", "1\u00a0234 567", "1\u202f234"], ["1  234", "1 23"]),
        (".", "'", ["1'234", "1\u2019234.5"], ["1'23"]),
    ],
)
def test_numbers_are_written_as_the_file_writes_them(
    decimal: str, thousands: str, numbers: list[str], others: list[str]
) -> None:
    pattern = number_pattern(decimal, thousands)
    assert [cell for cell in (*numbers, *others) if pattern.fullmatch(cell)] == numbers


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "-3e2"], Kind.NUMBER),
        (["01", "002"], Kind.TEXT),  # codes: leading zeros would be lost
        (["0.5", "0"], Kind.NUMBER),
        (["1234567890123456"], Kind.TEXT),  # more digits than a float64 holds
        (["123456789012345"], Kind.NUMBER),
        (["1"] * 9 + ["a"], Kind.NUMBER),  # nine of ten fit
        (["1"] * 8 + ["a"], Kind.TEXT),
        (["true", "False", "TRUE"], Kind.BOOL),
        (["true", "yes"], Kind.TEXT),
        (["", "NA", "n/a"], Kind.TEXT),  # nothing is known
        (["2024-02-03", "2024-12-31"], Kind.DATE),
        (["12 EUR", "7.5 EUR"], Kind.NUMBER),
        (["12 EUR", "7.5 USD"], Kind.TEXT),
        (["inf", "1"], Kind.TEXT),
    ],
)
def test_a_column_is_what_nearly_all_of_its_cells_are(cells: list[str], kind: Kind) -> None:
    assert guess(cells, Rules()).kind is kind


@pytest.mark.parametrize(
    ("cells", "marks"),
    [
        (["1", "2", "k. A."], {"k. a."}),
        (["1", "-", "2", "none"], {"-", "none"}),
        (["1", "2", "naja"], set()),  # any other word makes it a column of words
        (["1", "2", "3", "-", "naja"], set()),
        (["1", "-", "-"], set()),  # more marks than numbers
        (["1", "-"], {"-"}),
        (["1", "2", "3", "4", "-", "none", "."], {"-", "none", "."}),
        (["1", "2", "3", "4", "-", "none", ".", "unknown"], set()),  # so many are categories
        (["1", "NA", ""], set()),  # these are missing anyway
        (["5 kg", "7 kg", "n.d."], {"n.d."}),
    ],
)
def test_a_few_known_words_beside_numbers_stand_for_missing_ones(cells: list[str], marks: set[str]) -> None:
    assert extra_marks(cells, Rules()) == marks


def test_what_is_missing_is_so_in_any_case_and_with_blanks_around_it() -> None:
    assert Rules().present(["1", " NaN\t", "", " x ", "?", "NULL", "#N/A", "<NA>", "Na"]) == ["1", "x"]


@pytest.mark.parametrize(
    ("rules", "plain"),
    [
        (Rules(), True),
        (Rules(decimal=","), False),
        (Rules(thousands=","), False),
        (Rules(missing=frozenset({"-999"})), False),  # a number that means none
        (Rules(missing=frozenset({*MISSING_MARKS, "-", "."})), True),
    ],
)
def test_what_programs_write_needs_no_second_look(rules: Rules, plain: bool) -> None:
    assert rules.is_plain is plain


@pytest.mark.parametrize(
    ("rows", "width", "found"),
    [
        ([["1", "2"], [""], ["Source: the office"]], 2, 2),
        ([["1", "2"], ["Source: the office"]], 2, 1),
        ([["1", "2"], ["Source"]], 2, 0),  # a single word may be half a row
        ([["1", "2"], [""], ["Source"]], 2, 2),
        ([["1", "2"], [""]], 2, 0),  # a blank row is no remark
        ([["1", "2"], ["12 34"]], 2, 0),
        ([["a"], ["b c"]], 1, 0),  # in one column every row is one cell
        ([["1", "2", "3"], ["see below", "too"]], 3, 0),
        ([["1", "2", "3"], ["see below", ""]], 3, 1),
    ],
)
def test_remarks_below_a_table(rows: list[list[str]], width: int, found: int) -> None:
    assert footnotes(rows, width) == found


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (["Total", "12"], True),
        (["", "Grand total:", "12"], True),
        (["Total"], False),
        (["Totally", "12"], False),
        (["Berlin", "Total"], False),
        (["", ""], False),
    ],
)
def test_a_row_that_calls_itself_a_total(row: list[str], told: bool) -> None:
    assert [note.place for note in note_on_total(row, "line 9", left_out=False)] == ["line 9"] * told


@pytest.mark.parametrize(
    ("cell", "unit"),
    [("(cm)", "cm"), ("[m/s]", "m/s"), ("kg", "kg"), ("k.A.", None), ("?", None), ("12", None)],
)
def test_a_unit_below_a_name(cell: str, unit: str | None) -> None:
    assert unit_of(cell) == unit
