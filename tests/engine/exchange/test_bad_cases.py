"""Each way in which a file can be bad, in each format of Keras and TensorFlow.js: a sentence, or a note, and nothing run.

Bad archives, manifests and bits are in `test_bad_files.py`; ONNX has its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from engine.exchange.formats import read_network, write_network
from engine.exchange.outgoing import outgoing
from engine.exchange.weights import read_weights
from engine.formats.errors import FormatError
from engine.formats.weights import bundled_features
from engine.graph.document import UnknownLayer
from engine.models.finding import finding
from tests.engine.exchange.bad_files import circle, cut, flipped, golden, settings_of

FORMATS = ("a.keras", "a.h5", "model.json")
Change = Callable[[Any], object]


def nothing(_value: Any) -> None:
    """Leave it as it is."""


def bad(folder: Path, name: str, config: Change = nothing, weights: Change = nothing) -> Path:
    """The `mlp` in a format, with another config, or other weights: an HDF5 file, or an array of float32."""
    path = folder / name
    if name == "a.keras":
        memory = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(golden("mlp.keras"))) as old, zipfile.ZipFile(path, "w") as new:
            model = json.loads(old.read("config.json"))
            memory.write(old.read("model.weights.h5"))
            config(model)
            with h5py.File(memory, "r+") as file:
                weights(file["layers/dense/vars"])
            new.writestr("config.json", json.dumps(model))
            new.writestr("model.weights.h5", memory.getvalue())
    elif name == "a.h5":
        path.write_bytes(golden("mlp.h5"))
        with h5py.File(path, "r+") as file:
            model = json.loads(file.attrs["model_config"])
            config(model)
            file.attrs["model_config"] = json.dumps(model)
            weights(file["model_weights/dense/sequential/dense"])
    else:
        (folder / "given.keras").write_bytes(golden("mlp.keras"))
        first = read_network(folder / "given.keras")
        write_network(outgoing(first.graph, bundled_features(first.graph), first.weights), path)
        whole = json.loads(path.read_text())
        config(whole["modelTopology"]["model_config"])
        path.write_text(json.dumps(whole))
        (shard,) = folder.glob("*.bin")
        values = np.frombuffer(shard.read_bytes(), "<f4").copy()
        weights(values)
        shard.write_bytes(values.tobytes())
    return path


def first_layer(config: dict[str, Any]) -> dict[str, Any]:
    """The entry of the first layer with weights."""
    layers: list[dict[str, Any]] = config["config"]["layers"]
    return next(e for e in layers if e["class_name"] == "Dense")


def shape_is(*shape: object) -> Change:
    def change(config: dict[str, Any]) -> None:
        own = settings_of(config, 0)
        key = "batch_shape" if "batch_shape" in own else "batch_input_shape"
        own[key] = list(shape)

    return change


def nest(config: dict[str, Any]) -> None:
    for _ in range(30):
        config["config"] = {"layers": [{"class_name": "Sequential", "config": dict(config["config"])}]}
    config["class_name"] = "Sequential"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (circle, "circle"),
        (shape_is(None, -4), "shape"),
        (shape_is(None, 2**40), "shape"),
        (shape_is(None, "4"), "shape"),
        (nest, "nested"),
        (lambda c: c.update(class_name="System", config={}), "program"),
        (lambda c: c["config"].update(layers=7), "list of its layers"),
    ],
    ids=["circle", "negative", "huge", "text", "deep", "class", "no-list"],
)
def test_refused(name: str, change: Change, words: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        read_network(bad(tmp_path, name, change))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["Lambda", "TorchModuleWrapper"])
def test_code_is_named_and_never_run(name: str, kind: str, tmp_path: Path) -> None:
    path = bad(tmp_path, name, lambda c: first_layer(c).update(class_name=kind, module="os"))
    assert any(kind in note and "never" in note for note in finding(path).notes)


@pytest.mark.parametrize("name", FORMATS)
def test_an_unknown_layer_is_red_and_keeps_its_settings(name: str, tmp_path: Path) -> None:
    path = bad(tmp_path, name, lambda c: first_layer(c).update(class_name="Unheard"))
    (layer,) = [n.layer for n in read_network(path).graph.nodes.values() if isinstance(n.layer, UnknownLayer)]
    assert (layer.type_name, layer.settings["units"]) == ("Unheard", 6)


@pytest.mark.parametrize("name", FORMATS)
def test_modules_are_never_imported(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "evil_module.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    named = {"module": "evil_module", "registered_name": "evil_module>Evil"}
    read_network(bad(tmp_path, name, lambda c: first_layer(c).update(named)))
    assert "evil_module" not in sys.modules


def spoil(place: Any) -> None:
    """One number that is none."""
    array = place if isinstance(place, np.ndarray) else place["0" if "0" in place else "kernel"]
    array[(0,) * len(array.shape)] = np.nan


@pytest.mark.parametrize("name", FORMATS)
def test_weights_that_are_not_finite_are_reported(name: str, tmp_path: Path) -> None:
    found = read_network(bad(tmp_path, name, weights=spoil))
    assert any("not finite" in note for note in found.notes)
    assert sum(not np.isfinite(a).all() for a in found.weights.values()) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_weights_of_another_shape_start_anew(name: str, tmp_path: Path) -> None:
    found = read_network(bad(tmp_path, name, lambda c: first_layer(c)["config"].update(units=7)))
    assert any("another shape" in note for note in found.notes)
    assert all(np.isfinite(a).all() for a in found.weights.values())


# -- links in HDF5 -----------------------------------------------------------------------------------
def linked(kind: str, target: Path) -> Change:
    def change(place: Any) -> None:
        name = "0" if "0" in place else "kernel"
        del place[name]
        place[name] = (
            h5py.SoftLink("/somewhere/else") if kind == "soft" else h5py.ExternalLink(str(target), "w")
        )

    return change


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.h5"
    with h5py.File(path, "w") as file:
        file["w"] = np.full((4, 6), 42.0, np.float32)
    return path


@pytest.mark.parametrize("kind", ["soft", "external"])
def test_links_in_an_archive_are_not_followed(kind: str, secret: Path, tmp_path: Path) -> None:
    found = read_network(bad(tmp_path, "a.keras", weights=linked(kind, secret)))
    assert any("missing" in note for note in found.notes)
    assert not any((array == 42.0).any() for array in found.weights.values())


@pytest.mark.parametrize("kind", ["soft", "external"])
def test_links_in_an_h5_file_are_refused(kind: str, secret: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="link to elsewhere"):
        read_network(bad(tmp_path, "a.h5", weights=linked(kind, secret)))


# -- weights alone -----------------------------------------------------------------------------------
@pytest.fixture
def loose(tmp_path: Path) -> Path:
    (tmp_path / "given.keras").write_bytes(golden("mlp.keras"))
    first = read_network(tmp_path / "given.keras")
    path = tmp_path / "a.weights.h5"
    write_network(outgoing(first.graph, bundled_features(first.graph), first.weights), path)
    return path


def test_loose_weights_that_end_too_early_are_refused(loose: Path) -> None:
    for content in cut(loose.read_bytes(), 2):
        loose.write_bytes(content)
        with pytest.raises(FormatError):
            read_weights(loose)


def test_loose_weights_with_flipped_bits_are_read_or_refused(loose: Path) -> None:
    for content in flipped(loose.read_bytes(), 2):
        loose.write_bytes(content)
        with contextlib.suppress(FormatError):  # anything else fails the test
            assert read_weights(loose)


@pytest.mark.parametrize("kind", ["soft", "external", "circle", "bomb"])
def test_loose_weights_that_lead_elsewhere(kind: str, loose: Path, tmp_path: Path) -> None:
    with h5py.File(loose, "r+") as file:
        if kind == "circle":
            file["layers/dense/round"] = file["layers"]
        elif kind == "bomb":
            del file["layers/dense/vars/0"]
            file.create_dataset(
                "layers/dense/vars/0", (100_000, 100_000), "f4", chunks=(100, 100), compression=9
            )
        else:
            linked(kind, tmp_path / "gone.h5")(file["layers/dense/vars"])
    if kind in ("circle", "bomb"):
        with pytest.raises(FormatError, match="nested" if kind == "circle" else "suspiciously"):
            read_weights(loose)
    else:
        assert len(read_weights(loose)) == 9
