"""All answers for a file together, for a table to show: sorted, filtered, compared with the truth, exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from engine.data.block import Rows
from engine.data.export import write_csv
from engine.data.pictures.ground import opposite
from engine.data.pictures.ink import off_centre
from engine.devices.base import Watch
from engine.models.answering.network import Answering
from engine.models.answering.report import ClassTally, NumberTally, Report, tally_for
from engine.models.answering.table import Answer, cells, titles
from engine.models.answering.writing import save_npz
from engine.tensor.spec import Array

MOST_BYTES = 300_000_000  # of answers that are kept
MOST_PICTURES = 5_000  # of which a small one is kept
MOST_CELLS = 2_000_000  # that are kept to be shown
MOST_COLUMNS = 6  # of the file that are shown
TOP = 5
FEW = 5  # one of so many is worth a word
Key = tuple[Literal["row", "cell", "class", "share", "number", "truth", "error"], int]


@dataclass(frozen=True)
class Heading:
    """A column of the table.

    Attributes:
        title: of it; empty where the window has a word for it.
        key: by what it is sorted.
    """

    title: str
    key: Key


@dataclass(eq=False)
class Results:
    """What a network says of the rows of a file.

    Attributes:
        title: of the file.
        answers: one a target, all rows.
        headings: of the columns of the file that are shown.
        shown: cells of the first rows; a picture is a small uint8 array.
        truth: by target, as in `Block`.
        reports: where the file has answers.
        notes: what was noticed.
        rest: rows that there was no room for.
        pictured: whether the rows are pictures, so that they can be inverted.
        inverted: whether they were.
        opposite: how many are light on dark where the network learned dark on light, or the other way round.
        centred: whether what is drawn was brought to the middle.
        away: how many lie off the middle, or are of another size, where the network learned centred ones.
        extent: of what the network learned, where it did.
    """

    title: str
    answers: list[Answer] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    shown: list[list[object]] = field(default_factory=list)
    truth: dict[str, Array] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    rest: bool = False
    pictured: bool = False
    inverted: bool = False
    opposite: int = 0
    centred: bool = False
    away: int = 0
    extent: float | None = None

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.answers[0].values)

    @property
    def looks_inverted(self) -> bool:
        """Whether most of them are the opposite of what was learned."""
        return 2 * self.opposite > self.rows

    @property
    def looks_off_centre(self) -> bool:
        """Whether so many of them do that it matters; centring leaves the others as they are."""
        return self.away * FEW > self.rows

    @property
    def is_class(self) -> bool:
        """Whether the first answer is one class a row."""
        first = self.answers[0]
        return bool(first.target.class_names) and first.values.ndim == 2

    def columns(self) -> list[Heading]:
        """Pictures of the file, what is answered, the truth, then the other cells of the file."""
        cells_ = [Heading(title, ("cell", k)) for k, title in enumerate(self.headings)]
        drawn = [heading for heading in cells_ if self.is_drawn(heading.key[1])]
        found = list(drawn)
        if self.is_class:
            found += [Heading("", ("class", 0)), Heading("", ("share", 0))]
        else:
            names = titles([Answer(self.answers[0].target, self.answers[0].values[:1])])
            found += [Heading(name, ("number", k)) for k, name in enumerate(names[:MOST_COLUMNS])]
        truth = self.truth.get(self.answers[0].target.name)
        if truth is not None:
            found.append(Heading("", ("truth", 0)))
            if truth.size == self.rows and (self.is_class or self._numbers().shape[1] == 1):
                found.append(Heading("", ("error", 0)))
        return found + [heading for heading in cells_ if heading not in drawn]

    def value(self, row: int, key: Key) -> object:
        """A cell: text, a number, None where there is nothing, or a small picture."""
        kind, place = key
        if kind == "cell":
            return self.shown[row][place] if row < len(self.shown) else None
        if kind == "class":
            return self.top(row, 1)[0][0] if self._is_known(row) else None
        if kind == "share":
            return self.top(row, 1)[0][2] if self._is_known(row) else None
        if kind == "truth":
            return self._true(row)
        if kind == "error":
            error = float(self._errors(np.array([row]))[0])
            return error if np.isfinite(error) else None
        value = self._numbers()[row, place]
        return float(value) if np.isfinite(value) else None

    def _numbers(self) -> Array:
        values = self.answers[0].values
        if self.answers[0].target.class_names and values.ndim > 2:
            values = values.argmax(axis=-1) if values.shape[-1] > 1 else values[..., 0] >= 0.5
        return np.asarray(values).reshape(self.rows, -1)

    def _errors(self, rows: Array) -> Array:
        """What is answered less what is true; of classes, the probability that went to wrong ones. NaN where unknown."""
        answer = self.answers[0]
        truth = self.truth[answer.target.name].reshape(self.rows)[rows]
        if not self.is_class:
            apart: Array = np.asarray(self._numbers()[rows, 0], np.float64) - truth
            return apart
        shares = Answer(answer.target, answer.values[rows], answer.scores).shares
        known = (truth >= 0) & (truth < shares.shape[1])
        right = shares[np.arange(len(rows)), np.where(known, truth, 0)]
        wrong: Array = np.where(known, 1.0 - right, np.nan)
        return wrong

    def _is_known(self, row: int) -> bool:
        return bool(np.isfinite(self.answers[0].values[row]).all())

    def _true(self, row: int) -> object:
        target = self.answers[0].target
        truth = self.truth[target.name][row]
        if target.class_names:
            number = int(np.ravel(truth)[0])
            return target.class_names[number] if 0 <= number < len(target.class_names) else None
        value = float(np.ravel(truth)[0])
        return value if np.isfinite(value) else None

    def top(self, row: int, most: int = TOP) -> list[tuple[str, int, float]]:
        """The most probable classes: name, number, probability; the most probable first."""
        answer = self.answers[0]
        one = Answer(answer.target, answer.values[row : row + 1], answer.scores)
        shares = np.nan_to_num(one.shares[0])
        order = np.argsort(-shares, kind="stable")[:most].tolist()
        names = one.names
        return [(names[k], k, float(shares[k])) for k in order]

    def numbers(self, row: int) -> list[tuple[str, float]]:
        """What is predicted for a row, with names and in units."""
        names = titles([Answer(self.answers[0].target, self.answers[0].values[:1])])
        return [(n, float(v)) for n, v in zip(names, self._numbers()[row].tolist(), strict=False)][:24]

    def order(self, key: Key, *, downward: bool, text: str = "") -> Array:
        """Rows in the order of a column, those whose words contain `text`."""
        rows = np.arange(self.rows)
        if text:
            rows = rows[[self._says(int(row), text.lower()) for row in rows]]
        values = self._sortable(key, rows)
        if values is None:
            return rows[::-1] if downward else rows
        order = np.argsort(values, kind="stable")
        found: Array = rows[order[::-1] if downward else order]
        return found

    def _says(self, row: int, text: str) -> bool:
        words = [str(c) for c in (self.shown[row] if row < len(self.shown) else ()) if isinstance(c, str)]
        if self.is_class and self._is_known(row):
            words.append(self.top(row, 1)[0][0])
        return any(text in word.lower() for word in words)

    def _sortable(self, key: Key, rows: Array) -> Array | None:
        kind, place = key
        if kind == "row":
            return None
        if kind in ("class", "share"):
            shares = np.nan_to_num(self.answers[0].shares, nan=-1.0)[rows]
            return shares.max(axis=1) if kind == "share" else _ranked(self.answers[0].names, shares)
        if kind == "error":
            return np.nan_to_num(np.abs(self._errors(rows)), nan=-1.0)
        if kind == "number":
            found: Array = self._numbers()[rows, place]
            return found
        given = [self.value(int(row), key) for row in rows]
        if all(isinstance(v, int | float) or v is None for v in given):
            return np.array([np.nan if v is None else float(str(v)) for v in given])
        return np.array([str(v).lower() if isinstance(v, str | int | float) else "" for v in given])

    def save_csv(self, path: Path) -> None:
        """One line a row, neutralized.

        Raises:
            DataError: it can't be written; nothing is left of it.
        """
        kept = [k for k in range(len(self.headings)) if not self.is_drawn(k)]
        truth = self.truth.get(self.answers[0].target.name) is not None
        names = [self.headings[k] for k in kept] + titles([self._part(a, 0, 1) for a in self.answers])
        write_csv(path, [*names, "answer"] if truth else names, self._lines(kept, truth=truth))

    def is_drawn(self, column: int) -> bool:
        """Whether a column of the file holds pictures."""
        return any(isinstance(row[column], np.ndarray) for row in self.shown[:10])

    def _lines(self, kept: Sequence[int], *, truth: bool) -> Iterator[list[object]]:
        for start in range(0, self.rows, 4096):
            part = [self._part(a, start, start + 4096) for a in self.answers]
            for k, said in enumerate(cells(part)):
                row = start + k
                own = [self.shown[row][c] if row < len(self.shown) else None for c in kept]
                yield [*own, *said, self._true(row)] if truth else [*own, *said]

    @staticmethod
    def _part(answer: Answer, start: int, stop: int) -> Answer:
        return Answer(answer.target, answer.values[start:stop], answer.scores)

    def save_npz(self, path: Path) -> None:
        """Arrays `y0`, `y1` ..; raises FormatError."""
        save_npz(path, [self.answers])


def _ranked(names: Sequence[str], shares: Array) -> Array:
    """Numbers that sort as the names of the most probable classes do."""
    places = {k: place for place, k in enumerate(sorted(range(len(names)), key=lambda k: names[k].lower()))}
    return np.array([places[int(k)] for k in shares.argmax(axis=1)])


def gathered(
    network: Answering,
    rows: Rows,
    title: str,
    watch: Watch | None = None,
    *,
    inverted: bool = False,
    centred: bool = False,
) -> Results:
    """Answers for all rows, or as many as there is room for; `inverted`, `centred`: as they were opened.

    Raises:
        DataError: a value is not what the network takes.
        Interrupted: by `watch`.
    """
    found, size = Results(title, pictured=rows.pictured, inverted=inverted, centred=centred), 0
    found.extent = network.extent
    parts: list[list[Array]] = [[] for _ in network.targets]
    truths: dict[str, list[Array]] = {name: [] for name in rows.answered}
    tallies: dict[str, ClassTally | NumberTally | None] = {}
    found.headings = list(rows.headings)[:MOST_COLUMNS]
    for answered in network.answer(rows, watch):
        block = answered.block
        found.opposite += int(opposite(block.grounds, network.ground).sum())
        found.away += int(off_centre(block.places, network.extent).sum())
        answers = [
            Answer(t, o, s) for t, o, s in zip(network.targets, answered.outputs, network.scores, strict=True)
        ]
        for name, truth in block.truth.items():
            answer = next(a for a in answers if a.target.name == name)
            tally = tallies.setdefault(name, tally_for(answer, network.title_of(answer.target)))
            if tally is not None:
                tally.add(answer, truth)
            truths[name].append(truth)
        if (len(found.shown) + block.rows) * max(1, len(found.headings)) <= MOST_CELLS and found.headings:
            seen = block.seen if inverted or centred else ()
            shown = (
                [_as_seen(row, seen[k]) for k, row in enumerate(rows.cells(block))]
                if len(seen)
                else rows.cells(block)
            )
            found.shown += [_small(cells_, block.start + k) for k, cells_ in enumerate(shown)]
        for part, output in zip(parts, answered.outputs, strict=True):
            part.append(output)
            size += output.nbytes
        if size > MOST_BYTES:
            found.rest = True
            break
    found.answers = [
        Answer(t, np.concatenate(part), s)
        for t, part, s in zip(network.targets, parts, network.scores, strict=True)
    ]
    told = {name: np.concatenate(each) for name, each in truths.items() if each}
    found.truth = {name: truth for name, truth in told.items() if _says_something(truth)}
    found.reports = [r for tally in tallies.values() if tally is not None for r in tally.reports()]
    found.notes = rows.notes
    return found


def _says_something(truth: Array) -> bool:
    """Whether a column that was taken for answers has any."""
    return bool((truth >= 0).any() if truth.dtype.kind == "i" else np.isfinite(truth).any())


def _as_seen(row: Sequence[object], seen: Array) -> list[object]:
    """The cells of a row, the picture as the network gets it."""
    return [seen if isinstance(cell, np.ndarray) else cell for cell in row]


def _small(row: Sequence[object], number: int) -> list[object]:
    """The shown cells; of very many pictures the first."""
    return [
        None if isinstance(cell, np.ndarray) and number >= MOST_PICTURES else cell
        for cell in row[:MOST_COLUMNS]
    ]
