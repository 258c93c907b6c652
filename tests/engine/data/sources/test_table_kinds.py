"""Sheets, Parquet, JSON records and SQLite tables give what was put into them, as tables of text do."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.errors import DataError
from engine.data.sources.base import MISSING, Identity, Kind, Source
from engine.data.sources.registry import kind_of, open_source, source_kinds
from engine.data.tables import load, spool
from engine.data.tables.connect import connect
from tests.engine.data.sources.writers import write_ods, write_xlsx

ROWS: list[list[object]] = [[1, "x", True], [2.5, None, False], [None, "=1+1", None]]
NAMES = ["n", "some text", "b"]


def write_parquet(path: Path) -> None:
    values = "(1::DOUBLE, 'x', true), (2.5, NULL, false), (NULL, '=1+1', NULL)"
    query = f'SELECT * FROM (VALUES {values}) AS t(n, "some text", b)'
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def write_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE small (z); ")
    connection.execute('CREATE TABLE "it\'s ""big""" (n, "some text", b)')
    rows = [[cell if not isinstance(cell, bool) else str(cell).lower() for cell in row] for row in ROWS]
    connection.executemany('INSERT INTO "it\'s ""big""" VALUES (?, ?, ?)', rows)
    connection.commit()
    connection.close()


def write_lines(path: Path) -> None:
    path.write_text("\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in ROWS))


def write_sheet(path: Path) -> None:
    rows = [[str(cell).lower() if isinstance(cell, bool) else cell for cell in row] for row in ROWS]
    write_ods(path, {"Main": [NAMES, *rows]})


def write_list(path: Path) -> None:
    path.write_text(json.dumps([dict(zip(NAMES, row, strict=True)) for row in ROWS]))


def write_workbook(path: Path) -> None:
    write_xlsx(path, {"Notes": [], "Main": [NAMES, *ROWS]})


WRITERS: dict[str, Callable[[Path], None]] = {
    "a.xlsx": write_workbook,
    "a.ods": write_sheet,
    "a.parquet": write_parquet,
    "a.db": write_sqlite,
    "a.jsonl": write_lines,
    "a.json": write_list,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("small", [True, False])
def test_every_kind_gives_the_same_table(
    tmp_path: Path, name: str, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not small:
        monkeypatch.setattr(spool, "_SMALL_CELLS", 0)
        monkeypatch.setattr(spool, "HEAD_ROWS", 2)
    WRITERS[name](tmp_path / name)
    with open_source(tmp_path / name, {}) as source:
        assert source.page(0, 2) == ROWS[:2]
        assert source.count() == 3
        assert source.page(0, 9) == ROWS
        assert [(c.name, c.kind) for c in source.columns] == list(
            zip(NAMES, (Kind.NUMBER, Kind.TEXT, Kind.BOOL), strict=True)
        )
        found = source.read(NAMES, 1, 9)
        np.testing.assert_array_equal(found["n"], [2.5, np.nan])
        assert found["some text"].tolist() == [MISSING, "=1+1"]
        (block,) = source.blocks(["n"])
        np.testing.assert_array_equal(block["n"], [1, 2.5, np.nan])
        assert source.identity == Identity.of_file(tmp_path / name)
        options, page = source.options.model_dump(), source.page(0, 9)
    with open_source(tmp_path / name, options) as again:  # from the copy, where there is one
        assert again.page(0, 9) == page


def test_a_sheet_is_chosen_and_its_titles_are_passed_over(tmp_path: Path) -> None:
    table: list[list[object]] = [["Report"], [], ["a", "b"], [1, "x"], [2, "y"]]
    write_xlsx(tmp_path / "a.xlsx", {"One": table, "Two": [[1, 2], [3, 4]]})
    with open_source(tmp_path / "a.xlsx", {}) as source:
        assert source.page(0, 9) == [[1, "x"], [2, "y"]]
        assert source.choices == {"sheet": ("One", "Two")}
        assert "2 sheets" in source.notes[0].sentence
    with open_source(tmp_path / "a.xlsx", {"sheet": "Two"}) as source:
        assert [column.name for column in source.columns] == ["column 1", "column 2"]
        assert source.page(0, 9) == [[1, 2], [3, 4]]


def test_cells_merged_over_rows_have_their_value_in_each(tmp_path: Path) -> None:
    table: list[list[object]] = [
        ["Report"],
        ["g", "v"],
        ["a", 1],
        [None, 2],
        [None, 3],
        ["b", 4],
        [None, None],
    ]
    merged = ["A1:B1", "A3:A5", "A6:A1048576", "C1:C2", "A1:A1048576"]
    write_xlsx(tmp_path / "a.xlsx", {"S": table}, merged)
    with open_source(tmp_path / "a.xlsx", {}) as source:
        assert source.page(0, 9) == [["a", 1], ["a", 2], ["a", 3], ["b", 4]]
        assert "merged" in source.notes[0].sentence


def test_a_misfit_in_a_sheet_is_found_by_its_row(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"S": [["a", "b"], *([i, "x"] for i in range(30)), ["oops", "y"]]})
    with open_source(tmp_path / "a.xlsx", {}) as source:
        assert source.notes[0].place == "sheet 'S', row 32, column 'a'"
        assert "'oops'" in source.notes[0].sentence


def test_records_may_differ_and_lie_in_each_other(tmp_path: Path) -> None:
    lines = [{"a": 1, "in": {"x": 5, "y": {"z": "deep"}}}, {"b": [1, 2], "a": None}, {"zip": "00123"}]
    (tmp_path / "a.jsonl").write_text("\n\n".join(map(json.dumps, lines)))
    with open_source(tmp_path / "a.jsonl", {}) as source:
        assert [column.name for column in source.columns] == ["a", "in.x", "in.y.z", "b", "zip"]
        assert source.page(0, 9) == [
            [1, 5, "deep", None, None],
            [None] * 3 + ["[1, 2]", None],
            [None] * 4 + ["00123"],
        ]


def test_lines_that_are_no_records_can_be_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": 1}\noops\n[2]\n{"a": 3}\n')
    with pytest.raises(DataError, match="line 2 of") as caught:
        open_source(tmp_path / "a.jsonl", {})
    with open_source(tmp_path / "a.jsonl", caught.value.remedies[0].options) as source:
        assert source.page(0, 9) == [[1], [3]]
        assert "2 lines held no record and are left out: 2, 3." in source.notes[0].sentence
    (tmp_path / "b.jsonl").write_text('{"a": 1}\n[2]\n{"a": 3}\n')
    with open_source(tmp_path / "b.jsonl", caught.value.remedies[0].options) as source:
        assert source.notes[0].sentence == "1 line held no record and is left out: 2."


def test_parquet_types(tmp_path: Path) -> None:
    query = (
        "SELECT DATE '2024-01-02' AS d, TIMESTAMPTZ '2024-01-02 01:00:00+01' AS z, 1.5::DECIMAL(5, 2) AS n, [1, 2] AS l, "
        "'x'::BLOB AS b, 'nan'::DOUBLE AS m, TIME '10:00:00' AS t, 5::UTINYINT AS u"
    )
    duckdb.connect().execute(f"COPY ({query}) TO '{tmp_path / 'a.parquet'}' (FORMAT parquet)")
    with open_source(tmp_path / "a.parquet", {}) as source:
        assert source.page(0, 9) == [["2024-01-02", "2024-01-02", 1.5, "[1,2]", None, "10:00:00", 5]]
        assert "'b' holds bytes" in source.notes[0].sentence


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-(2**50), 2**50) | st.floats(-1e9, 1e9),
            st.none()
            | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9),
        ),
        min_size=1,
        max_size=9,
    )
)
def test_what_sqlite_holds_is_read(tmp_path: Path, rows: list[tuple[float | None, str | None]]) -> None:
    path = tmp_path / "a.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (n, s)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
    connection.commit()
    connection.close()
    with open_source(
        path, {"kinds": {"n": "number", "s": "text"}, "missing": "", "decimal": "point"}
    ) as source:
        expected = [np.nan if number is None else number for number, _ in rows]
        np.testing.assert_array_equal(source.read(["n"], 0, 99)["n"], expected)
        texts = [MISSING if text is None or not text.strip(" \t") else text.strip(" \t") for _, text in rows]
        assert source.read(["s"], 0, 99)["s"].tolist() == texts


