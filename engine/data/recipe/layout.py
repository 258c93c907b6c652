"""Which features the columns of a plan become: all numbers together are one input, everything else is one of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.data.bundle import INPUT, TARGET
from engine.data.errors import DataError
from engine.data.recipe.facts import ColumnFacts
from engine.data.recipe.fitted import FittedColumn, word_of
from engine.data.recipe.plan import Plan, PlannedColumn
from engine.data.recipe.preparation import FittedFeature, Part, Piece
from engine.data.recipe.steps.categories import UNSEEN, Ordinal
from engine.data.recipe.wholes import MOST_CLASSES, Whole
from engine.data.sources.base import Kind
from engine.tensor.spec import DType

_FEWEST = 2  # classes


def class_values(planned: PlannedColumn, facts: ColumnFacts) -> tuple[float | str, ...]:
    """What stands in the file for each class of a target, in the order of their numbers.

    Raises:
        DataError: there are too few or too many.
    """
    if facts.distinct is None or not _FEWEST <= facts.distinct <= MOST_CLASSES:
        count = f"{facts.distinct:,}" if facts.distinct is not None else f"more than {MOST_CLASSES:,}"
        raise DataError(
            f"There must be 2 to {MOST_CLASSES:,} classes; the target {planned.name!r} has {count} different values. "
            "Choose another target, or predict numbers."
        )
    if not isinstance(planned.categories, Ordinal):
        return facts.values
    words = {word_of(value, planned.column.kind): value for value in facts.values}
    first = [words[word] for word in planned.categories.order if word in words]
    return (*first, *(value for value in facts.values if value not in first))


def target_of(planned: PlannedColumn, name: str, facts: ColumnFacts) -> FittedFeature:
    """The feature of a target of single cells."""
    pieces = (Piece(column=planned.name),)
    if planned.task == "classes":
        values = class_values(planned, facts)
        names = tuple(word_of(value, planned.column.kind) for value in values)
        return FittedFeature(
            name=name,
            part="target",
            kind="category",
            shape=(),
            dtype=DType.INT32,
            class_names=names,
            pieces=pieces,
            values=values,
        )
    return FittedFeature(
        name=name, part="target", kind="numeric", shape=(1,), column_names=(planned.name,), pieces=pieces
    )


def of_whole(whole: Whole, name: str, part: Part) -> FittedFeature:
    """The feature of a column of arrays, pictures or sounds."""
    return FittedFeature(
        name=name,
        part=part,
        kind=whole.kind,
        shape=whole.shape,
        dtype=whole.dtype,
        class_names=whole.class_names,
        scale=whole.scale,
        pieces=(Piece(column=whole.fitted.name),),
        values=whole.values,
    )


def inputs_of(
    plan: Plan, columns: Mapping[str, FittedColumn], wholes: Mapping[str, Whole], past: Sequence[str] = ()
) -> list[FittedFeature]:
    """The inputs in order.

    Args:
        plan: of the file.
        columns: fitted, by name.
        wholes: columns of arrays, by name.
        past: targets whose past is an input, too.
    """
    names = [*(c.name for c in plan.inputs), *past]
    separate = any(c.column.kind is Kind.ARRAY for c in plan.columns)
    numeric: list[Piece] = []
    found: list[FittedFeature] = []
    at = 0  # where the numbers stand among the inputs: where the first of them does
    for name in names:
        if name in wholes:
            found.append(of_whole(wholes[name], name, "input"))
            continue
        column = columns[name]
        piece, mark = [Piece(column=name)], [Piece(column=name, mark=True)] if column.marked else []
        if column.feature_kind != "numeric":
            found.append(_single(column))
            numeric += mark
        elif separate and name not in past:
            found.append(_numbers(name, [*piece, *mark], columns))
        else:
            at = at if numeric else len(found)
            numeric += [*piece, *mark]
    if numeric:
        found.insert(at, _numbers(INPUT, numeric, columns))
    return _named(found)


def _single(column: FittedColumn) -> FittedFeature:
    """An input of words by number, or of text."""
    pieces = (Piece(column=column.name),)
    if column.feature_kind == "text":
        return FittedFeature(
            name=column.name,
            part="input",
            kind="text",
            shape=(1,),
            dtype=DType.STRING,
            column_names=(column.name,),
            pieces=pieces,
        )
    return FittedFeature(
        name=column.name,
        part="input",
        kind="index",
        shape=(1,),
        dtype=DType.INT32,
        column_names=(column.name,),
        class_names=(UNSEEN, *column.words.categories),
        pieces=pieces,
    )


def _numbers(name: str, pieces: Sequence[Piece], columns: Mapping[str, FittedColumn]) -> FittedFeature:
    names: list[str] = []
    for piece in pieces:
        names += [f"{piece.column} missing"] if piece.mark else columns[piece.column].names
    return FittedFeature(
        name=name,
        part="input",
        kind="numeric",
        shape=(len(names),),
        column_names=tuple(names),
        pieces=tuple(pieces),
    )


def _named(features: list[FittedFeature]) -> list[FittedFeature]:
    """A single input is x; the others keep the names of their columns, which differ from those of the rest."""
    if len(features) == 1:
        return [features[0].model_copy(update={"name": INPUT})]
    named, taken = [], {TARGET}
    for feature in sorted(features, key=lambda f: f.name != INPUT):
        name = feature.name
        while name in taken:
            name += " text" if feature.kind == "text" else " column"
        taken.add(name)
        named.append(feature.model_copy(update={"name": name}))
    return sorted(named, key=lambda f: [g.pieces for g in features].index(f.pieces))
