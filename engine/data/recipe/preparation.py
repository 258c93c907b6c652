"""A recipe that has been fitted: all that is needed to show a network new rows as it saw those of its training.

Plain JSON, saved in the project, so that a project predicts without the data it was trained on.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.data.bundle import Counts, DataBundle, DataSpec, Feature, FeatureKind, Scaling, TaskKind
from engine.data.errors import DataError
from engine.data.recipe.fitted import FittedColumn
from engine.data.recipe.settings import PictureRecipe, SoundRecipe, WindowRecipe
from engine.data.recipe.steps.base import NumberState
from engine.data.sources.base import Kind
from engine.tensor.spec import Array, DType, Shape

_RECORD = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)
Part = Literal["input", "target", "weight"]


class FittedArray(BaseModel):
    """A column whose cells are arrays, pictures or sounds, and how they are brought to one form."""

    model_config = _RECORD

    name: str
    kind: Kind
    picture: PictureRecipe | None = None  # with the size that was found
    sound: SoundRecipe | None = None
    scales: tuple[NumberState, ...] = ()  # of the last axis


class Piece(BaseModel):
    """What a feature consists of: a column, or the mark of which of its cells are missing."""

    model_config = _RECORD

    column: str
    mark: bool = False


class FittedFeature(BaseModel):
    """An input, target or weight of the network, and the columns it is made of."""

    model_config = _RECORD

    name: str
    part: Part
    kind: FeatureKind
    shape: Shape
    dtype: DType = DType.FLOAT32
    column_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    scale: float = 1.0
    pieces: tuple[Piece, ...] = ()
    values: tuple[float | str, ...] = ()  # of a target of classes: what stands in the file for each

    def feature(self) -> Feature:
        """As bundles have it."""
        return Feature(
            self.name, self.kind, self.shape, self.dtype, self.column_names, self.class_names, self.scale
        )


class Preparation(BaseModel):
    """A fitted recipe.

    Attributes:
        source: name of the kind of file it was made for, and `options` what was chosen of how that is read.
        found: all of how it was read; others may be written in another way.
        rows: that it was fitted on, of the training part.
        counts: of training, validation and test.
        windows: examples are windows of rows; `stamp` and `group` are the columns that order and divide them.
        balanced: whether rare classes count more in the loss.
    """

    model_config = _RECORD

    version: Literal[1] = 1
    source: str
    options: dict[str, Any] = {}
    found: dict[str, Any] = {}
    columns: tuple[FittedColumn, ...] = ()
    arrays: tuple[FittedArray, ...] = ()
    features: tuple[FittedFeature, ...]
    task: TaskKind
    counts: tuple[int, int, int]
    windows: WindowRecipe | None = None
    stamp: str = ""
    group: str = ""
    balanced: bool = False

    @classmethod
    def read(cls, text: str | bytes) -> Preparation:
        """From JSON.

        Raises:
            DataError: it is something else.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise DataError(
                f"The saved preparation of the data can't be read ({place}: {first['msg']}). Train again."
            ) from error

    def column(self, name: str) -> FittedColumn:
        """The column of that name."""
        return next(c for c in self.columns if c.name == name)

    def array(self, name: str) -> FittedArray:
        """The column of arrays of that name."""
        return next(a for a in self.arrays if a.name == name)

    def of(self, part: Part) -> tuple[FittedFeature, ...]:
        """The features of a part, in order."""
        return tuple(f for f in self.features if f.part == part)

    def spec(self) -> DataSpec:
        """What the bundle that it was made with has."""
        names = {part: tuple(f.name for f in self.of(part)) for part in _PARTS}
        features = {f.name: f.feature() for f in self.features}
        return DataSpec(
            features,
            names["input"],
            names["target"],
            self.task,
            Counts(*self.counts),
            names["weight"],
            self.balanced,
        )

    def scaling(self) -> dict[str, Scaling]:
        """How numbers lead back to original units, by feature."""
        found = {
            f.name: self._scaling_of(f) for f in self.features if f.kind == "numeric" and f.part != "weight"
        }
        return {name: scaling for name, scaling in found.items() if scaling is not None}

    def _scaling_of(self, feature: FittedFeature) -> Scaling | None:
        states: list[NumberState] = []
        for piece in feature.pieces:
            if any(a.name == piece.column for a in self.arrays):
                states += self.array(piece.column).scales
            elif piece.mark:
                states.append(NumberState())
            else:
                means, scales, curves = self.column(piece.column).scales()
                states += [
                    NumberState(mean=m, scale=s, curve=c)
                    for m, s, c in zip(means, scales, curves, strict=True)
                ]
        if self.windows is not None and feature.part == "target":
            states = states * (len(feature.column_names) // max(1, len(states)))
        if all(state == NumberState() for state in states):
            return None
        curves = tuple(s.curve for s in states)
        return Scaling(
            tuple(s.mean for s in states), tuple(s.scale for s in states), curves if any(curves) else ()
        )

    def stand_in(self) -> DataBundle:
        """A bundle of one row of zeros: enough to run the network on other inputs, without the data of the training."""
        parts = {part: {f.name: _zeros(f) for f in self.of(part)} for part in _PARTS}
        features = {f.name: f.feature() for f in self.features}
        return DataBundle(
            parts["input"],
            parts["target"],
            features,
            self.task,
            range(1),
            range(1, 1),
            range(1, 1),
            self.scaling(),
            parts["weight"],
            self,
        )

    def describe(self) -> str:
        """Every step in words, a line each, for an export that can't carry it."""
        lines = [f"Read as: {self.source} {self.options or ''}".rstrip()]
        for feature in self.features:
            if feature.part == "weight":
                continue
            shape = " x ".join(map(str, feature.shape)) or "one number"
            lines.append(f"{feature.part} {feature.name} ({feature.kind}, {shape}):")
            lines += [f"  {self._says(piece)}" for piece in feature.pieces]
            if feature.class_names:
                lines.append(f"  classes: {', '.join(feature.class_names[:50])}")
        if self.windows is not None:
            w = self.windows
            lines.append(
                f"Examples: {w.window} rows, the next {w.horizon} are predicted, every {w.stride} rows."
            )
        return "\n".join(lines)

    def _says(self, piece: Piece) -> str:
        if piece.mark:
            return f"{piece.column}: 1 where it is missing, else 0"
        for array in self.arrays:
            if array.name == piece.column:
                form = array.picture or array.sound
                return f"{array.name}: {form.model_dump_json(exclude_none=True) if form else 'as stored, scaled'}"
        known = {column.name: column for column in self.columns}
        return known[piece.column].says if piece.column in known else piece.column


_PARTS: tuple[Part, ...] = ("input", "target", "weight")


def _zeros(feature: FittedFeature) -> Array:
    empty: Array = np.zeros((1, *feature.shape), feature.dtype.numpy)
    return empty
