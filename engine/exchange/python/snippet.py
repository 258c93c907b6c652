"""How a written file of Python is used: a few lines to paste, made for the network at hand. Tests run them."""

from __future__ import annotations

import pprint
from pathlib import Path
from typing import Any

from engine.exchange.outgoing import Outgoing
from engine.exchange.use import Facts, centres, facts_of, takes_pictures


def plain_python(out: Outgoing, path: Path) -> str:
    """The program, for a file that is at that path or will be."""
    _, facts = facts_of(out)
    row: dict[str, Any] = {}
    arrays = []
    for fact in facts["inputs"]:
        row |= _row(fact)
        arrays.append(f"np.zeros({(1, *fact['shape'])!r}, {fact['dtype']!r})")
    lines = ["import numpy as np"]
    centring = ["centred"] if centres(facts) else []
    more = [*centring, *(["predict_pictures"] if takes_pictures(facts) else [])]
    if path.stem.isidentifier():
        lines += [f"from {path.stem} import {', '.join(sorted([*more, 'predict', 'predict_rows']))}", ""]
    else:
        lines += ["from importlib import import_module", "", f"network = import_module({path.stem!r})"]
        lines += ["predict, predict_rows = network.predict, network.predict_rows"]
        lines += [f"{name} = network.{name}" for name in more]
    if row:
        lines += [
            f"row = {pprint.pformat(row, width=100, sort_dicts=False, compact=True)}",
            "print(predict_rows([row]))",
        ]
    lines.append(f"print(predict({', '.join(arrays)}))  # in the units of the data")
    if centring:
        (fact,) = (fact for fact in facts["inputs"] if "extent" in fact)
        drawing = f"np.zeros({(1, 100, 100, fact['shape'][-1])!r}, 'uint8')"
        lines.append(f"print(predict(centred({drawing})))  # drawings of any size, brought to the middle")
    if takes_pictures(facts):
        lines.append('# print(predict_pictures(["picture.png"]))  # files of any size, which Pillow opens')
    return "\n".join(lines) + "\n"


def _row(fact: Facts) -> dict[str, Any]:
    """A value for each column of a form; nothing for pictures and plain arrays."""
    if fact["kind"] == "text":
        return {fact["name"]: fact["start"]}
    columns = fact["columns"] if fact["kind"] == "form" else []
    return {
        c["name"]: float(c["start"]) if c["kind"] == "number" else c["start"]
        for c in columns
        if c["kind"] != "mark"
    }
