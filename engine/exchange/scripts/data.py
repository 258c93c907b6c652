"""The prepared data as a file that a script reads: arrays by the names of inputs and targets."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from engine.data.bundle import DataBundle
from engine.exchange.outgoing import Outgoing
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError
from engine.layers.host import HostLayer
from engine.tensor.spec import Array, DType

ROWS = "rows"  # where the training ends and where the validation ends


def write_data(out: Outgoing, path: Path) -> None:
    """Write an `.npz` with every input and target as the module takes them (texts as numbers), the rows for training first.

    Raises:
        FormatError: the data is not there, or the operating system refused.
    """
    data = out.data
    if not isinstance(data, DataBundle):
        raise FormatError("The data of the project is not at hand, so it can't be written beside the script.")
    arrays = {name: _seen(data, name, array) for name, array in (*data.inputs.items(), *data.targets.items())}
    for part in out.net.parts:
        if isinstance(part.what, HostLayer):
            name = out.net.names.get(part.inputs[0][0], part.inputs[0][0])
            arrays[name] = part.what.compute(arrays[name], {})  # what it learned is a setting by now
    arrays[ROWS] = np.array([data.train.stop, data.validation.stop], np.int64)
    memory = io.BytesIO()
    np.savez_compressed(memory, allow_pickle=False, **arrays)
    with replacing(path) as file:
        file.write(memory.getvalue())


def _seen(data: DataBundle, name: str, array: Array) -> Array:
    """An array as training sees it: pictures from 0 to 1."""
    feature = data.features[name]
    if array.dtype == DType.UINT8.numpy:
        return array.astype(np.float32) * np.float32(feature.scale)
    return array
