"""People's own files as inputs of a trained network: the same rules as in training, without a target.

What `engine.data.files` made of a file for training (columns of text as 0 and 1, standardized numbers) must
be done to new data in the very same way, or the network sees something it has not learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.data.bundle import INPUT, Feature, Scaling
from engine.data.errors import DataError
from engine.data.files import as_text, finite_numbers, listed, numbered
from engine.data.npy import map_npy, read_npz
from engine.data.table import Table
from engine.tensor.spec import Array, format_shape


def of_table(table: Table, feature: Feature) -> Array:
    """The columns of a feature as they stand in a table: text (N, F), or float32 (N, F)."""
    return _text_column(table, feature) if feature.kind == "text" else _matching_columns(table, feature)


def _text_column(table: Table, feature: Feature) -> Array:
    """The feature's columns of text (N, F) by name, or the only column there is."""
    names = [name for name in feature.column_names if name in table.columns]
    if len(names) != len(feature.column_names) or not names:
        names = list(table.columns)
    if len(names) != int(np.prod(feature.shape)):
        raise DataError(
            f"The input {feature.name!r} needs the column {listed(list(feature.column_names))}; {table.path.name} has: "
            f"{listed(list(table.columns))}."
        )
    return as_text(np.stack([table.columns[name] for name in names], axis=1))


def named_inputs(path: Path, features: Sequence[Feature]) -> dict[str, Array]:
    """The arrays of a file of NumPy by feature; one in a `.npy` is mapped, not read.

    Raises:
        DataError: it can't be read, or one is missing.
    """
    if path.suffix.lower() == ".npy":
        arrays: Mapping[str, Array] = {features[0].name: map_npy(path)} if len(features) == 1 else {}
    else:
        found = read_npz(path)
        in_order = list(numbered(found, INPUT).values())
        arrays = dict(zip((feature.name for feature in features), in_order, strict=False)) | dict(found)
    missing = [feature.name for feature in features if feature.name not in arrays]
    if missing:
        raise DataError(
            f"The network has {len(features)} inputs, which must be in an .npz file as x0, x1, ..; "
            f"{path.name} lacks {missing[0]!r}."
        )
    return {feature.name: arrays[feature.name] for feature in features}


def _matching_columns(table: Table, feature: Feature) -> Array:
    """The feature's columns as float32 (N, F), by name, else by position."""
    found = {name: _column(table, name, feature) for name in feature.column_names}
    absent = [name for name, values in found.items() if values is None]
    if found and not absent:
        return np.stack([values for values in found.values() if values is not None], axis=1)
    size = int(np.prod(feature.shape))
    if len(table.columns) == size:
        return np.stack([table.numbers(name) for name in table.columns], axis=1)
    rule = f"the columns {listed(absent)}, which are missing" if absent else f"{size} columns of numbers"
    raise DataError(
        f"The input {feature.name!r} needs {rule} in {table.path.name}; its columns are: "
        f"{listed(list(table.columns))}."
    )


def _column(table: Table, name: str, feature: Feature) -> Array | None:
    """The column of that name, or 0 and 1 from the column of text `colour` for the name `colour=red`."""
    if name in table.columns:
        return table.numbers(name)
    for header in table.columns:
        if name.startswith(f"{header}="):
            texts = table.texts(header)
            _check_categories(table, header, texts, feature)
            return np.array([f"{header}={text}" == name for text in texts], np.float32)
    return None


def _check_categories(table: Table, header: str, texts: Sequence[str], feature: Feature) -> None:
    """Refuse a text that was not there in training: the network has no input for it."""
    prefix = f"{header}="
    known = [name.removeprefix(prefix) for name in feature.column_names if name.startswith(prefix)]
    for line, text in zip(table.lines, texts, strict=True):
        if text not in known:
            raise DataError(
                f"The column {header!r} must hold what it held in training ({listed(known)}); line {line} of "
                f"{table.path.name} holds {text!r}. Correct it, or train with such rows."
            )


def _channels_last(values: Array, shape: tuple[int, ...]) -> Array:
    """Arrays that have their channels first, as other programs keep pictures, with the channels last."""
    first = (*shape[-1:], *shape[:-1])
    turned = len(shape) > 1 and values.shape[1:] == first != shape
    return np.moveaxis(values, 1, -1) if turned else values


def prepared(array: Array, feature: Feature, scaling: Scaling | None, path: Path) -> Array:
    """In the feature's shape and in the units of training."""
    values = (
        _text(array, feature, path) if feature.kind == "text" else finite_numbers(array, feature.name, path)
    )
    rows = len(values) if values.ndim else 0
    size = int(np.prod(feature.shape))
    if rows == 0 or values.size != rows * size:
        raise DataError(
            f"The input {feature.name!r} has the shape N × {format_shape(feature.shape)}; {path.name} has "
            f"{format_shape(values.shape)}."
        )
    shaped = _channels_last(values, feature.shape).reshape(rows, *feature.shape)
    if feature.kind == "text":
        return shaped
    if scaling is not None:
        return scaling.apply(shaped)
    whole = array.dtype.kind in "iu" or path.suffix.lower() == ".csv"
    return shaped * np.float32(feature.scale) if whole else shaped


def _text(array: Array, feature: Feature, path: Path) -> Array:
    """Strings of any length; raises DataError for numbers."""
    if array.dtype.kind not in "UT":
        raise DataError(f"The input {feature.name!r} is text; {path.name} has numbers. Give it text.")
    return as_text(array)
