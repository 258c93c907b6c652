"""Arrays of a script as the data that training consumes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.data.bundle import DataBundle, Feature, FeatureKind, TaskKind
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec, format_shape

Arrays = Array | Sequence[Array] | Mapping[str, Array]
WEIGHT = "sample_weight"
TEXT = "UTO"  # kinds of NumPy types


def by_name(arrays: Arrays, names: Sequence[str], what: str) -> dict[str, Array]:
    """Arrays by the names of inputs or targets.

    Args:
        arrays: one, a list in the order of `names`, or by name.
        names: of all that are needed.
        what: they are, for the sentence: "inputs".

    Raises:
        ShapeError: there are more or fewer than names, or of different length.
    """
    if isinstance(arrays, Mapping):
        found = {name: np.asarray(arrays[name]) for name in names if name in arrays}
        missing = [name for name in names if name not in found]
        if missing:
            raise ShapeError(f"The {what} of this model are {', '.join(names)}; {missing[0]} is missing.")
    else:
        listed = list(arrays) if _is_list(arrays, len(names)) else [arrays]
        if len(listed) != len(names):
            raise ShapeError(
                f"This model has {len(names)} {what} ({', '.join(names)}), received {len(listed)}."
            )
        found = {name: np.asarray(array) for name, array in zip(names, listed, strict=True)}
    lengths = {len(array) if array.ndim else 0 for array in found.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise ShapeError(
            f"All {what} have the same number of rows, at least one; received {sorted(lengths)}."
        )
    return found


def _is_list(arrays: Arrays, names: int) -> bool:
    """Whether it holds an array for each name; for one name, a list of anything but one array is itself the rows."""
    if not isinstance(arrays, list | tuple):
        return False
    return names > 1 or (len(arrays) == 1 and isinstance(arrays[0], np.ndarray))


def stored(array: Array, *, target: bool) -> tuple[Array, FeatureKind]:
    """The array as a data set stores it, and what it is: whole numbers are classes or indices, all else is numbers."""
    if array.dtype.kind in TEXT:
        return array.astype(np.dtypes.StringDType()), "text"
    if array.dtype == np.uint8 and not target:
        return array, "numeric"  # a picture
    if array.dtype.kind in "iub":
        column = target and array.ndim == 2 and array.shape[1] == 1
        whole = np.ascontiguousarray(array[:, 0] if column else array, np.int32)
        return whole, "category" if target else "index"
    numbers = np.ascontiguousarray(array, np.float32)
    return (numbers[:, None], "numeric") if numbers.ndim == 1 else (numbers, "numeric")


def expect_inputs(arrays: Mapping[str, Array], specs: Mapping[str, TensorSpec]) -> None:
    """Raise ShapeError where an array is not a batch of what an input takes.

    Args:
        arrays: (rows, ..), by name.
        specs: of one row, by name.
    """
    for name, spec in specs.items():
        array = arrays[name]
        shape = array.shape[1:] or ((1,) if spec.shape == (1,) else ())
        if shape != spec.shape:
            wanted = f"rows of {format_shape(spec.shape)}" if spec.shape else "one value a row"
            raise ShapeError(
                f"The input {name} needs {wanted}, received an array of {format_shape(array.shape)}. "
                "The first dimension counts the rows."
            )
        if (array.dtype.kind in TEXT) != (spec.dtype is DType.STRING):
            kinds = ("numbers", "text") if array.dtype.kind in TEXT else ("text", "numbers")
            raise ShapeError(
                f"The input {name} takes {kinds[0]}, received {kinds[1]}. Give Input(..) the dtype of the data."
            )
        if spec.dtype is DType.INT32 and array.dtype.kind == "f" and (array != np.round(array)).any():
            raise ShapeError(f"The input {name} takes whole numbers, received others. Round them first.")


def expect_numbers(arrays: Mapping[str, Array]) -> None:
    """Raise ShapeError where a target is text."""
    for name, array in arrays.items():
        if array.dtype.kind in TEXT:
            raise ShapeError(
                f"The target {name} is text, received {array.flat[0]!r:.40}. Number the classes: "
                "classes, y = np.unique(y, return_inverse=True)."
            )


def sample_weights(weights: Any, rows: int, validated: int) -> Array:
    """Weights of the rows, and 1 for rows that are only validated on.

    Raises:
        ShapeError: there is not a finite weight from 0 on for each row.
    """
    given = np.asarray(weights, np.float32).reshape(-1)
    if len(given) != rows - validated:
        raise ShapeError(
            f"There is one sample weight for each of {rows - validated} rows, received {len(given)}. "
            "Give as many as the inputs have rows."
        )
    if not (np.isfinite(given).all() and given.min() >= 0.0 < given.max()):
        raise ShapeError(
            f"Sample weights are numbers from 0 on, one of them above 0, received {given.min():g} to {given.max():g}. "
            "Set the weights of rows that do not count to 0."
        )
    return np.concatenate([given, np.ones(validated, np.float32)])


def features_of(arrays: Mapping[str, Array], *, target: bool) -> tuple[dict[str, Array], dict[str, Feature]]:
    """Arrays as stored, and what is known of each."""
    values: dict[str, Array] = {}
    features: dict[str, Feature] = {}
    for name, array in arrays.items():
        values[name], kind = stored(array, target=target)
        classes: tuple[str, ...] = ()
        if kind == "category":
            classes = tuple(str(k) for k in range(max(2, int(values[name].max(initial=0)) + 1)))
        dtype = DType.STRING if kind == "text" else DType(values[name].dtype.name)
        features[name] = Feature(name, kind, values[name].shape[1:], dtype, class_names=classes)
    return values, features


def bundle(
    inputs: Mapping[str, Array],
    targets: Mapping[str, Array],
    weights: Mapping[str, Array],
    held_out: int,
) -> DataBundle:
    """Rows for training, of which the last `held_out` are for validation.

    Raises:
        ShapeError: inputs and targets differ in their number of rows, or none is left to learn from.
    """
    x, x_features = features_of(inputs, target=False)
    y, y_features = features_of(targets, target=True)
    w = {name: np.ascontiguousarray(array, np.float32).reshape(len(array)) for name, array in weights.items()}
    rows = {len(a) for a in (*x.values(), *y.values(), *w.values())}
    if len(rows) != 1:
        raise ShapeError(
            f"Inputs, targets and weights have the same number of rows, received {sorted(rows)}."
        )
    count = rows.pop()
    train = count - held_out
    if train < 1:
        raise ShapeError(
            f"At least one row is needed to learn from; {held_out} of {count} are for validation."
        )
    w_features = {name: Feature(name, "numeric", ()) for name in w}
    first = next(iter(y_features.values()))
    task = TaskKind.for_classes(len(first.class_names)) if first.class_names else TaskKind.REGRESSION
    return DataBundle(
        x,
        y,
        {**x_features, **y_features, **w_features},
        task,
        range(train),
        range(train, count),
        range(count, count),
        {},
        w,
    )
