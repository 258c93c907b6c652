"""How a written ONNX file is run: a short program for ONNX Runtime, made for the network at hand. Tests run it."""

from __future__ import annotations

import inspect
import pprint
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.exchange.flat import flat
from engine.exchange.onnx.writing_columns import columns_in, forms_of
from engine.exchange.onnx.writing_units import units_in
from engine.exchange.outgoing import Outgoing
from engine.exchange.python.kit_rows import missing, moments, words
from engine.exchange.python.network import one_line
from engine.exchange.units import Units, units_of
from engine.exchange.use import Facts, facts_of
from engine.formats.errors import FormatError
from engine.layers.host import HostLayer
from engine.tensor.spec import DType

WIDTH = 100
MOST_WORDS = 2_000  # of a vocabulary that is shown
MOST = 40  # names of columns or classes in a line of a comment
_START = """import numpy as np
import onnxruntime
"""
_GIVEN = '''def given(row, name, fill):
    """A cell, or what stands for a missing one."""
    value = row.get(name)
    if missing(value) and fill is None:
        raise ValueError(f"{name} is missing; give it a value.")
    return fill if missing(value) else value
'''


def onnx_runtime(out: Outgoing, path: Path) -> str:
    """The program, for a file that is at that path or will be."""
    units = units_of(out)
    units = units.chosen(*units_in(path)) if path.is_file() else units
    inputs, outputs = _facts(out)
    inside = columns_in(path) if path.is_file() else [form.name for form in forms_of(out)]
    inputs = [f | {"kind": "columns"} if f["name"] in inside else f for f in inputs]
    recipes = [f for f in inputs if any(c["kind"] != "number" for c in _columns(f))]
    dates = any(c["kind"] == "date" for f in recipes for c in _columns(f))
    lines = [_START]
    if dates:
        lines[0] = f"import math\nfrom datetime import datetime, timedelta, timezone\n\n{_START}"
    if recipes:
        lines += ["", _bare(inspect.getsource(missing)), "", _GIVEN]
    if dates:
        lines += ["", _bare(inspect.getsource(moments))]
    if any(map(_step, inputs)):
        lines += ["", _bare(inspect.getsource(words)), ""]
    for fact in recipes:
        lines += ["", *_recipe(fact, units)]
    lines += [
        *([""] if recipes else []),
        f"session = onnxruntime.InferenceSession({path.name!r}, providers=['CPUExecutionProvider'])",
    ]
    for k, fact in enumerate(inputs):
        lines += _example(k, fact, units, recipe=recipes.index(fact) if fact in recipes else None)
    named = ", ".join(
        f"**x{k}" if f["kind"] == "columns" else f"{f['name']!r}: x{k}" for k, f in enumerate(inputs)
    )
    answers = ", ".join(f"y{k}" for k in range(len(outputs)))
    lines.append(f"{answers}{',' if len(outputs) == 1 else ''} = session.run({_names(outputs)}, {{{named}}})")
    for k, fact in enumerate(outputs):
        lines += _answer(k, fact, units)
    return "\n".join(lines) + "\n"


def _facts(out: Outgoing) -> tuple[list[Facts], list[Facts]]:
    """Inputs and outputs as the file has them."""
    texts = any(isinstance(p.what, HostLayer) for p in out.net.parts)
    try:
        _, facts = facts_of(out)
    except FormatError:
        facts = {"inputs": [], "outputs": []}
    if not texts:
        return facts["inputs"], facts["outputs"]
    network = flat(out)  # texts have become numbers before it
    if len(facts["inputs"]) == len(network.inputs):
        named = zip(facts["inputs"], network.inputs, strict=True)
        return [fact | {"name": name} for fact, name in named], facts["outputs"]
    inputs = [
        {
            "name": name,
            "title": name,
            "shape": [n for n in network.values[name].shape if isinstance(n, int)],
            "dtype": network.values[name].dtype.value,
            "kind": "plain",
        }
        for name in network.inputs
    ]
    outputs = [
        {"name": n, "title": n, "shape": [], "link": "none", "kind": "numbers"} for n, _ in network.outputs
    ]
    return inputs, facts["outputs"] or outputs


def _columns(fact: Facts) -> list[dict[str, Any]]:
    return (fact.get("columns") or []) if fact["kind"] == "form" else []


def _step(fact: Facts) -> dict[str, Any] | None:
    """What is done to a text, where it is short enough to be shown."""
    step = fact.get("step") if fact["kind"] == "text" else None
    return step if step and len(step["vocabulary"]) <= MOST_WORDS else None


def _names(outputs: list[Facts]) -> str:
    return f"[{', '.join(repr(f['name']) for f in outputs)}]"


def _bare(text: str) -> str:
    """A function of ours as it stands in a short program."""
    return (
        text.replace("  # noqa: PLR0124 - NaN", "")
        .replace(": Any", "")
        .replace(") -> bool", ")")
        .replace(") -> list[float]", ")")
    )


# -- inputs --------------------------------------------------------------------------------------------------
def _recipe(fact: Facts, units: Units) -> Iterator[str]:
    """A function that makes the numbers of one example, column by column."""
    inside = fact["name"] in units.inputs
    yield f"def {_function(fact)}(row):"
    yield '    """The numbers of one example, from a dictionary with a value for each column."""'
    yield "    return ["
    for column in _columns(fact):
        yield f"        {_cell(column, inside=inside)},"
    yield "    ]"
    yield ""


def _function(fact: Facts) -> str:
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in str(fact["name"]))
    return f"numbers_of_{name}"


