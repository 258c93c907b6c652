"""Groups that a person keeps for other projects: a file each, which can be handed on.

A file is JSON with a version. Whatever is in the folder is listed: what can't be read is named with the reason, so that
it can be mended or deleted, and is never placed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.formats.atomic import replacing
from engine.formats.errors import FormatError
from engine.graph.document import LONGEST_NAME, UnknownLayer
from engine.graph.serialize import layer_from
from engine.layers.group import Group

SUFFIX = ".group.json"
FORMAT, VERSION = "layerloom-group", 1
LARGEST = 8_000_000  # bytes of a file


@dataclass(frozen=True)
class KeptGroup:
    """A group of the library.

    Attributes:
        key: of its file; stays the same when it is renamed.
        name: for people.
        layer: the group; None where the file can't be read.
        problem: why not, in one sentence; "" where it can.
    """

    key: str
    name: str
    layer: Group | None
    problem: str = ""


class GroupLibrary:
    """The groups in a folder, which is made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def groups(self) -> list[KeptGroup]:
        """All of them by name; those that can't be read at the end."""
        files = sorted(self.folder.glob(f"*{SUFFIX}")) if self.folder.is_dir() else []
        found = [self._kept(path) for path in files]
        return sorted(found, key=lambda kept: (kept.layer is None, kept.name.lower(), kept.key))

    def group(self, key: str) -> KeptGroup:
        """The group of that key; raises FormatError where there is none."""
        path = self._path(key)
        if not path.is_file():
            raise FormatError("This group is no longer in the library; choose another.")
        return self._kept(path)

    def named(self, name: str) -> str | None:
        """The key of the first group of that name, however it is written in upper and lower case; None: there is none."""
        wanted = name.strip().casefold()
        return next((kept.key for kept in self.groups() if kept.name.casefold() == wanted), None)

    def keep(self, layer: Group, name: str, *, over: str | None = None) -> str:
        """Write a group to a file of its own, or in the place of the one with the key `over`; its key.

        Raises:
            FormatError: that is not possible.
        """
        name = _checked(name)
        if over is not None:
            self._write(over, name, layer.model_copy(update={"link": "", "label": name}))
            return over
        stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "group"
        taken = {kept.key for kept in self.groups()}
        key = next(
            k for n in range(1, len(taken) + 2) if (k := stem if n == 1 else f"{stem}-{n}") not in taken
        )
        self._write(key, name, layer.model_copy(update={"link": "", "label": name}))
        return key

    def rename(self, key: str, name: str) -> None:
        """Give a group another name; its file keeps its own. Raises FormatError."""
        kept = self.group(key)
        if kept.layer is None:
            raise FormatError(kept.problem)
        self._write(key, _checked(name), kept.layer.model_copy(update={"label": name.strip()}))

    def delete(self, key: str) -> None:
        """Delete a group's file; raises FormatError where that is not possible."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise FormatError(
                f"The group can't be deleted ({error.strerror}). Delete its file yourself."
            ) from None

    def add_file(self, path: Path) -> str:
        """Take a group that somebody else has kept; its key. Raises FormatError where it is none."""
        name, layer = read_group(path)
        return self.keep(layer, name)

    def copy_to(self, key: str, path: Path) -> None:
        """Write a group to a file for others; raises FormatError."""
        kept = self.group(key)
        if kept.layer is None:
            raise FormatError(kept.problem)
        write_group(path, kept.name, kept.layer)

    def _write(self, key: str, name: str, layer: Group) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FormatError(
                f"The folder of the library can't be made ({error.strerror}). Check the disk."
            ) from None
        write_group(self._path(key), name, layer)

    def _kept(self, path: Path) -> KeptGroup:
        key = path.name.removesuffix(SUFFIX)
        try:
            name, layer = read_group(path)
        except FormatError as error:
            return KeptGroup(key, key, None, str(error))
        return KeptGroup(key, name, layer)

    def _path(self, key: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", key):
            raise FormatError(
                "A group of the library has a name of letters and digits; choose one from the list."
            )
        return self.folder / f"{key}{SUFFIX}"


def write_group(path: Path, name: str, layer: Group) -> None:
    """Write a group to a file; raises FormatError where that is not possible."""
    record = {"format": FORMAT, "version": VERSION, "name": name, "group": layer.model_dump(mode="json")}
    with replacing(path) as file:
        file.write(json.dumps(record, indent=1).encode())


def read_group(path: Path) -> tuple[str, Group]:
    """Name and group of a file.

    Raises:
        FormatError: it is no file of a group, or of a later version; one sentence.
    """
    record = _record(path)
    version = record.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FormatError(f"{path.name} says no version of the format; it is damaged. Export the group anew.")
    if version > VERSION:
        raise FormatError(f"{path.name} is of a later version of Layerloom ({version}); update to open it.")
    settings = record.get("group")
    layer = layer_from(Group.title(), settings) if isinstance(settings, dict) else UnknownLayer("", {}, "")
    if not isinstance(layer, Group):
        reason = layer.reason if isinstance(layer, UnknownLayer) else ""
        raise FormatError(f"{path.name} holds no group that can be used. {reason}".strip())
    if not layer.content.parts:
        raise FormatError(f"{path.name} holds a group without layers; delete it.")
    name = record.get("name")
    return _checked(name if isinstance(name, str) else layer.label), layer


def _record(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise FormatError(
                f"{path.name} is too large for a group; at most {LARGEST // 1_000_000} MB are read."
            )
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise FormatError(f"{path.name} can't be read ({error.strerror}). Choose another file.") from None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise FormatError(f"{path.name} is no group of Layerloom; choose a file that ends in {SUFFIX}.")
    return record


def _checked(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise FormatError(
            f"A group has a name of 1 to {LONGEST_NAME} printable characters, received {name[:90]!r}."
        )
    return name
