"""Files that real Keras saved: read, they say what Keras said; written and read again, too."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from engine.exchange.formats import read_network, write_network
from engine.exchange.imported import Imported
from engine.exchange.outgoing import outgoing
from engine.formats.project import Project, load_project, save_project
from engine.formats.weights import bundled_features
from engine.models.exchange import import_model, imported_project
from engine.models.files import model_of
from engine.optimizers.adamw import AdamW
from engine.tensor.spec import Array
from engine.training.settings import TrainingSettings

ARCHIVE = Path(__file__).parents[2] / "golden" / "keras_files.zip"
NAMES = ("mlp", "cnn", "shared", "nested", "recurrent", "attention", "frozen", "words", "twice")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keras")
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(path)
    return path


def arrays(folder: Path, name: str, letter: str) -> list[Array]:
    with np.load(io.BytesIO((folder / f"{name}.npz").read_bytes())) as file:
        return [file[key] for key in sorted(file) if key.startswith(letter)]


def said(imported: Imported, inputs: list[Array]) -> list[Array]:
    found = model_of(imported_project(imported), "the file").predict(inputs)
    return found if isinstance(found, list) else [found]


def agree(found: list[Array], expected: list[Array]) -> None:
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_keras_says_what_keras_said(folder: Path, name: str, suffix: str) -> None:
    imported = read_network(folder / f"{name}{suffix}")
    assert imported.notes == ()
    agree(said(imported, arrays(folder, name, "x")), arrays(folder, name, "y"))


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_what_was_read(folder: Path, name: str, suffix: str, tmp_path: Path) -> None:
    first = read_network(folder / f"{name}.keras")
    path = tmp_path / f"again{suffix}"
    write_network(outgoing(first.graph, bundled_features(first.graph), first.weights), path)
    again = read_network(path)
    assert again.notes == ()
    agree(said(again, arrays(folder, name, "x")), arrays(folder, name, "y"))


def test_the_optimizer_and_the_loss_come_along(folder: Path) -> None:
    graph = read_network(folder / "mlp.keras").graph
    training = graph.sections["training"]
    assert isinstance(training, TrainingSettings)
    assert isinstance(training.optimizer, AdamW)
    assert training.optimizer.learning_rate == 0.002  # not what float32 makes of it
    (target,) = [n.layer for n in graph.nodes.values() if n.layer.title() == "Target"]
    assert getattr(target, "loss").key() == "mean_squared_error"  # noqa: B009 - a Layer has none


def test_nested_models_are_groups_and_shared_layers_share(folder: Path) -> None:
    graph = read_network(folder / "nested.keras").graph
    groups = [n for n in graph.nodes.values() if n.layer.title() == "Group"]
    assert len(groups) == 3
    assert [n.shares is not None for n in groups].count(True) == 1


def test_an_imported_network_is_saved_opened_and_trained(folder: Path, tmp_path: Path) -> None:
    imported = imported_project(read_network(folder / "cnn.h5"))
    save_project(tmp_path / "cnn.loom", Project(imported.graph, imported.weights))
    loaded = load_project(tmp_path / "cnn.loom")
    assert loaded.warnings == ()
    model = import_model(folder / "cnn.h5")
    x = arrays(folder, "cnn", "x")
    before = model.predict(x)
    model.compile({"name": "SGD", "learning_rate": 1e-3}, loss="mean_squared_error")
    model.fit(x, [np.zeros((3, 2), np.float32)], epochs=2, batch_size=3, verbose=False)
    assert not np.array_equal(before, model.predict(x))


@pytest.mark.parametrize(
    ("name", "kind"), [("mlp", "Sequential"), ("frozen", "Sequential"), ("cnn", "Functional")]
)
def test_a_chain_is_written_as_what_it_was(folder: Path, name: str, kind: str, tmp_path: Path) -> None:
    first = read_network(folder / f"{name}.keras")
    out = outgoing(first.graph, bundled_features(first.graph), first.weights)
    write_network(out, tmp_path / "a.keras")
    write_network(out, tmp_path / "a.h5")
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        assert json.loads(archive.read("config.json"))["class_name"] == kind
    with h5py.File(tmp_path / "a.h5") as file:
        assert json.loads(file.attrs["model_config"])["class_name"] == kind


def test_the_name_of_an_input_is_kept_unless_keras_made_it_up(folder: Path, tmp_path: Path) -> None:
    first = read_network(folder / "mlp.keras")
    assert list(bundled_features(first.graph)) == ["input"]
    out = outgoing(first.graph, bundled_features(first.graph), first.weights)
    net = replace(out.net, names={**out.net.names, out.net.inlets[0].id: "height"})
    write_network(replace(out, net=net), tmp_path / "a.keras")
    assert list(bundled_features(read_network(tmp_path / "a.keras").graph)) == ["height"]
