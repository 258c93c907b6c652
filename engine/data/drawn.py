"""Points and pictures that people make by hand, as short texts that a project file carries.

Settings hold plain values, so that they can be saved, compared, undone and sent to the worker; what was drawn is packed
into such a value without loss: points as compressed whole numbers, pictures as one PNG, one below the other.
"""

from __future__ import annotations

import base64
import binascii
import io
import zlib
from dataclasses import dataclass

import numpy as np

from engine.data.errors import DataError
from engine.tensor.spec import Array

MOST_POINTS = 20_000
MOST_PICTURES = 2_000
MOST_CLASSES = 10
LARGEST_TEXT = 8 << 20  # letters: what a project may carry of it
FINEST = 1_000  # steps of a coordinate from 0 to 1 of the plane's half width

_DIGITS = "0123456789"


@dataclass(frozen=True, eq=False)
class Points:
    """Points in the plane: coordinates float64 (n, 2), each from -1 to 1, and classes int32 (n,)."""

    places: Array
    classes: Array

    @classmethod
    def none(cls) -> Points:
        """No points."""
        return cls(np.empty((0, 2)), np.empty(0, np.int32))

    def __len__(self) -> int:
        return len(self.classes)

    def with_more(self, places: Array, label: int) -> Points:
        """These and more of one class, rounded as they will be saved; the oldest go where there are too many."""
        more = np.full(len(places), label, np.int32)
        rounded = np.rint(np.clip(places, -1.0, 1.0) * FINEST) / FINEST
        both = np.concatenate([self.places, rounded.reshape(-1, 2)])[-MOST_POINTS:]
        return Points(both, np.concatenate([self.classes, more])[-MOST_POINTS:])

    def without(self, place: tuple[float, float], radius: float) -> Points:
        """Those farther than `radius` from a place."""
        kept = np.hypot(*(self.places - place).T) > radius
        return Points(self.places[kept], self.classes[kept])

    def pack(self) -> tuple[str, str]:
        """The coordinates and the classes as text."""
        whole = np.rint(self.places * FINEST).astype("<i2")
        packed = base64.b64encode(zlib.compress(whole.tobytes(), 9)).decode("ascii")
        return (packed if len(self) else ""), pack_classes(self.classes)

    @classmethod
    def unpack(cls, places: str, classes: str) -> Points:
        """What `pack` made; raises DataError."""
        labels = unpack_classes(classes)
        if not places and not len(labels):
            return cls.none()
        raw = _unpacked(places, 4 * MOST_POINTS)
        if len(raw) != 4 * len(labels):
            raise _damaged("points", f"{len(labels)} classes and {len(raw) // 4} places")
        return cls(np.frombuffer(raw, "<i2").reshape(-1, 2).astype(np.float64) / FINEST, labels)


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of one size, uint8 (n, height, width, 1 or 3), and classes int32 (n,)."""

    pixels: Array
    classes: Array

    @classmethod
    def none(cls, side: int, channels: int = 1) -> Pictures:
        """No pictures."""
        return cls(np.empty((0, side, side, channels), np.uint8), np.empty(0, np.int32))

    def __len__(self) -> int:
        return len(self.classes)

    def with_more(self, pixels: Array, label: int) -> Pictures:
        """These and more of one class (n, height, width, channels); the oldest go where there are too many."""
        more = np.full(len(pixels), label, np.int32)
        return Pictures(
            np.concatenate([self.pixels, pixels])[-MOST_PICTURES:],
            np.concatenate([self.classes, more])[-MOST_PICTURES:],
        )

    def without(self, index: int) -> Pictures:
        """All but one."""
        return Pictures(np.delete(self.pixels, index, 0), np.delete(self.classes, index))

    def pack(self) -> tuple[str, str]:
        """The pictures and the classes as text."""
        from PIL import Image  # the start of the window need not pay for it

        if not len(self):
            return "", ""
        count, height, width, channels = self.pixels.shape
        strip = self.pixels.reshape(count * height, width, channels)
        buffer = io.BytesIO()
        Image.fromarray(strip[..., 0] if channels == 1 else strip).save(buffer, "PNG", optimize=True)
        return base64.b64encode(buffer.getvalue()).decode("ascii"), pack_classes(self.classes)

    @classmethod
    def unpack(cls, pictures: str, classes: str, side: int, channels: int) -> Pictures:
        """What `pack` made of pictures of side × side pixels; raises DataError."""
        labels = unpack_classes(classes)
        if not pictures and not len(labels):
            return cls.none(side, channels)
        strip = _image(pictures, (side, side * len(labels)), channels)
        return cls(strip.reshape(len(labels), side, side, channels), labels)


def pack_classes(classes: Array) -> str:
    """A digit for each."""
    return "".join(_DIGITS[label] for label in classes.tolist())


def unpack_classes(text: str) -> Array:
    """What `pack_classes` made, int32 (n,); raises DataError."""
    if not set(text) <= set(_DIGITS) or len(text) > max(MOST_POINTS, MOST_PICTURES):
        raise _damaged("classes", f"{text[:20]!r}")
    return np.array([int(letter) for letter in text], np.int32)


def _unpacked(text: str, most: int) -> bytes:
    """Bytes of a text, at most so many; raises DataError."""
    try:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(base64.b64decode(text, validate=True), most)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise _damaged("points", str(error)) from error
    if unpacker.unconsumed_tail:
        raise _damaged("points", f"more than {MOST_POINTS:,} of them")
    return raw


def _image(text: str, size: tuple[int, int], channels: int) -> Array:
    """Pixels of a PNG (height, width, channels) of the size (width, height) that it must have; raises DataError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True)), formats=("PNG",)) as image:
            if image.size != size:  # before anything is decoded
                raise _damaged("pictures", "{} × {} pixels".format(*image.size))
            converted = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except (binascii.Error, UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise _damaged("pictures", str(error)) from error
    return converted.reshape(*converted.shape[:2], channels)


def _damaged(what: str, received: str) -> DataError:
    return DataError(
        f"The drawn {what} of this project must be as they were saved, received {received[:80]}. Draw them again, or open "
        "an older copy of the project."
    )
