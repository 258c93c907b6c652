"""Pictures, masks, sounds and tokens as training sets, and as inputs of a prediction."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from PIL import Image

from engine.data.load import load
from engine.data.recipe.applying import apply, open_for
from tests.engine.data.recipe.files import chosen


def pictures(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for k in range(6):
            pixels = rng.integers(0, 256, (10 + k, 12, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{k}.png")
    (folder / "dog" / "broken.png").write_bytes(b"no picture")
    return folder


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    recipe = {"columns": {"picture": {"picture": {"height": 8, "width": 8, "grey": True}}}}
    folder = pictures(tmp_path / "pets")
    bundle = load(chosen(folder, recipe=recipe))
    assert bundle.inputs["x"].shape == (12, 8, 8, 1)
    assert bundle.features["x"].scale == 1 / 255
    assert bundle.features["y"].class_names == ("cat", "dog")
    assert any("can't be read" in note for note in bundle.notes)
    (folder / "dog" / "broken.png").unlink()
    assert bundle.preparation is not None
    with open_for(bundle.preparation, folder) as source:
        seen = apply(bundle.preparation, source).inputs["x"]
    stored = bundle.inputs["x"].astype(np.float64) / 255
    sums = [np.sort(values.sum(axis=(1, 2, 3))) for values in (seen, stored)]
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-5)


def test_sounds_as_waves_and_as_spectrograms(tmp_path: Path) -> None:
    for name, pitch in (("low", 200), ("high", 2000)):
        (tmp_path / "sounds" / name).mkdir(parents=True)
        for k in range(4):
            tone = np.sin(np.arange(4000) / 8000 * 2 * np.pi * (pitch + k)) * 20_000
            with wave.open(str(tmp_path / "sounds" / name / f"{k}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(tone.astype("<i2").tobytes())
    folder = tmp_path / "sounds"
    made = load(chosen(folder))
    assert made.features["x"].kind == "image"
    assert made.inputs["x"].shape[0] == 8
    recipe = {"columns": {"sound": {"sound": {"form": "waveform", "seconds": 0.25, "rate": 8000}}}}
    waves = load(chosen(folder, recipe=recipe))
    assert waves.inputs["x"].shape == (8, 2000, 1)


def test_a_text_as_tokens(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text("once upon a time there was a fox. " * 40, encoding="utf-8")
    bundle = load(chosen(path))
    assert (bundle.features["x"].kind, bundle.features["y"].kind) == ("index", "category")
    assert bundle.features["x"].class_names == bundle.features["y"].class_names
    np.testing.assert_array_equal(bundle.inputs["x"][:, 1:], bundle.targets["y"][:, :-1])
