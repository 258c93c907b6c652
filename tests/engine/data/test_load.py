"""Loading: bad settings become sentences, pictures become previews."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from engine.data.bundle import DataBundle
from engine.data.errors import DataError
from engine.data.load import describe, load
from engine.data.preview import preview
from engine.data.settings import DataSettings


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"dataset": "cifar"},
            r"There is no data set named 'cifar'\. Choose one of: circle, xor, .*fashion\.",
        ),
        (
            {"dataset": "spiral", "options": {"noise": 0.9}},
            r"option 'noise' of the data set 'spiral' is wrong\. Noise must be at most 0\.5, received 0\.9",
        ),
        (
            {"dataset": "xor", "options": {"samples": 49}},
            "Samples must be at least 50, received 49",
        ),
        ({"dataset": "xor", "options": {"samples": "many"}}, "received 'many'"),
        (
            {"dataset": "xor", "options": {"colour": 1}},
            "option 'colour' .* remove it. Options: samples, noise",
        ),
        ({"dataset": "iris", "options": {"noise": 0.1}}, "option 'noise' .* remove it. Options: none"),
        ({"path": "/nowhere/data.csv"}, "data.csv cannot be read: No such file"),
        ({"path": "/nowhere/data.npz"}, "data.npz cannot be read: No such file"),
        ({"path": "data.nothing"}, r"data\.nothing cannot be read: No such file"),
    ],
)
def test_bad_settings_are_said_in_a_sentence(settings: dict[str, object], sentence: str) -> None:
    chosen = DataSettings.model_validate(settings)
    for function in (describe, load):
        with pytest.raises(DataError, match=sentence):
            function(chosen)


@pytest.mark.parametrize(
    "wrong",
    [
        {"validation_fraction": 0.95},
        {"validation_fraction": 0.5, "test_fraction": 0.5},
        {"validation_fraction": float("nan")},
        {"seed": -1},
        {"nonsense": 1},
        {"path": "a\0b"},
        {"path": ""},
        {"options": {"noise": [1]}},
    ],
)
def test_settings_themselves_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DataSettings.model_validate(wrong)


def test_settings_survive_saving() -> None:
    settings = DataSettings(dataset="boston", options={"include_b": True}, seed=2**63 - 1, normalize=False)
    assert DataSettings.model_validate_json(settings.model_dump_json()) == settings


def test_options_keep_their_types() -> None:
    options: dict[str, bool | int | float | str] = {"a": True, "b": 1, "c": 1.0, "d": "1"}
    assert [type(value) for value in DataSettings(options=options).options.values()] == [
        bool,
        int,
        float,
        str,
    ]


def test_describing_reads_no_bundled_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("engine.data.archive.BUNDLED", tmp_path / "nothing")
    assert describe(DataSettings(dataset="mnist")).counts.train == 60_000


def test_preview_is_small_pictures(mnist: DataBundle) -> None:
    pictures = preview(mnist, 5)
    assert len(pictures) == 5
    for i, picture in enumerate(pictures):
        assert (picture.shape, str(picture.dtype)) == ((28, 28, 1), "uint8")
        np.testing.assert_array_equal(picture, mnist.inputs["x"][i])


def test_preview_brings_other_ranges_to_255() -> None:
    assert max(int(picture.max()) for picture in preview(load(DataSettings(dataset="digits")), 20)) == 255


def test_preview_never_shows_more_than_the_training_part() -> None:
    bundle = load(DataSettings(dataset="digits", validation_fraction=0.9))
    assert len(preview(bundle, 10_000)) == len(bundle.train)


def test_no_pictures_no_preview() -> None:
    assert preview(load(DataSettings(dataset="iris")), 3) == []
