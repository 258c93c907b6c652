"""The written pages, for whoever shows them: what there is, by which words it is found, where it lies."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "reference"
INDEX, CONTENTS = "index.html", "contents.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: `path` from the folder of the reference, `kind` ("layer"), other words it is found by."""

    path: str
    title: str
    kind: str
    summary: str
    words: tuple[str, ...] = ()


class Library:
    """The pages of a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All pages but the index, in its order; none where the folder is missing."""
        file = self.folder / CONTENTS
        if not file.is_file():
            return ()
        return tuple(
            Entry(**{**record, "words": tuple(record["words"])})
            for record in json.loads(file.read_text(encoding="utf-8"))
        )

    def text(self, path: str) -> str | None:
        """The file at a path from the folder; None if there is none, or none inside the folder."""
        file = (self.folder / path).resolve()
        if not file.is_relative_to(self.folder.resolve()) or not file.is_file():
            return None
        return file.read_text(encoding="utf-8")


def contents(entries: Iterable[Entry]) -> str:
    """The list of pages as it is written: one a line, so that changes are easy to read."""
    lines = ",\n".join(json.dumps(asdict(entry), ensure_ascii=False) for entry in entries)
    return f"[\n{lines}\n]\n"
