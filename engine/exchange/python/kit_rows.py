"""Functions that written files of Python take along: from people's values to numbers of the network, and back to words.

What they read is the plain description that `engine.exchange.web.facts` makes of a network; a page does the same in
JavaScript (`resources/web/prepare.js`).
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

Array = Any  # of NumPy


def scaled(step: Any, values: Array) -> Array:
    """(curve(value) - mean) / scale."""
    x = np.asarray(values, np.float64)
    curve = step["curve"]
    if curve and curve["kind"] == "signed_log":
        x = np.sign(x) * np.log1p(np.abs(x))
    elif curve:
        x = np.log(np.maximum(x + curve["shift"], np.finfo(np.float64).tiny))
    return (x - step["mean"]) / step["scale"]


def unscaled(step: Any, values: Array) -> Array:
    """Numbers of the network in the units of the data."""
    x = np.asarray(values, np.float64) * step["scale"] + step["mean"]
    curve = step["curve"]
    if not curve:
        return x
    return np.sign(x) * np.expm1(np.abs(x)) if curve["kind"] == "signed_log" else np.exp(x) - curve["shift"]


def moments(column: Any, given: Any) -> list[float]:
    """A point in time as seconds since 1970, scaled, and where it is in each cycle."""
    if isinstance(given, str):
        when = datetime.fromisoformat(given.strip().replace("Z", "+00:00"))
        when = when if when.tzinfo else when.replace(tzinfo=timezone(timedelta()))
        given = when.timestamp()
    found = [float(given)]
    for length, begin in column["cycles"]:
        angle = (found[0] - begin) * 2.0 * math.pi / length
        found += [math.sin(angle), math.cos(angle)]
    return [(v - m) / s for v, m, s in zip(found, column["mean"], column["scale"], strict=True)]


def missing(value: Any) -> bool:
    """Whether a cell is empty."""
    return value is None or str(value).strip() == "" or value != value  # noqa: PLR0124 - NaN


def word(value: Any) -> str:
    """A cell as the word it is; a number as short as it can be written."""
    if isinstance(value, float | np.floating):
        return np.format_float_positional(value, trim="-")
    return str(value)


def cell(column: Any, value: Any) -> list[float]:
    """The numbers that one cell becomes; raises ValueError for one that the recipe does not take."""
    name, kind = column["name"], column["kind"]
    if kind == "mark":
        return [float(missing(value))]
    if missing(value):
        value = column["fill"]
        if value is None:
            raise ValueError(f"{name} is missing; give it a value.")
    if kind == "words":
        text = word(value)
        if text not in column["words"]:
            if column["refuses"]:
                raise ValueError(f"{name} is one of {', '.join(column['words'][:10])}; received {text}.")
            return list(column["unseen"])
        numbers = list(column["unseen"])
        for place, number in column["rows"][column["words"].index(text)]:
            numbers[place] = number
        return numbers
    if kind == "date":
        return moments(column, value)
    try:
        return [float(scaled(column, float(value)))]
    except ValueError:
        raise ValueError(f"{name} is a number; received {value!r}.") from None


def words(step: Any, text: str) -> list[int]:
    """A text as word numbers: 0 is padding, then unknown words, then the vocabulary."""
    if step["lower"]:
        text = "".join(c.lower() if "A" <= c <= "Z" else c for c in text)
    text = "".join(c for c in text if c not in (step["removed"] or ""))
    parts = list(text) if step["split"] == "character" else text.split() if step["split"] else [text]
    places = {w: k for k, w in enumerate(step["vocabulary"], step["first"])}
    found = [places.get(w, step["unknown"]) for w in parts][: step["length"]]
    return found + [0] * (step["length"] - len(found))


def symbols(fact: Any, text: str) -> list[int]:
    """Letters or words that each have a number, the last ones that there is room for."""
    names, signs, length = fact["names"], fact["signs"], fact["shape"][0]
    parts = [signs.get(p, p) for p in (text if fact["letters"] else text.split())]
    found = [names.index(p) for p in parts if p in names][-length:]
    blank = signs.get(" ", " ")
    return [names.index(blank) if blank in names else 0] * (length - len(found)) + found


def prepared(fact: Any, rows: Sequence[Mapping[str, Any]]) -> Array:
    """One input of the network for rows of columns by name."""
    kind, shape, dtype = fact["kind"], fact["shape"], fact["dtype"]
    columns = fact.get("columns") or []
    needed = [c["name"] for c in columns if c["kind"] != "mark" and c["fill"] is None]
    lacking = [name for name in needed if rows and name not in rows[0]]
    if kind in ("form", "table") and not (lacking and fact["name"] in rows[0]):
        if lacking:
            raise ValueError(f"The rows need the columns {', '.join(lacking)}.")
        lines = [[n for c in columns for n in cell(c, row.get(c["name"]))] for row in rows]
        if kind == "table":
            length = fact["rows"]
            windows = [lines[k : k + length] for k in range(len(lines) - length + 1)]
            return np.asarray(windows, dtype).reshape(-1, *shape)
        return np.asarray(lines, dtype).reshape(-1, *shape)
    found = []
    for row in rows:
        value = row[fact["name"]] if fact["name"] in row else row.get(fact["title"])
        if value is None and kind != "text" and len(row) == math.prod(shape):
            value = [float(v) for v in row.values()]
        if kind == "text":
            text = str(value)
            found.append(words(fact["step"], text) if fact["step"] else symbols(fact, text))
        elif value is None:
            raise ValueError(f"The rows need the column {fact['name']}.")
        else:
            numbers = [float(v) for v in value.replace(",", " ").split()] if isinstance(value, str) else value
            found.append(from_units(fact, np.asarray(numbers, np.float64).reshape(shape)))
    return np.asarray(found, dtype).reshape(-1, *shape)


def from_units(fact: Any, values: Array) -> Array:
    """An array in the units of the data as the network takes it."""
    if fact["kind"] == "picture":
        return np.asarray(values, np.float32) * np.float32(fact["scale"]) + np.float32(fact["shift"])
    steps = fact.get("steps")
    columns = fact.get("columns") or []
    if not steps and columns and all(c["kind"] == "number" for c in columns):
        steps = columns
    if not steps or len(steps) != np.shape(values)[-1]:
        return np.asarray(values, fact["dtype"])
    parts = [scaled(step, np.asarray(values)[..., k]) for k, step in enumerate(steps)]
    return np.stack(parts, axis=-1).astype(fact["dtype"])


def to_units(fact: Any, scores: Array) -> Array:
    """What the last layer gives as probabilities, or in the units of the data."""
    if fact["link"] == "softmax":
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)
    if fact["link"] == "sigmoid":
        return 0.5 + 0.5 * np.tanh(0.5 * scores)
    steps = fact.get("steps")
    if not steps or len(steps) != scores.shape[-1]:
        return scores
    parts = [unscaled(step, scores[..., k]) for k, step in enumerate(steps)]
    return np.stack(parts, axis=-1).astype(np.float32)


def answer(fact: Any, values: Array) -> dict[str, Any]:
    """One prediction in words: the class and the probability of each, or the numbers by name."""
    names = fact.get("classes")
    if names and fact["kind"] in ("bars", "last"):
        shares = np.atleast_1d(values[-1] if fact["kind"] == "last" else values)
        shares = np.array([1.0 - shares[0], shares[0]]) if len(shares) == 1 and len(names) == 2 else shares
        titles = [*names, *(f"class {k}" for k in range(len(names), len(shares)))]
        return {"class": titles[int(shares.argmax())], **dict(zip(titles, shares.tolist(), strict=False))}
    numbers = np.asarray(values).reshape(-1).tolist()
    titles = fact.get("columns") or []
    if len(titles) != len(numbers):
        titles = [fact["name"]] if len(numbers) == 1 else [f"{fact['name']}{k}" for k in range(len(numbers))]
    return dict(zip(titles, numbers, strict=True))


def answers(facts: Any, outputs: Sequence[Array]) -> list[dict[str, Any]]:
    """All predictions in words; names of several outputs stand before theirs."""
    found: list[dict[str, Any]] = [{} for _ in outputs[0]]
    for fact, output in zip(facts["outputs"], outputs, strict=True):
        start = f"{fact['name']} " if len(outputs) > 1 else ""
        for row, values in zip(found, to_units(fact, output), strict=True):
            row.update({f"{start}{name}": value for name, value in answer(fact, values).items()})
    return found


def safe(value: Any) -> Any:
    """A cell of a table that no program takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def write_table(rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows as CSV on the standard output."""
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow([safe(name) for name in row])
        writer.writerow([f"{v:.9g}" if isinstance(v, float) else safe(v) for v in row.values()])
