"""How the table was written that a network learned from, for programs that read others like it."""

from __future__ import annotations

from typing import Any

from engine.data.recipe.preparation import Preparation
from engine.data.tables.cells import MISSING_MARKS, usual_formats
from engine.data.tables.delimited import marks_of
from engine.data.tables.units import AROUND


def reading_of(preparation: Preparation | None) -> dict[str, Any]:
    """Plain facts for `kit_table.read_table`; of what is no text, how programs write such."""
    options = preparation.found if preparation is not None else {}
    missing = str(options.get("missing", ", ".join(MISSING_MARKS)))
    return {
        **marks_of(options),
        "header": options.get("header") != "no",
        "missing": [mark.strip() for mark in missing.split(",")],
        "units": AROUND,
        "dates": usual_formats(options.get("date_order") == "day first"),
    }
