"""Files that are broken, too large, or want something of us: one sentence, nothing executed, nothing followed."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.exchange.formats import read_network
from engine.formats.errors import FormatError
from engine.graph.document import UnknownLayer

ARCHIVE = Path(__file__).parents[2] / "golden" / "keras_files.zip"


def original(name: str) -> bytes:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return archive.read(name)


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], object], weights: bytes | None = None) -> Path:
    """The `mlp` with another config, or other weights."""
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(io.BytesIO(original("mlp.keras"))) as old, zipfile.ZipFile(path, "w") as new:
        config = json.loads(old.read("config.json"))
        change(config)
        new.writestr("config.json", json.dumps(config))
        new.writestr("model.weights.h5", old.read("model.weights.h5") if weights is None else weights)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(FormatError) as caught:
        read_network(path)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_no_model(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    path.write_bytes(b"hello")
    assert "damaged" in refusal(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("other.txt", "hello")
    assert "no model" in refusal(path)
    with h5py.File(tmp_path / "b.h5", "w") as empty:
        empty.attrs["x"] = 1
    assert "no model of Keras" in refusal(tmp_path / "b.h5")
    assert "There is no file" in refusal(tmp_path / "c.h5")


def test_what_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "cut.h5").write_bytes(original("mlp.h5")[:2_000])
    assert refusal(tmp_path / "cut.h5").startswith("cut.h5 can't be read (")
    path = changed(tmp_path, lambda _config: None, b"no HDF5")
    assert refusal(path).startswith("The HDF5 part of model.keras can't be read (")


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil", "a\\b", "C:/evil"])
def test_names_that_lead_out_of_the_archive(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", "{}")
        file.writestr(zipfile.ZipInfo(name), "x")
    assert "lead out" in refusal(path)


def test_code_is_never_run(tmp_path: Path) -> None:
    def add(config: dict[str, Any]) -> None:
        code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAAAAAAAAE=", "defaults": None}}
        layer = {"module": "os", "class_name": "Lambda", "config": {"name": "evil", "function": code}}
        config["config"]["layers"].insert(2, layer)

    imported = read_network(changed(tmp_path, add))
    evil = next(n for n in imported.graph.nodes.values() if n.name == "evil")
    assert isinstance(evil.layer, UnknownLayer)
    assert "never done" in evil.layer.reason
    assert any("unknown" in note for note in imported.notes)


def test_a_custom_layer_is_kept_and_named(tmp_path: Path) -> None:
    def rename(config: dict[str, Any]) -> None:
        config["config"]["layers"][1].update(module="somebody.code", class_name="MyLayer")

    imported = read_network(changed(tmp_path, rename))
    unknown = [n.layer for n in imported.graph.nodes.values() if isinstance(n.layer, UnknownLayer)]
    assert [u.type_name for u in unknown] == ["MyLayer"]
    assert unknown[0].settings["units"] == 6


@pytest.mark.parametrize("shape", [[None, -4], [None, 0], [None, 2**40], [None, "4"], "x", [], [None] * 12])
def test_impossible_shapes(tmp_path: Path, shape: object) -> None:
    def change(config: dict[str, Any]) -> None:
        config["config"]["layers"][0]["config"]["batch_shape"] = shape

    assert "shape" in refusal(changed(tmp_path, change))


def test_a_circle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(io.BytesIO(original("attention.keras"))) as old, zipfile.ZipFile(path, "w") as new:
        text = old.read("config.json").decode()
        new.writestr("config.json", text.replace('"keras_history": ["sequence"', '"keras_history": ["add_1"'))
    assert "circle" in refusal(path)


def test_nesting_without_end(tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        inner = dict(config["config"])
        for _ in range(20):
            inner = {"layers": [{"class_name": "Sequential", "config": inner}]}
        config["config"] = inner

    assert "nested" in refusal(changed(tmp_path, change))


def weights(change: Callable[[Any], object]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(original("mlp.keras"))) as old:
        memory = io.BytesIO(old.read("model.weights.h5"))
    with h5py.File(memory, "r+") as file:
        change(file)
    return memory.getvalue()


def test_links_out_of_the_weights_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["w"] = np.full((4, 6), 42.0, np.float32)

    def link(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(secret), "w")

    imported = read_network(changed(tmp_path, lambda config: None, weights(link)))
    assert any("missing" in note for note in imported.notes)
    assert not any((array == 42.0).any() for array in imported.weights.values())


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    def blow(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file.create_dataset(
            "layers/dense/vars/0",
            shape=(100_000, 100_000),
            dtype="f4",
            chunks=(1000, 1000),
            compression="gzip",
        )

    assert "suspiciously" in refusal(changed(tmp_path, lambda config: None, weights(blow)))


def test_weights_that_do_not_fit_start_anew(tmp_path: Path) -> None:
    def cut(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = np.zeros((3, 3), np.float32)

    imported = read_network(changed(tmp_path, lambda config: None, weights(cut)))
    assert "another shape" in imported.notes[0]


def test_weights_that_are_not_finite_are_reported(tmp_path: Path) -> None:
    def spoil(file: Any) -> None:
        file["layers/dense/vars/0"][0, 0] = np.nan

    imported = read_network(changed(tmp_path, lambda config: None, weights(spoil)))
    assert "not finite" in imported.notes[0]


@given(st.data())
def test_flipped_and_cut_files_never_raise_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["mlp.keras", "shared.h5"]))
    content = bytearray(original(name))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20)):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    content = content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content
    path = tmp_path_factory.mktemp("flipped") / name
    path.write_bytes(bytes(content))
    with contextlib.suppress(FormatError):  # anything else fails the test
        read_network(path)
