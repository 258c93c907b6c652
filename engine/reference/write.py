"""Makes all pages and pictures, writes them, and tells whether those on disk are what would be written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.layers import listing
from engine.lessons.registry import lessons as known_lessons
from engine.reference import lessons
from engine.reference.library import CONTENTS, FOLDER, INDEX, Entry, contents
from engine.reference.page import document, index, page
from engine.reference.pictures.choose import picture_of
from engine.reference.subjects import Subject, subjects

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LEEWAY = 0.25  # units of a picture: what another processor's rounding may move a point by


def generate() -> dict[str, str]:
    """All files of the reference by their path in its folder."""
    files = {INDEX: index(), CONTENTS: contents([*map(entry_of, subjects()), *lessons.entries()])}
    files[listing.FILE] = listing.written(listing.derived())
    for lesson in known_lessons().values():
        files[lessons.path_of(lesson)] = document(lesson.title, lessons.parts_of(lesson))
    for subject in subjects():
        picture = picture_of(subject.declaration)
        files[subject.path] = page(subject, picture)
        if picture is not None:
            files[subject.path.removesuffix("html") + "svg"] = str(picture)
    return files


def entry_of(subject: Subject) -> Entry:
    """What the list of contents says of a page."""
    words = (*subject.aliases, *subject.elsewhere.values(), subject.key, subject.declaration.__name__)
    other = tuple(dict.fromkeys(word for word in words if word != subject.title))
    return Entry(subject.path, subject.title, subject.shelf.noun, subject.summary, other)


def write(files: Mapping[str, str], folder: Path = FOLDER) -> int:
    """Write what changed and take away what is no longer made; how many files that were."""
    changed = list(stale(files, folder))
    for path in changed:
        target = folder / path
        if path in files:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[path], encoding="utf-8", newline="\n")
        else:
            target.unlink()
    return len(changed)


def stale(files: Mapping[str, str], folder: Path = FOLDER) -> Iterator[str]:
    """Paths that are missing, differ or should not be there."""
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for path in sorted(present | set(files)):
        if path not in files or path not in present or not _equal(path, files[path], folder):
            yield path


def _equal(path: str, text: str, folder: Path) -> bool:
    there = (folder / path).read_text(encoding="utf-8")
    if there == text or not path.endswith(".svg"):
        return there == text
    if _NUMBER.sub("0", there) != _NUMBER.sub("0", text):
        return False
    pairs = zip(_NUMBER.findall(there), _NUMBER.findall(text), strict=True)
    return all(abs(float(a) - float(b)) <= _LEEWAY for a, b in pairs)
