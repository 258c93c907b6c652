"""Arrays of NumPy and IDX: mapped, put together by their names, and refused where they lie or could run code."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.data.errors import DataError
from engine.data.pictures.target import PictureTarget
from engine.data.sources.arrays import ArraySource
from engine.data.sources.base import MISSING, Kind
from engine.data.sources.registry import kind_of, open_source
from engine.tensor.spec import Array, DType

RNG = np.random.default_rng(0)


def opened(path: Path) -> ArraySource:
    source = open_source(path, {})
    assert isinstance(source, ArraySource)
    return source


def idx(array: Array, code: int = 8) -> bytes:
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + shape + array.astype(array.dtype.newbyteorder(">")).tobytes()


def npy(header: str, data: bytes = b"") -> bytes:
    text = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + data


def write_mnist(folder: Path, part: str, rows: int, *, packed: bool = False) -> Array:
    images = RNG.integers(0, 256, (rows, 5, 4), np.uint8)
    for name, array in (("images-idx3", images), ("labels-idx1", np.arange(rows, dtype=np.uint8) % 10)):
        raw = idx(array)
        path = folder / f"{part}-{name}-ubyte{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(raw) if packed else raw)
    return images


# -- NumPy ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_is_mapped(tmp_path: Path, order: str) -> None:
    stored = np.asarray(RNG.normal(size=(20, 3, 2)), order=order)  # type: ignore[call-overload]  # of the parameter
    np.save(tmp_path / "waves.npy", stored)
    source = opened(tmp_path / "waves.npy")
    (column,) = source.columns
    assert (column.name, column.kind, column.shape, column.dtype) == (
        "waves",
        Kind.ARRAY,
        (3, 2),
        DType.FLOAT32,
    )
    rows = source.read(["waves"], 5, 9)["waves"]
    assert isinstance(rows, np.memmap)
    np.testing.assert_array_equal(rows, stored[5:9])
    (cell,) = source.page(19, 3)[0]
    assert str(cell).endswith("(3 × 2)")


def test_kinds_of_columns(tmp_path: Path) -> None:
    arrays: dict[str, Array] = {
        "n": np.array([1, 2, 3], np.int64),
        "b": np.array([True, False, True]),
        "t": np.array(["a", "", "c"]),
        "one": np.array([[1.5], [np.nan], [2]]),
        "grey": np.zeros((3, 4, 5), np.uint8),
        "colour": np.zeros((3, 4, 5, 3), np.uint8),
        "bytes": np.zeros((3, 4), np.uint8),
        "whole": np.zeros((3, 2), np.int64),
        "words": np.array([["a", "b"]] * 3),
    }
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.save(file, array)
    source = opened(tmp_path / "a.npz")
    kinds = {c.name: (c.kind, c.shape) for c in source.columns}
    assert kinds == {
        "n": (Kind.NUMBER, ()),
        "b": (Kind.BOOL, ()),
        "t": (Kind.TEXT, ()),
        "one": (Kind.NUMBER, ()),
        "grey": (Kind.PICTURE, (4, 5, 1)),
        "colour": (Kind.PICTURE, (4, 5, 3)),
        "bytes": (Kind.ARRAY, (4,)),
        "whole": (Kind.ARRAY, (2,)),
        "words": (Kind.ARRAY, (2,)),
    }
    read = source.read(list(kinds), 0, 3)
    assert read["n"].dtype == read["b"].dtype == np.float64
    assert read["t"].tolist() == ["a", MISSING, "c"]
    assert read["grey"].shape == (3, 4, 5, 1)
    assert [row[:4] for row in source.page(0, 2)] == [[1.0, True, "a", 1.5], [2.0, False, None, None]]


@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_for_training_and_testing_are_one_column(tmp_path: Path, compressed: bool) -> None:
    train, test = RNG.integers(0, 256, (6, 9, 9), np.uint8), RNG.integers(0, 256, (2, 9, 9), np.uint8)
    save = np.savez_compressed if compressed else np.savez
    save(tmp_path / "m.npz", x_train=train, y_train=np.arange(6), x_test=test, y_test=np.arange(2))
    source = opened(tmp_path / "m.npz")
    assert [c.name for c in source.columns] == ["x", "y", "part"]
    assert source.count() == 8
    read = source.read(["x", "y", "part"], 4, 8)
    np.testing.assert_array_equal(read["x"][..., 0], np.concatenate([train, test])[4:])
    assert read["part"].tolist() == ["train", "train", "test", "test"]
    assert read["y"].tolist() == [4, 5, 0, 1]
    assert isinstance(source.read(["x"], 0, 3)["x"], np.memmap)
    found = source.pictures("x", source.proposed("x"))
    np.testing.assert_array_equal(found.array[..., 0], np.concatenate([train, test]))
    assert source.pictures("x", PictureTarget(3, 3, 3)).array.shape == (8, 3, 3, 3)


def test_an_array_of_another_length_is_left_out_and_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((5, 2)), y=np.zeros(5), names=np.array(["a", "b"]), e=np.zeros(0))
    source = opened(tmp_path / "a.npz")
    assert [c.name for c in source.columns] == ["x", "y"]
    assert {note.place for note in source.notes} == {"names", "e"}


def test_pictures_of_the_target_size_are_the_file_itself(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.zeros((4, 8, 8), np.uint8))
    source = opened(tmp_path / "p.npy")
    assert isinstance(source.pictures("p", PictureTarget(8, 8, 1)).array, np.memmap)
    assert source.picture("p", 2).shape == (8, 8, 1)
    with pytest.raises(DataError, match="no column"):
        source.pictures("q", PictureTarget(8, 8, 1))


class Payload:
    """Unpickling it fails the test."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("a pickle was read",))


