"""Files of weights that PyTorch writes: safetensors, and zips of `torch.save`, of which nothing is run."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.exchange.matching import in_order
from engine.exchange.torch.pickles import StoredTensor, read_pickle
from engine.formats.errors import FormatError
from engine.formats.guards import Archive, Limits, read_json
from engine.tensor.spec import Array

LARGEST_LIST = 64 << 20  # bytes of the pickle, or of the header
LARGEST = 4 << 30  # bytes of all numbers
MOST_TENSORS = 100_000
DEEPEST = 8
_TYPES = {
    "Float": "f4",
    "Double": "f8",
    "Half": "f2",
    "BFloat16": "bf16",
    "Long": "i8",
    "Int": "i4",
    "Short": "i2",
    "Char": "i1",
    "Byte": "u1",
    "Bool": "u1",
}
_SAFE_TYPES = {
    "F32": "f4",
    "F64": "f8",
    "F16": "f2",
    "BF16": "bf16",
    "I64": "i8",
    "I32": "i4",
    "I16": "i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "u1",
}
# where a checkpoint keeps its state dict, the usual places first
_USUAL = (
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "network",
    "module",
    "ema",
    "weights",
)


def read_safetensors(path: Path) -> dict[str, Array]:
    """The tensors of a safetensors file as float32, in the order in which people number their names.

    Raises:
        FormatError: one sentence: it can't be read.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(LARGEST_LIST, size - 8):
            raise FormatError(f"{path.name} is no safetensors file, or not complete.")
        header = read_json(file.read(length))
        if size > LARGEST:
            raise FormatError(f"{path.name} has {size:,} bytes, and at most {LARGEST:,} are read.")
        data = file.read()
    if not isinstance(header, dict) or len(header) > MOST_TENSORS:
        raise FormatError(f"{path.name} has no list of tensors that can be read.")
    found = {n: _safe(data, n, entry) for n, entry in header.items() if n != "__metadata__"}
    return {name: found[name] for name in in_order(found)}


def _safe(data: bytes, name: str, entry: Any) -> Array:
    try:
        kind, shape, (start, stop) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        whole = all(isinstance(n, int) and n >= 0 for n in (start, stop, *shape))
    except (KeyError, TypeError, ValueError):
        whole = False
        kind, shape, start, stop = "", (), 0, 0
    known = _SAFE_TYPES.get(kind) if isinstance(kind, str) else None
    if not whole or known is None or len(shape) > 32:
        raise FormatError(f"The tensor {_shown(name)} in it is of a kind that is not known here.")
    if stop > len(data) or stop - start != math.prod(shape) * _bytes(known):
        raise FormatError(f"The tensor {_shown(name)} in it is damaged or not complete.")
    return _numbers(data[start:stop], known, little=True).reshape(shape)


def read_state(path: Path) -> dict[str, Array]:
    """The tensors of a `torch.save` file as float32, in their order there.

    Raises:
        FormatError: one sentence: it can't be read, or would have to be run.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            limits = Limits(members=MOST_TENSORS, total=LARGEST, ratio=100, free=LARGEST_LIST)
            archive = Archive(opened, limits, "file of PyTorch")
            return _state(archive)
    except zipfile.BadZipFile:
        raise FormatError(
            f"{path.name} is no file of PyTorch 1.6 or newer, or damaged; older ones are not read, because they are "
            "programs: save the weights as safetensors."
        ) from None


def _state(archive: Archive) -> dict[str, Array]:
    lists = [n for n in archive.names if n.rpartition("/")[2] == "data.pkl"]
    if any("/code/" in f"/{n}" for n in archive.names):
        raise FormatError("It is a TorchScript program, and nothing in it is run; save its state_dict().")
    if len(lists) != 1:
        raise FormatError("There is no list of tensors in it, so it is no file of PyTorch.")
    home = lists[0].removesuffix("data.pkl")
    little = True
    if f"{home}byteorder" in archive.names:
        little = archive.read(f"{home}byteorder", 64).strip() != b"big"
    tensors = _tensors(read_pickle(archive.read(lists[0], LARGEST_LIST)))
    storages: dict[str, Array] = {}
    found: dict[str, Array] = {}
    for name, tensor in tensors.items():
        storage = tensor.storage
        kind = _TYPES[storage.kind.removeprefix("torch.").removesuffix("Storage")]
        if storage.key not in storages:
            data = archive.read(f"{home}data/{storage.key}", LARGEST)
            if len(data) < storage.count * _bytes(kind):
                raise FormatError(f"The tensor {_shown(name)} in it is not complete.")
            storages[storage.key] = _numbers(data[: storage.count * _bytes(kind)], kind, little=little)
        found[name] = _view(storages[storage.key], tensor, name)
    return found


def _tensors(value: Any) -> dict[str, StoredTensor]:
    """The state dict in what was saved: itself, or the place of a checkpoint that holds one.

    Raises:
        FormatError: there is none.
    """
    candidates = [(path, own) for path, own in _dicts(value) if own]
    if not candidates:
        raise FormatError("There are no tensors with names in it.")

    def rank(entry: tuple[tuple[str, ...], dict[str, StoredTensor]]) -> tuple[int, int]:
        path, own = entry
        last = path[-1] if path else ""
        place = -1 if not path else _USUAL.index(last) if last in _USUAL else len(_USUAL)
        return place, -len(own)

    return min(candidates, key=rank)[1]


def _dicts(value: Any) -> Iterator[tuple[tuple[str, ...], dict[str, StoredTensor]]]:
    """All dicts with the tensors that they hold by name; each is looked into once."""
    seen: set[int] = set()
    waiting: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while waiting:
        path, found = waiting.pop(0)
        if not isinstance(found, dict) or id(found) in seen or len(path) > DEEPEST:
            continue
        seen.add(id(found))
        if len(seen) > MOST_TENSORS:
            raise FormatError("It is nested far too often.")
        yield path, {k: v for k, v in found.items() if isinstance(k, str) and isinstance(v, StoredTensor)}
        waiting += [((*path, k), v) for k, v in found.items() if isinstance(k, str)]


def _view(storage: Array, tensor: StoredTensor, name: str) -> Array:
    count = math.prod(tensor.shape)
    last = tensor.offset + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.strides, strict=True))
    if count and (last >= storage.size or count > storage.size):
        raise FormatError(f"The tensor {_shown(name)} in it reaches beyond its numbers.")
    if not count:
        return np.zeros(tensor.shape, np.float32)
    steps = [s * storage.itemsize for s in tensor.strides]
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, steps).copy()


def _bytes(kind: str) -> int:
    return 2 if kind == "bf16" else int(kind[1:])


def _numbers(data: bytes, kind: str, *, little: bool) -> Array:
    """Numbers of any kind as float32."""
    order = "<" if little else ">"
    if kind == "bf16":
        upper = np.frombuffer(data, f"{order}u2").astype(np.uint32)
        return (upper << np.uint32(16)).view(np.float32)
    with np.errstate(over="ignore"):
        return np.frombuffer(data, f"{order}{kind}").astype(np.float32)


def _shown(name: str) -> str:
    return json.dumps(name[:80])
