"""The networks that come along: small enough, licensed, with names, and as right as their originals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.cli.main import main
from engine.formats.sections import ANSWERS, AnswerWords
from engine.models.bundled import FOLDER, bundled_networks, open_bundled_network
from engine.models.exchange import imported_project
from engine.models.files import model_of

GOLDEN = Path(__file__).parents[2] / "golden" / "photos.npz"
SIDE = 224


@pytest.mark.parametrize("name", list(bundled_networks()))
def test_it_is_small_and_says_whose_it_is(name: str) -> None:
    folder = bundled_networks()[name].path.parent
    assert sum(path.stat().st_size for path in folder.iterdir()) < 15_000_000
    licence = (folder / "LICENSE.txt").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "Version 2.0" in licence
    assert {path.name for path in FOLDER.iterdir()} == {*bundled_networks(), "make"}


def patterns() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """As in `resources/networks/make/make_photos.py`."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    waves = [np.sin(9 * rows + 3 * k) * np.cos(7 * columns * (k + 1)) for k in range(6)]
    stacked = (0.5 + 0.5 * np.stack(waves, axis=-1)).reshape(SIDE, SIDE, 2, 3)
    return stacked.transpose(2, 0, 1, 3).astype(np.float32)


@pytest.mark.slow  # a network of 4.6 million weights
def test_photos_are_told_apart_as_by_the_original_in_pytorch(tmp_path: Path) -> None:
    imported = open_bundled_network("photos")
    words = imported.graph.sections[ANSWERS]
    assert isinstance(words, AnswerWords)
    names = words.classes["y"]
    assert (len(names), names[285]) == (1000, "Egyptian cat")
    found = model_of(imported_project(imported), "photos").predict(patterns())
    scores = np.load(GOLDEN)["scores"].astype(np.float64)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=5e-3)
    assert found.argmax(axis=1).tolist() == expected.argmax(axis=1).tolist()


@pytest.mark.slow  # likewise
def test_a_picture_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    pixels = (255 * patterns()[0]).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "wave.png")
    assert main(["predict", "photos", "--input", str(tmp_path / "wave.png")]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.startswith("file,class,tench,goldfish,")
    assert line.startswith("wave.png,")
