"""A network as one file of Python: readable, without any package but NumPy, weights and recipe of the data included."""

from __future__ import annotations

import ast
import base64
import contextlib
import inspect
import io
import os
import pprint
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np

from engine.data.pictures import ink
from engine.exchange import use
from engine.exchange.flat import flat, folded
from engine.exchange.outgoing import Outgoing
from engine.exchange.python import kit, kit_files, kit_pictures, kit_rows, kit_table
from engine.exchange.python.network import Lines, one_line
from engine.exchange.python.reading import reading_of
from engine.formats.atomic import replacing
from engine.tensor.spec import Array

EMBEDDED = 5 << 20  # bytes of weights up to which they stand in the file itself
_WIDTH = 110
_KITS = (kit, ink, kit_pictures, kit_files, kit_rows, kit_table)
_OWN = (
    "FACTS",
    "READING",
    "W",
    "network",
    "predict",
    "centred",
    "predict_rows",
    "predict_pictures",
    "main",
    "np",
    "Any",
    "Array",
)


def write_python(out: Outgoing, path: Path) -> None:
    """Write the file, and beside it an `.npz` with the weights where there are many; what was there stays if that fails.

    Raises:
        FormatError: an operation has no expression in NumPy, or the operating system refused.
    """
    text, weights = python_file(out, path.stem)
    with contextlib.ExitStack() as stack:
        if weights:  # both are on the disk before one of them takes its place
            beside = stack.enter_context(replacing(path.with_suffix(".npz")))
            beside.write(weights)
            beside.flush()
            os.fsync(beside.fileno())
        with replacing(path) as file:
            file.write(text.encode())


def python_file(out: Outgoing, stem: str) -> tuple[str, bytes]:
    """The text, and an `.npz` with the weights where they are too many to stand in it.

    Raises:
        FormatError: an operation has no expression in NumPy.
    """
    network, facts = use.facts_of(out)
    small = folded(flat(network))
    about = {p.id: f"{network.net.names.get(p.id, p.id)}: {type(p.what).__name__}" for p in network.net.parts}
    lines = Lines(small, {*_OWN, *_functions()}, about)
    body = list(lines.write())
    size = sum(a.nbytes for a in lines.arrays.values())
    beside = b"" if size <= EMBEDDED else _archive(lines.arrays)
    weights = _weights_beside(lines.arrays, zlib.crc32(beside)) if beside else _weights(lines.arrays)
    reading = _literal(reading_of(out.meaning.preparation))
    centres = use.centres(facts)
    pictures = use.takes_pictures(facts)
    files = _PICTURES.replace("SIZED", _IN_THE_MIDDLE if centres else _AS_IT_LIES)
    ways = [_USE, *([files] if pictures else []), *([_CENTRED] if centres else [])]
    main = _MAIN_OF_PICTURES if pictures else _MAIN
    parts = [_network(lines.inputs, body), *ways, f"FACTS = {_literal(facts)}\nREADING = {reading}"]
    ast.parse("\n\n".join(parts))  # names come from people's files; what is not Python is a fault of ours
    parts += [*_needed("\n".join([*parts, main])), weights, main]
    text = "\n\n\n".join(
        [
            f"{_title(out, stem, centres=centres, pictures=pictures)}\n\n{_imports(chr(10).join(parts))}",
            *parts,
        ]
    )
    return f"{text}\n", beside


def _literal(value: object) -> str:
    return pprint.pformat(value, width=_WIDTH - 8, sort_dicts=False, compact=True)


