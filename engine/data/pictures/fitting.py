"""Brings one decoded picture to a target: channels, then size. A live preview and 60,000 pictures take the same way."""

from __future__ import annotations

import numpy as np
from PIL import Image

from engine.data.pictures.centring import centred
from engine.data.pictures.ink import drawn_places, off_centre
from engine.data.pictures.target import PictureTarget
from engine.tensor.spec import Array

Box = tuple[float, float, float, float]
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_DEEP = ("I", "F")  # first letters of the modes with more than 8 bits: I;16, I;16B, I, F


def fitted(picture: Image.Image | Array, target: PictureTarget) -> Array:
    """The picture in the target's size and channels: uint8 (height, width, channels).

    Args:
        picture: upright; an array is uint8 (height, width) or (height, width, 1, 3 or 4).
        target: what to bring it to.
    """
    image = picture if isinstance(picture, Image.Image) else as_image(picture)
    plain = _numbered(image) if target.mask else _channelled(image, target.channels)
    if target.inverted:
        plain = _inverted(plain)
    sized = np.asarray(_sized(plain, target), np.uint8).reshape(target.shape)
    return _in_the_middle(plain, sized, target) if target.centred else sized


def _in_the_middle(image: Image.Image, sized: Array, target: PictureTarget) -> Array:
    """What is drawn, brought to the middle where it lies elsewhere, or is too small to be seen at all."""
    where = drawn_places(sized[np.newaxis])
    if where[0, 2] and not off_centre(where, target.centred).any():
        return sized
    found = centred(image, target)
    return sized if found is None else found


def as_image(picture: Array) -> Image.Image:
    """An array (height, width[, channels]), uint8, as Pillow has it."""
    flat = picture[..., 0] if picture.ndim == 3 and picture.shape[2] == 1 else picture
    return Image.fromarray(np.ascontiguousarray(flat, np.uint8))


def reduced(image: Image.Image) -> Image.Image:
    """A picture of more than 8 bits a channel as grey of 8 bits; others as they are.

    Whole numbers are taken as 0 to 65,535, fractions as 0 to 1, or as 0 to 255 where one is above 1.
    """
    if not image.mode.startswith(_DEEP):
        return image
    values = np.nan_to_num(np.asarray(image).astype(np.float64))
    brightest = 65_535.0 if image.mode.startswith("I") else 255.0 if values.max(initial=0.0) > 1.0 else 1.0
    return Image.fromarray(np.rint((values / brightest).clip(0, 1) * 255).astype(np.uint8))


def _numbered(image: Image.Image) -> Image.Image:
    """A mask as class numbers: those of a palette rather than its colours, else the grey values."""
    if image.mode in ("P", "PA"):
        indices = np.asarray(image)
        return as_image(indices if indices.ndim == 2 else indices[..., 0])
    if image.mode.startswith(_DEEP):
        return as_image(np.nan_to_num(np.asarray(image)).clip(0, 255).astype(np.uint8))
    return image if image.mode == "L" else image.convert("L")


def _channelled(image: Image.Image, channels: int) -> Image.Image:
    """In the channels of the target; where opacity is not one of them, the picture lies on white."""
    plain = reduced(image)
    opacity = plain.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in plain.info
    if opacity and channels != 4:
        seen = plain.convert("RGBA")
        plain = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    mode = _MODES[channels]
    return plain if plain.mode == mode else plain.convert(mode)


def _inverted(image: Image.Image) -> Image.Image:
    """Dark for light; what is opaque stays so."""
    pixels = np.array(image)
    seen = pixels[..., :3] if pixels.ndim == 3 else pixels
    np.subtract(255, seen, out=seen)
    return as_image(pixels)


def _sized(image: Image.Image, target: PictureTarget) -> Image.Image:
    wanted = (target.width, target.height)
    if image.size == wanted:
        return image
    if target.fit == "pad":
        return _padded(image, target)
    box = _middle(image.size, wanted) if target.fit == "crop" else None
    return _scaled(image, wanted, box, target.mask)


def _padded(image: Image.Image, target: PictureTarget) -> Image.Image:
    width, height = image.size
    scale = min(target.width / width, target.height / height)
    inner = (
        min(target.width, max(1, round(width * scale))),
        min(target.height, max(1, round(height * scale))),
    )
    canvas = Image.new(image.mode, (target.width, target.height))
    place = ((target.width - inner[0]) // 2, (target.height - inner[1]) // 2)
    canvas.paste(_scaled(image, inner, None, target.mask), place)
    return canvas


def _middle(size: tuple[int, int], wanted: tuple[int, int]) -> Box:
    """The largest part in the middle that has the wanted form."""
    scale = min(size[0] / wanted[0], size[1] / wanted[1])
    width, height = wanted[0] * scale, wanted[1] * scale
    left, top = max(0.0, (size[0] - width) / 2), max(0.0, (size[1] - height) / 2)  # below 0 by rounding
    return left, top, min(left + width, size[0]), min(top + height, size[1])


def _scaled(image: Image.Image, size: tuple[int, int], box: Box | None, mask: bool) -> Image.Image:
    if mask:
        return image.resize(size, Image.Resampling.NEAREST, box)
    return image.resize(size, Image.Resampling.BILINEAR, box, reducing_gap=2.0)
