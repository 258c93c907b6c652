"""The weights of a TensorFlow.js model: one list of arrays over files that stand beside `model.json`."""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from engine.exchange.tfjs.packing import CODES, Packing, packed, unpacked
from engine.formats.errors import FormatError
from engine.formats.guards import is_safe_name
from engine.tensor.spec import Array

LARGEST = 8 << 30
SHARD = 4 << 20  # bytes: browsers keep such files
DIGITS = 8
_DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "u1", "uint8": "u1"}


def read_weights(folder: Path, manifest: Any) -> dict[str, Array]:
    """All arrays by name, in their order.

    Args:
        folder: of `model.json`; files outside it are refused, addresses are never fetched.
        manifest: the list of groups.

    Raises:
        FormatError: one sentence.
    """
    if not isinstance(manifest, list):
        raise FormatError("The list of its weights is missing; the file is damaged.")
    found: dict[str, Array] = {}
    for group in manifest:
        if not isinstance(group, Mapping):
            raise FormatError("The list of its weights can't be read; the file is damaged.")
        data = b"".join(_shard(folder, name) for name in _list(group.get("paths")))
        offset = 0
        for entry in _list(group.get("weights")):
            name, array, offset = _array(data, offset, entry)
            found[name] = array
    return found


def manifest_of(
    weights: Sequence[tuple[str, Array]], stem: str, packing: Packing = "float32"
) -> tuple[list[Any], dict[str, bytes]]:
    """The list of groups and the files, by name, for arrays in order.

    The names tell other weights apart: those of an older `model.json` stay whole until it is replaced.
    """
    stored = [packed(array, packing) for _, array in weights]
    data = b"".join(array.tobytes() for array, _ in stored)
    pieces = [data[k : k + SHARD] for k in range(0, len(data), SHARD)] or [b""]
    digest = hashlib.sha256(data).hexdigest()[:DIGITS]
    names = [f"{stem}-{digest}.shard{k + 1}of{len(pieces)}.bin" for k in range(len(pieces))]
    entries = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        | ({} if quantization is None else {"quantization": quantization})
        for (name, array), (_, quantization) in zip(weights, stored, strict=True)
    ]
    return [{"paths": names, "weights": entries}], dict(zip(names, pieces, strict=True))


def remove_others(folder: Path, stem: str, kept: Collection[str]) -> None:
    """Remove files of weights that an older model of ours had and no `model.json` names any more."""
    ours = re.compile(rf"{re.escape(stem)}-[0-9a-f]{{{DIGITS}}}\.shard\d+of\d+\.bin")
    for place in folder.iterdir():
        if ours.fullmatch(place.name) and place.name not in kept:
            with contextlib.suppress(OSError):  # somebody has it open: it is in nobody's way
                place.unlink()


def _shard(folder: Path, name: object) -> bytes:
    if not isinstance(name, str) or "://" in name or not is_safe_name(name):
        raise FormatError(
            f"Its weights are to be at {name!a:.80}, which is not beside the file; nothing is read from there."
        )
    path = folder / PurePosixPath(name)
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise FormatError(f"{name!a:.80} leads out of its folder; nothing is read from there.")
        if path.stat().st_size > LARGEST:
            raise FormatError(f"{name!a:.80} has {path.stat().st_size:,} bytes, too many.")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise FormatError(
            f"Its weights in {name!a:.80} can't be read ({reason}); keep the files together."
        ) from error


def _array(data: bytes, offset: int, entry: Any) -> tuple[str, Array, int]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        raise FormatError("The list of its weights can't be read; the file is damaged.")
    name = entry["name"]
    shape = tuple(_whole(n, name) for n in _list(entry.get("shape")))
    packing = entry.get("quantization")
    kind = packing.get("dtype") if isinstance(packing, Mapping) else entry.get("dtype")
    code = (CODES if isinstance(packing, Mapping) else _DTYPES).get(str(kind))
    if code is None:
        raise FormatError(f"The weights {name!a:.60} are of type {kind!s:.20}, which is not known.")
    count = math.prod(shape)
    end = offset + count * np.dtype(code).itemsize
    if end > len(data):
        raise FormatError(f"The file of the weights {name!a:.60} is too short; it is not complete.")
    array = np.frombuffer(data, code, count, offset).reshape(shape)
    if isinstance(packing, Mapping) and kind != "float16":
        scale, low = packing.get("scale"), packing.get("min")
        if not all(isinstance(v, int | float) and math.isfinite(v) for v in (scale, low)):
            raise FormatError(f"The scale of the weights {name!a:.60} can't be read; the file is damaged.")
        array = unpacked(array, {"scale": scale, "min": low})
    whole = str(entry.get("dtype")) in ("int32", "bool", "uint8") and not isinstance(packing, Mapping)
    return name, array.astype(np.int32 if whole else np.float32), end


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise FormatError(f"The shape of the weights {name!a:.60} can't be read; the file is damaged.")
    return value


def _list(value: Any) -> Iterator[Any]:
    if not isinstance(value, list) or len(value) > 100_000:
        raise FormatError("The list of its weights can't be read; the file is damaged.")
    return iter(value)