def _title(out: Outgoing, stem: str, *, centres: bool, pictures: bool) -> str:
    title = one_line(out.meaning.title).replace("\\", " ").replace('"', "'")
    name = re.sub(r"\W", "_", stem)
    files = (
        [
            f"    python {name}.py a.png b.jpg     predictions for pictures, or for a folder of them, as CSV",
            f"    from {name} import predict_pictures  files of pictures, which Pillow opens",
        ]
        if pictures
        else []
    )
    return "\n".join(
        [
            f'"""{title}: a network as plain Python, which needs NumPy alone. Written by Layerloom.',
            "",
            *files,
            f"    python {name}.py rows.csv        predictions for the rows of a table, as CSV",
            f"    from {name} import predict       arrays in the units of the data",
            f"    from {name} import predict_rows  dictionaries with a value for each column",
            *(
                [f"    from {name} import centred       pictures of any size, drawn where predict expects it"]
                if centres
                else []
            ),
            '"""',
        ]
    )


# -- weights -------------------------------------------------------------------------------------------------
def _listed(arrays: Mapping[str, Array]) -> Iterator[str]:
    start = 0
    for name, array in arrays.items():
        yield f"    {name!r}: ({start}, {array.shape!r}, {array.dtype.name!r}),"
        start += array.nbytes


def _weights(arrays: Mapping[str, Array]) -> str:
    data = b"".join(np.ascontiguousarray(a).tobytes() for a in arrays.values())
    packed = base64.b85encode(zlib.compress(data, 6)).decode()
    rows = [f'    "{packed[k : k + 100]}"' for k in range(0, len(packed), 100)]
    return "\n".join(
        [
            "PLACES = {  # of each array: where it begins, its shape and type",
            *_listed(arrays),
            "}",
            "PACKED = (",
            *(rows or ['    ""']),
            ")",
            "DATA = zlib.decompress(base64.b85decode(PACKED))",
            "W = {",
            "    name: np.frombuffer(DATA, dtype, math.prod(shape), start).reshape(shape)",
            "    for name, (start, shape, dtype) in PLACES.items()",
            "}",
        ]
    )


def _archive(arrays: Mapping[str, Array]) -> bytes:
    memory = io.BytesIO()
    np.savez(memory, allow_pickle=False, **{f"w{k}": a for k, a in enumerate(arrays.values())})
    return memory.getvalue()


def _weights_beside(arrays: Mapping[str, Array], checksum: int) -> str:
    names = pprint.pformat(list(arrays), width=_WIDTH - 8, compact=True)
    return "\n".join(
        [
            f"NAMES = {names}",
            'PLACE = Path(__file__).with_suffix(".npz")',
            f"if zlib.crc32(PLACE.read_bytes()) != {checksum}:",
            '    sys.exit(f"error: {PLACE.name} has the weights of another network; export both files again.")',
            "with np.load(PLACE, allow_pickle=False) as ARCHIVE:",
            '    W = {name: ARCHIVE[f"w{k}"] for k, name in enumerate(NAMES)}',
        ]
    )


# -- functions -----------------------------------------------------------------------------------------------
def _network(inputs: list[str], body: list[str]) -> str:
    lines = [
        f"def network({', '.join(inputs)}):",
        '    """What the last layers give for arrays as the network takes them, examples first."""',
        f"    n = len({inputs[0]})" if inputs else "    n = 1",
        *(f"    {line}" for line in body),
    ]
    return "\n".join(lines)


_USE = '''def predict(*arrays):
    """Probabilities, or numbers in their units, for arrays in the units of the data, one for each input.

    Columns of words and dates are to be given as the network takes them, or to `predict_rows`.
    """
    given = [from_units(f, a) for f, a in zip(FACTS["inputs"], arrays)]
    found = [to_units(f, y) for f, y in zip(FACTS["outputs"], network(*given))]
    return found[0] if len(found) == 1 else found


def predict_rows(rows):
    """For each of a list of dictionaries: the class and its probability, or the predicted numbers, by name."""
    given = [prepared(fact, rows) for fact in FACTS["inputs"]]
    return answers(FACTS, network(*given)) if len(given[0]) else []'''
_CENTRED = '''def centred(pictures):
    """Pictures for `predict`, with what is drawn in the middle and as large as in those that the network learned from.

    For a list or array of pictures of any height and width, their numbers from 0 to 255. One in which it is there
    already is only brought to the size of the network.
    """
    fact = next(fact for fact in FACTS["inputs"] if "extent" in fact)
    return np.stack([centred_picture(fact, picture) for picture in pictures])'''
