"""The sections a project has beside its graph, by the name they have in the file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.data.pictures.ranges import Pixels
from engine.data.settings import DataSettings
from engine.graph.drawing import DRAWING, Drawing
from engine.graph.notes import NOTES, Notes
from engine.training.settings import TrainingSettings

DATA, TRAINING, INPUTS, ANSWERS = "data", "training", "inputs", "answers"
MOST_CLASSES = 100_000


class InputShape(BaseModel):
    """One example of an input, without the batch."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    shape: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], Field(max_length=16)]
    dtype: Literal["float32", "int32", "string"] = "float32"


class InputShapes(BaseModel):
    """What the network of a script takes, which has no data set that would say so."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    shapes: dict[str, InputShape] = {}


class AnswerWords(BaseModel):
    """What data would say of the answers and pictures of a network that came without: names of classes, range of pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    classes: dict[
        str, Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=MOST_CLASSES)]
    ] = {}
    pixels: Pixels = Pixels.UNIT


SECTIONS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        DATA: DataSettings,
        TRAINING: TrainingSettings,
        INPUTS: InputShapes,
        NOTES: Notes,
        DRAWING: Drawing,
        ANSWERS: AnswerWords,
    }
)