def test_pickles_are_refused_and_never_read(tmp_path: Path) -> None:
    evil = np.array([Payload()], dtype=object)
    np.save(tmp_path / "a.npy", evil, allow_pickle=True)
    np.savez(tmp_path / "b.npz", x=evil)
    for name in ("a.npy", "b.npz"):
        with pytest.raises(DataError, match="Python objects, which could run code"):
            open_source(tmp_path / name, {})


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 99999999999999999999), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 1000000000000, 1000000000000), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 8), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
        "{'descr': '<f3', 'fortran_order': False, 'shape': (8,), }",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (__import__('os').getpid(),), }",
        "",
    ],
)
@pytest.mark.parametrize("archive", [False, True])
def test_headers_that_lie_are_refused_before_memory_is_taken(
    tmp_path: Path, header: str, archive: bool
) -> None:
    raw = npy(header, b"\0" * 8)
    path = tmp_path / ("a.npz" if archive else "a.npy")
    if archive:
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("x.npy", raw)
    else:
        path.write_bytes(raw)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"\.$"):
            open_source(path, {})
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_zip_that_lies_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.zeros(100_000))
    raw = buffer.getvalue()
    for end in (100, len(raw) // 2, len(raw) - 10):
        (tmp_path / "a.npz").write_bytes(raw[:end])
        with pytest.raises(DataError, match="damaged"):
            open_source(tmp_path / "a.npz", {})
    (tmp_path / "a.npz").write_bytes(raw.replace(struct.pack("<I", 800_128), struct.pack("<I", 2**31)))
    with pytest.raises(DataError, match=r"\.$"):
        open_source(tmp_path / "a.npz", {})


# -- IDX -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("packed", [False, True])
def test_images_and_labels_are_found_together(tmp_path: Path, packed: bool) -> None:
    images = write_mnist(tmp_path, "train", 30, packed=packed)
    write_mnist(tmp_path, "t10k", 10, packed=packed)
    path = next(tmp_path.glob("train-labels*"))
    assert kind_of(path).name == "idx"
    source = opened(path)
    assert [(c.name, c.kind) for c in source.columns] == [("images", Kind.PICTURE), ("labels", Kind.NUMBER)]
    assert source.count() == 30
    read = source.read(["images", "labels"], 10, 20)
    np.testing.assert_array_equal(read["images"][..., 0], images[10:20])
    assert read["labels"].tolist() == list(range(10))
    assert isinstance(read["images"], np.memmap)
    assert not source.changed()


def test_a_folder_of_four_is_one_table(tmp_path: Path) -> None:
    train, test = write_mnist(tmp_path, "train", 30), write_mnist(tmp_path, "t10k", 10)
    write_mnist(tmp_path, "train", 30, packed=True)  # as torchvision leaves them; those unpacked are taken
    for name, array in (("train", train), ("t10k", test)):
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(idx(array))
    source = opened(tmp_path)
    assert [c.name for c in source.columns] == ["images", "labels", "part"]
    read = source.read(["images", "part"], 28, 32)
    np.testing.assert_array_equal(read["images"][..., 0], np.concatenate([train, test])[28:32])
    assert read["part"].tolist() == ["train", "train", "test", "test"]
    assert not source.changed()
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert opened(tmp_path).count() in (30, 40)


def test_a_folder_of_one_part_has_the_columns_of_the_whole(tmp_path: Path) -> None:
    write_mnist(tmp_path, "t10k", 10, packed=True)
    source = opened(tmp_path)
    assert [column.name for column in source.columns] == ["images", "labels"]
    assert source.count() == 10


@pytest.mark.parametrize(("code", "dtype"), [(9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"), (14, "f8")])
def test_every_type_of_number(tmp_path: Path, code: int, dtype: str) -> None:
    stored = np.arange(6).reshape(2, 3).astype(dtype)
    (tmp_path / "data.idx").write_bytes(idx(stored, code))
    np.testing.assert_array_equal(opened(tmp_path / "data.idx").read(["data"], 0, 2)["data"], stored)


@pytest.mark.parametrize(
    "raw",
    [
        b"\0\0\x08\x03" + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 2**32 - 1),
        b"\0\0\x08\x03" + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 0),
        b"\0\0\x08\x03" + struct.pack(">3I", 60_000, 28, 28) + b"\0" * 100,
        b"\0\0\x08\x01" + struct.pack(">I", 5) + b"\0" * 6,
        b"\0\0\x08\x01" + struct.pack(">I", 0),
        b"\0\0\x08\x03\0\0",
        b"\0\0\x08\x00",
        b"\0\0\x77\x01" + struct.pack(">I", 1) + b"\0",
        b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"\0",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_an_idx_file_that_lies_is_refused(tmp_path: Path, raw: bytes, packed: bool) -> None:
    path = tmp_path / f"a-images-idx3-ubyte{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(raw) if packed else raw)
    with pytest.raises(DataError, match=r"\.$"):
        open_source(path, {}, kind="idx")


@pytest.mark.parametrize("end", [5, 30, -20])
def test_a_packed_file_that_is_cut_off_is_refused(tmp_path: Path, end: int) -> None:
    raw = gzip.compress(idx(RNG.integers(0, 256, (50, 8, 8), np.uint8)))
    (tmp_path / "a-images-idx3-ubyte.gz").write_bytes(raw[:end])
    with pytest.raises(DataError, match=r"\.$"):
        open_source(tmp_path / "a-images-idx3-ubyte.gz", {})
