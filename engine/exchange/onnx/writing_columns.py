"""A recipe as part of an ONNX graph: the file takes the columns of the user's table, words as text and numbers as they are.

Words become numbers by the LabelEncoder of ONNX's operators for machine learning (`ai.onnx.ml`), which ONNX Runtime has;
missing cells (NaN, "") become what the recipe puts there. In front of the network the file has nothing else, so whoever
reads it as a network begins behind (`without_columns`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, ValueInfoProto, helper

from engine.data.bundle import Curve, Scaling
from engine.exchange.onnx.writing_pen import Pen
from engine.exchange.onnx.writing_units import scaled
from engine.exchange.outgoing import Outgoing
from engine.exchange.python.kit_rows import unscaled
from engine.exchange.units import STEEPEST
from engine.exchange.use import facts_of
from engine.tensor.spec import Array, DType

KEY = "made of columns"  # of the metadata: inputs of the network with the shape that its columns make
DOMAIN, VERSION = "ai.onnx.ml", 2  # LabelEncoder as it is since 2019
UNSEEN = "\uffff"  # stands for a word that the recipe does not know
WIDEST = 1_000_000  # numbers of an input that is read
EMPTY: Mapping[str, Any] = MappingProxyType({"f": np.float32(np.nan), "U": ""})
Column = Mapping[str, Any]


@dataclass(frozen=True)
class Form:
    """An input of the network that is made of columns.

    Attributes:
        name: of the input.
        columns: in order, as `engine.exchange.web.columns` says them.
    """

    name: str
    columns: tuple[Column, ...]

    @property
    def width(self) -> int:
        """How many numbers the columns become."""
        return sum(places.stop - places.start for _, places in self.places())

    def places(self) -> Iterator[tuple[Column, slice]]:
        """Each column with the numbers of the input that it becomes."""
        start = 0
        for column in self.columns:
            stop = start + (len(column["unseen"]) if column["kind"] == "words" else 1)
            yield column, slice(start, stop)
            start = stop

    def given(self) -> dict[str, bool]:
        """The columns of the table, and whether each holds words."""
        words = {c["name"]: c["kind"] == "words" for c in self.columns if c["kind"] != "mark"}
        return {c["name"]: words[c["name"]] for c in self.columns}


def forms_of(out: Outgoing) -> tuple[Form, ...]:
    """The inputs whose recipe ONNX can compute, and that it does more to than scaling; none where names meet."""
    _, facts = facts_of(out)
    forms = tuple(Form(f["name"], tuple(f["columns"])) for f in facts["inputs"] if _is_sayable(f))
    others = [f["name"] for f in facts["inputs"] if f["name"] not in {form.name for form in forms}]
    names = [*others, *out.targets, *(name for form in forms for name in (form.name, *form.given()))]
    return forms if len(set(names)) == len(names) and all(names) else ()


def _is_sayable(fact: Mapping[str, Any]) -> bool:
    columns: Sequence[Column] = fact.get("columns") or ()
    if fact["kind"] != "form" or fact["dtype"] != DType.FLOAT32.value or len(fact["shape"]) != 1:
        return False
    kinds = {c["kind"] for c in columns}
    known = {c["name"] for c in columns if c["kind"] != "mark"}
    steep = any(c["kind"] == "number" and abs(c["mean"]) > STEEPEST * c["scale"] for c in columns)
    more = "words" in kinds or any(c.get("fill") is not None for c in columns)
    return (
        more and not steep and kinds <= {"words", "number", "mark"} and known >= {c["name"] for c in columns}
    )


def written(pen: Pen, form: Form) -> list[ValueInfoProto]:
    """Make an input of the network out of its columns; these, as inputs of the graph."""
    pen.owner = f"columns of {form.name}"
    given = form.given()
    parts = [_numbers(pen, column, words=given[column["name"]]) for column in form.columns]
    pen.node("Concat", parts, [form.name], axis=1)
    return [_port(name, words=words) for name, words in given.items()]


def _port(name: str, *, words: bool) -> ValueInfoProto:
    return helper.make_tensor_value_info(
        name, TensorProto.STRING if words else TensorProto.FLOAT, ["batch", 1]
    )


def _numbers(pen: Pen, column: Column, *, words: bool) -> str:
    """(batch, n): what a column becomes."""
    name = column["name"]
    if column["kind"] == "mark":
        if not words:
            return pen.add("Cast", pen.add("IsNaN", name), to=TensorProto.FLOAT)
        return pen.add(
            "LabelEncoder", name, domain=DOMAIN, keys_strings=[""], values_floats=[1.0], default_float=0.0
        )
    if words:
        return _of_words(pen, column)
    if column["fill"] is not None:
        name = pen.add("Where", pen.add("IsNaN", name), pen.number(float(column["fill"])), name)
    curve = column["curve"]
    curves = (None if curve is None else Curve(curve["kind"], curve["shift"]),)
    return scaled(pen, name, Scaling((column["mean"],), (column["scale"],), curves))


def _of_words(pen: Pen, column: Column) -> str:
    rows = word_rows(column)
    places = {word: k for k, word in enumerate(column["words"])}
    places.setdefault("", places.get(str(column["fill"]), len(places)))
    place = pen.add(
        "LabelEncoder",
        column["name"],
        domain=DOMAIN,
        keys_strings=list(places),
        values_int64s=list(places.values()),
        default_int64=len(rows) - 1,
    )
    table = pen.array(rows, f"words of {column['name']}")
    return pen.add("Gather", table, pen.add("Squeeze", place, pen.whole([1])), axis=0)


def word_rows(column: Column) -> Array:
    """(words + 1, n): what each word becomes, at last unknown ones; NaN where the recipe takes none of these."""
    rows = np.array([column["unseen"]] * (len(column["words"]) + 1), np.float32)
    for row, changed in zip(rows, column["rows"], strict=False):
        for place, number in changed:
            row[int(place)] = number
    if column["refuses"]:
        rows[-1] = np.nan
    return rows


# -- reading and proving ---------------------------------------------------------------------------------------
def columns_text(forms: Sequence[Form]) -> str:
    """For the metadata of the file."""
    return json.dumps({form.name: form.width for form in forms}, ensure_ascii=False)


def without_columns(model: ModelProto) -> list[str]:
    """Let the graph of a file of ours begin behind its columns, in place; the inputs that it takes instead."""
    graph, made = model.graph, _made(model)
    makers = {name: k for k, node in enumerate(graph.node) for name in node.output if name}
    made = {name: width for name, width in made.items() if name in makers}
    waiting, before = list(made), set[int]()
    while waiting:
        k = makers.get(waiting.pop())
        if k is not None and k not in before:
            before.add(k)
            waiting += graph.node[k].input
    kept = [node for k, node in enumerate(graph.node) if k not in before]
    read = {name for node in kept for name in node.input}
    ports = [port for port in graph.input if port.name in read or not made]
    ports += [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", w]) for n, w in made.items()]
    del graph.input[:], graph.node[:]
    graph.input.extend(ports)
    graph.node.extend(kept)
    return list(made)


def _made(model: ModelProto) -> dict[str, int]:
    """The inputs that are made of columns with their widths, as the metadata says them."""
    try:
        said = json.loads(next((p.value for p in model.metadata_props if p.key == KEY), "{}"))
    except (ValueError, RecursionError):
        return {}
    found = said.items() if isinstance(said, dict) else ()
    return {n: w for n, w in found if isinstance(w, int) and 0 < w <= WIDEST}


def columns_in(path: Path) -> list[str]:
    """The inputs of the network of a written file that are made of columns."""
    return list(_made(onnx.load(path, load_external_data=False)))


def entered(out: Outgoing, path: Path, given: Sequence[Array]) -> list[Array]:
    """What the inputs of a written file get, so that the inputs of the network are these, in order."""
    made = columns_in(path)
    network, _ = facts_of(out)
    forms = {form.name: form for form in forms_of(out) if form.name in made}
    found: list[Array] = []
    for inlet, array in zip(network.net.inlets, given, strict=True):
        form = forms.get(network.net.names.get(inlet.id, inlet.id))
        found += [array] if form is None else _entered(form, array).values()
    return found


def possible(out: Outgoing, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Rows of numbers by input, changed into ones that columns become: each word is a known one, no cell is empty."""
    found = dict(inputs)
    for form in forms_of(out):
        rows = found[form.name].copy()
        for column, places in form.places():
            part = rows[:, places]
            if column["kind"] == "mark":
                rows[:, places] = 0.0
            elif column["kind"] == "words" and column["words"]:
                rows[:, places] = word_rows(column)[:-1][_nearest(column, part, known=True)]
        found[form.name] = rows
    return found


def _nearest(column: Column, part: Array, *, known: bool = False) -> Array:
    """The number of the word, for each row, whose numbers are nearest; the last one is that of unknown words."""
    rows = np.nan_to_num(word_rows(column), nan=np.inf)
    rows = rows[:-1] if known else rows
    nearest: Array = np.abs(part[:, None] - rows).max(axis=-1).argmin(axis=1)
    return nearest


def _entered(form: Form, array: Array) -> dict[str, Array]:
    """The cells of the columns of which rows of numbers are made; a mark says that a cell was empty."""
    cells: dict[str, Array] = {}
    empty: dict[str, Array] = {}
    for column, places in form.places():
        name, part = column["name"], array[:, places]
        if column["kind"] == "mark":
            empty[name] = part > 0.5
        elif column["kind"] == "words":
            cells[name] = np.array([*column["words"], UNSEEN])[_nearest(column, part)][:, None]
        else:
            cells[name] = unscaled(column, part).astype(np.float32)
    return {n: np.where(empty[n], EMPTY[a.dtype.kind], a) if n in empty else a for n, a in cells.items()}
