"""Functions that written files of Python take along: files of pictures, opened by Pillow and brought to the network's form.

What is done to them is what was done to those that the network learned from (`engine.data.pictures`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Array = Any  # of NumPy


def picture_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files, and those of pictures in folders and below."""
    known = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif")
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in known)
            if not inside:
                raise ValueError(f"The folder {path.name} has no pictures ({', '.join(known)}).")
            yield from inside
        else:
            yield path


def picture_answers(paths: Iterable[Path], predict: Callable[..., Any], bad: list[Path]) -> Iterator[Any]:
    """What is predicted for each file; a file that is no picture is said, kept in `bad` and left out."""
    for path in paths:
        try:
            yield from predict([path])
        except (OSError, ValueError) as error:
            bad.append(path)
            print("error:", error, file=sys.stderr)


def opened_picture(fact: Any, path: Path, sized: bool) -> Array:
    """A file in the channels of the input and, if that is wanted, in its size: upright, uint8.

    Raises ValueError, one sentence, for a file that is no picture.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise ValueError("Files of pictures are opened by Pillow; install it: pip install pillow.") from None
    height, width, channels = fact["shape"]
    if not path.is_file():
        raise ValueError(f"{path} is not there.")
    try:
        with Image.open(path, formats=("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")) as image:
            if image.format == "JPEG" and sized:  # decoded to an eighth or so, where twice the size is enough
                lying = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
                wanted = (2 * height, 2 * width) if lying else (2 * width, 2 * height)
                image.draft("L" if channels == 1 else "RGB", wanted)
            found = in_channels(ImageOps.exif_transpose(image), channels)
            found = in_size(found, width, height, fact["fit"]) if sized else found
    except Exception as error:
        raise ValueError(
            f"{path.name} is no picture that can be read ({str(error)[:100]}); take a PNG, JPEG, WebP, TIFF, BMP or GIF."
        ) from error
    pixels = np.asarray(found)
    return pixels.reshape(*pixels.shape[:2], channels)


def in_size(image: Any, width: int, height: int, fit: str) -> Any:
    """A picture of Pillow's in that size: distorted, cut off on both sides, or with black on both sides."""
    from PIL import Image

    wide, high = image.size
    if (wide, high) == (width, height):
        return image
    if fit == "pad":
        ratio = min(width / wide, height / high)
        x, y = min(width, max(1, round(wide * ratio))), min(height, max(1, round(high * ratio)))
        whole = Image.new(image.mode, (width, height))
        whole.paste(image.resize((x, y), 2, None, 2.0), ((width - x) // 2, (height - y) // 2))
        return whole
    box = None
    if fit == "crop":
        ratio = min(wide / width, high / height)
        left, top = max(0.0, (wide - width * ratio) / 2), max(0.0, (high - height * ratio) / 2)
        box = (left, top, min(left + width * ratio, wide), min(top + height * ratio, high))
    return image.resize((width, height), 2, box, 2.0)  # 2: bilinear


def in_channels(image: Any, channels: int) -> Any:
    """A picture of Pillow's, grey, in colour or with opacity; without that it lies on white."""
    from PIL import Image

    if image.mode[:1] in ("I", "F"):  # more than 8 bits: of whole numbers 65,535 is white
        values = np.nan_to_num(np.asarray(image).astype(np.float64))
        white = 65_535.0 if image.mode[:1] == "I" else 255.0 if values.max(initial=0.0) > 1.0 else 1.0
        image = Image.fromarray(np.rint((values / white).clip(0, 1) * 255).astype(np.uint8))
    if channels != 4 and (image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info):
        seen = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    return image if image.mode == mode else image.convert(mode)
