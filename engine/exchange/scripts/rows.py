"""Rows of a table as the network takes them: the fitted recipe as plain values, and the functions that apply it."""

from __future__ import annotations

import inspect
import pprint
import re
from collections.abc import Iterator, Sequence

from engine.exchange.outgoing import Outgoing
from engine.exchange.python import kit_rows
from engine.exchange.use import facts_of
from engine.formats.errors import FormatError

_CALLED = ("prepared",)
_NOTHING = '''# The recipe of the data can't be said here; give a file with prepared arrays.
def arrays_of(rows):
    """Arrays by name, of the rows of a table as dictionaries."""
    raise SystemExit("This network needs prepared arrays: give an .npz file.")
'''


def rows_text(out: Outgoing, targets: Sequence[str]) -> str:
    """The recipe and its functions; a refusal where it can't be said."""
    try:
        _, facts = facts_of(out)
    except FormatError:
        return _NOTHING.rstrip()
    inputs = [f for f in facts["inputs"] if f.get("columns") or f["kind"] == "text"]
    if len(inputs) < len(facts["inputs"]):
        return _NOTHING.rstrip()
    answers = {}
    for name in targets:
        feature = out.meaning.features.get(name)
        scaling = out.meaning.scaling.get(name)
        if feature is None or (scaling is not None and any(scaling.curves)):
            return _NOTHING.rstrip()
        answers[name] = {
            "columns": list(feature.column_names) or [name],
            "classes": list(feature.class_names),
            "mean": list(scaling.mean) if scaling else None,
            "scale": list(scaling.scale) if scaling else None,
        }
    known = pprint.pformat(inputs, width=96, sort_dicts=False, compact=True)
    told = pprint.pformat(answers, width=96, sort_dicts=False, compact=True)
    functions = "\n\n\n".join(_functions())
    return f"""# How columns become numbers, with what was learned from the data when this was written.
RECIPE = {known}
ANSWERS = {told}


{functions}


{_ARRAYS.strip()}"""


_ARRAYS = '''
def arrays_of(rows):
    """Arrays by name, of the rows of a table as dictionaries."""
    found = {fact["name"]: prepared(fact, rows) for fact in RECIPE}
    for name, fact in ANSWERS.items():
        columns = fact["columns"]
        if fact["classes"]:
            column = columns[0] if columns[0] in rows[0] else name
            found[name] = np.array([fact["classes"].index(word(row[column])) for row in rows], np.int32)
        else:
            numbers = np.array([[float(row[c]) for c in columns] for row in rows])
            if fact["mean"]:
                numbers = (numbers - fact["mean"]) / fact["scale"]
            found[name] = numbers.astype(np.float32)
    return found
'''


def _functions() -> Iterator[str]:
    """The functions that are called, and those that these call."""
    own = {
        name: re.sub(r"  # noqa.*", "", inspect.getsource(value)).rstrip()
        for name, value in vars(kit_rows).items()
        if inspect.isfunction(value) and value.__module__ == kit_rows.__name__
    }
    known: set[str] = set()
    waiting = list(_CALLED)
    while waiting:
        name = waiting.pop()
        if name not in known:
            known.add(name)
            waiting += [n for n in re.findall(r"\b[a-z_]+(?=\()", own[name]) if n in own]
    yield from (own[name] for name in own if name in known)
