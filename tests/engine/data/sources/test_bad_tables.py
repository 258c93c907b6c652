"""Bad tables: each gives one sentence with a place and a way on, soon and without much memory."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.data.errors import DataError
from engine.data.sources.base import Interrupted, Source
from engine.data.sources.registry import open_source
from engine.data.tables import load, workbook_guard
from engine.data.tables.text import look_through, transcode
from tests.engine.data.sources.writers import write_ods_tables, write_xlsx, write_xlsx_parts

GOOD = "a,b\n" + "1,x\n" * 30


def refused(path: Path, content: str | bytes | None = None, **options: Any) -> DataError:
    """What is said of a file that cannot be used: one sentence on one line that names it."""
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught, open_source(path, options) as source:
        source.count()
    sentence = str(caught.value)
    assert path.name in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return caught.value


def mended(path: Path, error: DataError, label: str) -> Source:
    """The file, opened the way that the error offers."""
    remedy = next(remedy for remedy in error.remedies if remedy.label.startswith(label))
    return open_source(path, remedy.options)


def test_ragged_lines_stop_are_skipped_or_filled(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    error = refused(path, "a,b\n1,x\n2,y,z\n\n3\n4,w\n")
    assert "line 3 of a.csv has 3" in str(error)
    with mended(path, error, "Skip") as source:
        assert source.page(0, 9) == [[1, "x"], [4, "w"]]
        (note,) = source.notes
        assert (note.severity, note.place) == ("warning", "line 3")
        assert "2 lines" in note.sentence
        assert "3, 5" in note.sentence
    with mended(path, error, "Fill") as source:
        assert source.page(0, 9) == [[1, "x"], [3, None], [4, "w"]]
        assert "1 line " in source.notes[0].sentence


def test_a_ragged_line_far_down_is_found_when_all_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "SMALL", 1_000)
    path = tmp_path / "a.csv"
    lines = ["a,b", *(f"{i},text" for i in range(100_000))]
    lines[90_000] = "1,2,3"
    error = refused(path, "\n".join(lines))
    assert "line 90,001 of a.csv has 3" in str(error)
    with mended(path, error, "Skip") as source:
        assert source.count() == 99_999
        assert "90,001" in source.notes[-1].sentence


def test_cells_that_do_not_fit_are_counted_or_stop(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = "n,t\n" + "".join(f'{i},"two\nlines"\n' for i in range(30)) + "oops,x\n"
    path.write_text(text)
    with open_source(path, {}) as source:
        (note,) = source.notes
        assert "'n' is read as numbers, but 1 cell is not and counts as missing ('oops')" in note.sentence
        assert note.place == "line 62, column 'n'"
        assert source.page(30, 1) == [[None, "x"]]
    error = refused(path, misfits="stop")
    assert "line 62, column 'n' of a.csv is 'oops'" in str(error)
    with mended(path, error, "Read 'n' as text") as source:
        assert source.page(30, 1) == [["oops", "x"]]


def test_infinite_numbers_and_underscores_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("n,t\n" + "1.5,x\n" * 50 + "inf,x\n1_000,x\n1e999,x\n")
    with open_source(path, {}) as source:
        assert "3 cells are not" in source.notes[0].sentence


def test_names_are_repaired_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,,a,A, a \n1,2,3,4,5\n")
    with open_source(path, {}) as source:
        assert [column.name for column in source.columns] == ["a", "column 2", "a (2)", "A", "a (3)"]
        assert [note.place for note in source.notes] == ["header", "header"]


@pytest.mark.parametrize("content", ["", "\n\n \n", "\ufeff", "   "])
def test_an_empty_file(tmp_path: Path, content: str) -> None:
    assert "is empty" in str(refused(tmp_path / "a.csv", content))


def test_a_header_alone(tmp_path: Path) -> None:
    error = refused(tmp_path / "a.csv", "a,b,c\n")
    assert "rows below its header" in str(error)
    with mended(tmp_path / "a.csv", error, "Take the first line for data") as source:
        assert source.page(0, 9) == [["a", "b", "c"]]


def test_a_million_columns(tmp_path: Path) -> None:
    header = ",".join(f"c{i}" for i in range(1_000_000))
    error = refused(tmp_path / "a.csv", f"{header}\n{','.join(['1'] * 1_000_000)}\n")
    assert "3,000 columns" in str(error) or "2 MB" in str(error)
    thinner = "\n".join([",".join("1" * 900_000)] * 4)
    assert "up to 3,000 columns; b.csv has 900,000" in str(refused(tmp_path / "b.csv", thinner))


def test_a_huge_field_at_the_beginning_and_further_down(tmp_path: Path) -> None:
    assert "up to 2 MB" in str(refused(tmp_path / "a.csv", b"a,b\n1," + b"x" * 20_000_000 + b"\n2,y\n"))
    far = b"a,b\n" + b"1,x\n" * 100_000 + b"2," + b"x" * 10_000_000 + b"\n3,y\n"
    assert "line 100,002" in str(refused(tmp_path / "b.csv", far))


def test_a_line_that_is_longer_than_the_readers_buffers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,x\n" * 100_000 + b"2," + b"x" * 70_000_000 + b"\n3,y\n")
    with pytest.raises(DataError, match=r"line 100,002 of a\.csv is longer"):
        look_through(path)
    with pytest.raises(DataError, match=r"line 100,002 of a\.csv is longer"):
        transcode(path, "utf-8", tmp_path / "b.csv")


def test_an_open_quote(tmp_path: Path) -> None:
    for rows in (10, 100_000):
        error = refused(tmp_path / "a.csv", 'a,b\n1,"x\n' + "2,y\n" * rows)
        with mended(tmp_path / "a.csv", error, "Take quotes as letters") as source:
            assert source.count() == rows + 1


def test_zero_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for before in (10, 400_000):
        error = refused(path, b"a,b\n" + b"1,x\n" * before + b"2,y\0z\n")
        assert f"line {before + 2:,} of a.csv" in str(error)
        with mended(path, error, "Leave zero bytes out") as source:
            assert source.page(before, 1) == [[2, "yz"]]


def test_zero_bytes_beyond_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "SMALL", 1_000)
    error = refused(tmp_path / "a.csv", b"a,b\n" + b"1,x\n" * 3_000_000 + b"2,y\0z\n")
    assert "line 3,000,002" in str(error)


def test_a_wrong_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    error = refused(path, b"a,b\n1,x\n2,caf\xe9\n", encoding="utf-8")
    assert "line 3 of a.csv" in str(error)
    with mended(path, error, "Read as Windows-1252") as source:
        assert source.page(1, 1) == [[2, "café"]]
    assert "UTF-16" in str(refused(path, "a,b\n1,x", encoding="utf-16"))


def test_a_wrong_encoding_far_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "SMALL", 1_000)
    path = tmp_path / "a.csv"
    error = refused(path, b"a,b\n" + b"1,some text\n" * 1_000_000 + b"2,caf\xe9\n")
    assert "line 1,000,002 of a.csv" in str(error)
    with mended(path, error, "Read as Windows-1252") as source:
        assert source.page(1_000_000, 1) == [[2, "café"]]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (bytes(range(256)) * 40, "no text"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "picture"),
        (b"%PDF-1.7\n", "PDF"),
    ],
)
def test_a_binary_named_csv(tmp_path: Path, content: bytes, what: str) -> None:
    assert what in str(refused(tmp_path / "a.csv", content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK\x03\x04" + b"x" * 100),
        ("a.xlsx", b"no workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 2_000),
        ("a.ods", b""),
        ("a.parquet", b"PAR1" + b"\0" * 100),
        ("a.parquet", b"PAR1" + b"\xff" * 100 + b"\xff\xff\xff\x7fPAR1"),
        ("a.parquet", b"nothing"),
        ("a.db", b"SQLite format 3\0" + b"\xff" * 2_000),
        ("a.db", b"nothing"),
        ("a.jsonl", b'{"a": 1}\n{"a": \n'),
        ("a.jsonl", b"[1, 2"),
        ("a.jsonl", b"[" * 100_000),
        ("a.jsonl", b"\xff\xfe\0"),
        ("a.jsonl", b""),
        ("a.json", b"[]"),
        ("a.json", b"{}"),
        ("a.json", b"[1, 2]"),
    ],
)
def test_damaged_files(tmp_path: Path, name: str, content: bytes) -> None:
    refused(tmp_path / name, content)


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    write_xlsx_parts(tmp_path / "far.xlsx", {"S": far})
    assert "1,048,576 rows" in str(refused(tmp_path / "far.xlsx"))
    write_xlsx_parts(tmp_path / "zeros.xlsx", {"S": "<row>" + " " * 60_000_000 + "</row>"})
    monkeypatch.setattr(workbook_guard, "LARGEST_UNPACKED", 50_000_000)
    assert "more than 50 MB" in str(refused(tmp_path / "zeros.xlsx"))
    cell = (
        '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16000"/>'
    )
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    write_ods_tables(tmp_path / "rows.ods", f'<table:table table:name="s">{row}</table:table>')
    assert "1,000,000 rows and 16,000 columns" in str(refused(tmp_path / "rows.ods"))


def test_sheets_and_tables_that_are_empty_or_not_there(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"Empty": [], "Header": [["a", "b"]]})
    refused(tmp_path / "a.xlsx")
    with pytest.raises(DataError, match=r"'Empty' of a.xlsx is empty"):
        open_source(tmp_path / "a.xlsx", {"sheet": "Empty"})
    with pytest.raises(DataError, match="must be one of Empty, Header; received 'x'"):
        open_source(tmp_path / "a.xlsx", {"sheet": "x"})
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    assert "must have rows" in str(refused(tmp_path / "a.db"))
    with pytest.raises(DataError, match="must be one of t; received"):
        open_source(tmp_path / "a.db", {"table": "t; DROP TABLE t"})


def test_a_file_that_changes_or_vanishes_while_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "SMALL", 10)
    path = tmp_path / "a.csv"
    path.write_text(GOOD)
    with open_source(path, {}) as source:
        assert not source.changed()
        path.write_text(GOOD + "2,y\n")
        assert source.changed()
        with pytest.raises(DataError, match=r"has changed\. Open it again"):
            source.count()
        path.unlink()
        assert source.changed()
        with pytest.raises(DataError, match=r"is gone. Put it back"):
            source.count()
    with pytest.raises(DataError, match="cannot be read: No such file"):
        open_source(path, {})


def test_no_space_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "SMALL", 10)
    path = tmp_path / "a.csv"
    path.write_text(GOOD)
    with open_source(path, {}) as source:
        monkeypatch.setattr(shutil, "disk_usage", lambda place: type("Usage", (), {"free": 1_000_000}))
        with pytest.raises(DataError, match=r"needs about 200 MB .* 1 MB are free. Free some space"):
            source.count()


def test_reading_can_be_cancelled_and_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_folder: Path
) -> None:
    monkeypatch.setattr(load, "SMALL", 10)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,x\n" * 500_000)

    def stop(done: int, total: int) -> None:
        raise Interrupted

    with open_source(path, {}) as source:
        with pytest.raises(Interrupted):
            source.count(stop)
        assert not list((cache_folder / "tables").glob("*.part"))
        seen: list[tuple[int, int]] = []
        assert source.count(lambda done, total: seen.append((done, total))) == 500_000
        assert all(0 <= done <= total for done, total in seen)


def test_options_that_are_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    for options, match in (
        ({"delimiter": "dot"}, "'delimiter' of a.csv is wrong"),
        ({"decimal": "comma", "thousands": "comma"}, "must differ"),
        ({"colour": "red"}, "There is no setting 'colour'"),
    ):
        with pytest.raises(DataError, match=match):
            open_source(tmp_path / "a.csv", options)


def test_a_closed_source_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    source = open_source(tmp_path / "a.csv", {})
    source.close()
    read: tuple[Callable[[], object], ...] = (lambda: source.page(0, 1), lambda: source.read(["a"], 0, 1))
    for attempt in read:
        with pytest.raises(DataError, match="has been closed"):
            attempt()


def test_a_mixture_of_encodings_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\n1,café\n".encode() + b"2,caf\xe9\n")
    with open_source(path, {}) as source:
        (note,) = source.notes
        assert "mixes encodings" in note.sentence
        assert note.place == "line 3"
    path.write_bytes(b"a,b\n1,caf\xe9\n")
    with open_source(path, {}) as source:
        assert source.notes == ()


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", b"<!DOCTYPE html>\n<html>", "a web page"),
        ("a.csv.gz", b"\x1f\x8b\x08\0", "Unpack it"),
        ("a.zip", b"PK\x03\x04", "Unpack it"),
        ("a.xyz", b"\x00\x01", "of the kind '.xyz'"),
        ("a", b"\x00\x01", "of an unknown kind"),
    ],
)
def test_what_is_no_table_at_all(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    assert what in str(refused(tmp_path / name, content))
