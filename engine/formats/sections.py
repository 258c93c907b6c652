"""The sections a project has beside its graph, by the name they have in the file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import BaseModel

from engine.data.settings import DataSettings
from engine.training.settings import TrainingSettings

DATA, TRAINING = "data", "training"
SECTIONS: Mapping[str, type[BaseModel]] = MappingProxyType({DATA: DataSettings, TRAINING: TrainingSettings})
