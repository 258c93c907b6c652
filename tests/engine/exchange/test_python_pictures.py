"""Pictures of any size, for a written file of Python: brought to the network's as here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from engine.data.bundle import Feature
from engine.data.pictures.centring import EXTENT
from engine.data.pictures.fitting import fitted
from engine.data.pictures.target import Fit, PictureTarget
from engine.exchange.flat import flat, run
from engine.exchange.meaning import Meaning
from engine.exchange.outgoing import Outgoing
from engine.exchange.python.kit_pictures import centred_picture
from engine.exchange.python.snippet import plain_python
from engine.exchange.python.writing import python_file
from engine.layers.conv2d import Conv2D
from engine.layers.flatten import Flatten
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


def test_the_lines_to_paste_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = digits()
    text, _ = python_file(out, "written_digits")
    (tmp_path / "written_digits.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    lines = plain_python(out, tmp_path / "written_digits.py")
    assert "predict(centred(" in lines
    exec(compile(lines, "lines.py", "exec"), {})
