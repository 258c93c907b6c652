"""Reading bundled files: damage becomes a sentence, the cache is only ever a shortcut."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest

from engine.data import archive
from engine.data.archive import BUNDLED, read_array, read_table
from engine.data.errors import DataError
from engine.paths import CACHE_DIR_VARIABLE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of two bundled sets that may be damaged."""
    for name in ("digits", "iris"):
        shutil.copytree(BUNDLED / name, tmp_path / name)
    return tmp_path


def flip_a_byte(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def test_a_flipped_bit_is_noticed(folder: Path) -> None:
    flip_a_byte(folder / "digits" / "images.npy.xz")
    flip_a_byte(folder / "iris" / "table.csv")
    with pytest.raises(DataError, match=r"images\.npy\.xz does not match its checksum\. Install"):
        read_array("digits", "images", folder)
    with pytest.raises(DataError, match="does not match its checksum"):
        read_table("iris", folder)


def test_a_truncated_file_is_noticed(folder: Path) -> None:
    path = folder / "digits" / "images.npy.xz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="does not match its checksum"):
        read_array("digits", "images", folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "digits" / "labels.npy.xz").unlink()
    with pytest.raises(DataError, match=r"labels\.npy\.xz is missing"):
        read_array("digits", "labels", folder)
    with pytest.raises(DataError, match=r"manifest\.json is missing"):
        read_array("nothing", "images", folder)


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../iris/table.csv"},
        {"shape": [1797, 8, 9]},
        {"shape": [1797, 64]},
        {"shape": [10, 10]},
        {"dtype": "float32"},
        {"axes": [0, 0, 1]},
        {"size": -1},
    ],
)
def test_a_wrong_manifest_is_noticed(folder: Path, change: dict[str, object]) -> None:
    path = folder / "digits" / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["images"].update(change)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DataError):
        read_array("digits", "images", folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"images": 3}'])
def test_a_broken_manifest_is_noticed(folder: Path, text: str) -> None:
    (folder / "digits" / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        read_array("digits", "images", folder)


class TestCache:
    """Digits are too small to be cached; here everything is."""

    @pytest.fixture(autouse=True)
    def cache_small_arrays(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(archive, "_CACHED_FROM", 0)
        monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path / "cache"))

    def cached_file(self, tmp_path: Path) -> Path:
        (path,) = (tmp_path / "cache" / "datasets").iterdir()
        return path

    def test_second_reading_needs_no_unpacking(self, folder: Path, tmp_path: Path) -> None:
        first = read_array("digits", "images", folder)
        (folder / "digits" / "images.npy.xz").unlink()
        np.testing.assert_array_equal(read_array("digits", "images", folder), first)
        assert self.cached_file(tmp_path).suffix == ".npy"

    @pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"nonsense" * 1000])
    def test_a_damaged_cache_is_made_again(self, folder: Path, tmp_path: Path, damage: bytes) -> None:
        first = np.array(read_array("digits", "images", folder))
        self.cached_file(tmp_path).write_bytes(damage)
        np.testing.assert_array_equal(read_array("digits", "images", folder), first)
        np.testing.assert_array_equal(np.load(self.cached_file(tmp_path)), first)

    def test_a_cache_of_another_shape_is_made_again(self, folder: Path, tmp_path: Path) -> None:
        first = np.array(read_array("digits", "images", folder))
        np.save(self.cached_file(tmp_path), first[:10])
        assert read_array("digits", "images", folder).shape == first.shape

    def test_without_a_place_to_keep_it_it_still_reads(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        occupied = tmp_path / "a file"
        occupied.touch()
        monkeypatch.setenv(CACHE_DIR_VARIABLE, str(occupied))
        assert read_array("digits", "images", folder).shape == (1797, 8, 8)

    def test_no_temporary_file_stays(self, folder: Path, tmp_path: Path) -> None:
        read_array("digits", "images", folder)
        assert stat.S_ISREG(self.cached_file(tmp_path).stat().st_mode)
