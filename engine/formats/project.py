"""The project file, `.loom`: a zip with the document as JSON, and weights and optimizer state as safetensors.

`project.json` holds the document and the SHA-256 of the other files. A file that can be read in part is: what is
not used is named in a warning, and only a document that makes no sense at all is refused.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.numpy
from pydantic import BaseModel

from engine.data.errors import DataError
from engine.devices.base import Watch
from engine.formats.atomic import replacing
from engine.formats.beside import follow_data
from engine.formats.embedding import MEMBER as DATA_MEMBER
from engine.formats.embedding import Embedded, packed, put_in
from engine.formats.errors import FormatError
from engine.formats.guards import Archive, Limits, read_json, read_tensors
from engine.formats.migrations import FORMAT_VERSION, migrate
from engine.formats.sections import SECTIONS
from engine.formats.weights import misfit
from engine.graph.document import ModelGraph
from engine.graph.serialize import graph_from_json, graph_to_json
from engine.runs.record import RunRecord
from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.data.recipe.preparation import Preparation
    from engine.training.many.kept import KeptStudy

APP = "Layerloom"
SUFFIX = ".loom"

DOCUMENT, WEIGHTS, OPTIMIZER, THUMBNAIL, PREPARATION, LESSON = (
    "project.json",
    "weights.safetensors",
    "optimizer.safetensors",
    "thumbnail.png",
    "preparation.json",
    "lesson.json",
)
LARGEST = {  # bytes, unpacked
    DOCUMENT: 32 << 20,
    WEIGHTS: 8 << 30,
    OPTIMIZER: 16 << 30,
    THUMBNAIL: 4 << 20,
    PREPARATION: 64 << 20,
    LESSON: 4 << 20,
}
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
LATEST_STEP = 2**53
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same project gives the same bytes


@dataclass(frozen=True, eq=False)
class Project:
    """What a project file holds.

    Attributes:
        graph: the document.
        weights: by `<node id>/<weight name>`; empty before training.
        optimizer: state that training goes on from, by name; empty where there is none.
        step: optimizer steps that led to the weights.
        thumbnail: a small PNG of the canvas.
        preparation: the fitted recipe of the user's file that the weights were learned from, or will be: shapes
            follow from it where the file is gone.
        lesson: a lesson that is taken in the project, as `engine.lessons` writes it; empty where there is none.
        run: that the weights are from; None where nobody wrote it down.
        study: of variants of the network, the last one; None where there was none.
    """

    graph: ModelGraph
    weights: Mapping[str, Array] = field(default_factory=dict)
    optimizer: Mapping[str, Array] = field(default_factory=dict)
    step: int = 0
    thumbnail: bytes | None = None
    preparation: Preparation | None = None
    lesson: bytes = b""
    run: RunRecord | None = None
    study: KeptStudy | None = None


@dataclass(frozen=True, eq=False)
class LoadedProject(Project):
    """A project that was read; `warnings` has a sentence for each thing that is not as it was saved.

    `data`: the user's own data that is in the file, too; `engine.formats.embedding.unpack` brings it out.
    """

    warnings: tuple[str, ...] = ()
    data: Embedded | None = None


def save_project(path: Path, project: Project, data: Path | None = None, watch: Watch | None = None) -> None:
    """Write a project; a crash or a full disk leaves the file that was there.

    Args:
        path: where to.
        project: what it holds.
        data: a file or folder that is to travel with it.
        watch: of the data; what it raises ends the writing.

    Raises:
        FormatError: the operating system refused, or the data can't be read.
    """
    if data is None:
        _write(path, project, None, None, watch)
    else:
        with packed(data, watch) as (file, said):
            _write(path, project, file, said, watch)


def _write(
    path: Path, project: Project, own: Path | None, said: Embedded | None, watch: Watch | None
) -> None:
    members = {
        WEIGHTS: _tensor_bytes(project.weights),
        OPTIMIZER: _tensor_bytes(project.optimizer),
        THUMBNAIL: project.thumbnail or b"",
        PREPARATION: project.preparation.model_dump_json().encode() if project.preparation else b"",
        LESSON: project.lesson,
    }
    members = {name: data for name, data in members.items() if data}
    document = {
        "format_version": FORMAT_VERSION,
        "app": APP,
        "step": project.step,
        "members": {name: {"sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()},
        "graph": graph_to_json(project.graph),
        **({"data": said.record()} if said is not None else {}),
        # what follows is added to the format without another version: those before do not look at it
        **({"run": project.run.record()} if project.run is not None else {}),
        **({"study": project.study.record()} if project.study is not None else {}),
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode()
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        _add(archive, DOCUMENT, text, zipfile.ZIP_DEFLATED)
        for name, data in members.items():
            _add(
                archive,
                name,
                data,
                zipfile.ZIP_DEFLATED if name in (PREPARATION, LESSON) else zipfile.ZIP_STORED,
            )
        if own is not None and said is not None:
            put_in(archive, own, said, watch)


def load_project(
    path: Path, sections: Mapping[str, type[BaseModel]] = SECTIONS, limits: Limits | None = None
) -> LoadedProject:
    """Read a project from anywhere.

    Args:
        path: of the file.
        sections: the model of each section by name.
        limits: how much is read at most.

    Raises:
        FormatError: nothing of it can be opened.
    """
    if path.exists() and not path.is_file():
        raise FormatError(f"{path} can't be opened: it is not a file. Choose a {SUFFIX} file.")
    try:
        with zipfile.ZipFile(path) as file:
            return _following(
                _Reader(Archive(file, limits or Limits()), sections).read(), path.absolute().parent
            )
    except FormatError as error:
        raise FormatError(f"{path.name} can't be opened: {error}") from error
    except OSError as error:
        raise FormatError(f"{path} can't be opened ({error.strerror or error}). Check the name.") from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        sentence = (
            f"{path.name} can't be opened: a project is a zip archive, and this is none, or a damaged one."
        )
        raise FormatError(f"{sentence} Take an earlier copy.") from error


def _following(project: LoadedProject, folder: Path) -> LoadedProject:
    said = follow_data(project.graph, folder) if project.data is None else ""
    return replace(project, warnings=(*project.warnings, said)) if said else project


class _Reader:
    """Reads one archive and collects the warnings."""

    def __init__(self, archive: Archive, sections: Mapping[str, type[BaseModel]]) -> None:
        self._archive = archive
        self._sections = sections
        self._warnings: list[str] = []

    def read(self) -> LoadedProject:
        document = read_json(self._archive.read(DOCUMENT, LARGEST[DOCUMENT]))
        if not isinstance(document, dict):
            raise FormatError(f"{DOCUMENT} in it is not a project.")
        document = migrate(document)
        try:
            graph, self._warnings = graph_from_json(document.get("graph"), self._sections)
        except ValueError as error:
            raise FormatError(str(error)) from error
        for name in self._archive.names:
            if name not in LARGEST and name != DATA_MEMBER:
                self._warnings.append(f"{name[:80]!a} in it is not part of a project; it is ignored.")
        members = document.get("members")
        members = members if isinstance(members, dict) else {}
        weights = self._weights(graph, members)
        optimizer = self._tensors(OPTIMIZER, "optimizer state", members) if weights else {}
        return LoadedProject(
            graph,
            weights,
            optimizer,
            self._step(document) if weights else 0,
            self._thumbnail(members),
            self._preparation(members),
            self._checked(LESSON, "lesson", members) or b"",
            RunRecord.read(document.get("run")) if weights else None,
            self._study(document.get("study")),
            tuple(self._warnings),
            Embedded.read(document.get("data")) if DATA_MEMBER in self._archive.names else None,
        )

    def _weights(self, graph: ModelGraph, members: Mapping[str, Any]) -> dict[str, Array]:
        weights = self._tensors(WEIGHTS, "weights", members)
        reason = misfit(graph, weights)
        if reason:
            self._warnings.append(f"The weights do not fit the network, so it starts untrained: {reason}")
            return {}
        broken = [name for name, array in weights.items() if not np.isfinite(array).all()]
        if broken:
            self._warnings.append(
                f"{len(broken)} of the weights have values that are not finite ({broken[0]}): training had diverged. "
                "Train again with a smaller learning rate."
            )
        return weights

    def _tensors(self, name: str, what: str, members: Mapping[str, Any]) -> dict[str, Array]:
        data = self._checked(name, what, members)
        try:
            return read_tensors(data) if data else {}
        except FormatError as error:
            self._warnings.append(f"The {what} are left out. {error}")
            return {}

    def _thumbnail(self, members: Mapping[str, Any]) -> bytes | None:
        data = self._checked(THUMBNAIL, "thumbnail", members)
        return data if data and data.startswith(PNG_SIGNATURE) else None

    def _preparation(self, members: Mapping[str, Any]) -> Preparation | None:
        data = self._checked(PREPARATION, "steps that prepare the data", members)
        if not data:
            return None
        from engine.data.recipe.preparation import Preparation  # few projects have one

        try:
            read_json(data)
            return Preparation.read(data)
        except (FormatError, DataError) as error:
            self._warnings.append(str(error))
            return None

    def _study(self, record: Any) -> KeptStudy | None:
        if record is None:
            return None
        from engine.training.many.kept import KeptStudy  # few projects have one

        try:
            return KeptStudy.read(record)
        except ValueError as error:
            self._warnings.append(f"The study of variants is left out: {error}.")
            return None

    def _checked(self, name: str, what: str, members: Mapping[str, Any]) -> bytes | None:
        """The bytes of a member, if they are there and what was saved."""
        record = members.get(name)
        if name not in self._archive.names:
            if record is not None:
                self._warnings.append(f"The {what} are missing from the file.")
            return None
        try:
            data = self._archive.read(name, LARGEST[name])
        except FormatError as error:
            self._warnings.append(f"The {what} are left out. {error}")
            return None
        if not isinstance(record, dict) or record.get("sha256") != hashlib.sha256(data).hexdigest():
            self._warnings.append(
                f"The {what} are not those that were saved (wrong SHA-256), so they are left out."
            )
            return None
        return data

    def _step(self, document: Mapping[str, Any]) -> int:
        step = document.get("step")
        return step if type(step) is int and 0 <= step <= LATEST_STEP else 0


def _tensor_bytes(arrays: Mapping[str, Array]) -> bytes:
    if not arrays:
        return b""
    return safetensors.numpy.save({name: np.asarray(array, order="C") for name, array in arrays.items()})


def _add(archive: zipfile.ZipFile, name: str, data: bytes, compression: int) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = compression
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)
