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
from engine.data.files import FileData, FileOptions, read_file
from engine.data.load import describe, load
from engine.data.npy import read_npy, read_npz
from engine.data.settings import DataSettings
from engine.data.table import read_csv
from engine.tensor.spec import Array


def written(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_text(folder: Path, text: str, **options: str) -> FileData:
    return read_file(written(folder, text), FileOptions.model_validate(options))


def assert_inputs_are_finite_or_a_sentence_says_why(path: Path) -> None:
    """Anything but a `DataError` goes through and fails the test."""
    with contextlib.suppress(DataError):
        data = read_file(path, FileOptions())
        numbers = (array for array in data.columns.inputs.values() if array.dtype.kind != "T")
        assert all(np.isfinite(array).all() for array in numbers)


class TestCsv:
    def test_numbers_and_a_number_to_predict(self, tmp_path: Path) -> None:
        data = read_text(tmp_path, "width,height,price\n1,2,10.5\n3,4,20\n")
        assert data.task is TaskKind.REGRESSION
        assert data.outline.inputs[0].column_names == ("width", "height")
        assert data.outline.targets[0].column_names == ("price",)
        np.testing.assert_array_equal(data.columns.inputs["x"], [[1, 2], [3, 4]])
        np.testing.assert_array_equal(data.columns.targets["y"], [[10.5], [20]])
        assert data.columns.inputs["x"].dtype == np.float32

    def test_text_target_is_classes_and_text_input_is_one_column_each(self, tmp_path: Path) -> None:
        data = read_text(tmp_path, "kind,colour,size\ncat,red,1\ndog,blue,2\ncat,blue,3\n", target="kind")
        assert data.task is TaskKind.BINARY
        assert data.outline.targets[0].class_names == ("cat", "dog")
        assert data.outline.inputs[0].column_names == ("colour=blue", "colour=red", "size")
        np.testing.assert_array_equal(data.columns.inputs["x"], [[0, 1, 1], [1, 0, 2], [1, 0, 3]])
        assert data.columns.targets["y"].tolist() == [0, 1, 0]

    @pytest.mark.parametrize(
        ("targets", "task", "expected"),
        [
            ("0 1 2", "auto", ("0", "1", "2")),
            ("1 2 3", "auto", ("1", "2", "3")),
            ("0 2 4", "auto", None),
            ("3 4 5", "auto", None),
            ("0 0.5 1", "auto", None),
            ("5 5 5", "auto", None),
            ("0 2 4.5", "classes", ("0", "2", "4.5")),
            ("0 1 2", "numbers", None),
        ],
    )
    def test_when_numbers_are_classes(
        self, tmp_path: Path, targets: str, task: str, expected: tuple[str, ...] | None
    ) -> None:
        rows = "".join(f"7,{target}\n" for target in targets.split())
        data = read_text(tmp_path, f"a,b\n{rows}", task=task)
        if expected is None:
            assert data.task is TaskKind.REGRESSION
        else:
            assert data.outline.targets[0].class_names == expected
            assert data.columns.targets["y"].tolist() == list(range(len(expected)))

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_delimiters_byte_order_mark_quotes_and_blank_lines(self, tmp_path: Path, delimiter: str) -> None:
        text = '\ufeff\n"a"|b\r\n\r\n1|"2"\r\n||\r\n 3 | 4\r\n'.replace("||\r\n", "|\r\n").replace(
            "|", delimiter
        )
        data = read_text(tmp_path, text)
        np.testing.assert_array_equal(data.columns.inputs["x"], [[1], [3]])
        assert data.outline.inputs[0].column_names == ("a",)

    def test_a_table_without_header(self, tmp_path: Path) -> None:
        data = read_text(tmp_path, "1,2\n3,4.5\n")
        assert data.outline.inputs[0].column_names == ("column 1",)
        assert len(data.columns.targets["y"]) == 2

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", r"data\.csv is empty"),
            ("\n\n", r"data\.csv is empty"),
            ("a,b\n", "must have rows below its header"),
            ("a,b\n1,2\n3\n", r"line 3 of data\.csv has 1"),
            ("a,b\n1,2\n\n3,4,5\n", r"line 4 of data\.csv has 3"),
            ("a,a\n1,2\n", "has 'a' twice"),
            ("a\n1\n", "at least one column besides the target"),
            ("a,b\n1,2\n,3\n", r"line 3, column 'a' of data\.csv is missing \(''\)"),
            ("a,b\n1,2\nNaN,3\n", r"line 3, column 'a' of data\.csv is missing \('NaN'\)"),
            ("a,b\nx,2\n?,3\n", r"line 3, column 'a' of data\.csv is missing \('\?'\)"),
            ("a,b\n1,2\ntwo,3\n4,5\n", r"line 3, column 'a' of data\.csv is 'two'"),
            ("a,b\n1,2\n1_0,3\n4,5\n", r"column 'a' of data\.csv is '1_0'"),
            ("a,b\n1,2\ninf,3\n", r"column 'a' of data\.csv is 'inf'"),
            ("a,b\n1,2\n1e300,3\n", r"column 'a' of data\.csv is '1e300'"),
            ("a,b\n1,yes\n2,yes\n", "1 different values"),
        ],
    )
    def test_mistakes_name_line_and_column(self, tmp_path: Path, text: str, sentence: str) -> None:
        with pytest.raises(DataError, match=sentence):
            read_text(tmp_path, text)

    def test_a_wrong_target_lists_the_columns(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"no column 'price' to predict\. Its columns are: a, b\."):
            read_text(tmp_path, "a,b\n1,2\n", target="price")

    def test_numbers_asked_of_text(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"line 2, column 'b' of data\.csv is 'yes'"):
            read_text(tmp_path, "a,b\n1,yes\n2,no\n", task="numbers")

    def test_not_utf_8(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="must be UTF-8 text"):
            read_file(written(tmp_path, b"a,b\n\xff\xfe,1\n"), FileOptions())

    def test_too_large(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("engine.data.table.LARGEST_FILE", 3)
        with pytest.raises(DataError, match="A CSV file can have up to"):
            read_text(tmp_path, "a,b\n1,2\n")

    @settings(deadline=None)
    @given(st.binary(max_size=200))
    def test_any_bytes_are_a_table_or_a_sentence(self, raw: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = written(Path(folder), raw)
            assert_inputs_are_finite_or_a_sentence_says_why(path)

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
            table = read_csv(written(Path(folder), text.getvalue()))
        read = np.stack([table.numbers(name) for name in table.columns], axis=1)
        np.testing.assert_array_equal(read, values)


class TestNpz:
    def save(self, folder: Path, **arrays: Array) -> Path:
        path = folder / "data.npz"
        np.savez(path, **arrays)  # type: ignore[arg-type]  # its stub takes the keywords for allow_pickle
        return path

    def test_classes_and_pictures(self, tmp_path: Path) -> None:
        images = np.arange(6 * 4 * 5, dtype=np.uint8).reshape(6, 4, 5)
        data = read_file(self.save(tmp_path, x=images, y=np.array([0, 1, 2] * 2)), FileOptions())
        feature = data.outline.inputs[0]
        assert (feature.kind, feature.shape, feature.scale) == ("image", (4, 5, 1), 1 / 255)
        np.testing.assert_array_equal(data.columns.inputs["x"][..., 0], images)
        assert data.task is TaskKind.MULTICLASS

    def test_text_classes_and_booleans(self, tmp_path: Path) -> None:
        data = read_file(self.save(tmp_path, x=np.eye(3), y=np.array(["b", "a", "b"])), FileOptions())
        assert data.outline.targets[0].class_names == ("a", "b")
        data = read_file(self.save(tmp_path, x=np.eye(3), y=np.array([True, False, True])), FileOptions())
        assert data.outline.targets[0].class_names == ("False", "True")

    def test_several_inputs_and_targets(self, tmp_path: Path) -> None:
        one, two = np.ones((4, 2)), np.zeros((4, 3, 3))
        data = read_file(self.save(tmp_path, x0=one, x1=two, y0=one, y1=np.arange(4) / 3), FileOptions())
        assert {k: v.shape for k, v in data.columns.inputs.items()} == {"x0": (4, 2), "x1": (4, 3, 3)}
        assert {k: v.shape for k, v in data.columns.targets.items()} == {"y0": (4, 2), "y1": (4, 1)}

    def test_a_single_x0_is_x(self, tmp_path: Path) -> None:
        data = read_file(self.save(tmp_path, x0=np.eye(3), y0=np.eye(3)), FileOptions())
        assert (list(data.columns.inputs), list(data.columns.targets)) == (["x"], ["y"])

    @pytest.mark.parametrize(
        ("arrays", "sentence"),
        [
            ({"a": np.eye(2)}, r"must have arrays named x and y .* has: a\."),
            ({"x": np.eye(2), "y": np.zeros(3)}, r"same number of rows.*x: 2, y: 3"),
            ({"x": np.zeros((0, 2)), "y": np.zeros(0)}, r"at least one.*x: 0, y: 0"),
            ({"x": np.float64(1), "y": np.zeros(1)}, "must have arrays named x and y"),
            ({"x": np.array([[1.0, 2], [np.nan, 3]]), "y": np.zeros(2)}, "row 1 of x in data.npz is not"),
            ({"x": np.eye(2), "y": np.array([0.5, np.inf])}, "row 1 of y in data.npz is not"),
            ({"x": np.array([1, 2j]), "y": np.zeros(2)}, "plain numbers or text"),
            ({"x": np.zeros(2, "f4,f4"), "y": np.zeros(2)}, "plain numbers or text"),
            (
                {"x": np.array([{}, []], dtype=object), "y": np.zeros(2)},
                "x.npy in data.npz holds Python objects",
            ),
        ],
    )
    def test_mistakes(self, tmp_path: Path, arrays: dict[str, Array], sentence: str) -> None:
        with pytest.raises(DataError, match=sentence):
            read_file(self.save(tmp_path, **arrays), FileOptions())

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
        with tempfile.TemporaryDirectory() as folder:
            assert_inputs_are_finite_or_a_sentence_says_why(written(Path(folder), bytes(raw), "data.npz"))


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


def test_a_column_of_weights_is_no_input(tmp_path: Path) -> None:
    data = read_text(tmp_path, "a,w,y\n1,2,5.5\n2,0,6.5\n", weight="w")
    assert [f.name for f in data.outline.weights] == ["w"]
    assert data.outline.inputs[0].column_names == ("a",)
    np.testing.assert_array_equal(data.columns.weights["w"], [2.0, 0.0])


def test_an_array_of_weights(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x=np.zeros((3, 2)), y=np.zeros((3, 4)), importance=np.ones((3, 4)))
    data = read_file(path, FileOptions(weight="importance"))
    assert data.outline.weights[0].shape == (4,)
    assert set(data.columns.inputs) == {"x"}
    with pytest.raises(DataError, match="no array 'w' of weights beside x and y; it has: x, y, importance"):
        read_file(path, FileOptions(weight="w"))


@pytest.mark.parametrize(
    ("text", "weight", "sentence"),
    [
        ("a,w,y\n1,2,5.5\n2,0,6.5\n", "v", "has no column 'v' of weights. Its columns are: a, w, y"),
        ("a,w,y\n1,2,5.5\n2,-1,6.5\n", "w", "Weights must not be negative; row 1 of w"),
        ("w,y\n1,2\n2,1\n", "w", "at least one column besides the target"),
    ],
)
def test_weights_that_cannot_be(tmp_path: Path, text: str, weight: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        read_text(tmp_path, text, weight=weight)


def test_a_class_for_each_position(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    marks = np.array([[[3, 3], [7, 9]], [[9, 9], [3, 7]]])
    np.savez(path, x=np.zeros((2, 2, 2, 3), np.uint8), y=marks)
    data = read_file(path, FileOptions(task="classes"))
    target = data.outline.targets[0]
    assert (target.kind, target.shape, target.class_names) == ("category", (2, 2), ("3", "7", "9"))
    np.testing.assert_array_equal(data.columns.targets["y"], np.searchsorted([3, 7, 9], marks))
    settings = DataSettings(path=str(path), options={"task": "classes"}, validation_fraction=0.5)
    assert load(settings).targets["y"].shape == (2, 2, 2)
