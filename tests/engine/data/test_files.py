"""People's own files for training: what is understood, and what every kind of mistake is answered with."""

from __future__ import annotations

import contextlib
import csv
import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.data.bundle import TaskKind
from engine.data.errors import DataError
from engine.data.load import describe, load
from engine.data.npy import read_npy, read_npz
from engine.data.settings import DataSettings
from engine.data.table import csv_blocks
from engine.tensor.spec import Array


def written(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


class TestCsv:
    @settings(deadline=None)
    @given(
        hnp.arrays(
            np.float32,
            st.tuples(st.integers(1, 8), st.integers(2, 5)),
            elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
        )
    )
    def test_what_was_written_is_read(self, values: Array) -> None:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([f"c{i}" for i in range(values.shape[1])])
        writer.writerows(values.tolist())
        with tempfile.TemporaryDirectory() as folder:
            (table,) = csv_blocks(written(Path(folder), text.getvalue()), None)
        read = np.stack([table.numbers(name) for name in table.columns], axis=1)
        np.testing.assert_array_equal(read, values)


class TestNpz:
    def save(self, folder: Path, **arrays: Array) -> Path:
        path = folder / "data.npz"
        np.savez(path, **arrays)  # type: ignore[arg-type]  # its stub takes the keywords for allow_pickle
        return path

    def test_bombs_are_refused_before_unpacking(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("engine.data.npy.LARGEST_DATA", 100)
        with pytest.raises(DataError, match="up to 100 arrays"):
            read_npz(self.save(tmp_path, x=np.zeros(1000)))
        monkeypatch.setattr("engine.data.npy.MOST_ARRAYS", 1)
        with pytest.raises(DataError, match="has 2 of"):
            read_npz(self.save(tmp_path, x=np.zeros(0), y=np.zeros(0)))

    def test_a_damaged_member_is_noticed(self, tmp_path: Path) -> None:
        path = tmp_path / "data.npz"
        np.savez_compressed(path, x=np.arange(1000.0))
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 0xFF
        path.write_bytes(raw)
        with pytest.raises(DataError, match="damaged"):
            read_npz(path)

    @settings(deadline=None)
    @given(st.integers(0, 800), st.integers(1, 255))
    def test_any_flipped_byte_gives_arrays_or_a_sentence(self, place: int, change: int) -> None:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, x=np.arange(12.0).reshape(6, 2), y=np.arange(6))
        raw = bytearray(buffer.getvalue())
        raw[place % len(raw)] ^= change
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(DataError):
            read_npz(written(Path(folder), bytes(raw), "data.npz"))


class TestNpy:
    def header(self, shape: str, descr: str = "<f4") -> bytes:
        text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text

    @pytest.mark.parametrize(
        "shape", ["(1000000000000,)", "(99999999999999999999, 99999999999)", "(3,)", "()", "(0,)"]
    )
    def test_a_header_that_claims_another_size_is_refused(self, tmp_path: Path, shape: str) -> None:
        with pytest.raises(DataError, match="as large as its header says"):
            read_npy(written(tmp_path, self.header(shape) + bytes(8), "data.npy"))

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\x93NUMPY",
            b"\x80\x04K\x01.",
            b"\x93NUMPY\x01\x00\xff\xff{",
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
            b"\x93NUMPY\x01\x00\x05\x00((((\n",
        ],
    )
    def test_what_is_no_array_is_refused(self, tmp_path: Path, raw: bytes) -> None:
        with pytest.raises(DataError, match="must be NumPy arrays"):
            read_npy(written(tmp_path, raw, "data.npy"))

    @pytest.mark.parametrize(
        "shape", ["(1 2)", "(,)", f"({'9' * 5000},)", f"(0, {'9' * 30})", f"({'1, ' * 80})"]
    )
    def test_strange_shapes_are_refused(self, tmp_path: Path, shape: str) -> None:
        with pytest.raises(DataError):
            read_npy(written(tmp_path, self.header(shape) + bytes(8), "data.npy"))

    def test_pickles_are_refused(self, tmp_path: Path) -> None:
        np.save(tmp_path / "data.npy", np.array([print], dtype=object), allow_pickle=True)
        with pytest.raises(DataError, match="Python objects, which could run code"):
            read_npy(tmp_path / "data.npy")

    def test_a_type_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(DataError):
            read_npy(written(tmp_path, self.header("(1,)", "<f3") + bytes(3), "data.npy"))

    @settings(deadline=None)
    @given(
        hnp.arrays(
            st.one_of(
                hnp.floating_dtypes(sizes=(16, 32, 64)),
                hnp.integer_dtypes(),
                hnp.unsigned_integer_dtypes(),
                hnp.boolean_dtypes(),
                hnp.unicode_string_dtypes(),
            ),
            hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
        ),
        st.booleans(),
    )
    def test_what_numpy_writes_is_read(self, values: Array, fortran: bool) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "data.npy"
            np.save(path, np.asfortranarray(values) if fortran else values)
            read = read_npy(path)
        np.testing.assert_array_equal(read, values)
        assert read.dtype == values.dtype

    @settings(deadline=None)
    @given(st.binary(max_size=120), st.binary(max_size=20))
    def test_any_header_gives_an_array_or_a_sentence(self, text: bytes, rest: bytes) -> None:
        raw = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + rest
        with tempfile.TemporaryDirectory() as folder, pytest.raises(DataError):
            read_npy(written(Path(folder), raw, "data.npy"))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(tmp_path: Path, compression: int) -> None:
    with zipfile.ZipFile(tmp_path / "data.npz", "w", compression) as archive:
        archive.writestr("x.npy", bytes(100))
    with pytest.raises(DataError, match=r"x\.npy in data\.npz is encrypted or compressed in another way"):
        read_npz(tmp_path / "data.npz")


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("readme.txt", "not an array")
    with pytest.raises(DataError, match=r"readme\.txt in data\.npz is not one"):
        read_npz(tmp_path / "data.npz")


def test_a_file_loads_like_a_bundled_set(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i % 7},{'even' if i % 2 == 0 else 'odd'}\n" for i in range(100))
    path = written(tmp_path, f"a,b,parity\n{rows}")
    chosen = DataSettings(path=str(path), validation_fraction=0.2, seed=5)
    bundle = load(chosen)
    assert describe(chosen) == bundle.spec
    assert bundle.task is TaskKind.BINARY
    assert np.bincount(bundle.targets["y"][80:]).tolist() == [10, 10]
    original = bundle.scaling["x"].invert(bundle.inputs["x"])
    np.testing.assert_array_equal(np.rint(original[:, 0]) % 2, bundle.targets["y"])
