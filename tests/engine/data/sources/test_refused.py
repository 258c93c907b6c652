"""Files and folders that cannot be read: one sentence each, with the name of what is wrong and what to do."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.data.errors import DataError
from engine.data.sources import listing, numpy_files
from engine.data.sources.registry import open_source

Made = Callable[[Path], None]


def text(content: str | bytes) -> Made:
    return lambda path: _written(path, content)


def _written(path: Path, content: str | bytes) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def archive(method: int = zipfile.ZIP_STORED, **arrays: np.ndarray) -> Made:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", method) as file:
            for name, array in arrays.items():
                memory = io.BytesIO()
                np.save(memory, array)
                file.writestr(f"{name}.npy", memory.getvalue())

    return make


def idx(*lengths: int, packed: bool = True) -> Made:
    """Four bytes of pixels behind a header that announces such lengths."""
    content = bytes([0, 0, 8, len(lengths)]) + struct.pack(f">{len(lengths)}I", *lengths) + bytes(4)
    return text(gzip.compress(content) if packed else content)


def empty_workbook(path: Path) -> None:
    _written(path, b"PK\x03\x04 no workbook at all")


@pytest.mark.parametrize(
    ("name", "make", "options", "words"),
    [
        ("gone.csv", lambda _path: None, {}, r"gone\.csv cannot be read: No such file"),
        ("a.dat", text(""), {}, r"A file must hold data; a\.dat is empty"),
        ("a.zip", text(b"PK\x03\x04"), {}, r"Data must not be packed; a\.zip is an archive"),
        ("a.bin", text(b"\x1f\x8b\x00"), {}, r"Data must not be packed; a\.bin is an archive"),
        ("a.xyz", text(b"\x00\x01\x02"), {}, r"a\.xyz is of the kind '\.xyz'"),
        ("folder", Path.mkdir, {}, "A folder must hold pictures, sounds, texts"),
        ("a.csv", text("a,b\n1,2\n"), {"delimiter": "dots"}, r"The option 'delimiter' of a\.csv is wrong"),
        ("a.csv", text("a,b\n1,2\n"), {"colour": 1}, r"The option 'colour' of a\.csv is wrong.*Options: "),
        ("a.csv", text("a,b\n1,2\n\n3\n"), {}, r"as many cells as the first \(2\); line 4 of a\.csv has 1"),
        ("a.npz", archive(), {}, r"must have 1 to \d+ arrays; a\.npz has 0"),
        (
            "a.npz",
            archive(zipfile.ZIP_BZIP2, x=np.zeros(2)),
            {},
            r"x\.npy in a\.npz is encrypted or compressed",
        ),
        ("a.npz", text(b"PK\x03\x04 no archive"), {}, r"a\.npz is not an \.npz archive, or is damaged"),
        ("a.melody", text(b"\xff\xfe"), {}, r"a\.melody is of the kind"),
        ("a-idx3-ubyte.gz", idx(60_000, 28, 28), {}, "claims 47,040,000 bytes in .* packed ones"),
        ("a-idx3-ubyte.gz", idx(4, 28, 28), {}, r"a-idx3-ubyte\.gz"),
        ("a-idx3-ubyte", idx(4, 28, 28, packed=False), {}, r"a-idx3-ubyte"),
        ("a.xlsx", empty_workbook, {}, r"a\.xlsx"),
        ("a.json", text('[{"a": 1}, {"a": "\\ud800"'), {}, r"a\.json"),
    ],
)
def test_what_cannot_be_read(
    tmp_path: Path, name: str, make: Made, options: dict[str, Any], words: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(DataError, match=words):
        open_source(tmp_path / name, options)


def test_a_kind_that_there_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="There is no kind of file named 'cards'; take one of "):
        open_source(tmp_path / "a.csv", {}, kind="cards")


def test_what_is_no_path_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a path"):
        open_source(tmp_path / "a\0b", {})


def test_a_stored_array_that_reaches_beyond_its_archive(tmp_path: Path) -> None:
    archive(x=np.arange(8.0))(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "a.npz") as file:
        (entry,) = file.infolist()
    entry.header_offset += 10**6
    with pytest.raises(DataError, match=r"a\.npz is damaged: x\.npy reaches beyond its end"):
        numpy_files._data_offset(tmp_path / "a.npz", entry)


def test_folders_of_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_FILES", 2)
    for k in range(3):
        Image.new("L", (2, 2)).save(tmp_path / f"{k}.png")
    with pytest.raises(DataError, match="A folder can hold up to 2 files"):
        open_source(tmp_path, {})
    (tmp_path / "0.png").unlink()
    with open_source(tmp_path, {}) as source:
        assert source.count() == 2
