"""Tables as people keep them: groups above the names, sources and totals below the rows, title pages before the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.errors import DataError
from engine.data.sources.registry import open_source
from tests.engine.data.sources.writers import write_xlsx

ROWS = [["n1", "1", "2.5", "a"], ["n2", "3", "4.5", "b"], ["n3", "5", "6.5", "a"]] * 4
NAMES = ["name", "x1", "x2", "grade"]


def written(tmp_path: Path, rows: list[list[str]]) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("above", [[], [["Sales of 2024"], []]])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_names_of_groups_above_the_names_are_passed_over(
    tmp_path: Path, above: list[list[str]], kind: str
) -> None:
    rows = [*above, ["", "Group 1", "", ""], NAMES, *ROWS]
    path = written(tmp_path, rows)
    if kind == "xlsx":
        path = tmp_path / "a.xlsx"
        write_xlsx(path, {"S": rows})
    with open_source(path, {}) as source:
        assert [column.name for column in source.columns] == NAMES
        assert source.count() == len(ROWS)
        assert source.options.model_dump()["skip_rows"] == len(above) + 1


@pytest.mark.parametrize("first", [["name", "", "", "grade"], ["", "1", "", "a"]])
def test_names_that_lack_stay_a_header_and_gaps_stay_data(tmp_path: Path, first: list[str]) -> None:
    with open_source(written(tmp_path, [first, *ROWS]), {}) as source:
        assert source.count() >= len(ROWS)
        assert source.options.model_dump()["skip_rows"] == 0


@pytest.mark.parametrize(
    "below",
    [[[], ["Source: office of statistics"]], [["Source: here", ""], []], [[], ["Remark"]], [["as of May"]]],
)
def test_remarks_below_the_rows_are_left_out_and_said(tmp_path: Path, below: list[list[str]]) -> None:
    with open_source(written(tmp_path, [NAMES, *ROWS, *below]), {}) as source:
        assert source.count() == len(ROWS)
        (note,) = source.notes
        assert "below the table" in note.sentence
        assert note.place == "line 14"


@pytest.mark.parametrize("last", [["n4"], ["7"], ["n4", "7"]])
def test_half_a_row_is_still_an_error(tmp_path: Path, last: list[str]) -> None:
    with pytest.raises(DataError, match=r"line 14 of a\.csv"):
        open_source(written(tmp_path, [NAMES, *ROWS, last]), {})


@pytest.mark.parametrize("word", ["Total", "Summe:", "合计"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_total_is_told(tmp_path: Path, word: str, kind: str) -> None:
    rows = [NAMES, *ROWS, [word, "36", "54", ""]]
    path = written(tmp_path, rows)
    if kind == "xlsx":
        path = tmp_path / "a.xlsx"
        write_xlsx(path, {"S": rows})
    with open_source(path, {}) as source:
        (note,) = (each for each in source.notes if each.severity == "warning")
        assert repr(word) in note.sentence
        assert note.place.endswith(" 14")


def test_the_first_sheet_that_is_a_table_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(
        path, {"Cover": [["Report"], [""], ["see Data"]], "Data": [NAMES, *ROWS], "More": [NAMES, *ROWS]}
    )
    with open_source(path, {}) as source:
        assert source.options.model_dump()["sheet"] == "Data"
    with open_source(path, {"sheet": "Cover"}) as source:
        assert source.options.model_dump()["sheet"] == "Cover"
    write_xlsx(path, {"Empty": [], "One": [["word"], ["a"], ["b"]]})
    with open_source(path, {}) as source:
        assert source.options.model_dump()["sheet"] == "One"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("total", [["Total", "36", "54", ""], ["Sum:", "", "", ""]])
def test_a_total_is_left_out_where_that_is_wanted(tmp_path: Path, kind: str, total: list[str]) -> None:
    rows = [NAMES, *ROWS, total]
    path = written(tmp_path, rows)
    if kind == "xlsx":
        path = tmp_path / "a.xlsx"
        write_xlsx(path, {"S": rows})
    with open_source(path, {}) as source:
        assert source.count() == len(ROWS) + 1
        (note,) = (n for n in source.notes if n.severity == "warning")
    (remedy,) = note.remedies
    assert note.with_options().endswith("Leave it out. (--set data.options.without_total=true)")
    with open_source(path, remedy.options) as source:
        assert source.count() == len(ROWS)
        assert source.page(len(ROWS) - 1, 2) == [["n3", 5, 6.5, "a"]]
        assert [n.sentence for n in source.notes] == [
            f"The last row, which begins with {total[0]!r}, is a total and is left out."
        ]


@pytest.mark.parametrize("last", [[], ["Total", "36"], ["Total", "36", "54", "", "9"]])
def test_without_a_total_only_totals_are_left_out_however_long(tmp_path: Path, last: list[str]) -> None:
    path = written(tmp_path, [NAMES, *ROWS, last])
    with open_source(path, {"without_total": True}) as source:
        assert source.count() == len(ROWS)
