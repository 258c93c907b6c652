"""Errors that are the user's to mend: their text is one sentence, and the exit status is 2."""

from __future__ import annotations

from engine.compiler.lower import LoweringError
from engine.data.errors import DataError
from engine.devices.base import DeviceError
from engine.formats.errors import FormatError
from engine.graph.edits import EditError
from engine.tensor.spec import ShapeError


class UsageError(ValueError):
    """Words on the command line that make no sense."""


class TrainingError(RuntimeError):
    """A run that came to nothing."""


USER_ERRORS = (
    UsageError,
    TrainingError,
    LoweringError,
    DataError,
    DeviceError,
    FormatError,
    EditError,
    ShapeError,
    OSError,
)
