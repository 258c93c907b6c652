"""Picture files as they come: every promised format, turned, deep, transparent; and those that are broken or lie."""

from __future__ import annotations

import contextlib
import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.errors import DataError
from engine.data.pictures.decode import decoded, measured, plain, thumbnail
from engine.data.pictures.target import PictureFacts, PictureTarget

SMALL = PictureTarget(4, 4, 3)


def corner(height: int = 20, width: int = 30) -> Image.Image:
    """Red in the upper left corner, else blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 2] = 255
    pixels[: height // 2, : width // 2] = (255, 0, 0)
    return Image.fromarray(pixels)


def png(width: int, height: int, data: bytes = b"", depth: int = 8, colour: int = 0) -> bytes:
    """A PNG whose header says what is asked for, whatever the data is."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.jpeg", "a.webp", "a.tif", "a.tiff", "a.bmp", "A.PNG"])
def test_every_format_is_read(tmp_path: Path, name: str) -> None:
    corner().save(tmp_path / name, quality=95) if "tif" not in name else corner().save(tmp_path / name)
    assert measured(tmp_path / name) == PictureFacts(20, 30, 3)
    pixels = plain(tmp_path / name).astype(int)
    assert pixels.shape == (20, 30, 3)
    assert np.abs(pixels[2, 2] - (255, 0, 0)).max() < 12
    assert np.abs(pixels[17, 27] - (0, 0, 255)).max() < 12


@pytest.mark.parametrize(
    ("mode", "channels"),
    [("1", 1), ("L", 1), ("LA", 4), ("P", 3), ("RGB", 3), ("RGBA", 4), ("I;16", 1), ("CMYK", 3), ("F", 1)],
)
def test_every_mode_is_read(tmp_path: Path, mode: str, channels: int) -> None:
    if mode in ("I;16", "F"):
        values = np.full((6, 5), 40_000 if mode == "I;16" else 0.61)
        image = Image.fromarray(values.astype(np.uint16 if mode == "I;16" else np.float32))
    else:
        image = Image.new("RGB", (5, 6), (156, 156, 156)).convert(mode)
    image.save(tmp_path / "a.tif")
    facts = measured(tmp_path / "a.tif")
    assert (facts.height, facts.width, facts.channels) == (6, 5, channels)
    grey = decoded(tmp_path / "a.tif", PictureTarget(6, 5, 1))
    assert abs(float(grey.mean()) - 156) < {"1": 100, "P": 10}.get(mode, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(tmp_path: Path, orientation: int) -> None:
    """A camera notes how it was held; the pixels lie as they were taken."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    taken = corner(40, 60) if orientation == 1 else corner(40, 60).transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    taken.save(tmp_path / "a.jpg", quality=95, exif=exif)
    assert measured(tmp_path / "a.jpg") == PictureFacts(40, 60, 3)
    pixels = plain(tmp_path / "a.jpg").astype(int)
    assert np.abs(pixels[5, 5] - (255, 0, 0)).max() < 12
    assert np.abs(pixels[35, 5] - (0, 0, 255)).max() < 12
    assert np.abs(pixels[5, 55] - (0, 0, 255)).max() < 12


def test_a_damaged_note_on_orientation_is_no_reason_to_lose_a_picture(tmp_path: Path) -> None:
    corner().save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01")
    assert decoded(tmp_path / "a.jpg", SMALL).shape == (4, 4, 3)


def test_a_large_photograph_is_decoded_small(tmp_path: Path) -> None:
    corner(2000, 3000).save(tmp_path / "a.jpg")
    small = thumbnail(tmp_path / "a.jpg", 64)
    assert small.shape == (43, 64, 3)
    assert int(small[3, 3, 0]) > 240


def test_transparency_of_a_palette_is_seen(tmp_path: Path) -> None:
    image = Image.new("P", (2, 2), 0)
    image.putpalette([9, 9, 9])
    image.save(tmp_path / "a.png", transparency=0)
    assert measured(tmp_path / "a.png").channels == 4
    assert plain(tmp_path / "a.png").min() == 255


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "bmp"])
def test_a_truncated_file_is_one_sentence(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(DataError, match=rf"a\.{suffix}.*leave it out\.$"):
        decoded(path, SMALL)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello, I am no picture", "must be PNG, JPEG, WebP, TIFF, BMP or GIF"),
        (b"", "must be PNG"),
        (png(0, 5), "."),
        (png(5, 0), "."),
        (png(2**31 - 1, 2**31 - 1), "million pixels"),
        (png(100_000, 100_000), "million pixels"),
        (png(10_000, 10_000), "million pixels"),
        (png(50, 50, b"\0" * 10), "damaged"),
        (png(50, 50, depth=77), "."),
        (b"BM" + b"\xff" * 60, "."),
        (b"II*\0" + b"\xff" * 60, "."),
        (b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0" + b"\xff" * 20, "."),
        (b"\xff\xd8\xff\xe0" + b"\0" * 60, "."),
        (b"GIF89a\x05\0\x05\0\0\0\0", "must be PNG"),
    ],
)
def test_a_file_that_lies_is_one_sentence_and_takes_no_memory(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=sentence) as raised:
            decoded(path, SMALL)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "a.png" in str(raised.value)
    assert peak < 20_000_000


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        measured(tmp_path / "nothing.png")
    with pytest.raises(DataError, match="must be a file"):
        measured(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(DataError, match="must be a file"):
            measured(tmp_path / "pipe.png")


def test_random_damage_is_a_picture_or_a_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "a.img"
    for suffix in ("png", "jpeg", "webp", "tiff", "bmp"):
        corner().save(tmp_path / "whole", format=suffix)
        whole = np.frombuffer((tmp_path / "whole").read_bytes(), np.uint8)
        for _ in range(40):
            broken = whole.copy()
            broken[rng.integers(0, len(broken), 6)] = rng.integers(0, 256, 6)
            path.write_bytes(broken.tobytes())
            with contextlib.suppress(DataError):
                assert decoded(path, SMALL).shape == (4, 4, 3)
