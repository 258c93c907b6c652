"""Tables of text: what is written is read again, however it is written; and what is sniffed is shown."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.errors import DataError
from engine.data.sources.base import MISSING, Kind, Source
from engine.data.sources.registry import open_source


def opened(path: Path, content: str | bytes, **options: Any) -> Source:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_source(path, options)


def test_cells_are_numbers_texts_dates_and_bools_with_missing_ones(tmp_path: Path) -> None:
    text = "n,t,d,b\n1,x,2024-01-02,true\n2.5,,2024-01-03 12:30:00,FALSE\nNA, z ,?,\n"
    with opened(tmp_path / "a.csv", text) as source:
        assert [(c.name, c.kind) for c in source.columns] == [
            ("n", Kind.NUMBER),
            ("t", Kind.TEXT),
            ("d", Kind.DATE),
            ("b", Kind.BOOL),
        ]
        assert source.count() == 3
        assert source.page(0, 9) == [
            [1, "x", "2024-01-02", True],
            [2.5, None, "2024-01-03 12:30:00", False],
            [None, "z", None, None],
        ]
        found = source.read(["n", "t", "d", "b"], 0, 3)
    np.testing.assert_array_equal(found["n"], [1, 2.5, np.nan])
    assert found["t"].tolist() == ["x", MISSING, "z"]
    assert found["t"].dtype == np.dtypes.StringDType()
    np.testing.assert_array_equal(found["d"], [1704153600, 1704285000, np.nan])
    np.testing.assert_array_equal(found["b"], [1, 0, np.nan])


cells = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n", exclude_characters="\ufeff"
    ),
    max_size=12,
).map(str.strip)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8)
    ),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"]),
    every=st.booleans(),
)
def test_a_table_that_is_written_is_read_again(
    tmp_path: Path, rows: list[list[str]], delimiter: str, encoding: str, every: bool
) -> None:
    width = len(rows[0])
    written = io.StringIO()
    writer = csv.writer(
        written,
        delimiter=delimiter,
        quoting=csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL,
        lineterminator="\n",
    )
    names = [f"name {i}" for i in range(width)]
    writer.writerows([names, *rows])
    options = {
        "delimiter": {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[delimiter],
        "quote": "double",
        "escape": "doubled",
        "encoding": encoding.removesuffix("-sig"),
        "header": "yes",
        "skip_rows": 0,
        "missing": "",
        "kinds": dict.fromkeys(names, "text"),
    }
    with opened(tmp_path / "a.csv", written.getvalue().encode(encoding), **options) as source:
        expected = [[cell.strip(" \t") or None for cell in row] for row in rows]
        assert source.page(0, 100) == [row for row in expected if width > 1 or row]
        assert [column.name for column in source.columns] == names


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=3, max_size=20),
    style=st.sampled_from([(".", ""), (".", ","), (",", "."), (",", " "), (".", "'")]),
)
def test_numbers_are_read_as_they_are_written_anywhere(
    tmp_path: Path, numbers: list[float], style: tuple[str, str]
) -> None:
    decimal, thousands = style
    table = str.maketrans({".": decimal, ",": thousands})
    values = [*numbers, 1234567.5]  # tells the style
    lines = [f"{i};{f'{value:,.3f}'.translate(table)}" for i, value in enumerate(values)]
    with opened(tmp_path / "a.csv", "i;value\n" + "\n".join(lines)) as source:
        assert source.columns[1].kind is Kind.NUMBER
        np.testing.assert_array_equal(source.read(["value"], 0, 99)["value"], values)


@pytest.mark.parametrize(
    ("written", "values", "unit"),
    [
        (['"$1,200.50"', "$7", "-$3", "$ 2"], [1200.5, 7, -3, 2], "$"),
        (["12%", "7.5 %", "+3%"], [12, 7.5, 3], "%"),
        (["1.200,50 €", "7,25 €", "-3,00€"], [1200.5, 7.25, -3], "€"),
        (["€1.200,50", "€-7,25", "8"], [1200.5, -7.25, 8], "€"),
        (["12 kg", "3.5 kg", "1e3 kg"], [12, 3.5, 1000], "kg"),
        (["-4°C", "21 °C", "NA"], [-4, 21, np.nan], "°C"),
    ],
)
def test_numbers_are_read_beside_their_unit(
    tmp_path: Path, written: list[str], values: list[float], unit: str
) -> None:
    mark = "," if any('"' in cell for cell in written) else ";"
    lines = [f"{i}{mark}{cell}" for i, cell in enumerate(written * 3)]
    with opened(tmp_path / "a.csv", f"i{mark}value\n" + "\n".join(lines)) as source:
        assert source.columns[1].kind is Kind.NUMBER
        np.testing.assert_array_equal(source.read(["value"], 0, 99)["value"], values * 3)
        assert [(note.severity, repr(unit) in note.sentence) for note in source.notes] == [("info", True)]


@pytest.mark.parametrize(
    "cells",
    [
        ["12A", "13A"],
        ["i1", "i2"],
        ["5 kg", "3 m"],  # of different things
        ["Room 1", "Room 2"],
        ["12 Main Street", "13 Main Street"],
        ["7 x 9", "8 x 9"],
        ["$a", "$b"],
        ["$ ", "%"],
    ],
)
def test_codes_and_words_beside_numbers_stay_words(tmp_path: Path, cells: list[str]) -> None:
    with opened(
        tmp_path / "a.csv", "i,value\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells * 3))
    ) as source:
        assert source.columns[1].kind is Kind.TEXT
        assert [row[1] for row in source.page(0, 9)] == [cell.strip() for cell in cells * 3]


def test_a_cell_with_another_unit_is_counted_as_missing(tmp_path: Path) -> None:
    lines = [f"{i},{i} kg\n" for i in range(30)] + ["30,5 g\n"]
    with opened(tmp_path / "a.csv", "i,mass\n" + "".join(lines)) as source:
        assert source.read(["mass"], 29, 31)["mass"][0] == 29
        assert np.isnan(source.read(["mass"], 29, 31)["mass"][1])
        assert any("'5 g'" in note.sentence for note in source.notes)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("31.12.2024", "2024-12-31"),
        ("31/12/2024", "2024-12-31"),
        ("12/31/2024", "2024-12-31"),
        ("31-12-2024 23:59", "2024-12-31 23:59:00"),
        ("12/31/24 11:59 PM", "2024-12-31 23:59:00"),
        ("2024-12-31T23:59:58Z", "2024-12-31 23:59:58"),
        ("2024-12-31 23:59:58.250+02:00", "2024-12-31 21:59:58.250000"),
        ("2024/12/31", "2024-12-31"),
        ("2024-12", "2024-12-01"),
        ("31 Dec 2024", "2024-12-31"),
        ("31-Dec-2024", "2024-12-31"),
        ("December 31, 2024", "2024-12-31"),
    ],
)
def test_dates_are_read_in_many_forms(tmp_path: Path, written: str, iso: str) -> None:
    with opened(tmp_path / "a.csv", f"when;n\n{written};1\n{written};2\n") as source:
        assert source.columns[0].kind is Kind.DATE
        assert source.page(0, 1)[0][0] == iso


def test_the_day_is_first_where_any_date_shows_it_or_the_user_says_so(tmp_path: Path) -> None:
    with opened(tmp_path / "a.csv", "d,n\n3/4/2024,1\n25/4/2024,2\n") as source:
        assert source.page(0, 1)[0][0] == "2024-04-03"
        assert source.options.model_dump()["date_order"] == "day first"
    with opened(tmp_path / "b.csv", "d,n\n3/4/2024,1\n", date_order="day first") as source:
        assert source.page(0, 1)[0][0] == "2024-04-03"
    with opened(tmp_path / "c.csv", "d,e\n3.4.2024,3/4/2024\n5.6.2024,5/6/2024\n") as source:
        assert source.page(0, 1)[0] == ["2024-04-03", "2024-04-03"]
        assert source.options.model_dump()["date_order"] == "day first"
    with opened(tmp_path / "d.csv", "d,v\n3/4/2024,1.2.10\n") as source:  # a version
        assert source.options.model_dump()["date_order"] == "month first"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a;b\n1,5;x\n2,5;y\n", {"delimiter": "semicolon", "decimal": "comma", "thousands": "none"}),
        (
            b"a;b;c\n" + b"-0,03;8.373;x\n0,61;7.337.296;y\n" * 9,
            {"delimiter": "semicolon", "decimal": "comma"},
        ),
        (b"Umsatz 2024\n\na;b;c\n" + b"u;v;1,5\nw;x;2,5\n" * 9, {"delimiter": "semicolon", "skip_rows": 2}),
        (b"id,name,tags\n" + b"1,u,x;y\n2,v,x;z\n" * 9, {"delimiter": "comma"}),
        (b"a\tb\n1\tx\n", {"delimiter": "tab"}),
        (b"a|b\n1|x\n", {"delimiter": "bar"}),
        (b"sep=;\na;b\n1;2\n", {"delimiter": "semicolon", "skip_rows": 1}),
        (
            b"sep=,\nA lab\ndate: 2024\n\na,b,c\n1,2,x\n3,4,y\n",
            {"delimiter": "comma", "skip_rows": 4, "header": "yes"},
        ),
        (b"a,b\n'x, y',1\n'z',2\n", {"quote": "single"}),
        (b'a,b\n"x \\"y\\", z",1\n"z",2\n', {"escape": "backslash"}),
        (b"Sales of 2024\n\na,b,c\n1,2,3\n4,5,6\n", {"skip_rows": 2, "header": "yes"}),
        (b"1,2\n3,4\n", {"header": "no"}),
        (b"country,1990,1991\nA,1,2\nB,3,4\n", {"header": "yes"}),
        (b"a,b\ncaf\xe9,1\n", {"encoding": "cp1252"}),
        ("\ufeffa,b\nx,1\n".encode("utf-16-be"), {"encoding": "utf-16"}),
        ("a,b\nxyz,1\nuvw,2\n".encode("utf-16-le"), {"encoding": "utf-16-le"}),
        (b"\xef\xbb\xbfa,b\n1,2\n", {"encoding": "utf-8"}),
        (b'a,b\n"1,234",x\n"5,678,901",y\n', {"decimal": "point", "thousands": "comma"}),
        (b"a,b\n1,unknown\n2,3\n3,4\n4,5\n", {"missing": "#n/a, <na>, ?, n/a, na, nan, null, unknown"}),
    ],
)
def test_what_is_sniffed_is_filled_in_and_gives_the_same_again(
    tmp_path: Path, content: bytes, expected: dict[str, object]
) -> None:
    with opened(tmp_path / "a.csv", content) as source:
        said = source.options.model_dump()
        assert {name: said[name] for name in expected} == expected
        assert "auto" not in said.values()
        page, columns = source.page(0, 9), source.columns
        assert not any("\ufeff" in column.name for column in columns)
    with open_source(tmp_path / "a.csv", said) as again:
        assert (again.page(0, 9), again.columns, again.options) == (page, columns, source.options)


@pytest.mark.parametrize(
    "mark",
    [
        *(
            "n/a",
            "N/A",
            "NaN",
            "NULL",
            "null",
            "None",
            "-",
            "?",
            "#N/A",
            ".",
            "n.a.",
            "n. a.",
            "n.d.",
            "missing",
            "unknown",
        ),
        *("k. A.", "k.A.", "keine Angabe", "unbekannt", "s/d", "non disponible", "н/д", "缺失", "无"),
        *("\u2013", "..", "#DIV/0!", "#WERT!"),
    ],
)
def test_a_mark_for_what_nobody_knows_is_missing_beside_numbers(tmp_path: Path, mark: str) -> None:
    """Every third cell: too many for a column of numbers with a few cells that do not fit."""
    lines = "".join(f"{k},w{k % 4}\n{mark},w{k % 3}\n{k},v\n" for k in range(1, 9))
    with opened(tmp_path / "a.csv", f"a,b\n{lines}") as source:
        assert [column.kind for column in source.columns] == [Kind.NUMBER, Kind.TEXT]
        assert source.page(0, 3) == [[1, "w1"], [None, "w1"], [1, "v"]]
        assert not source.notes


@pytest.mark.parametrize(
    ("mark", "kind"), [("k. A.", Kind.NUMBER), ("#DIV/0!", Kind.NUMBER), ("none", Kind.TEXT)]
)
def test_a_clear_mark_is_missing_though_it_stands_among_words_as_well(
    tmp_path: Path, mark: str, kind: Kind
) -> None:
    lines = "".join(f"{k},x\n{mark},{mark}\n{k},y\n" for k in range(1, 9))
    with opened(tmp_path / "a.csv", f"a,b\n{lines}") as source:
        assert [column.kind for column in source.columns] == [kind, Kind.TEXT]


def test_words_that_are_no_marks_leave_a_column_of_words(tmp_path: Path) -> None:
    lines = "".join(f"{k}\nnaja\n" for k in range(1, 9))
    with opened(tmp_path / "a.csv", f"a\n{lines}") as source:
        assert source.columns[0].kind is Kind.TEXT


@pytest.mark.parametrize(
    ("escape", "line", "cell"), [("doubled", '"x\\",1', "x\\"), ("backslash", '"x\\"y",1', 'x"y')]
)
def test_how_quotes_are_escaped_may_be_said(tmp_path: Path, escape: str, line: str, cell: str) -> None:
    (tmp_path / "a.csv").write_text(f"a,b\n{line}\nz,2\n", encoding="utf-8")
    with open_source(tmp_path / "a.csv", {"escape": escape}) as source:
        assert source.options.model_dump()["escape"] == escape
        assert source.page(0, 1)[0][0] == cell


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_end_as_they_like(tmp_path: Path, end: str, last: bool) -> None:
    text = end.join(["a,b", "1,x", '2,"y y"', "3,z"]) + (end if last else "")
    with opened(tmp_path / "a.csv", text) as source:
        assert source.page(0, 9) == [[1, "x"], [2, "y y"], [3, "z"]]


def test_line_ends_of_several_kinds_are_read_alike(tmp_path: Path) -> None:
    with opened(tmp_path / "a.csv", b"a,b\r\n1,x\n2,y\r\n3,z\r4,w\n") as source:
        assert source.page(0, 9) == [[1, "x"], [2, "y"], [3, "z"], [4, "w"]]


def test_codes_stay_as_they_are(tmp_path: Path) -> None:
    text = "zip,long,n\n00123,12345678901234567,1\n04567,12345678901234568,2\n"
    with opened(tmp_path / "a.csv", text) as source:
        assert source.page(0, 1) == [["00123", "12345678901234567", 1]]


def test_formulas_are_text(tmp_path: Path) -> None:
    with opened(tmp_path / "a.csv", "a,b\n=1+1,1\n@SUM(A1),2\n") as source:
        assert source.page(0, 9) == [["=1+1", 1], ["@SUM(A1)", 2]]


def test_kinds_can_be_corrected(tmp_path: Path) -> None:
    text = "a,b,c\n1,yes,2024\n2,no,2025\n"
    kinds = {"a": "text", "b": "bool", "c": "text"}
    with opened(tmp_path / "a.csv", text, kinds=kinds) as source:
        assert source.page(0, 9) == [["1", True, "2024"], ["2", False, "2025"]]
    with pytest.raises(DataError, match="no column 'z'"):
        opened(tmp_path / "a.csv", text, kinds={"z": "text"})


def test_a_mark_for_missing_numbers_may_be_a_number(tmp_path: Path) -> None:
    with opened(tmp_path / "a.csv", "a,b\n1,x\n-999,y\n", missing="-999") as source:
        assert source.page(0, 9) == [[1, "x"], [None, "y"]]


def test_a_category_called_none_is_one_even_if_another_column_lacks_numbers_so(tmp_path: Path) -> None:
    text = "n,pool\n" + "1,none\n2,big\n3,none\nnone,big\n4,none\n"
    with opened(tmp_path / "a.csv", text) as source:
        assert [row[1] for row in source.page(0, 9)] == ["none", "big", "none", "big", "none"]


@pytest.mark.parametrize(
    "name", ['it\'s "50%" ü;--.csv', "a*b.csv", "d[1].csv", "k=3.csv", "'; DROP TABLE rows;.csv"]
)
def test_a_name_is_a_name_and_no_pattern_or_sql(tmp_path: Path, name: str) -> None:
    (tmp_path / "d1.csv").write_text("a,b\n9,9\n")
    (tmp_path / "axb.csv").write_text("a,b\n9,9\n")
    with opened(tmp_path / name, "x\";--,y'\n1,2\n") as source:
        assert source.page(0, 9) == [[1, 2]]
        assert source.read(['x";--'], 0, 1)['x";--'].tolist() == [1]


def test_columns_come_by_name_once_and_unknown_ones_are_told(tmp_path: Path) -> None:
    with opened(tmp_path / "a.csv", "a,b\n1,2\n") as source:
        assert list(source.read(["b", "b", "a"], 0, 5)) == ["b", "a"]
        assert source.read([], 0, 5) == {}
        with pytest.raises(DataError, match=r"no column 'c'\. Its columns are: a, b"):
            source.read(["c"], 0, 1)
