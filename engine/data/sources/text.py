"""Text to learn writing from, letter by letter or word by word: a file or a folder; or a folder of texts to tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from engine.data.errors import DataError
from engine.data.pictures.source import shown
from engine.data.sources.base import Column, Identity, Kind, Note, Source, SourceKind, Watch
from engine.data.sources.listing import Listing, list_files, place_of, share_of, texts
from engine.data.sources.tokens import TokenSource, WindowOptions
from engine.data.texts.cut import Unit, tokenized
from engine.data.texts.read import LARGEST_FILE, Encoding, beginning, pieces, sniffed
from engine.settings import setting
from engine.tensor.spec import Array

SUFFIXES = (".txt", ".text", ".md")
_LONGEST = 100_000  # characters of one text of many
_MOST_NOTES = 1_000
_SHOWN = 200
_TABLE_LINES = 0.9  # share of lines with as many delimiters as the first from which a text is a table


class TextOptions(WindowOptions):
    """How text is understood."""

    use: Literal["auto", "writing", "classes"] = setting(
        "auto",
        "Use",
        "writing: what comes next in the text; classes: each file of a folder is a text, its folder the class; "
        "auto: classes where there are folders in the folder",
    )
    unit: Unit = setting("characters", "Tokens", "what the text is cut into", prominent=True)
    vocabulary: int = setting(
        5_000,
        "Vocabulary",
        "how many different tokens are told apart, the most frequent ones",
        ge=2,
        le=100_000,
    )
    lower: bool = setting(False, "Small letters", "take capital letters for small ones")
    encoding: Encoding = setting("auto", "Encoding", "how the file is written; auto finds out")


class TextFolder(Source):
    """A folder of texts, one a row."""

    def __init__(self, listing: Listing, options: TextOptions) -> None:
        self.kind, self.path, self.title, self.options = TEXT, listing.root, listing.root.name, options
        self.identity, self.notes = listing.identity, listing.notes
        self._listing, self._encoding = listing, options.encoding
        places = [place_of(name) for name in listing.names]
        self._texts = {"class": [shown(place.label) for place in places]}
        if any(place.part for place in places):
            self._texts["part"] = [place.part for place in places]
        self._texts["file"] = [shown(name) for name in listing.names]
        self.columns = tuple(Column(name, Kind.TEXT) for name in ("text", *self._texts))

    def count(self, watch: Watch | None = None) -> int:
        """The number of files."""
        return len(self._listing.names)

    def page(self, start: int, count: int) -> list[list[object]]:
        """The beginnings of the texts, and their classes."""
        rows = range(*slice(start, start + count).indices(self.count()))
        found = [self._text(row, _SHOWN) for row in rows]
        return [
            [text or None, *(cells[row] or None for cells in self._texts.values())]
            for row, text in zip(rows, found, strict=True)
        ]

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """Texts, up to their hundred thousandth character."""
        read = {}
        for name in names:
            self.column(name)
            if name == "text":
                rows = range(*slice(start, stop).indices(self.count()))
                read[name] = texts([self._text(row, _LONGEST) for row in rows])
            else:
                read[name] = texts(self._texts[name][start:stop])
        return read

    def changed(self) -> bool:
        """Whether files came, went, or were written anew."""
        return self._listing.held.changed()

    def glance(self) -> bool:
        """The same of some of them."""
        return self._listing.held.glance()

    def _text(self, row: int, most: int) -> str:
        """The text of a row; "" if it cannot be read, which is noted."""
        name = self._listing.names[row]
        try:
            text, more = beginning(self._listing.root / name, most, self._encoding)
        except DataError as error:
            self._note(name, str(error))
            return ""
        if more and most == _LONGEST:
            self._note(
                name, f"A text of many is read up to its {_LONGEST:,}th character; this one is longer."
            )
        return text.replace("\0", "")

    def _note(self, name: str, sentence: str) -> None:
        if len(self.notes) < _MOST_NOTES and all(note.place != shown(name) for note in self.notes):
            self.notes = (*self.notes, Note(sentence, shown(name), "warning"))


def _written(
    listing: Listing, options: TextOptions, path: Path, identity: Identity, watch: Watch | None
) -> TokenSource:
    """All files as one text."""
    found: list[tuple[Path, str]] = []
    notes = list(listing.notes)
    for name in listing.names:
        try:
            file = listing.root / name
            encoding = sniffed(file)
            found.append((file, encoding if options.encoding == "auto" else options.encoding))
        except DataError as error:
            if len(listing.names) == 1:
                raise
            notes.append(Note(str(error), shown(name), "warning"))
    size = sum(file.stat().st_size for file, _ in found)
    if size > LARGEST_FILE:
        raise DataError(
            f"Texts can have up to {LARGEST_FILE // 10**6} MB together; {path.name} has {size // 10**6} MB. "
            "Use some of them."
        )
    if any(encoding == "cp1252" for _, encoding in found):
        notes.append(
            Note("The text is not UTF-8 and was read as Latin-1; correct the encoding if signs look wrong.")
        )

    done = 0

    def read() -> Iterator[str]:
        nonlocal done
        for file, encoding in found:
            for piece in pieces(file, encoding):
                yield piece
                done += len(piece)
                if watch is not None:
                    watch(min(done, 2 * size), 2 * size)  # it is read twice

    tokens = tokenized(read, options.unit, options.vocabulary, options.lower)
    return TokenSource(TEXT, path, options, identity, tokens, notes)


def _open(path: Path, options: TextOptions, watch: Watch | None) -> Source:
    if not path.is_dir():
        identity = Identity.of_file(path)
        listing = Listing.of_one(path, identity)
        return _written(listing, options, path, identity, watch)
    listing = list_files(path, SUFFIXES, watch)
    if not listing.names:
        raise DataError(f"A folder of texts must hold some ({' '.join(SUFFIXES)}); {path.name} has none.")
    labels = {place_of(name).label for name in listing.names}
    if options.use == "classes" or (options.use == "auto" and len(labels) > 1):
        return TextFolder(listing, options)
    return _written(listing, options, path, listing.identity, watch)


def _matches(path: Path, head: bytes) -> float:
    if not head:
        return 0.85 * share_of(path, SUFFIXES)
    if path.suffix.lower() not in SUFFIXES or (b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff")):
        return 0.0
    return 0.3 if path.suffix.lower() == ".txt" and _is_table(head) else 0.93


def _is_table(head: bytes) -> bool:
    """Whether nearly all lines have as many tabs, semicolons, strokes or commas as the first."""
    lines = [line for line in head.decode("utf-8", "replace").splitlines()[:100] if line.strip()]
    for delimiter in "\t;|,":
        first = lines[0].count(delimiter) if lines else 0
        alike = sum(line.count(delimiter) == first for line in lines)
        if first and len(lines) > 1 and alike >= _TABLE_LINES * len(lines):
            return True
    return False


TEXT = SourceKind("text", "Text", SUFFIXES, TextOptions, _matches, _open)
