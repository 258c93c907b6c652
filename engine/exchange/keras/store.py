"""HDF5 opened with care: nothing outside the file is followed, nothing larger than promised is read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from engine.exchange.keras.soundness import expect_sound
from engine.formats.errors import FormatError
from engine.tensor.spec import Array

LARGEST = 8 << 30  # bytes of one array
RATIO, FREE = 200, 16 << 20  # unpacked to packed, beyond so many bytes; numbers hardly shrink
LONGEST_TEXT = 64 << 20


class Store:
    """Groups, arrays and attributes of an HDF5 file."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def has(self, path: str) -> bool:
        """Whether there is a group or an array of its own (no link to elsewhere)."""
        import h5py

        here = self._file
        for part in path.split("/"):
            if not isinstance(here, h5py.Group) or not part:
                return False
            link = here.get(part, getlink=True) if part in here else None
            if not isinstance(link, h5py.HardLink):
                return False
            here = here[part]
        return True

    def array(self, path: str) -> Array:
        """An array as float32 (integers stay what they are).

        Raises:
            FormatError: it is not there, too large or no array of numbers.
        """
        import h5py

        if not self.has(path):
            raise FormatError(f"The weights {path!a:.80} are missing in it, or are a link to elsewhere.")
        data = self._file[path]
        if (
            not isinstance(data, h5py.Dataset)
            or data.dtype.kind not in "fiub"
            or data.external
            or data.is_virtual
        ):
            raise FormatError(f"{path!a:.80} in it is not an array of numbers.")
        if data.nbytes > LARGEST or (
            data.nbytes > FREE and data.nbytes > RATIO * max(1, data.id.get_storage_size())
        ):
            raise FormatError(f"{path!a:.80} in it unpacks to {data.nbytes:,} bytes, suspiciously many.")
        values = np.asarray(data[()])
        return values.astype(np.float32) if values.dtype.kind == "f" else values

    def is_array(self, path: str) -> bool:
        """Whether there is an array (and no link to elsewhere)."""
        import h5py

        return self.has(path) and isinstance(self._file[path], h5py.Dataset)

    def names(self, path: str) -> tuple[str, ...]:
        """What is in a group; nothing if there is no such group."""
        import h5py

        group = self._file if not path else self._file[path] if self.has(path) else None
        return tuple(group) if isinstance(group, h5py.Group) else ()

    def text(self, path: str, name: str) -> str:
        """An attribute that is a text; "" if there is none."""
        value = self._attribute(path, name)
        if isinstance(value, bytes | np.bytes_):
            value = bytes(value).decode("utf-8", "replace")
        return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""

    def texts(self, path: str, name: str) -> tuple[str, ...]:
        """An attribute that is a list of texts, which Keras cuts into several where it is long."""
        value = self._attribute(path, name)
        pieces = [value] if value is not None else []
        number = 0
        while not pieces or number:
            more = self._attribute(path, f"{name}{number}")
            if more is None:
                break
            pieces.append(more)
            number += 1
        found = [v for piece in pieces for v in np.asarray(piece).reshape(-1).tolist()]
        return tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in found)

    def _attribute(self, path: str, name: str) -> Any:
        place = self._file if not path else self._file[path] if self.has(path) else None
        if place is None or name not in place.attrs:
            return None
        try:
            return place.attrs[name]
        except (OSError, TypeError, ValueError, RuntimeError) as error:
            raise FormatError(f"The attribute {name!a:.60} in it can't be read ({error}).") from error


@contextmanager
def opened(source: Path | bytes, within: str = "") -> Iterator[Store]:
    """An HDF5 file, from disk or from memory; `within` is the name of the file that it is a part of.

    Raises:
        FormatError: it is none, or a damaged one.
    """
    import h5py

    title = source.name if isinstance(source, Path) else f"The HDF5 part of {within or 'the file'}"
    try:
        expect_sound(source, title)
        with h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r") as file:
            yield Store(file)
    except FormatError:
        raise
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, MemoryError) as error:
        reason = str(error).split("(")[0].strip() or type(error).__name__
        raise FormatError(f"{title} can't be read ({reason:.120}). It is damaged or not complete.") from error
