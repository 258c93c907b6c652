"""A table of a million rows: at hand at once, read in little memory (`tests.benchmarks.data` measures larger ones)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.benchmarks.data import measured

ROWS = 1_000_000


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the peak of memory is asked for as POSIX has it")
def test_a_million_rows(tmp_path: Path) -> None:
    found = measured(ROWS, tmp_path)
    assert found["rows"] == ROWS
    # the aims are 0.5 s, 0.05 s and 2 GB on a machine that does nothing else
    assert found["first_rows"] < 10
    assert found["page"] < 5
    assert found["all_rows_again"] < 10
    assert found["peak_megabytes"] < 1_500
