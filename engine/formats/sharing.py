"""A small project as a text for a message: the network, and what it has learned where that is little.

Data never travels in a text, and neither does the place of a file: who opens it is told the shapes of the inputs instead.
It is checked like a file of strangers: limits hold while reading, and nothing in it is ever run.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.data.settings import DataSettings
from engine.devices.base import Watch
from engine.formats import letters
from engine.formats.errors import FormatError
from engine.formats.guards import read_json
from engine.formats.project import LoadedProject, Project, save_project
from engine.formats.sections import DATA, INPUTS, SECTIONS, InputShape, InputShapes
from engine.formats.weights import misfit
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.graph.serialize import graph_from_json, graph_to_json
from engine.layers.input import Input
from engine.tensor.spec import Array

VERSION: Final = 1
WORD: Final = "loom:"
LONGEST: Final = 100_000  # letters that are read
USUAL: Final = 8_000  # letters up to which weights are put in: what mail, chats and browsers take
LARGEST: Final = 4 << 20  # bytes of JSON
MOST: Final = 1 << 20  # numbers of all weights
_CODES: Final = {"f4": "<f4", "f2": "<f2"}


@dataclass(frozen=True)
class SharedText:
    """A project as a text.

    Attributes:
        text: the letters.
        weights: how they are in it: as they are, halved in precision, or not at all; also where there are none.
    """

    text: str
    weights: str


EXACT, HALF, NONE = "exact", "half", "none"


def to_text(project: Project, features: Mapping[str, FeatureSpec]) -> SharedText:
    """A project in as few letters as possible; weights are in it where they are few.

    Args:
        project: with what it has learned.
        features: of its data, for the shapes of its inputs where the data is a file.

    Raises:
        FormatError: even the network alone is too much.
    """
    graph = shared_graph(project.graph, features)
    values: dict[str, Any] = {"version": VERSION, "graph": graph_to_json(graph)}
    written = _written(values)
    found = SharedText(written, NONE)
    for code, name in (("f2", HALF), ("f4", EXACT)):
        if not project.weights or sum(a.size for a in project.weights.values()) > 2 * USUAL:
            break
        stored = _stored(project.weights, code)
        if stored is not None:
            text = _written({**values, "weights": stored, "code": code})
            found = SharedText(text, name) if len(text) <= USUAL else found
    if len(found.text) > LONGEST:
        raise FormatError(
            f"As a text a project has at most {LONGEST:,} letters, this one has {len(found.text):,}. Share it as a file."
        )
    return found


def share(path: Path, project: Project, data: Path | None, watch: Watch | None = None) -> None:
    """Write a project to be sent: with its data where `data` names it, and in any case without the folders of this machine.

    Raises:
        FormatError: the operating system refused, or the data can't be read.
    """
    graph = project.graph.copy()
    settings = graph.sections.get(DATA)
    if isinstance(settings, DataSettings) and settings.path is not None:
        name = Path(settings.path).name or "data"
        graph.put_section(DATA, settings.model_copy(update={"path": name}))
    save_project(path, replace(project, graph=graph), data, watch)


def with_data(project: LoadedProject, place: Path) -> LoadedProject:
    """The project with its data where it was unpacked."""
    settings = project.graph.sections.get(DATA)
    if isinstance(settings, DataSettings) and settings.path is not None:
        project.graph.put_section(DATA, settings.model_copy(update={"path": str(place)}))
    return project


def is_text(text: str) -> bool:
    """Whether a text is meant to be a project."""
    return letters.begins_with(text, WORD)


def from_text(text: str) -> LoadedProject:
    """What `to_text` gave, from anywhere; blanks and line breaks in it do not matter.

    Raises:
        FormatError: one sentence; it is no project, or only a part of one.
    """
    bare = letters.without(text, WORD)
    if len(bare) > LONGEST:
        raise FormatError(f"As a text a project has at most {LONGEST:,} letters, this has {len(bare):,}.")
    try:
        values = read_json(letters.unpack(bare, LARGEST))
    except letters.TooLong:
        raise FormatError(
            f"A project in a text has at most {LARGEST:,} bytes, this unpacks to more."
        ) from None
    except letters.Damaged:
        raise FormatError("This text is damaged or only a part of a project; copy all of it again.") from None
    version = values.get("version") if isinstance(values, dict) else None
    if type(version) is not int or version < 1:
        raise FormatError("This text is not a project: it does not say which version it has.")
    if version > VERSION:
        raise FormatError(
            "This project was made by a newer version of the application. Update it to open the project."
        )
    try:
        graph, warnings = graph_from_json(values.get("graph"), SECTIONS)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"The network in the text can't be read: {error}") from None
    weights = _read_weights(values.get("weights", {}), values.get("code"))
    reason = misfit(graph, weights)
    if reason:
        warnings.append(f"The weights do not fit the network, so it starts untrained: {reason}")
        weights = {}
    return LoadedProject(graph, weights, warnings=tuple(warnings))


def shared_graph(graph: ModelGraph, features: Mapping[str, FeatureSpec]) -> ModelGraph:
    """The document without the place of a file on this machine; the shapes of its inputs stand for the data."""
    shared = graph.copy()
    data = shared.sections.get(DATA)
    if getattr(data, "path", None) is None:
        return shared
    shared.put_section(DATA, None)
    read = {n.layer.feature for n in shared.nodes.values() if isinstance(n.layer, Input)}
    shapes = {
        name: InputShape.model_validate({"shape": seen.shape, "dtype": seen.dtype.value})
        for name, seen in ((name, feature.as_seen) for name, feature in features.items() if name in read)
    }
    shared.put_section(INPUTS, InputShapes(shapes=shapes))
    return shared


def _written(values: Mapping[str, Any]) -> str:
    return WORD + letters.pack(values)


def _stored(weights: Mapping[str, Array], code: str) -> dict[str, Any] | None:
    """Weights as numbers of so many bytes; None where that loses them."""
    stored: dict[str, Any] = {}
    for name, array in weights.items():
        if array.dtype != np.float32:  # tables of layers that read text
            return None
        with np.errstate(over="ignore"):
            numbers = array.astype(_CODES[code])
        if not np.isfinite(numbers).all():
            return None
        stored[name] = [list(array.shape), base64.b64encode(numbers.tobytes()).decode()]
    return stored


def _read_weights(stored: object, code: object) -> dict[str, Array]:
    damaged = FormatError("The weights in the text can't be read; copy all of it again.")
    kind = _CODES.get(str(code))
    if not isinstance(stored, dict):
        raise damaged
    if not stored:
        return {}
    if kind is None:
        raise damaged
    found: dict[str, Array] = {}
    for name, entry in stored.items():
        try:
            shape, text = entry
            sizes = tuple(shape)
            if not all(type(n) is int and 0 <= n <= MOST for n in sizes) or math.prod(sizes) > MOST:
                raise damaged
            numbers = np.frombuffer(base64.b64decode(text, validate=True), kind)
            found[name] = numbers.reshape(sizes).astype(np.float32)
        except (TypeError, ValueError, binascii.Error):
            raise damaged from None
    return found
