"""What stands above the names of columns: titles, blanks, and names of groups as cells that are merged leave them."""

from __future__ import annotations

import pytest

from engine.data.tables.sniff import preamble


def _rows(text: str) -> list[list[str]]:
    return [line.split(",") if line else [] for line in text.split("/")]


@pytest.mark.parametrize(
    ("rows", "above"),
    [
        ("a,b,c/1,2,3/4,5,6", 0),
        ("Sales//a,b,c/1,2,3/4,5,6", 2),
        ("size,,kind/x,y,z/1,2,u/3,4,v", 1),  # a group over two columns
        ("size,mass,kind/x,y,z/1,2,u/3,4,v", 0),  # no gaps: these are the names
        ("size,,kind/x,,z/1,2,u/3,4,v", 0),  # names have no gaps
        ("size,,kind/x,x,z/1,2,u/3,4,v", 0),  # nor are they twice there
        ("size,,kind/7,8,9/1,2,3/3,4,5", 0),  # numbers are no names
        (",b,c,d/x,y,z,w/1,2,3,4/5,6,7,8", 0),  # one gap of four is an index without a name
        ("size,,kind/x,y,z", 0),  # nothing below
    ],
)
def test_rows_above_the_names(rows: str, above: int) -> None:
    assert preamble(_rows(rows)) == above
