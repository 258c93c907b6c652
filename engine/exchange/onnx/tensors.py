"""Arrays in an ONNX file: what it claims is checked before it is believed, and files beside it stay in its folder."""

from __future__ import annotations

import math
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from engine.formats.errors import FormatError
from engine.tensor.spec import Array

LARGEST = 1 << 31  # numbers in one array
_LISTS: Mapping[Any, str] = (
    MappingProxyType(  # where numbers lie that are not raw bytes; several small ones may share an entry
        {
            TensorProto.FLOAT: "float_data",
            TensorProto.COMPLEX64: "float_data",
            TensorProto.DOUBLE: "double_data",
            TensorProto.COMPLEX128: "double_data",
            TensorProto.INT64: "int64_data",
            TensorProto.UINT32: "uint64_data",
            TensorProto.UINT64: "uint64_data",
            TensorProto.STRING: "string_data",
        }
    )
)


class Files:
    """The files beside a model, from which it may take arrays.

    Args:
        folder: that of the model; nothing outside of it is opened.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def bytes_of(self, tensor: TensorProto, count: int) -> bytes:
        """The bytes of an array that lies in another file.

        Raises:
            FormatError: the place is not allowed, or there is too little.
        """
        entries = {text(e.key): text(e.value) for e in tensor.external_data}
        path = self._path(entries.get("location", ""))
        try:
            offset, length = int(entries.get("offset", 0)), int(entries.get("length", count))
        except ValueError as error:
            raise FormatError(
                f"The place of {text(tensor.name):.60} in {path.name} can't be read."
            ) from error
        if offset < 0 or length != count or offset + length > path.stat().st_size:
            raise FormatError(
                f"{path.name} is too short for {text(tensor.name):.60}, or its sizes do not agree; copy it again."
            )
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def _path(self, location: str) -> Path:
        parts = PurePosixPath(location).parts
        if not parts or location.startswith(("/", "\\")) or ".." in parts or set(location) & set(':\\"\0'):
            raise FormatError(
                f"The model keeps weights at {location!r:.80}; only files in its own folder are opened."
            )
        path = self._folder.joinpath(*parts)
        try:
            steps = [self._folder.joinpath(*parts[: k + 1]) for k in range(len(parts))]
            if any(stat.S_ISLNK(step.lstat().st_mode) for step in steps):
                raise FormatError(
                    f"The weights in {location!r:.80} are a symbolic link, which is not followed."
                )
            if not stat.S_ISREG(path.stat().st_mode):
                raise FormatError(f"The weights in {location!r:.80} are no file.")
        except OSError as error:
            raise FormatError(
                f"The model keeps weights in {location!r:.80}, which is not there; put it beside the model."
            ) from error
        return path


def text(value: str | bytes) -> str:
    """A name; damaged ones come as bytes."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def array_of(tensor: TensorProto, files: Files) -> Array:
    """The array of a tensor: float32, int64, bool, or text as objects; other numbers become the nearest of these.

    Raises:
        FormatError: its sizes are impossible, or its numbers are not all there.
    """
    shape, name = tuple(tensor.dims), text(tensor.name) or "a constant"
    if any(n < 0 for n in shape) or math.prod(shape) > LARGEST:
        raise FormatError(f"{name:.60} claims to be {' × '.join(map(str, shape)):.60}; the file is damaged.")
    if tensor.data_type not in TensorProto.DataType.values() or not tensor.data_type:
        raise FormatError(f"{name:.60} has numbers of an unknown type; the file is damaged.")
    try:
        array = _external(tensor, shape, files) if _outside(tensor) else _inside(tensor, shape)
    except FormatError:
        raise
    except (ValueError, TypeError, OverflowError, MemoryError, KeyError, RuntimeError) as error:
        raise FormatError(f"{name:.60} can't be read; the file is damaged.") from error
    return usual(array)


def usual(array: Array) -> Array:
    """The same numbers in one of the types that are worked with."""
    kind = array.dtype.kind
    if kind in "fV" or (kind not in "iubOSUT" and kind != "c"):
        with np.errstate(all="ignore"):
            return np.asarray(array, np.float32)
    if kind in "iu":
        return array.astype(np.int64)
    return array


def _outside(tensor: TensorProto) -> bool:
    return tensor.data_location == TensorProto.EXTERNAL


def _external(tensor: TensorProto, shape: tuple[int, ...], files: Files) -> Array:
    dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    size = math.prod(shape) * np.dtype(dtype).itemsize
    return np.frombuffer(files.bytes_of(tensor, size), dtype).reshape(shape)


def _inside(tensor: TensorProto, shape: tuple[int, ...]) -> Array:
    count = math.prod(shape)
    if tensor.HasField("raw_data"):
        dtype = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.data_type))
        packed = tensor.data_type in _PACKED
        if not packed and len(tensor.raw_data) != count * dtype.itemsize:
            raise ValueError("length")
        if packed and len(tensor.raw_data) > count:
            raise ValueError("length")
    else:
        listed: Any = getattr(tensor, _LISTS.get(tensor.data_type, "int32_data"))
        if len(listed) > 2 * count or len(listed) * 8 < count:
            raise ValueError("length")
    return np.asarray(numpy_helper.to_array(tensor)).reshape(shape)


_PACKED = frozenset(
    getattr(onnx.TensorProto, name)
    for name in ("INT4", "UINT4", "INT2", "UINT2", "FLOAT4E2M1")
    if hasattr(onnx.TensorProto, name)
)
