"""People's own files as a data set.

CSV (header; one column is the target), `.npz` (arrays `x` and `y`, or `x0`, `x1`, ... and `y0`, `y1`, ...)).
What a column means is guessed by rules that are written down here, and can be overruled.

Columns of numbers, and columns of text with few different values (as 0 and 1), are one input `x`. Each column of free
text is an input of its own, named after the column; if it is all there is, it is `x`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from engine.data.bundle import INPUT, TARGET, Feature, TaskKind
from engine.data.dataset import Columns, Options, Outline, class_feature, number_feature, table_feature
from engine.data.errors import DataError
from engine.data.npy import read_npz
from engine.data.table import Table, read_csv
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape

MOST_CATEGORIES = (
    100  # of an input column of text: each becomes a column of 0 and 1; with more it is free text
)
MOST_CLASSES = 1_000
MOST_GUESSED_CLASSES = 20  # whole numbers are taken for classes only up to here


class FileOptions(Options):
    """How a file is understood."""

    target: str = setting("", "Target column", "the column to be predicted; empty: the last one")
    weight: str = setting(
        "",
        "Weight column",
        "a column (of an .npz file: an array) that says how much each row counts; empty: none",
    )
    task: Literal["auto", "classes", "numbers"] = setting(
        "auto",
        "Target is",
        "auto: text, and whole numbers that count up from 0 or 1 without a gap (at most 20), are classes",
    )
    text: str = setting(
        "",
        "Text columns",
        "columns handed to the network as text, with commas between them; empty: those with more than 100 different "
        "values, and those in which most cells differ and hold several words",
    )


@dataclass(frozen=True, eq=False)
class FileData:
    """A file, read: what a declared data set gives, and the task, which depends on what the file holds."""

    task: TaskKind
    outline: Outline
    columns: Columns


def read_file(path: Path, options: FileOptions) -> FileData:
    """Inputs and targets of a `.csv` or `.npz` file.

    Raises:
        DataError: what is wrong with the file, in a sentence.
    """
    readers = {".csv": _read_csv, ".npz": _read_npz}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"Data for training must be a .csv or .npz file, received {path.name!r}.")
    parts = reader(path, options)
    lengths = {feature.name: len(array) for part in parts for feature, array in part}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        counted = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise DataError(
            f"All arrays must have the same number of rows, at least one; {path.name} has {counted}."
        )
    features = [tuple(feature for feature, _ in part) for part in parts]
    outline = Outline(features[0], features[1], rows=len(parts[0][0][1]), weights=features[2])
    columns = Columns(*({feature.name: array for feature, array in part} for part in parts))
    return FileData(_task(outline.targets[0]), outline, columns)


Part = list[tuple[Feature, Array]]
Parts = tuple[Part, Part, Part]  # inputs, targets, weights


def _task(target: Feature) -> TaskKind:
    return TaskKind.for_classes(len(target.class_names)) if target.kind == "category" else TaskKind.REGRESSION


def _read_csv(path: Path, options: FileOptions) -> Parts:
    table = read_csv(path)
    names = list(table.columns)
    target = options.target or names[-1]
    if target not in names:
        raise DataError(f"{path.name} has no column {target!r} to predict. Its columns are: {listed(names)}.")
    others = [name for name in names if name not in (target, options.weight)]
    if not others:
        raise DataError(
            f"A table must have at least one column besides the target; {path.name} has only {target!r}."
        )
    if options.weight and options.weight not in names:
        raise DataError(
            f"{path.name} has no column {options.weight!r} of weights. Its columns are: {listed(names)}."
        )
    texts = _text_columns(table, others, options)
    inputs: Part = []
    parts = [_input_columns(table, name) for name in others if name not in texts]
    if parts:
        x = np.ascontiguousarray(np.concatenate([values for _, values in parts], axis=1))
        inputs.append((table_feature(tuple(column for columns, _ in parts for column in columns)), x))
    for name in texts:
        taken = {INPUT, TARGET} | (set(texts) - {name})
        feature = text_feature(INPUT if len(others) == 1 else _free(name, taken), (1,), (name,))
        inputs.append((feature, as_text(table.columns[name])[:, np.newaxis]))
    textual = options.task != "numbers" and not table.is_numeric(target)
    cells: Array = np.array(table.texts(target)) if textual else table.numbers(target)
    weights = [_weight(options.weight, table.numbers(options.weight), path)] if options.weight else []
    return inputs, [_target(number_feature(target), cells, options, path)], weights


def _text_columns(table: Table, names: list[str], options: FileOptions) -> list[str]:
    """The columns of free text, as the options say or by the rule in their help."""
    wanted = [name.strip() for name in options.text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise DataError(
            f"Text columns must be columns of inputs; {table.path.name} has no {unknown[0]!r} among them. Its inputs are: "
            f"{listed(names)}."
        )
    return wanted or [name for name in names if not table.is_numeric(name) and _is_free(table.columns[name])]


def _is_free(cells: list[str]) -> bool:
    different = len(set(cells))
    several = sum(" " in cell for cell in cells)
    return different > MOST_CATEGORIES or (2 * different > len(cells) and 2 * several > len(cells))


def _free(name: str, taken: set[str]) -> str:
    """The column's name, made different from those of others."""
    while name in taken:
        name += " text"
    return name


