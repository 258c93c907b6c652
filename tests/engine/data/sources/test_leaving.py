"""The end of a program that read a table: nothing of the database outlives the table, so nothing is complained of."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.data.errors import DataError
from engine.data.sources.registry import open_source

_HOLDS_ON = """
import ctypes, sys
from pathlib import Path
from engine.data.profile import profile
from engine.data.recipe.reading import survey_source
from engine.data.sources.registry import open_source

source = open_source(Path(sys.argv[1]), {})
profile(source, target="y")
survey_source(source)
source.page(0, 2)
if sys.argv[2:] == ["close"]:
    source.close()
ctypes.pythonapi.Py_IncRef(ctypes.py_object(source))  # as toolkits do, which free their objects too late
"""


def _table(folder: Path) -> Path:
    path = folder / "table.csv"
    path.write_text("x,y\n" + "".join(f"{k},{k % 2}\n" for k in range(30)), encoding="utf-8")
    return path


@pytest.mark.parametrize("how", ["close", "leave open"])
def test_a_table_that_is_still_held_leaves_no_word_at_the_end(tmp_path: Path, how: str) -> None:
    words = [sys.executable, "-c", _HOLDS_ON, str(_table(tmp_path)), how]
    run = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")


def test_a_closed_table_says_so(tmp_path: Path) -> None:
    source = open_source(_table(tmp_path), {})
    source.close()
    with pytest.raises(DataError, match="has been closed"):
        source.page(0, 1)
    with pytest.raises(DataError, match="has been closed"):
        source.read(["x"], 0, 1)
