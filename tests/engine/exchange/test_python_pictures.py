"""Pictures of any size, for a written file of Python: brought to the network's as here."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from PIL import Image

from engine.data.bundle import Feature
from engine.data.pictures.centring import EXTENT
from engine.data.pictures.decode import decoded
from engine.data.pictures.fitting import fitted
from engine.data.pictures.target import Fit, PictureTarget
from engine.exchange.flat import flat, run
from engine.exchange.meaning import Meaning
from engine.exchange.outgoing import Outgoing, specs_of
from engine.exchange.python.kit_files import opened_picture
from engine.exchange.python.kit_pictures import centred_picture
from engine.exchange.python.snippet import plain_python
from engine.exchange.python.writing import python_file
from engine.layers.conv2d import Conv2D
from engine.layers.flatten import Flatten
from engine.objectives.loss import Link
from engine.tensor.spec import Array, DType
from tests.engine.exchange.test_onnx_writing import drawn

SIZES = ((28, 28), (28, 31), (9, 14), (60, 47), (61, 15), (130, 200), (301, 240))


def drawing(height: int, width: int, channels: int, number: int) -> Array:
    """A blot somewhere on noisy paper."""
    rng = np.random.default_rng([height, width, channels, number])
    picture = rng.integers(0, 12, (height, width, channels))
    top, left = int(rng.integers(0, height * 2 // 3)), int(rng.integers(0, width * 2 // 3))
    blot = picture[top : top + height // 3 + 1, left : left + width // 4 + 1]
    blot[:] = rng.integers(90, 256, blot.shape)
    found = picture.astype(np.uint8)
    return 255 - found if number % 2 else found


@pytest.mark.parametrize("fit", get_args(Fit))
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_a_picture_is_brought_to_the_middle_as_here(size: tuple[int, int], channels: int, fit: Fit) -> None:
    for number, extent in enumerate((EXTENT, 0.5)):
        picture = drawing(*size, channels, number)
        target = PictureTarget(28, 24, channels, fit, centred=extent)
        fact = {"shape": list(target.shape), "fit": fit, "extent": extent}
        found = centred_picture(fact, picture).astype(np.int16)
        np.testing.assert_allclose(
            found, fitted(picture, target), atol=1
        )  # Pillow rounds in an order of its own


def test_what_lies_right_or_is_empty_stays() -> None:
    fact = {"shape": [28, 28, 1], "fit": "resize", "extent": EXTENT}
    right = np.zeros((28, 28, 1), np.uint8)
    right[4:24, 9:19] = 200
    for picture in (right, np.full((28, 28, 1), 7, np.uint8)):
        np.testing.assert_array_equal(centred_picture(fact, picture), picture)
    np.testing.assert_array_equal(centred_picture(fact, right[..., 0].astype(np.float64)), right)


@pytest.mark.parametrize("shape", [(28, 28, 3), (28,), (0, 28, 1), (1, 28, 28, 1)])
def test_what_is_no_picture_is_one_sentence(shape: tuple[int, ...]) -> None:
    fact = {"shape": [28, 28, 1], "fit": "resize", "extent": EXTENT}
    with pytest.raises(ValueError, match=r"^A picture has height, width and 1 channels; received \("):
        centred_picture(fact, np.zeros(shape))


def digits(channels: int = 1, extent: float | None = EXTENT) -> Outgoing:
    features = {"x": Feature("x", "image", (28, 28, channels), DType.UINT8, scale=1.0 / 255.0)}
    out = drawn(Conv2D(filters=2, kernel_size=(9, 9), strides=(5, 5)), Flatten(), shape=(28, 28, channels))
    meaning = Meaning("Digits", features, extent=extent)
    return replace(out, net=replace(out.net, names={"x": "x"}), meaning=meaning)


def in_own_space(text: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "digits", "__file__": "digits.py"}
    exec(compile(text, "digits.py", "exec"), space)
    return space


def test_the_file_predicts_of_drawings_what_the_network_says_of_centred_ones() -> None:
    out = digits()
    text, _ = python_file(out, "digits")
    assert "from digits import centred" in text
    space = in_own_space(text)
    pictures = [drawing(*size, 1, 0) for size in SIZES]
    target = PictureTarget(28, 28, 1, centred=EXTENT)
    taken = np.stack([fitted(picture, target) for picture in pictures])
    (expected,) = run(flat(out), [taken.astype(np.float32) / np.float32(255.0)])
    found = space["predict"](space["centred"](pictures))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    plain = space["predict"](pictures[0][np.newaxis])
    assert np.abs(plain - found[:1]).max() > 0.01, "predict alone takes pictures as they are"


@pytest.mark.parametrize(("channels", "extent"), [(1, None), (4, EXTENT)])
def test_other_networks_take_nothing_of_it_along(channels: int, extent: float | None) -> None:
    text, _ = python_file(digits(channels, extent), "digits")
    assert "centred" not in text
    assert "def drawn_places" not in text
    assert "def predict_pictures" in text
    in_own_space(text)


def test_the_lines_to_paste_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = digits()
    text, _ = python_file(out, "written_digits")
    (tmp_path / "written_digits.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    lines = plain_python(out, tmp_path / "written_digits.py")
    assert "predict(centred(" in lines
    Image.fromarray(drawing(60, 47, 1, 0)[..., 0]).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    lines = lines.replace("# print(predict_pictures", "print(predict_pictures")
    exec(compile(lines, "lines.py", "exec"), {})


def _turned(image: Image.Image, path: Path) -> None:
    notes = Image.Exif()
    notes[0x0112] = 6
    image.save(path, exif=notes)


SAVED: dict[str, Callable[[Image.Image, Path], object]] = {
    "grey.png": lambda image, path: image.convert("L").save(path),
    "colour.bmp": lambda image, path: image.save(path),
    "large.jpg": lambda image, path: image.resize((640, 480)).save(path, quality=95),
    "turned.jpg": _turned,
    "palette.gif": lambda image, path: image.convert("P").save(path),
    "through.png": lambda image, path: image.convert("LA").save(path),
    "glass.webp": lambda image, path: _glass(image).save(path, lossless=True),
    "deep.png": lambda image, path: Image.fromarray(
        np.asarray(image.convert("L")).astype(np.uint16) * 257
    ).save(path),
}


def _glass(image: Image.Image) -> Image.Image:
    """Half of it can be seen through."""
    clear = image.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    return clear


@pytest.mark.parametrize("name", SAVED)
@pytest.mark.parametrize(("channels", "fit"), [(1, "crop"), (3, "pad"), (4, "resize")])
def test_a_file_becomes_what_the_recipe_makes_of_it(
    name: str, channels: int, fit: Fit, tmp_path: Path
) -> None:
    image = Image.fromarray(np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)).resize((80, 60))
    SAVED[name](image, tmp_path / name)
    target = PictureTarget(24, 20, channels, fit)
    fact = {"shape": list(target.shape), "fit": fit}
    found = opened_picture(fact, tmp_path / name, sized=True)
    np.testing.assert_array_equal(found, decoded(tmp_path / name, target))


def _ask(space: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *paths: Path) -> int:
    """The exit status of the program for these files."""
    monkeypatch.setattr(sys, "argv", ["digits.py", *map(str, paths)])
    try:
        space["main"]()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def named(out: Outgoing) -> Outgoing:
    """With classes, of which the network gives the scores."""
    words = tuple(f"class {k}" for k in range(specs_of(out.net)[out.net.outputs[0]].shape[-1]))
    features = {**out.meaning.features, "y": Feature("y", "category", (), DType.INT32, class_names=words)}
    meaning = replace(out.meaning, features=features, links={"y": Link.SOFTMAX})
    return replace(out, meaning=meaning, targets=("y",))


def test_the_program_answers_for_files_and_folders_and_says_which_is_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = named(digits())
    text, _ = python_file(out, "digits")
    assert "python digits.py a.png b.jpg" in text
    space = in_own_space(text)
    folder = tmp_path / "drawn"
    folder.mkdir()
    paths = [tmp_path / "a.png", tmp_path / "b.jpg", folder / "c.png"]
    for number, path in enumerate(paths):
        Image.fromarray(drawing(60, 47, 1, number * 2)[..., 0]).save(path)
    (folder / "notes.txt").write_text("no picture")
    assert _ask(space, monkeypatch, *paths[:2], folder) == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["file"] for row in table] == list(map(str, paths))
    target = PictureTarget(28, 28, 1, centred=EXTENT)
    for path, row in zip(paths, table, strict=True):
        (scores,) = run(flat(out), [decoded(path, target)[np.newaxis].astype(np.float32) / np.float32(255.0)])
        shares = np.exp(scores[0] - scores[0].max())
        shares /= shares.sum()
        assert row["class"] == f"class {shares.argmax()}"
        given = [float(row[f"class {k}"]) for k in range(len(shares))]
        np.testing.assert_allclose(given, shares, atol=0.02)  # of a pixel that is rounded otherwise
        assert space["predict_pictures"]([path])[0]["class"] == row["class"]

    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    assert _ask(space, monkeypatch, bad, paths[0], tmp_path / "gone.png") == 2
    said = capsys.readouterr()
    assert [row["file"] for row in csv.DictReader(io.StringIO(said.out))] == [str(paths[0])]
    first, second = said.err.splitlines()
    assert first.startswith("error: bad.png is no picture that can be read (")
    assert second == f"error: {tmp_path / 'gone.png'} is not there."
    (tmp_path / "empty").mkdir()
    assert _ask(space, monkeypatch, tmp_path / "empty") == 2
    assert "error: The folder empty has no pictures" in capsys.readouterr().err


def test_without_pillow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ValueError, match="pip install pillow"):
        opened_picture({"shape": [2, 2, 1], "fit": "pad"}, tmp_path / "a.png", sized=True)