def text_feature(name: str, shape: Shape, column_names: tuple[str, ...] = ()) -> Feature:
    """An input of text."""
    return Feature(name, "text", shape, DType.STRING, column_names=column_names)


def as_text(values: Sequence[str] | Array) -> Array:
    """NumPy strings of any length."""
    return np.array(values, DType.STRING.numpy)


def _input_columns(table: Table, name: str) -> tuple[list[str], Array]:
    """A column of numbers as it is; a column of text as one column of 0 and 1 for each different text."""
    if table.is_numeric(name):
        return [name], table.numbers(name)[:, np.newaxis]
    texts = np.array(table.texts(name))
    categories = np.unique(texts)
    if len(categories) > MOST_CATEGORIES:
        raise DataError(
            f"A column that is written as 0 and 1 can have up to {MOST_CATEGORIES} different values; {name!r} of "
            f"{table.path.name} has {len(categories):,}. Name it as a text column, or delete it."
        )
    return [f"{name}={category}" for category in categories], (texts[:, np.newaxis] == categories).astype(
        np.float32
    )


def _read_npz(path: Path, options: FileOptions) -> Parts:
    arrays = read_npz(path)
    inputs, targets = numbered(arrays, INPUT), numbered(arrays, TARGET)
    if not inputs or not targets:
        raise DataError(
            "An .npz file for training must have arrays named x and y (or x0, x1, .. and y0, y1, ..); "
            f"{path.name} has: {listed(list(arrays)) or 'none'}."
        )
    if options.weight and (options.weight not in arrays or options.weight in {*inputs, *targets}):
        raise DataError(
            f"{path.name} has no array {options.weight!r} of weights beside x and y; it has: {listed(list(arrays))}."
        )
    return (
        [_input(name, array, path) for name, array in inputs.items()],
        [_target(_numeric(name, array), array, options, path) for name, array in targets.items()],
        [_weight(options.weight, arrays[options.weight], path)] if options.weight else [],
    )


def _weight(name: str, values: Array, path: Path) -> tuple[Feature, Array]:
    """How much each row (or each position of it) counts: float32, not negative."""
    numbers = finite_numbers(values, name, path)
    if numbers.ndim == 2 and numbers.shape[1] == 1:
        numbers = numbers.reshape(-1)
    if numbers.min(initial=0.0) < 0:
        row = int(np.argwhere(numbers < 0)[0][0])
        raise DataError(f"Weights must not be negative; row {row} of {name} in {path.name} is. Correct it.")
    return Feature(name, "numeric", numbers.shape[1:]), numbers


