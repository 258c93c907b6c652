"""What a file is, whether it can be read, and what of it would be lost: what `main.py check` and a dropped file say."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.data.errors import DataError
from engine.exchange.formats import format_to_read, formats, read_network
from engine.exchange.imported import Imported
from engine.exchange.weights import read_weights, weights_kind_of
from engine.formats.check import check as check_project
from engine.formats.errors import FormatError
from engine.formats.project import SUFFIX
from engine.graph.document import UnknownLayer
from engine.layers.base import Role

HEAD, SHOWN, MOST_NAMES = 4096, 6, 1000
# of files that nothing reads: how they begin, and what they are
_KNOWN = (
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"#!", "a program"),
    (b"GIF8", "a moving picture (GIF)"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file without a network of Keras"),
)
# of zip archives: a file in them, what they are then, and how they are to be named
_ZIPPED = (
    ("config.json", "a network of Keras", ".keras"),
    ("project.json", "a project", SUFFIX),
)
_PICKLED = re.compile(rb"\x80[\x02-\x05]")


@dataclass(frozen=True)
class Finding:
    """What was found in a file that can be read.

    Attributes:
        kind: project, network, weights or data.
        summary: a sentence on what it is and how large.
        notes: a sentence for everything that is not as in the file, and for everything that is wrong with it.
        layers, parameters: of a network; None for all else.
    """

    kind: str
    summary: str
    notes: tuple[str, ...] = ()
    layers: int | None = None
    parameters: int | None = None


def finding(path: Path) -> Finding:
    """Read a file or folder and say what it is.

    Raises:
        FormatError: one sentence: it is damaged, or nothing that is read here.
        DataError: likewise, of data.
    """
    if path.is_dir() and (path / "saved_model.pb").is_file():
        raise FormatError(
            f"{path.name} is a SavedModel of TensorFlow, which holds operations and no layers; save the model as .keras."
        )
    if path.name.lower().endswith(SUFFIX):
        return _project(path)
    if path.is_file() and not path.stat().st_size:
        raise FormatError(f"{path.name} is empty.")
    if path.suffix.lower() == ".bin" and (path.parent / "model.json").is_file():
        raise FormatError(f"{path.name} holds weights of the model.json beside it; open that.")
    if weights_kind_of(path) is not None:
        return _weights(path)
    if format_to_read(path) is not None:
        return _network(path)
    if path.is_file():
        _refuse_by_content(path)
    return _data(path)


def refusal(path: Path) -> str:
    """The sentence for a file of a kind that is never read, found by its first bytes; "" for one that may be."""
    from engine.data.sources.registry import kind_of

    try:
        _refuse_by_content(path)
        kind_of(path)
    except FormatError as error:
        return str(error)
    except DataError as error:
        return str(error) if _is_zip(path) else _unknown(path)
    return ""


def _project(path: Path) -> Finding:
    report = check_project(path)
    if not report.readable:
        raise FormatError(report.summary)
    return Finding("project", report.summary, (*report.warnings, *report.problems))


def _network(path: Path) -> Finding:
    found = read_network(path)
    numbers = sum(array.size for array in found.weights.values())
    layers = [n for n in found.graph.nodes.values() if n.role is Role.HIDDEN]
    name = f"{found.format[:1].upper()}{found.format[1:]}"
    trained = f", trained for {found.step:,} steps" if found.step else ""
    summary = f"{name} with {len(layers)} layers, {numbers:,} numbers in its weights{trained}."
    return Finding("network", summary, tuple(_of_network(found)), len(layers), numbers)


def _of_network(found: Imported) -> Iterator[str]:
    for node in found.graph.nodes.values():
        if isinstance(node.layer, UnknownLayer):
            yield f"{node.name}: {node.layer.reason}"
    yield from found.notes


def _weights(path: Path) -> Finding:
    kind = weights_kind_of(path)
    assert kind is not None  # the caller asked
    arrays = read_weights(path)
    numbers = sum(array.size for array in arrays.values())
    title = f"{kind.title[:1].upper()}{kind.title[1:]}"
    count = "1 array" if len(arrays) == 1 else f"{len(arrays)} arrays"
    summary = f"{title} without a network: {count}, {numbers:,} numbers. Load them into the network they fit."
    return Finding("weights", summary, (), None, numbers)


def _data(path: Path) -> Finding:
    from engine.data.load import describe  # decoders of pictures and tables, which networks do not need
    from engine.data.settings import DataSettings
    from engine.data.sources.registry import kind_of, open_source

    try:
        kind = kind_of(path)
    except DataError as error:
        if not path.is_file() or _is_zip(path):
            raise
        raise FormatError(_unknown(path)) from error
    try:
        spec = describe(DataSettings(path=str(path)))
    except DataError as error:
        source = open_source(path, {})  # or this one says what is wrong
        columns = ", ".join(c.name for c in source.columns[:SHOWN])
        more = f" and {len(source.columns) - SHOWN} more" if len(source.columns) > SHOWN else ""
        summary = f"{kind.title} with {columns}{more}: something to predict on, not to train on."
        return Finding("data", summary, (str(error),))
    inputs = ", ".join(f"{n} {' × '.join(map(str, spec.features[n].shape)) or '1'}" for n in spec.inputs)
    return Finding(
        "data", f"Data with {spec.counts.total:,} rows for a {spec.task.value} task; inputs: {inputs}."
    )


def _unknown(path: Path) -> str:
    head = _head(path)
    what = next((words for start, words in _KNOWN if head.startswith(start)), "")
    networks = ", ".join(s for f in formats().values() if f.read for s in f.suffixes)
    return (
        f"{path.name} is {what or 'of a kind that is not known'}; what is read are projects ({SUFFIX}), networks "
        f"({networks}), weights, and data: tables, pictures, arrays, sounds and text."
    )


def _refuse_by_content(path: Path) -> None:
    """Raise FormatError for a pickle, and for a network that has another ending than it should have."""
    head = _head(path)
    names = _names_in(path)
    if _PICKLED.match(head) or any(name.endswith(".pkl") for name in names):
        raise FormatError(
            f"{path.name} is a pickle, which runs program code when it is opened, so it is not opened; "
            "save the weights as safetensors, or the model as .onnx or .keras."
        )
    found = next(((what, suffix) for name, what, suffix in _ZIPPED if name in names), None)
    if head.startswith(b"{") and b'"modelTopology"' in head:
        found = "a network of TensorFlow.js", "model.json"
    if head.startswith(b"\x89HDF\r\n\x1a\n") and not path.name.lower().endswith((".h5", ".hdf5")):
        found = "an HDF5 file, as Keras writes them", ".h5"
    if found is not None:
        raise FormatError(f"{path.name} is {found[0]}; rename it to end in {found[1]} and open it again.")


def _is_zip(path: Path) -> bool:
    return _head(path).startswith(b"PK\x03\x04")


def _names_in(path: Path) -> tuple[str, ...]:
    """Names of the files in a zip archive; none for all else."""
    if not _is_zip(path):
        return ()
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(archive.namelist()[:MOST_NAMES])
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
        return ()


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""
