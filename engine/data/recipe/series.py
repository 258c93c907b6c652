"""Training sets of windows: rows in time are prepared one by one, then cut into what is known and what comes next."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from engine.data.errors import DataError
from engine.data.gaps import said_of_gaps
from engine.data.recipe import windows as cutting
from engine.data.recipe.layout import inputs_of
from engine.data.recipe.making import Draft, Making, room_for
from engine.data.recipe.parts import Parts
from engine.data.recipe.preparation import FittedFeature
from engine.data.recipe.settings import WindowRecipe
from engine.data.recipe.store import Prepared, Room
from engine.data.sources.base import Kind
from engine.tensor.spec import Array

_BLOCK_BYTES = 32_000_000  # of windows that are cut at a time
_MOST_LEFT_OUT = 0.5  # of the examples, for gaps


def prepare_windows(making: Making, draft: Draft, key: str) -> Prepared:
    """The training set of windows of rows.

    Raises:
        DataError: the rows can't be cut into windows as the recipe says.
    """
    recipe = making.recipe.windows
    assert recipe is not None  # whoever has none does not come here
    if draft.wholes:
        name = next(iter(draft.wholes))
        raise DataError(f"Windows are cut from single cells; {name!r} holds arrays or pictures. Ignore it.")
    series, gaps = _series(making, draft)
    parts, recipe = _divided(making, draft, series, gaps)
    touched = cutting.learned_from(series, recipe, parts.train)
    train = np.zeros(making.rows, bool)
    train[draft.kept[touched]] = True
    making.fit(draft, train)
    seen = _inputs(draft, recipe)
    rows = [*seen, *draft.targets]
    features = [*(_window(f, recipe) for f in seen), *(_answer(recipe, f) for f in draft.targets)]
    preparation = making.preparation(draft, features, parts.counts).model_copy(
        update={"windows": recipe, "stamp": draft.plan.split_column, "group": _group(draft)}
    )
    begins = parts.order
    room = room_for(key, features, len(begins), draft.facts)
    scratch = room_for(f"{key}-rows", rows, len(series.order), draft.facts)
    try:
        by_row = making.write(draft, _apart(rows), draft.kept[series.order], scratch)
        _cut(room, features, [by_row[f.name] for f in _apart(rows)], begins, recipe)
        notes = (*making.notes, *(note.with_options() for note in making.source.notes))
        return room.finish(preparation.model_dump_json(), notes)
    finally:
        room.close()
        scratch.close()


def _apart(rows: list[FittedFeature]) -> list[FittedFeature]:
    """The features of single rows under names that differ."""
    return [f.model_copy(update={"name": f"{f.part} {f.name}"}) for f in rows]


def _divided(
    making: Making, draft: Draft, series: cutting.Series, gaps: cutting.SeriesGaps
) -> tuple[Parts, WindowRecipe]:
    """The examples of each part, and the recipe: where too few examples reach over no gap, they may after all."""
    recipe = making.recipe.windows
    assert recipe is not None  # see prepare_windows
    if not gaps:
        return cutting.divide(series, recipe, making.shares), recipe
    reaching = gaps.reached_over(cutting.examples(series, recipe), recipe.window + recipe.horizon)
    count, every = int(np.count_nonzero(reaching)), len(reaching)
    column, found = draft.plan.split_column, _said_of_gaps(draft, series, gaps)
    if not recipe.across and count <= _MOST_LEFT_OUT * every:
        with suppress(DataError):  # a part would be without examples
            parts = cutting.divide(cutting.broken(series, gaps), recipe, making.shares)
            making.notes.append(
                f"The time {column!r} has {found}; {count:,} of {every:,} examples reach over and are left out."
            )
            return parts, recipe
    why = "" if recipe.across else ", since too few would be left without them"
    making.notes.append(
        f"The time {column!r} has {found}; {count:,} of {every:,} examples reach over and are learned from{why}."
    )
    return cutting.divide(series, recipe, making.shares), recipe.model_copy(update={"across": True})


def _said_of_gaps(draft: Draft, series: cutting.Series, gaps: cutting.SeriesGaps) -> str:
    longest = int(np.argmax(gaps.lengths))
    row = int(draft.kept[series.order[gaps.places[longest]]]) + 1
    return said_of_gaps(len(gaps.places), float(gaps.lengths[longest]), row)


def _series(making: Making, draft: Draft) -> tuple[cutting.Series, cutting.SeriesGaps]:
    group = _group(draft)
    column = draft.plan.split_column
    if draft.plan.split not in ("time", "auto"):
        raise DataError("Windows overlap, so their rows can only be divided by time. Choose that split.")
    stamps = making.values(draft, column) if column else None
    groups = making.numbered(draft, group) if group else None
    series = cutting.in_order(len(draft.kept), stamps, groups)
    dated = column and draft.plan.column(column).column.kind is Kind.DATE
    return series, cutting.gaps_of(series) if dated else cutting.NO_GAPS


def _group(draft: Draft) -> str:
    groups = draft.plan.with_role("group")
    return groups[0].name if groups else ""


def _inputs(draft: Draft, recipe: WindowRecipe) -> list[FittedFeature]:
    """What is known of each row: the chosen columns, or all inputs and the past of targets that are numbers."""
    targets = [c.name for c in draft.plan.targets if c.task == "numbers"]
    chosen = recipe.columns
    unknown = [n for n in chosen if n not in draft.columns]
    if unknown:
        raise DataError(
            f"The columns of a window must be inputs or targets that are numbers; {unknown[0]!r} is neither. "
            "Change its role, or take it out of the window."
        )
    past = [n for n in targets if not chosen or n in chosen]
    planned = draft.plan
    if chosen:
        kept = tuple(c for c in planned.columns if c.role != "input" or c.name in chosen)
        planned = type(planned)(kept, planned.split, planned.split_column, planned.split_reason)
    found = inputs_of(planned, draft.columns, draft.wholes, past)
    if not found:
        raise DataError("A window must know some columns; none is an input. Give one of them that role.")
    texts = [f.name for f in found if f.kind == "text"]
    if texts:
        raise DataError(f"Windows are cut from numbers and categories; {texts[0]!r} is free text. Ignore it.")
    return found


def _window(feature: FittedFeature, recipe: WindowRecipe) -> FittedFeature:
    """An input over the rows of a window: (window, F), or (window,) of words by number."""
    shape = (recipe.window,) if feature.kind == "index" else (recipe.window, *feature.shape)
    return feature.model_copy(update={"shape": shape})


def _answer(recipe: WindowRecipe, feature: FittedFeature) -> FittedFeature:
    """A target over the rows after a window."""
    if feature.kind == "category":
        shape = () if recipe.horizon == 1 else (recipe.horizon,)
        return feature.model_copy(update={"shape": shape})
    name = feature.column_names[0]
    steps = range(1, recipe.horizon + 1)
    names = tuple(f"{name}, {step} row{'s' * (step > 1)} on" for step in steps)
    return feature.model_copy(update={"shape": (recipe.horizon,), "column_names": names})


def _cut(
    room: Room, features: list[FittedFeature], rows: list[Array], begins: Array, recipe: WindowRecipe
) -> None:
    for feature, values in zip(features, rows, strict=True):
        out = room.make(feature.name, (len(begins), *feature.shape), feature.dtype)
        step = max(1, _BLOCK_BYTES // max(1, out[:1].nbytes))
        for start in range(0, len(begins), step):
            part = begins[start : start + step]
            cut = (
                cutting.known(values, part, recipe.window)
                if feature.part == "input"
                else cutting.next_ones(values, part, recipe)
            )
            out[start : start + step] = cut.reshape(len(part), *feature.shape)