def numbered(arrays: Mapping[str, Array], name: str) -> dict[str, Array]:
    """The arrays `x`, or `x0`, `x1`, ...; a single `x0` is called `x`.

    0-dimensional arrays have no rows and are left out.
    """
    if name in arrays:
        return {name: arrays[name]} if arrays[name].ndim else {}
    found: dict[str, Array] = {}
    while f"{name}{len(found)}" in arrays and arrays[f"{name}{len(found)}"].ndim:
        found[f"{name}{len(found)}"] = arrays[f"{name}{len(found)}"]
    return {name: found[f"{name}0"]} if len(found) == 1 else found


def _numeric(name: str, array: Array) -> Feature:
    return Feature(name, "numeric", array.shape[1:] or (1,))


def _input(name: str, array: Array, path: Path) -> tuple[Feature, Array]:
    """Bytes in the shape of pictures are pictures, strings are text; everything else is numbers."""
    if array.dtype.kind == "U":
        text = text_feature(name, array.shape[1:] or (1,))
        return text, as_text(array).reshape(-1, *text.shape)
    if array.dtype == np.uint8 and (array.ndim == 3 or (array.ndim == 4 and array.shape[3] <= 4)):
        pictures = array if array.ndim == 4 else array[..., np.newaxis]
        feature = Feature(name, "image", pictures.shape[1:], DType.UINT8, scale=1 / 255)
        return feature, np.ascontiguousarray(pictures)
    feature = _numeric(name, array)
    return feature, finite_numbers(array, name, path).reshape(-1, *feature.shape)


def finite_numbers(array: Array, name: str, path: Path) -> Array:
    """Finite float32, C-contiguous."""
    if array.dtype.kind == "U":
        raise DataError(f"Inputs must be numbers; {name} in {path.name} is text. Convert it to numbers.")
    with np.errstate(over="ignore"):
        single = np.asarray(array, np.float32, order="C")
    if not np.isfinite(single).all():
        row = int(np.argwhere(~np.isfinite(single))[0][0])
        raise DataError(
            f"Values must be finite; row {row} of {name} in {path.name} is not. Correct or remove it."
        )
    return single


def _target(as_numbers: Feature, values: Array, options: FileOptions, path: Path) -> tuple[Feature, Array]:
    """Classes as int32 (N,), or, of each position of a sequence or picture, (N, ..); or numbers as float32 (N, F)."""
    flat = values.reshape(-1) if values.ndim == 2 and values.shape[1] == 1 else values
    if flat.ndim == 1 and flat.size and _is_classes(flat, options.task):
        names, classes = _classes(flat, path)
        return replace(class_feature(names), name=as_numbers.name), classes
    if options.task == "classes":
        if not values.size:
            raise DataError(f"Classes must have a value for each row, received none in {path.name}.")
        names, classes = _classes(values.reshape(-1), path)
        feature = replace(class_feature(names), name=as_numbers.name, shape=values.shape[1:])
        return feature, classes.reshape(values.shape)
    return as_numbers, finite_numbers(values, as_numbers.name, path).reshape(len(values), *as_numbers.shape)


def _is_classes(values: Array, task: str) -> bool:
    if task != "auto" or values.dtype.kind in "Ub":
        return task != "numbers"
    distinct = np.unique(values)
    counting = distinct[0] + np.arange(len(distinct))
    return bool(
        distinct[0] in (0, 1) and 2 <= len(distinct) <= MOST_GUESSED_CLASSES and (distinct == counting).all()
    )


def _classes(values: Array, path: Path) -> tuple[tuple[str, ...], Array]:
    distinct, classes = np.unique(values, return_inverse=True)
    if not 2 <= len(distinct) <= MOST_CLASSES:
        raise DataError(
            f"There must be 2 to {MOST_CLASSES:,} classes; the target in {path.name} has {len(distinct):,} "
            "different values. Choose another target, or predict numbers."
        )
    numeric = values.dtype.kind not in "Ub"
    names = tuple(np.format_float_positional(v, trim="-") if numeric else str(v) for v in distinct)
    return names, classes.astype(np.int32)


def listed(names: list[str], most: int = 10) -> str:
    """A few names and how many more there are."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
