"""The steps from a source to a training set that every kind of example shares: what is used, learned and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.data.bundle import TARGET, TaskKind
from engine.data.errors import DataError
from engine.data.recipe.facts import Facts
from engine.data.recipe.fitted import ColumnFitting, FittedColumn, as_words
from engine.data.recipe.guesses import is_no_target, said_of_no_target
from engine.data.recipe.layout import of_whole, target_of
from engine.data.recipe.parts import Shares
from engine.data.recipe.plan import Plan, PlannedColumn, is_sequence, plan
from engine.data.recipe.preparation import FittedFeature, Piece, Preparation
from engine.data.recipe.reading import (
    CELL_KINDS,
    Cells,
    Progress,
    remember_facts,
    remembered_facts,
    surveying,
)
from engine.data.recipe.steps.base import NumberState, is_missing
from engine.data.recipe.steps.categories import OneHot
from engine.data.recipe.steps.missing import Drop
from engine.data.recipe.steps.numbers import AsIs, Log
from engine.data.recipe.store import Room
from engine.data.recipe.wholes import Whole, fit_last_axis, open_whole
from engine.data.recipe.writing import Scatter, codes, write_cells, write_whole
from engine.data.settings import DataSettings
from engine.data.sources.base import Source, Watch
from engine.tensor.spec import Array, DType

PASSES = 4  # over all rows: survey, what the split goes by, fit, apply
MOST_MEASURED = 1e150  # of a number whose square is finite: deviations are made of squares
_NEEDED = ("weight", "group", "time", "split")  # roles whose cells can't be missing
_TEXT_BYTES = 16


@dataclass
class Draft:
    """What is known of a training set on the way.

    Attributes:
        kept: rows of the source that are used, int64.
        columns: of single cells, fitted, by name.
        wholes: columns of arrays, pictures, sounds, by name; `states` says how each is scaled.
        targets: features, in order.
    """

    plan: Plan
    facts: Facts
    wholes: dict[str, Whole]
    kept: Array
    targets: list[FittedFeature] = field(default_factory=list)
    columns: dict[str, FittedColumn] = field(default_factory=dict)
    states: dict[str, tuple[NumberState, ...]] = field(default_factory=dict)


class Making:
    """One preparation: reads the source in a few passes.

    Raises:
        DataError: the source has no rows.
    """

    def __init__(self, source: Source, settings: DataSettings, watch: Watch | None) -> None:
        self.source, self.settings, self._watch = source, settings, watch
        self.recipe = settings.recipe
        self.shares = Shares(settings.validation_fraction, settings.test_fraction, settings.seed)
        self.rows = source.count(watch)
        if not self.rows:
            raise DataError(f"Data must have rows; {source.title} has none. Choose another file.")
        ignored = {name for name, decided in self.recipe.columns.items() if decided.role == "ignore"}
        self._singles = [c for c in source.columns if c.kind in CELL_KINDS and c.name not in ignored]
        self._progress = Progress(watch, self.rows, PASSES)
        self.cells = Cells(source, self._singles, self.rows, self._progress)
        self.notes: list[str] = []

    def draft(self) -> Draft:
        """What is used of the source, and for what.

        Raises:
            DataError: nothing can be learned from it.
        """
        facts = self._facts()
        normalize, tokens = self.settings.normalize, is_sequence(self.source)
        planned = plan(self.source.columns, facts, self.recipe, normalize=normalize, tokens=tokens)
        if planned.problem:
            raise DataError(f"{planned.problem}{self._said_before()}")
        self.notes += _of_constant_targets(planned, facts)
        wholes = {
            c.name: open_whole(self.source, c, self._watch)
            for c in planned.used
            if c.column.kind not in CELL_KINDS
        }
        draft = Draft(planned, facts, wholes, self._kept(planned, facts, wholes))
        names = [c.name for c in planned.targets]
        titles = [TARGET] if len(names) == 1 else names
        for c, title in zip(planned.targets, titles, strict=True):
            whole = wholes.get(c.name)
            made = of_whole(whole, title, "target") if whole else target_of(c, title, facts[c.name])
            draft.targets.append(made)
        return draft

    def _facts(self) -> Facts:
        with surveying(self.source, self._watch):
            return self._surveyed()

    def _surveyed(self) -> Facts:
        kept = remembered_facts(self.source)
        if kept is not None and all(c.name in kept for c in self._singles):
            self._progress.advance(self.rows)
            return {c.name: kept[c.name] for c in self._singles}
        facts = self.cells.survey(self._singles)
        if len(self._singles) == sum(c.kind in CELL_KINDS for c in self.source.columns):
            remember_facts(self.source, facts)
        return facts

    def _kept(self, planned: Plan, facts: Facts, wholes: Mapping[str, Whole]) -> Array:
        """The rows that have what they need."""
        usable = np.ones(self.rows, bool)
        for name, whole in wholes.items():
            usable[whole.missing] = False
            if whole.missing.size:
                count = whole.missing.size
                verb = "is" if count == 1 else "are"
                self.notes.append(f"{_rows(count)} of {name!r} can't be read and {verb} left out.")
        needed = [c for c in planned.used if c.name in facts and facts[c.name].missing and _is_needed(c)]
        for start, block in self.cells.blocks([c.name for c in needed]):
            for cells in block.values():
                usable[start : start + len(cells)] &= ~is_missing(cells)
        for c in needed:
            count = facts[c.name].missing
            self.notes.append(
                f"1 row without a value in {c.name!r} is left out."
                if count == 1
                else f"{count:,} rows without a value in {c.name!r} are left out."
            )
        kept = np.flatnonzero(usable)
        unread = [name for name, whole in wholes.items() if whole.missing.size == self.rows]
        if unread:
            raise DataError(
                f"There must be something that can be read; nothing of {unread[0]!r} can.{self._said_before()}"
            )
        if not kept.size:
            raise DataError(
                f"There must be rows with all that is needed; {self.source.title} has none. Choose another way with "
                "missing values."
            )
        return kept

    def _said_before(self) -> str:
        """What was noticed when the file was opened, which may be why."""
        warnings = [note.sentence for note in self.source.notes if note.severity == "warning"]
        return f" {warnings[0]}" if warnings else ""

    # -- what rows are divided by ------------------------------------------------------------------
    def values(self, draft: Draft, name: str) -> Array:
        """The cells of a column in the rows that are used, as they are read."""
        return self._of_kept(draft, self.cells.column(name))

    def _of_kept(self, draft: Draft, values: Array) -> Array:
        """Of the rows that are used; to take texts out of an array is slow, and most often it is all of them."""
        return values if len(draft.kept) == self.rows else values[draft.kept]

    def numbered(self, draft: Draft, name: str) -> Array:
        """The same as numbers from 0 on, equal ones for equal cells: int64 (n,)."""
        values = self.values(draft, name)
        words = as_words(values, draft.plan.column(name).column.kind)
        numbers: Array = np.unique(words, return_inverse=True)[1].astype(np.int64)
        return numbers

    def classes(self, draft: Draft) -> Array | None:
        """The classes of the first target that has one class a row, in the rows that are used; None without one."""
        for feature in draft.targets:
            if feature.kind != "category" or feature.shape:
                continue
            name = feature.pieces[0].column
            if name in draft.wholes:
                whole = draft.wholes[name]
                return whole.read(0, self.rows)[draft.kept]
            blocks = self.cells.blocks([name])
            return self._of_kept(draft, np.concatenate([codes(b[name], feature) for _, b in blocks]))
        return None

    # -- learning and writing ----------------------------------------------------------------------
    def fit(self, draft: Draft, train: Array) -> None:
        """Fit every step on the rows of the source that are marked in `train`, bool (rows,)."""
        numbers = [c for c in draft.plan.targets if c.task == "numbers"]
        self._require_measurable(draft, [*draft.plan.inputs, *numbers])
        columns = [c for c in (*draft.plan.inputs, *numbers) if c.name not in draft.wholes]
        fittings = {c.name: ColumnFitting(c) for c in columns}
        for start, block in self.cells.blocks(list(fittings)):
            for name, cells in block.items():
                fittings[name].add(cells[train[start : start + len(cells)]])
        draft.columns = {name: fitting.fitted() for name, fitting in fittings.items()}
        for c in (*draft.plan.inputs, *draft.plan.targets):
            if c.name in draft.wholes:
                scaled = c.numbers is not None and not isinstance(c.numbers, AsIs)
                draft.states[c.name] = fit_last_axis(draft.wholes[c.name], train, scaled)
        if self.recipe.rules == 1 and self.settings.normalize:
            self._spread(draft, train)
        self._require_logs(draft)

    def _spread(self, draft: Draft, train: Array) -> None:
        """Scale columns of 0 and 1 like numbers, as projects without recipes had it."""
        names = [n for n, c in draft.columns.items() if isinstance(c.categories, OneHot)]
        sums = {name: np.zeros(len(draft.columns[name].names)) for name in names}
        for start, block in self.cells.blocks(names):
            for name, cells in block.items():
                held = draft.columns[name].apply(cells[train[start : start + len(cells)]])
                sums[name] += held.sum(axis=0, dtype=np.float64)
        for name, held in sums.items():
            shares = held / max(1, int(train.sum()))
            states = tuple(
                NumberState(mean=float(p), scale=float(np.sqrt(p * (1 - p))) or 1.0) for p in shares
            )
            draft.columns[name] = draft.columns[name].model_copy(update={"spread": states})

    @staticmethod
    def _require_measurable(draft: Draft, columns: Sequence[PlannedColumn]) -> None:
        for c in columns:
            facts = draft.facts.get(c.name)
            most = max(abs(facts.low), abs(facts.high)) if facts is not None else 0.0
            if most > MOST_MEASURED and c.numbers is not None and not isinstance(c.numbers, Log):
                raise DataError(
                    f"Numbers must be below {MOST_MEASURED:g} to be scaled; those of {c.name!r} reach {most:g}. Take the "
                    "logarithm of this column, ignore it, or correct them."
                )

    def _require_logs(self, draft: Draft) -> None:
        for name, column in draft.columns.items():
            curve, low = column.scale.curve, draft.facts[name].low
            if curve is not None and curve.kind == "log" and low <= -curve.shift:
                raise DataError(
                    f"A logarithm needs numbers above {-curve.shift:g}; the least of {name!r} is {low:g}. "
                    "Take a larger shift, or the signed logarithm."
                )

    def write(
        self, draft: Draft, features: Sequence[FittedFeature], order: Array, room: Room
    ) -> dict[str, Array]:
        """The features of the rows of the source named by `order`, in that order."""
        scatter = Scatter(order)
        out = {f.name: room.make(f.name, (len(order), *f.shape), f.dtype) for f in features}
        single = [f for f in features if not draft.wholes.keys() & {p.column for p in f.pieces}]
        write_cells(out, single, draft.columns, self.cells, scatter)
        for feature in features:
            for name in draft.wholes.keys() & {p.column for p in feature.pieces}:
                states = draft.states.get(name, ())
                written = write_whole(out[feature.name], draft.wholes[name], states, self.rows, scatter)
                for _done in written:
                    self._progress.advance(0)  # asks whether it is to go on
        return out

    def weights(self, draft: Draft) -> list[FittedFeature]:
        """How much rows count: single numbers, or arrays."""
        found = []
        for c in draft.plan.with_role("weight"):
            piece = (Piece(column=c.name),)
            if c.name in draft.wholes:
                found.append(of_whole(draft.wholes[c.name], c.name, "weight"))
                continue
            if draft.facts[c.name].low < 0:
                raise DataError(f"Weights must not be negative; {c.name!r} has negative ones. Correct them.")
            draft.columns[c.name] = FittedColumn(name=c.name, kind=c.column.kind)
            found.append(FittedFeature(name=c.name, part="weight", kind="numeric", shape=(), pieces=piece))
        return found

    def preparation(
        self, draft: Draft, features: Sequence[FittedFeature], counts: tuple[int, int, int]
    ) -> Preparation:
        """The fitted recipe."""
        first = draft.targets[0]
        classes = first.kind == "category"
        task = TaskKind.for_classes(len(first.class_names)) if classes else TaskKind.REGRESSION
        states = draft.states
        return Preparation(
            source=self.source.kind.name,
            options=dict(self.settings.options),
            found=self.source.options.model_dump(mode="json"),
            columns=tuple(draft.columns.values()),
            arrays=tuple(
                w.fitted.model_copy(update={"scales": states.get(n, ())}) for n, w in draft.wholes.items()
            ),
            features=tuple(features),
            task=task,
            counts=counts,
            balanced=self.recipe.balance == "weights" and classes,
        )


def _of_constant_targets(planned: Plan, facts: Facts) -> list[str]:
    """What the user may have meant to predict, and why something else is predicted."""
    found = [
        c for c in planned.columns if c.guessed and c.name in facts and is_no_target(c.column, facts[c.name])
    ]
    instead = f"Instead, {planned.targets[0].name!r} is predicted."
    return [f"{said_of_no_target(c.column, facts[c.name])} {instead}" for c in found]


def room_for(key: str, features: Sequence[FittedFeature], rows: int, facts: Facts) -> Room:
    """Room for arrays of so many rows."""
    return Room(key, round(rows * sum(int(np.prod(f.shape)) * _cell_bytes(f, facts) for f in features)))


def _cell_bytes(feature: FittedFeature, facts: Facts) -> float:
    if feature.dtype is not DType.STRING:
        return feature.dtype.itemsize
    return _TEXT_BYTES + sum(facts[p.column].letters for p in feature.pieces if p.column in facts)


def _is_needed(c: PlannedColumn) -> bool:
    return c.role in _NEEDED or isinstance(c.missing, Drop)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
