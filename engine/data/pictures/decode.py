"""Opens picture files of strangers: only the formats that are promised, and only as many pixels as fit into memory.

A file of 1 kB can claim 100,000 × 100,000 pixels, a text can be called .png, and a decoder fails on damaged files with
whatever error comes up in it; here each of these is one sentence.
"""

from __future__ import annotations

import logging
import stat
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from engine.data.errors import DataError
from engine.data.pictures.fitting import fitted
from engine.data.pictures.target import PictureFacts, PictureTarget
from engine.tensor.spec import Array

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif")
LARGEST_PIXELS = 89_478_485  # what Pillow calls a bomb, too: 268 MB of colour
LARGEST_FILE = 500_000_000  # bytes
_ORIENTATION = 0x0112  # the EXIF tag; from 5 on, height and width change places
_LYING = 5
_QUIET = (
    threading.RLock()
)  # filters of warnings are the whole process's, so pictures are decoded one by one in it
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's decoders were seen to raise on damaged files.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    AssertionError,
    RuntimeError,
    MemoryError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


def measured(path: Path) -> PictureFacts:
    """What the header says; the pixels are not decoded.

    Raises:
        DataError: not a picture, or one that is too large.
    """
    with _opened(path) as image:
        width, height = image.size
        if _turned(image):
            width, height = height, width
        deep = image.mode.startswith(("I", "F"))
        moving = bool(getattr(image, "is_animated", False))
        return PictureFacts(height, width, _channels(image), deep, moving)


def decoded(path: Path, target: PictureTarget) -> Array:
    """A picture file, upright, in the target's size and channels: uint8 (height, width, channels).

    Raises:
        DataError: not a picture, one that is damaged, or one that is too large.
    """
    with _opened(path) as image:
        if not (target.mask or target.centred):  # what is drawn may be a small part
            _draft(image, target.height, target.width, target.channels)
        return fitted(_upright(image), target)


def plain(path: Path) -> Array:
    """A picture file, upright, in its own size: uint8 (height, width, 1 or 3).

    Raises:
        DataError: as `decoded`.
    """
    facts = measured(path)
    return decoded(path, PictureTarget(facts.height, facts.width, 1 if facts.channels == 1 else 3))


def thumbnail(path: Path, side: int, mask: bool = False) -> Array:
    """A picture file, upright, with no side longer than `side`: uint8 (height, width, 1 or 3).

    The values of a mask are stretched to what can be seen.

    Raises:
        DataError: as `decoded`.
    """
    facts = measured(path)
    scale = min(1.0, side / max(facts.height, facts.width))
    height, width = max(1, round(facts.height * scale)), max(1, round(facts.width * scale))
    channels = 1 if mask or facts.channels == 1 else 3
    small = decoded(path, PictureTarget(height, width, channels, mask=mask))
    if not mask:
        return small
    brightest = int(small.max(initial=1)) or 1
    return (small.astype(np.float32) * (255 / brightest)).astype(np.uint8)


logging.getLogger("PIL").setLevel(
    logging.CRITICAL
)  # what is wrong with a file is said by our sentence, not on stderr


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The picture, not yet decoded; whatever goes wrong with it meanwhile becomes a `DataError`."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > LARGEST_FILE:
            raise DataError(
                f"A picture must be a file of up to {LARGEST_FILE // 10**6} MB; {path.name} is not. Leave it out."
            )
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, on notes in the file that are damaged
            with Image.open(path, formats=FORMATS) as image:
                _check_size(path, image.size)
                yield image
    except UnidentifiedImageError as error:
        raise DataError(
            f"A picture must be PNG, JPEG, WebP, TIFF, BMP or GIF; {path.name} is none of them. Convert it or leave it out."
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path, "more") from error
    except FileNotFoundError as error:
        raise DataError(f"The picture {path.name} is not there. Correct the path or leave it out.") from error
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.strerror:  # of the system, not of what is in the file
            raise DataError(
                f"The picture {path.name} cannot be read: {error.strerror}. Leave it out."
            ) from error
        reason = str(error)[:100] or type(error).__name__
        raise DataError(
            f"The picture {path.name} is damaged: {reason}. Save it again or leave it out."
        ) from error


def _check_size(path: Path, size: tuple[int, int]) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise DataError(f"A picture must have pixels; {path.name} is {width} × {height}. Leave it out.")
    if width * height > LARGEST_PIXELS:
        raise _too_large(path, f"{width:,} × {height:,}")


def _too_large(path: Path, received: str) -> DataError:
    return DataError(
        f"A picture can have up to {LARGEST_PIXELS // 10**6} million pixels; {path.name} claims {received}. Make it "
        "smaller or leave it out."
    )


def _channels(image: Image.Image) -> int:
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return 4
    return 1 if image.mode in ("1", "L") or image.mode.startswith(("I", "F")) else 3


def _turned(image: Image.Image) -> bool:
    return _orientation(image) >= _LYING


def _orientation(image: Image.Image) -> int:
    """1 to 8; 1 where there is none or it cannot be read, for a damaged note is no reason to lose the picture."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _DAMAGED:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(image: Image.Image) -> Image.Image:
    method = _UPRIGHT.get(_orientation(image))
    image.load()
    return image if method is None else image.transpose(method)


def _draft(image: Image.Image, height: int, width: int, channels: int) -> None:
    """Let JPEG decode to an eighth or so where twice the wanted size is enough; other formats ignore it."""
    if image.format != "JPEG":
        return
    wanted = (2 * width, 2 * height)
    image.draft("L" if channels == 1 else "RGB", (wanted[1], wanted[0]) if _turned(image) else wanted)