def test_kinds_are_told_by_content_before_name(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.csv", {"S": [["a"], [1]]})
    write_parquet(tmp_path / "b.csv")
    write_sqlite(tmp_path / "c.csv")
    names = [kind_of(tmp_path / name).name for name in ("a.csv", "b.csv", "c.csv")]
    assert names == ["spreadsheet", "parquet", "sqlite"]
    (tmp_path / "d.strange").write_bytes(b"\x01\x02")
    with pytest.raises(DataError, match=r"d\.strange is of the kind '\.strange'"):
        kind_of(tmp_path / "d.strange")


def test_kinds_have_titles_and_options_with_help() -> None:
    for kind in source_kinds().values():
        assert kind.title
        assert all(field.title and field.description for field in kind.options.model_fields.values())
        assert kind.options() == kind.options.model_validate(kind.options().model_dump())


def test_duckdb_reaches_neither_the_network_nor_other_files(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a\n1\n")
    (tmp_path / "other.csv").write_text("a\n1\n")
    with connect([tmp_path / "mine.csv"]) as connection:
        assert connection.execute(f"SELECT * FROM read_csv('{tmp_path / 'mine.csv'}')").fetchall() == [(1,)]
        for query in (
            f"SELECT * FROM read_csv('{tmp_path / 'other.csv'}')",
            "SELECT * FROM read_csv('https://example.org/a.csv')",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET autoinstall_known_extensions = true; SELECT * FROM read_csv('s3://bucket/a.csv')",
            f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
            f"ATTACH '{tmp_path / 'out.db'}'",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(query).fetchall()
    assert not (tmp_path / "out.csv").exists()


def test_heavy_packages_wait_until_a_table_is_opened() -> None:
    code = (
        "import sys, app.main, engine, engine.data.load, engine.data.profile\n"
        "from engine.data.sources.registry import source_kinds\n"
        "source_kinds()\n"
        "sys.exit(' '.join({'duckdb', 'python_calamine'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_a_page_is_there_before_all_rows_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "SMALL", 1_000)
    (tmp_path / "a.csv").write_text("a,b\n" + "".join(f"{i},x\n" for i in range(100_000)))
    source: Source
    with open_source(tmp_path / "a.csv", {}) as source:
        monkeypatch.setattr(source, "_load", lambda watch: pytest.fail("read all rows for the first ones"))
        assert source.page(1_000, 1) == [[1_000, "x"]]
        assert source.read(["a"], 5, 7)["a"].tolist() == [5, 6]
    with open_source(tmp_path / "a.csv", {}) as source:
        assert source.page(99_999, 5) == [[99_999, "x"]]
        assert source.count() == 100_000
        blocks = [block["a"] for block in source.blocks(["a"], size=30_000)]
    assert [len(block) for block in blocks] == [30_000, 30_000, 30_000, 10_000]
    np.testing.assert_array_equal(np.concatenate(blocks), np.arange(100_000))