_PICTURES = '''def predict_pictures(paths):
    """For each file of a picture: its name, then the class and the probability of each, or the predicted numbers, by name.

    Pictures are brought to the form of those that the network learned from. Raises ValueError, one sentence, for a
    file that is no picture.
    """
    (fact,) = FACTS["inputs"]
    found = []
    for path in map(Path, paths):
        picture = SIZED
        given = from_units(fact, picture[np.newaxis])
        found.append({"file": str(path), **answers(FACTS, network(given))[0]})
    return found'''
_IN_THE_MIDDLE = "centred_picture(fact, opened_picture(fact, path, sized=False))"
_AS_IT_LIES = "opened_picture(fact, path, sized=True)"
_MAIN = '''def main():
    """Predict for the rows of a CSV file."""
    if len(sys.argv) != 2:
        sys.exit("usage: python " + Path(__file__).name + " rows.csv")
    try:
        rows = read_table(READING, FACTS["inputs"], Path(sys.argv[1]))
        size = len(rows) if any(fact["kind"] == "table" for fact in FACTS["inputs"]) else 1024
        write_table(a for k in range(0, len(rows), size) for a in predict_rows(rows[k : k + size]))
    except (OSError, ValueError) as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()'''
_MAIN_OF_PICTURES = '''def main():
    """Predict for pictures, for those in folders, or for the rows of a CSV file."""
    given, bad = [Path(word) for word in sys.argv[1:]], []
    if not given:
        sys.exit("usage: python " + Path(__file__).name + " PICTURE|FOLDER .. | rows.csv")
    try:
        if given[0].suffix.lower() == ".csv":
            rows = [row for path in given for row in read_table(READING, FACTS["inputs"], path)]
            write_table(a for k in range(0, len(rows), 1024) for a in predict_rows(rows[k : k + 1024]))
        else:
            write_table(picture_answers(picture_files(given), predict_pictures, bad))
    except (OSError, ValueError) as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)
    if bad:
        sys.exit(2)


if __name__ == "__main__":
    main()'''


@cache
def _functions() -> Mapping[str, str]:
    """The functions that files take along, by name: their text."""

    def of(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                yield name, value

    found = {name: inspect.getsource(value) for m in _KITS for name, value in of(m)}
    return MappingProxyType({name: _bare(text) for name, text in found.items()})


def _bare(text: str) -> str:
    """Without what is for our checks alone."""
    return re.sub(r"  # noqa.*", "", text).rstrip()


def _needed(text: str) -> Iterator[str]:
    """The functions that a text calls, and those that these call, in the order of the kit."""
    functions = _functions()
    known: set[str] = set()
    waiting = [text]
    while waiting:
        words = set(re.findall(r"\b[a-z_]+(?=[(,)])", waiting.pop()))
        more = [name for name in functions if name in words and name not in known]
        known.update(more)
        waiting += [functions[name] for name in more]
    yield from (functions[name] for name in functions if name in known)


_IMPORTS = (
    ("base64", ()),
    ("csv", ()),
    ("io", ()),
    ("itertools", ()),
    ("math", ()),
    ("re", ()),
    ("sys", ()),
    ("zlib", ()),
    ("collections.abc", ("Callable", "Iterable", "Iterator", "Mapping", "Sequence")),
    ("datetime", ("datetime", "timedelta", "timezone")),
    ("pathlib", ("Path",)),
    ("typing", ("Any",)),
)


def _imports(text: str) -> str:
    """The lines that a text needs before it."""
    words = set(re.findall(r"\w+", text))
    found = ["from __future__ import annotations", ""]
    for module, names in _IMPORTS:
        used = [name for name in names if name in words]
        if used:
            found.append(f"from {module} import {', '.join(used)}")
        elif not names and module in words:
            found.append(f"import {module}")
    return "\n".join([*found, "", "import numpy as np", "", "Array = np.ndarray"])
