"""Models that real TensorFlow.js saved: read, they say what it said; bad ones are refused in one sentence."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.exchange.formats import read_network, write_network
from engine.exchange.imported import Imported
from engine.exchange.outgoing import outgoing
from engine.exchange.tfjs.shards import read_weights
from engine.formats.errors import FormatError
from engine.formats.weights import bundled_features
from engine.layers.group import Group
from engine.models.exchange import imported_project
from engine.models.files import model_of
from engine.tensor.spec import Array

GOLDEN = Path(__file__).parents[2] / "golden"
NAMES = ("mlp", "cnn", "shared", "words", "twice")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tfjs")
    for name in ("tfjs_files", "keras_files"):
        with zipfile.ZipFile(GOLDEN / f"{name}.zip") as archive:
            archive.extractall(path)
    return path


def said(imported: Imported, inputs: list[Array]) -> list[Array]:
    found = model_of(imported_project(imported), "the file").predict(inputs)
    return found if isinstance(found, list) else [found]


def recorded(folder: Path, name: str) -> tuple[list[Array], list[Array]]:
    facts = json.loads((folder / name / "said.json").read_text())
    return (
        [np.array(f["data"], f["dtype"]).reshape(f["shape"]) for f in facts["inputs"]],
        [np.array(f["data"], np.float32).reshape(f["shape"]) for f in facts["outputs"]],
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_tensorflow_js_says_what_it_said(folder: Path, name: str) -> None:
    inputs, outputs = recorded(folder, name)
    imported = read_network(folder / name / "model.json")
    assert imported.notes == ()
    for one, other in zip(said(imported, inputs), outputs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_what_was_read(folder: Path, name: str, tmp_path: Path) -> None:
    first = read_network(folder / f"{name}.keras")
    write_network(
        outgoing(first.graph, bundled_features(first.graph), first.weights), tmp_path / "model.json"
    )
    inputs, outputs = recorded(folder, name)
    again = read_network(tmp_path / "model.json")
    assert again.notes == ()
    for one, other in zip(said(again, inputs), outputs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "words"),
    [("recurrent", "reset_after"), ("nested", "UnitNormalization"), ("attention", "called")],
)
def test_what_tensorflow_js_does_not_have_is_refused_with_the_reason(
    folder: Path, name: str, words: str, tmp_path: Path
) -> None:
    first = read_network(folder / f"{name}.keras")
    out = outgoing(first.graph, bundled_features(first.graph), first.weights)
    with pytest.raises(FormatError, match=words):
        write_network(out, tmp_path / "model.json")
    assert not list(tmp_path.iterdir())


def broken(folder: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> str:
    shutil.copytree(folder / "mlp", tmp_path / "mlp")
    path = tmp_path / "mlp" / "model.json"
    whole = json.loads(path.read_text())
    change(whole)
    path.write_text(json.dumps(whole))
    with pytest.raises(FormatError) as caught:
        read_network(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "place", ["../secret.bin", "/etc/passwd", "https://example.org/w.bin", "C:\\w.bin", "gone.bin", 7]
)
def test_shards_are_read_from_beside_the_file_only(folder: Path, tmp_path: Path, place: object) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(10_000))

    def move(whole: dict[str, Any]) -> None:
        whole["weightsManifest"][0]["paths"] = [place]

    sentence = broken(folder, tmp_path, move)
    assert "beside" in sentence or "keep the files together" in sentence


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(10_000))

    def link(whole: dict[str, Any]) -> None:
        (tmp_path / "mlp" / "link.bin").symlink_to(tmp_path / "secret.bin")
        whole["weightsManifest"][0]["paths"] = ["link.bin"]

    assert "leads out" in broken(folder, tmp_path, link)


@pytest.mark.parametrize("shape", [[-1, 2], [2**40], "x", [1.5], [10_000, 10_000]])
def test_impossible_shapes(folder: Path, tmp_path: Path, shape: object) -> None:
    def change(whole: dict[str, Any]) -> None:
        whole["weightsManifest"][0]["weights"][0]["shape"] = shape

    assert broken(folder, tmp_path, change)


@pytest.mark.parametrize("code", ["uint8", "uint16", "float16"])
def test_quantized_weights(tmp_path: Path, code: str) -> None:
    values = np.linspace(-1.0, 1.0, 11, dtype=np.float32)
    low, scale = -1.0, 2.0 / (255 if code == "uint8" else 65535)
    packing: dict[str, object] = {"dtype": code, "original_dtype": "float32"}
    if code == "float16":
        data: Array = values.astype("<f2")
    else:
        data = np.round((values - low) / scale).astype({"uint8": "u1", "uint16": "<u2"}[code])
        packing |= {"scale": scale, "min": low}
    (tmp_path / "w.bin").write_bytes(data.tobytes())
    entry = {"name": "w", "shape": [11], "dtype": "float32", "quantization": packing}
    found = read_weights(tmp_path, [{"paths": ["w.bin"], "weights": [entry]}])
    np.testing.assert_allclose(found["w"], values, atol=1e-3 if code == "float16" else scale)


def test_graph_models_and_other_json_are_named(folder: Path, tmp_path: Path) -> None:
    assert "graph model" in broken(folder, tmp_path, lambda whole: whole.update(format="graph-model"))
    path = tmp_path / "model.json"
    path.write_text("[1, 2]")
    with pytest.raises(FormatError, match=r"no model of TensorFlow.js"):
        read_network(path)


def test_a_model_in_the_model_may_be_the_output(folder: Path, tmp_path: Path) -> None:
    first = read_network(folder / "twice.keras")
    out = outgoing(first.graph, bundled_features(first.graph), first.weights)
    last = out.net.parts[-1].id
    parts = [p for p in out.net.parts if isinstance(p.what, Group)][:1]
    net = replace(out.net, parts=tuple(parts), outputs=((parts[0].id, 0),))
    assert last != parts[0].id
    write_network(replace(out, net=net), tmp_path / "model.json")
    whole = json.loads((tmp_path / "model.json").read_text())
    config = whole["modelTopology"]["model_config"]["config"]
    assert config["output_layers"] == [["inner", 1, 0]]  # call 0 is that with which it was made
    assert read_network(tmp_path / "model.json").notes == ()