def _cell(column: Mapping[str, Any], *, inside: bool) -> str:
    name = repr(column["name"])
    if column["kind"] == "mark":
        return f"float(missing(row.get({name})))"
    value = f"given(row, {name}, {column['fill']!r})"
    if column["kind"] == "words":
        known = {
            word: _spread(column["unseen"], places)
            for word, places in zip(column["words"], column["rows"], strict=True)
        }
        return f"*{known!r}.get(str({value}), {column['unseen']!r})"
    if column["kind"] == "date":
        step = {k: column[k] for k in ("mean", "scale", "cycles")}
        if inside:
            step |= {"mean": [0.0] * len(step["mean"]), "scale": [1.0] * len(step["scale"])}
        return f"*moments({step!r}, {value})"
    return f"float({value})" if inside else _scaled(column, f"float({value})")


def _spread(unseen: list[float], places: list[list[float]]) -> list[float]:
    found = list(unseen)
    for place, number in places:
        found[int(place)] = number
    return found


def _scaled(step: Mapping[str, Any], value: str) -> str:
    curve = step["curve"]
    if curve and curve["kind"] == "signed_log":
        value = f"np.sign({value}) * np.log1p(np.abs({value}))"
    elif curve:
        value = f"np.log({value} + {curve['shift']!r})"
    return (
        value
        if (step["mean"], step["scale"]) == (0.0, 1.0)
        else f"({value} - {step['mean']!r}) / {step['scale']!r}"
    )


def _example(k: int, fact: Facts, units: Units, *, recipe: int | None) -> Iterator[str]:
    """An example of an input, to be replaced by people's own."""
    inside = fact["name"] in units.inputs
    columns = _columns(fact)
    if fact["kind"] == "columns":
        yield "# a cell for each column; float('nan') or '' where there is none"
        yield f"row{k} = {wide(_row(fact['columns']))}"
        yield f"x{k} = {{n: np.array([[v]], str if isinstance(v, str) else np.float32) for n, v in row{k}.items()}}"
        return
    if recipe is not None:
        yield f"row{k} = {wide(_row(columns))}"
        yield f"x{k} = np.array([{_function(fact)}(row{k})], np.{fact['dtype']})"
        return
    shape = (1, *fact["shape"])
    if _step(fact):
        yield f"step{k} = {wide(fact['step'])}"
        yield f"x{k} = np.array([words(step{k}, 'Write a text.')], np.{fact['dtype']})"
        return
    if columns and len(columns) == fact["shape"][-1] and len(shape) == 2:
        names = f"{_listed([c['name'] for c in columns])}{', in the units of the data' if inside else ''}"
        yield from textwrap.wrap(names, WIDTH, initial_indent="# ", subsequent_indent="# ")
        values = ", ".join(_cell_start(c, inside=inside) for c in columns)
        lines = textwrap.wrap(
            f"x{k} = np.array([[{values}]], np.{fact['dtype']})", WIDTH, subsequent_indent="    "
        )
        yield from lines
        return
    about = fact["title"]
    if fact["kind"] == "picture":
        about += ": pixels from 0 to 255" if inside else f": pixels from 0 to 255, times {fact['scale']:.6g}"
    elif fact["dtype"] == DType.INT32.value:
        about += ": whole numbers"
    elif inside:
        about += ": in the units of the data"
    yield f"x{k} = np.zeros({shape!r}, np.{fact['dtype']})  # {one_line(about)}"


def _row(columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {c["name"]: _start(c) for c in columns if c["kind"] != "mark"}


def _start(column: Mapping[str, Any]) -> Any:
    return column["start"] if column["kind"] != "number" else float(column["start"])


def _cell_start(column: Mapping[str, Any], *, inside: bool) -> str:
    value = repr(float(column["start"]))
    return value if inside else _scaled(column, value)


def wide(value: Any) -> str:
    """A value of Python on as many lines as it takes."""
    return pprint.pformat(value, width=WIDTH, sort_dicts=False, compact=True)


def _listed(names: list[str]) -> str:
    more = " .." if len(names) > MOST else ""
    return one_line(", ".join(names[:MOST]) + more)


# -- outputs -------------------------------------------------------------------------------------------------
def _answer(k: int, fact: Facts, units: Units) -> Iterator[str]:
    """What is made of an output, and how it is shown."""
    if fact["link"] == "softmax":
        yield f"y{k} = np.exp(y{k} - y{k}.max(axis=-1, keepdims=True))"
        yield f"y{k} /= y{k}.sum(axis=-1, keepdims=True)  # probabilities"
    elif fact["link"] == "sigmoid":
        yield f"y{k} = 1.0 / (1.0 + np.exp(-y{k}))  # probabilities"
    names = fact.get("classes") if fact["kind"] == "bars" else None
    if names:
        yield f"names = {wide(names)}"
        if (fact["shape"] or [1])[-1] == 1:
            yield f"print(names[int(y{k}.flat[0] >= 0.5)], y{k})"
        else:
            yield f"print(names[int(y{k}[0].argmax())] if y{k}[0].argmax() < len(names) else '', y{k})"
        return
    steps = fact.get("steps")
    if steps and fact["name"] not in units.outputs:
        yield f"y{k} = np.stack([{', '.join(_back(s, f'y{k}[..., {j}]') for j, s in enumerate(steps))}], axis=-1)"
    columns = fact.get("columns") or []
    about = f"  # {_listed(columns)}" if columns else ""
    yield f"print(y{k}){about}"


def _back(step: Mapping[str, Any], value: str) -> str:
    value = f"{value} * {step['scale']!r} + {step['mean']!r}"
    curve = step["curve"]
    if not curve:
        return value
    if curve["kind"] == "signed_log":
        return f"np.sign({value}) * np.expm1(np.abs({value}))"
    return f"np.exp({value}) - {curve['shift']!r}"
