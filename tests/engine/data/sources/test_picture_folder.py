"""Folders, tables and single files of pictures: what columns they have, and what is left out of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.errors import DataError
from engine.data.pictures.source import PictureSource
from engine.data.pictures.target import PictureTarget
from engine.data.sources.base import Interrupted, Kind
from engine.data.sources.registry import kind_of, open_source
from engine.tensor.spec import Array


def save(path: Path, value: int = 128, size: tuple[int, int] = (6, 8), mode: str = "RGB") -> Path:
    """A picture of one colour; size is height and width."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (size[1], size[0]), (value, value, value)).convert(mode).save(path)
    return path


def opened(path: Path, **options: object) -> PictureSource:
    source = open_source(path, options)
    assert isinstance(source, PictureSource)
    return source


def texts(source: PictureSource, name: str) -> list[str]:
    return [str(cell) for cell in source.read([name], 0, source.count())[name]]


def names(source: PictureSource) -> list[str]:
    return [column.name for column in source.columns]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of three pictures."""
    for number in range(3):
        save(tmp_path / "pets" / "cat" / f"{number}.png", 10 * number)
        save(tmp_path / "pets" / "dog" / f"{number}.jpg", 100 + 10 * number)
    return tmp_path / "pets"


def test_a_folder_is_a_class(folder: Path) -> None:
    assert kind_of(folder).name == "picture_folder"
    source = opened(folder)
    assert names(source) == ["picture", "class", "file"]
    assert source.columns[0].shape == (6, 8, 3)
    assert texts(source, "class") == ["cat"] * 3 + ["dog"] * 3
    assert texts(source, "file")[3] == "dog/0.jpg"
    found = source.pictures("picture", source.proposed("picture"))
    assert found.array.shape == (6, 6, 8, 3)
    assert found.array[:, 0, 0, 0].tolist() == [0, 10, 20, 100, 110, 120]
    assert found.missing.tolist() == []
    np.testing.assert_array_equal(source.read(["picture"], 1, 4)["picture"], found.array[1:4])
    assert not source.changed()


def test_the_page_has_small_pictures(folder: Path) -> None:
    save(folder / "cat" / "9.png", 50, (300, 600))
    rows = opened(folder).page(3, 2)
    assert [row[1:] for row in rows] == [["cat", "cat/9.png"], ["dog", "dog/0.jpg"]]
    assert isinstance(rows[0][0], np.ndarray)
    assert rows[0][0].shape == (32, 64, 3)
    assert opened(folder).page(100, 5) == []


def test_numbers_in_names_are_sorted_by_value(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        save(tmp_path / f"{number}.png")
    source = opened(tmp_path)
    assert names(source) == ["picture", "file"]
    assert texts(source, "file") == ["1.png", "9.png", "10.png"]


@pytest.mark.parametrize("order", ["{part}/{label}", "{label}/{part}"])
def test_parts_are_told_from_classes(tmp_path: Path, order: str) -> None:
    for part in ("Train", "valid", "test"):
        for label in ("a", "b"):
            save(tmp_path / order.format(part=part, label=label) / "1.png")
    source = opened(tmp_path)
    assert names(source) == ["picture", "class", "part", "file"]
    assert sorted(zip(texts(source, "part"), texts(source, "class"), strict=True)) == [
        (part, label) for part in ("test", "train", "validation") for label in ("a", "b")
    ]


@pytest.mark.parametrize(
    ("pictures", "masks", "ending"), [("images", "masks", ""), ("imgs", "Labels", "_mask")]
)
@pytest.mark.parametrize("part", ["", "train/"])
def test_masks_are_found_by_name(tmp_path: Path, pictures: str, masks: str, ending: str, part: str) -> None:
    for number in range(4):
        save(tmp_path / f"{part}{pictures}" / f"{number}.jpg", 200, (20, 20))
        if number != 2:
            mask = np.zeros((20, 20), np.uint8)
            mask[number:, :] = 3
            path = tmp_path / f"{part}{masks}" / f"{number}{ending}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(mask).save(path)
    source = opened(tmp_path)
    assert names(source)[:2] == ["picture", "mask"]
    assert "class" not in names(source)
    assert source.count() == 4
    target = source.proposed("mask")
    assert target.mask
    found = source.pictures("mask", PictureTarget(10, 10, 3))
    assert found.array.shape == (4, 10, 10, 1)
    assert found.missing.tolist() == [2]
    assert set(np.unique(found.array)) == {0, 3}


def test_classes_called_labels_are_no_masks(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / "labels" / f"a{number}.png")
        save(tmp_path / "boxes" / f"b{number}.png")
    assert names(opened(tmp_path)) == ["picture", "class", "file"]


def test_sizes_that_differ_are_said_and_brought_to_one(folder: Path) -> None:
    save(folder / "cat" / "7.png", 77, (40, 30))
    source = opened(folder)
    assert source.columns[0].shape == (-1, -1, 3)
    assert source.pictures("picture", PictureTarget(5, 4, 1, "pad")).array.shape == (7, 5, 4, 1)


def test_grey_only_if_all_are(tmp_path: Path) -> None:
    save(tmp_path / "1.png", mode="L")
    assert opened(tmp_path).columns[0].shape[2] == 1
    save(tmp_path / "2.png", mode="RGBA")
    assert opened(tmp_path).columns[0].shape[2] == 3
    assert opened(tmp_path, alpha=True).columns[0].shape[2] == 4


@pytest.mark.parametrize("count", [20, 600])
def test_an_unreadable_one_among_many_is_left_out_counted_and_listed(tmp_path: Path, count: int) -> None:
    for number in range(count):
        save(tmp_path / f"{number}.png", number % 256, (3, 3))
    (tmp_path / "7.png").write_bytes((tmp_path / "7.png").read_bytes()[:40])
    (tmp_path / "8.png").write_text("hello", encoding="utf-8")
    source = opened(tmp_path)
    for _ in range(2):  # decoded, then from the cache
        found = source.pictures("picture", PictureTarget(3, 3, 1))
        assert found.missing.tolist() == [7, 8]
        assert found.array[[7, 8]].max() == 0
        assert found.array[9, 0, 0, 0] == 9
    bad = [note for note in source.notes if note.severity == "warning"]
    assert [note.place for note in bad] == ["7.png", "8.png"]
    assert source.page(7, 1)[0][0] is None


def test_the_first_frame_of_what_moves_is_taken(tmp_path: Path) -> None:
    frames = [Image.new("P", (4, 4), value) for value in (3, 200)]
    for frame in frames:
        frame.putpalette([value for grey in range(256) for value in (grey,) * 3])
    for kind in ("gif", "tif"):
        frames[0].save(tmp_path / f"moves.{kind}", save_all=True, append_images=frames[1:])
    save(tmp_path / "still.png", 3, (4, 4))
    source = opened(tmp_path)
    assert texts(source, "file") == ["moves.gif", "moves.tif", "still.png"]
    array = source.pictures("picture", PictureTarget(4, 4, 1)).array
    assert array.min() == array.max() == 3
    (note,) = source.notes
    assert note.sentence.startswith("2 of 3 pictures have several frames")


def test_what_is_left_out_is_counted_by_its_ending(folder: Path) -> None:
    for name in ("a.heic", "b.HEIC", "c.svg", "README"):
        (folder / "cat" / name).write_text("x", encoding="utf-8")
    (folder / "cow").mkdir()
    (folder / "part" / "bull").mkdir(parents=True)
    notes = opened(folder).notes
    assert [(note.sentence, note.severity) for note in notes] == [
        ("Left out: 4 files of other kinds (.heic 2, .svg 1, no ending 1).", "warning"),
        ("2 folders hold nothing that can be read: 'cow', 'part/bull'.", "warning"),
    ]


def test_a_text_beside_many_pictures_is_no_warning(tmp_path: Path) -> None:
    for number in range(20):
        save(tmp_path / f"{number}.png", number, (3, 3))
    (tmp_path / "licence.txt").write_text("x", encoding="utf-8")
    (note,) = opened(tmp_path).notes
    assert (note.sentence, note.severity) == ("Left out: 1 file of another kind (.txt 1).", "info")


def test_a_picture_that_changes_is_decoded_anew(folder: Path) -> None:
    source = opened(folder)
    source.pictures("picture", PictureTarget(2, 2, 1))
    save(folder / "cat" / "0.png", 200)
    os.utime(folder / "cat" / "0.png", ns=(0, 2**62))
    assert source.changed()
    assert opened(folder).pictures("picture", PictureTarget(2, 2, 1)).array[0, 0, 0, 0] == 200


def test_a_folder_that_is_gone_has_changed(folder: Path) -> None:
    source = opened(folder)
    shutil.rmtree(folder)
    assert source.changed()
    assert source.pictures("picture", PictureTarget(2, 2, 1)).missing.tolist() == list(range(6))


def test_links_that_leave_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = save(tmp_path / "secret" / "s.png")
    (folder / "cat" / "out.png").symlink_to(secret)
    (folder / "cat" / "in.png").symlink_to(folder / "dog" / "0.jpg")
    (folder / "cat" / "nowhere.png").symlink_to(tmp_path / "none.png")
    (folder / "everything").symlink_to(tmp_path)
    (folder / "round").symlink_to(folder)
    source = opened(folder)
    files = texts(source, "file")
    assert "cat/in.png" in files
    assert source.count() == 7
    (note,) = (note for note in source.notes if "links" in note.sentence)
    assert "nowhere: 4 of the symbolic links" in note.sentence


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_names_that_are_not_utf8_are_shown_and_read(tmp_path: Path) -> None:
    save(tmp_path / "plain.png", 5)
    os.rename(tmp_path / "plain.png", os.fsencode(tmp_path) + b"/caf\xe9.png")  # noqa: PTH104 - a name of bytes
    source = opened(tmp_path)
    assert texts(source, "file") == ["caf\ufffd.png"]
    assert source.pictures("picture", PictureTarget(1, 1, 1)).array.ravel().tolist() == [5]


def test_hidden_files_are_left_out(folder: Path) -> None:
    save(folder / ".cache" / "1.png")
    save(folder / "__MACOSX" / "1.png")
    assert opened(folder).count() == 6


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_text("hello", encoding="utf-8")
    with pytest.raises(DataError, match="folder"):
        open_source(tmp_path, {})
    with pytest.raises(DataError, match=r"must hold some .* has none"):
        open_source(tmp_path, {}, kind="picture_folder")


def test_listing_can_be_cancelled(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"{number}.png").touch()

    def stop(_done: int, _total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        open_source(tmp_path, {}, stop)


def test_a_single_picture_is_a_row(tmp_path: Path) -> None:
    path = save(tmp_path / "one.webp", 255)
    assert kind_of(path).name == "picture"
    source = opened(path)
    assert (source.count(), names(source)) == (1, ["picture", "file"])
    assert source.picture("picture", 0).shape == (6, 8, 3)
    assert source.picture("picture", 0, PictureTarget(2, 3, 1)).shape == (2, 3, 1)
    assert source.page(0, 5)[0][1] == "one.webp"


def table(path: Path, rows: Sequence[str]) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("prefix", ["pets/", ""])
def test_a_table_names_pictures(folder: Path, prefix: str) -> None:
    """The paths are seen from the table, or from a folder beside it."""
    rows = [
        "name,weight,kind",
        f"{prefix}cat/1.png,4.5,cat",
        f"{prefix}dog/0.jpg,20,dog",
        f"{prefix}gone.png,1,dog",
    ]
    path = table(folder.parent / "pets.csv", rows)
    assert kind_of(path).name == "picture_table"
    source = opened(path)
    assert [(c.name, c.kind) for c in source.columns] == [
        ("name", Kind.PICTURE),
        ("weight", Kind.NUMBER),
        ("kind", Kind.TEXT),
    ]
    found = source.pictures("name", PictureTarget(1, 1, 1))
    assert found.array.ravel().tolist() == [10, 100, 0]
    assert found.missing.tolist() == [2]
    read = source.read(["weight", "name"], 0, 2)
    assert read["weight"].tolist() == [4.5, 20]
    assert read["name"].shape == (2, 6, 8, 3)
    row = source.page(1, 1)[0]
    assert isinstance(row[0], np.ndarray)
    assert row[1:] == [20, "dog"]
    source.close()


def test_a_folder_with_a_table_is_that_table(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 1)
    save(tmp_path / "b.png", 2)
    table(tmp_path / "labels.csv", ["file,label", "b.png,x", "a.png,y"])
    source = opened(tmp_path)
    assert names(source) == ["file", "label"]
    assert source.pictures("file", PictureTarget(1, 1, 1)).array.ravel().tolist() == [2, 1]
    source.close()


def test_a_table_without_pictures_is_a_table(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", ["name,size", "a.png,1", "b.png,2"])
    assert kind_of(path).name != "picture_table"
    with pytest.raises(DataError, match="no column 'what'"):
        open_source(path, {"pictures": "what"}, kind="picture_table")


def thumb(row: list[object]) -> Array:
    assert isinstance(row[0], np.ndarray)
    return row[0]


def test_masks_can_be_seen_in_the_page(tmp_path: Path) -> None:
    save(tmp_path / "images" / "1.png")
    Image.fromarray(np.full((6, 8), 2, np.uint8)).save(save(tmp_path / "masks" / "1.png"))
    row = opened(tmp_path).page(0, 1)[0]
    assert thumb(row[1:]).max() == 255


def test_masks_of_another_size_are_brought_to_that_of_their_pictures(tmp_path: Path) -> None:
    save(tmp_path / "images" / "1.png", 100, (30, 20))
    save(tmp_path / "masks" / "1.png", 1, (15, 10))
    with open_source(tmp_path, {}) as source:
        assert isinstance(source, PictureSource)
        assert source.proposed("mask").shape[:2] == source.proposed("picture").shape[:2]
        assert "another size" in source.notes[0].sentence


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is locked for root")
def test_what_is_locked_is_said_to_be(folder: Path) -> None:
    (folder / "cat" / "0.png").chmod(0)
    source = opened(folder)
    source.pictures("picture", source.proposed("picture"))
    assert "cat/0.png cannot be read: Permission denied" in source.notes[0].sentence
    folder.chmod(0)
    with pytest.raises(DataError, match="Permission denied"):
        kind_of(folder)
    folder.chmod(0o700)
