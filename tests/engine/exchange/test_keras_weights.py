"""Weights alone, written as `save_weights` of Keras 3 and of Keras 2 write them: beside what Keras itself wrote."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from engine.cli.main import main
from engine.exchange.formats import format_of, format_to_read, read_network, write_network
from engine.exchange.imported import Imported
from engine.exchange.judges import Places
from engine.exchange.keras.options import HDF5Options
from engine.exchange.outgoing import Outgoing, outgoing
from engine.exchange.snippets import keras
from engine.formats.errors import FormatError
from engine.formats.weights import bundled_features
from engine.models.finding import finding
from engine.models.proof import prove, samples_of
from engine.tensor.spec import Array
from tests.engine.exchange.test_keras_files import NAMES, folder

__all__ = ["folder"]
OLD = HDF5Options(weights_only=True)
WRITTEN = {"a.weights.h5": None, "a.h5": OLD}


def read(folder: Path, name: str) -> tuple[Imported, Outgoing]:
    imported = read_network(folder / f"{name}.keras")
    return imported, outgoing(imported.graph, bundled_features(imported.graph), imported.weights)


def arrays(file: Any) -> dict[str, Array]:
    """Numbers of a network by path: no state of an optimizer, no counters of random numbers."""
    found: dict[str, Array] = {}

    def visit(name: str, place: Any) -> None:
        if isinstance(place, h5py.Dataset) and place.dtype.kind == "f" and not name.startswith("optimizer"):
            found[name] = place[()]

    file.visititems(visit)
    return found


def listed(root: Any) -> Iterator[list[Array]]:
    """The arrays of each layer that has some, in the order of the file."""
    for layer in root.attrs["layer_names"]:
        names = root[layer].attrs["weight_names"]
        kept = [root[layer][n][()] for n in names]
        if kept := [a for a in kept if a.dtype.kind == "f"]:
            yield kept


@pytest.mark.parametrize("name", NAMES)
def test_weights_lie_where_keras_3_puts_them(folder: Path, name: str, tmp_path: Path) -> None:
    write_network(read(folder, name)[1], tmp_path / "a.weights.h5")
    with zipfile.ZipFile(folder / f"{name}.keras") as archive:
        stored = archive.read("model.weights.h5")
    with h5py.File(io.BytesIO(stored)) as theirs, h5py.File(tmp_path / "a.weights.h5") as ours:
        wanted, found = arrays(theirs), arrays(ours)
    assert found.keys() == wanted.keys()
    for place, array in wanted.items():
        np.testing.assert_array_equal(found[place], array)


@pytest.mark.parametrize("name", NAMES)
def test_weights_stand_in_the_order_of_keras_2(folder: Path, name: str, tmp_path: Path) -> None:
    write_network(read(folder, name)[1], tmp_path / "a.h5", OLD)
    with h5py.File(folder / f"{name}.h5") as theirs, h5py.File(tmp_path / "a.h5") as ours:
        assert "model_config" not in ours.attrs
        for one, other in zip(listed(ours), listed(theirs["model_weights"]), strict=True):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("name", ["nested", "words"])
def test_put_on_the_network_they_say_what_it_said(
    folder: Path, name: str, written: str, tmp_path: Path
) -> None:
    imported, out = read(folder, name)
    write_network(out, tmp_path / written, WRITTEN[written])
    samples = samples_of(imported.graph, imported.weights, bundled_features(imported.graph))
    ours, keras_ = prove(samples, out, tmp_path / written, Places("/nowhere")).verdicts
    assert (ours.same, ours.difference) == (True, 0.0)
    assert keras_.judge == "Keras"
    assert "without a network" in finding(tmp_path / written).summary


def test_the_weights_of_another_network_are_no_proof(folder: Path, tmp_path: Path) -> None:
    imported, out = read(folder, "mlp")
    write_network(read(folder, "cnn")[1], tmp_path / "a.weights.h5")
    samples = samples_of(imported.graph, imported.weights, bundled_features(imported.graph))
    ours, _ = prove(samples, out, tmp_path / "a.weights.h5", Places("/nowhere")).verdicts
    assert not ours.same


def test_a_whole_model_of_that_name_is_read(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "best.weights.h5"
    shutil.copy(folder / "mlp.h5", path)
    assert read_network(path).weights
    named, read_as = format_of(path), format_to_read(path)
    assert named is not None
    assert read_as is not None
    assert (named.name, read_as.name) == ("keras_weights", "h5")


def test_weights_without_their_network_are_no_network(folder: Path, tmp_path: Path) -> None:
    write_network(read(folder, "mlp")[1], tmp_path / "a.weights.h5")
    with pytest.raises(FormatError):
        read_network(tmp_path / "a.weights.h5")


def test_the_program_to_paste_loads_them_into_a_model(folder: Path, tmp_path: Path) -> None:
    _, out = read(folder, "mlp")
    write_network(out, tmp_path / "a.weights.h5")
    assert "model.load_weights('a.weights.h5')" in keras(out, tmp_path / "a.weights.h5")
    write_network(out, tmp_path / "a.h5")
    assert "load_weights" not in keras(out, tmp_path / "a.h5")


def test_the_command_line_writes_and_takes_them(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, old, new = str(folder / "mlp.keras"), str(tmp_path / "old.h5"), str(tmp_path / "new.weights.h5")
    assert main(["convert", given, new]) == 0
    assert main(["convert", given, old, "--set", "weights_only=true"]) == 0
    for weights in (old, new):
        assert main(["convert", given, str(tmp_path / "b.keras"), "--weights", weights]) == 0
        assert "10 of 10 weights" in capsys.readouterr().err
