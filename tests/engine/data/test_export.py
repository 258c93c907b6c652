"""CSV for spreadsheets: formulas are text, numbers are numbers, and what is written is read again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from engine.data.errors import DataError
from engine.data.export import neutralized, write_csv
from engine.data.paste import keep_paste
from engine.data.sources.registry import open_source


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "-", "+1+1", "-1_0"],
)
def test_formulas_become_text(cell: str) -> None:
    assert neutralized(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["a=b", "x", "", "-1.5", "+2e5", -1.5, 3, None, True, "1-2"])
def test_others_stay(cell: object) -> None:
    assert neutralized(cell) == cell


def test_a_table_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_csv(path, ["=name", "b"], [[1.5, "=x"], [None, 'say "hi",\nthere']])
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["'=name", "b"], ["1.5", "'=x"], ["", 'say "hi",\nthere']]
    assert [child.name for child in tmp_path.iterdir()] == ["out.csv"]
    with pytest.raises(DataError, match="cannot be written"):
        write_csv(tmp_path / "no" / "out.csv", ["a"], [])


def test_a_paste_is_kept_once_and_opened() -> None:
    path = keep_paste("a\tb\r\n1\tx\r\n2\ty\r\n")
    assert path == keep_paste("a\tb\n1\tx\n2\ty\n")
    with open_source(path, {}) as source:
        assert source.page(0, 9) == [[1, "x"], [2, "y"]]
    with open_source(keep_paste("a,b\n1,x\n"), {}) as source:
        assert source.page(0, 9) == [[1, "x"]]
    with pytest.raises(DataError, match="holds no text"):
        keep_paste("  \n")
