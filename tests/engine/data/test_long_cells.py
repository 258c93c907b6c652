"""Cells longer than what Python's reader takes where nobody has told it otherwise: its limit belongs to the process."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.data.table import csv_blocks
from engine.data.tables.sniff import Dialect, reader_of

LENGTH = 140_000


@pytest.fixture(autouse=True, params=[131_072, 2_000_000])
def _known_before(request: pytest.FixtureRequest) -> Iterator[None]:
    before = csv.field_size_limit(request.param)
    yield
    csv.field_size_limit(before)


def test_of_a_table_in_blocks(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(f"a,b\n1,{'x' * LENGTH}\n", encoding="utf-8")
    (table,) = csv_blocks(path, 10)
    assert len(table.texts("b")[0]) == LENGTH


def test_of_a_file_whose_dialect_is_known() -> None:
    assert [len(cell) for cell in next(reader_of([f"1;{'x' * LENGTH}\n"], Dialect(delimiter=";")))] == [
        1,
        LENGTH,
    ]
