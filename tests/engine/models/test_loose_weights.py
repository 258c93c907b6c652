"""Files of weights alone, put on a network by the names of its layers, or by their order."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from engine.cli.main import main
from engine.exchange.formats import read_network
from engine.exchange.imported import Imported
from engine.exchange.weights import read_weights, weights_kind_of
from engine.formats.errors import FormatError
from engine.formats.project import load_project
from engine.formats.weights import bundled_features
from engine.models.weights import weights_for
from tests.judges import ROOT

ARCHIVE = ROOT / "tests" / "golden" / "keras_training.zip"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of Keras, and its weights as Keras 3 (`new.weights.h5`) and Keras 2 (`old.h5`) save them alone."""
    path = tmp_path_factory.mktemp("weights")
    with zipfile.ZipFile(ARCHIVE) as archive:
        for name in ("adam.keras", "adam.h5"):
            (path / name).write_bytes(archive.read(name))
    with zipfile.ZipFile(path / "adam.keras") as inner:
        (path / "new.weights.h5").write_bytes(inner.read("model.weights.h5"))
    with h5py.File(path / "adam.h5") as whole, h5py.File(path / "old.h5", "w") as alone:
        for name, value in whole["model_weights"].attrs.items():
            alone.attrs[name] = value
        for name in whole["model_weights"]:
            whole.copy(f"model_weights/{name}", alone)
    return path


def other(folder: Path) -> Imported:
    return read_network(folder / "adam.keras")


@pytest.mark.parametrize("name", ["new.weights.h5", "old.h5"])
def test_weights_of_keras_alone_come_back_by_name(folder: Path, name: str) -> None:
    imported = other(folder)
    zeros = {n: np.zeros_like(a) for n, a in imported.weights.items()}
    weights, found = weights_for(imported.graph, bundled_features(imported.graph), zeros, folder / name)
    assert {m.by for m in found.matches} == {"name"}
    assert not found.unmatched
    for key, array in imported.weights.items():
        np.testing.assert_array_equal(weights[key], array)


def test_what_the_optimizer_remembers_is_no_weight(folder: Path) -> None:
    assert not [n for n in read_weights(folder / "new.weights.h5") if "optimizer" in n]


def test_names_of_layers_are_found_in_both(folder: Path) -> None:
    for name in ("new.weights.h5", "old.h5"):
        heads = {n.split("/")[0] for n in read_weights(folder / name)}
        assert heads == {"first", "early", "late", "norm", "end"}


def test_a_model_is_no_file_of_weights_alone(folder: Path) -> None:
    assert weights_kind_of(folder / "adam.h5") is None
    assert weights_kind_of(folder / "old.h5") is not None
    with pytest.raises(FormatError, match="safetensors"):
        read_weights(folder / "adam.keras")


def test_layers_that_are_not_in_the_file_keep_what_they_have_or_start_anew(
    folder: Path, tmp_path: Path
) -> None:
    memory = io.BytesIO((folder / "old.h5").read_bytes())
    with h5py.File(memory, "r+") as file:
        file.attrs["layer_names"] = [n for n in file.attrs["layer_names"] if n != "end"]
    path = tmp_path / "less.h5"
    path.write_bytes(memory.getvalue())
    imported = other(folder)
    features = bundled_features(imported.graph)
    end = next(n.id for n in imported.graph.nodes.values() if n.name == "end")
    kept, found = weights_for(imported.graph, features, imported.weights, path)
    np.testing.assert_array_equal(kept[f"{end}/weight"], imported.weights[f"{end}/weight"])
    fresh, _ = weights_for(imported.graph, features, {}, path)
    assert fresh.keys() == imported.weights.keys()
    assert not np.array_equal(fresh[f"{end}/weight"], imported.weights[f"{end}/weight"])
    assert any("end" in name for name in found.unmatched)


def test_convert_puts_weights_on_a_network(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.loom"
    assert (
        main(["convert", str(folder / "adam.keras"), str(target), "--weights", str(folder / "old.h5")]) == 0
    )
    assert "weights of the network are in the file" in capsys.readouterr().err
    np.testing.assert_array_equal(
        sorted(a.sum() for a in load_project(target).weights.values()),
        sorted(a.sum() for a in other(folder).weights.values()),
    )
    assert (
        main(["convert", str(folder / "adam.keras"), str(target), "--weights", str(tmp_path / "gone.h5")])
        == 2
    )
