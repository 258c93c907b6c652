"""What Keras 3 and Keras 2 say in different ways: which call of a model in the model is meant, and hard gates."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.exchange.formats import read_network, write_network
from engine.exchange.imported import Imported
from engine.exchange.outgoing import Outgoing, outgoing
from engine.formats.errors import FormatError
from engine.formats.weights import bundled_features
from engine.models.exchange import imported_project
from engine.models.files import model_of
from engine.tensor.spec import Array

ARCHIVE = Path(__file__).parents[2] / "golden" / "keras_nested.zip"
NAMES = ("once", "first", "late", "chains", "deep")
FILES = [f"keras{v}/{n}{s}" for v in (3, 2) for n in NAMES for s in (".keras", ".h5")]


def member(name: str) -> bytes:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return archive.read(name)


def imported(name: str, tmp_path: Path) -> Imported:
    path = tmp_path / Path(name).name
    path.write_bytes(member(name))
    return read_network(path)


def agrees(found: Imported, name: str) -> None:
    """What was read says what Keras said."""
    with np.load(io.BytesIO(member(f"{name.partition('.')[0]}.npz"))) as file:
        x, wanted = file["x"], [file[f"y{k}"] for k in range(len(file.files) - 1)]
    said = model_of(imported_project(found), name).predict([x])
    outputs: list[Array] = said if isinstance(said, list) else [said]
    for one, other in zip(outputs, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", FILES)
def test_each_call_is_the_one_that_was_meant(name: str, tmp_path: Path) -> None:
    found = imported(name, tmp_path)
    assert found.notes == ()
    agrees(found, name)


@pytest.mark.parametrize("name", ["late", "deep", "chains"])
def test_what_is_called_twice_has_its_weights_once(name: str, tmp_path: Path) -> None:
    found = imported(f"keras3/{name}.keras", tmp_path)
    sizes = {"late": 60, "deep": 60, "chains": 42}
    assert sum(a.size for a in found.weights.values()) == sizes[name]


@pytest.mark.parametrize("target", ["a.keras", "a.h5", "model.json"])
@pytest.mark.parametrize("name", NAMES)
def test_written_and_read_again_the_calls_are_the_same(name: str, target: str, tmp_path: Path) -> None:
    found = imported(f"keras3/{name}.keras", tmp_path)
    out = outgoing(found.graph, bundled_features(found.graph), found.weights)
    (tmp_path / "out").mkdir()
    write_network(out, tmp_path / "out" / target)
    again = read_network(tmp_path / "out" / target)
    assert again.notes == ()
    agrees(again, f"keras3/{name}.")
    assert sum(a.size for a in again.weights.values()) == sum(a.size for a in found.weights.values())


# -- a name with two meanings ------------------------------------------------------------------------
def gates(version: int, suffix: str, tmp_path: Path) -> tuple[Imported, Outgoing]:
    found = imported(f"keras{version}/gates{suffix}", tmp_path)
    return found, outgoing(found.graph, bundled_features(found.graph), found.weights)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("version", [2, 3])
def test_hard_gates_are_those_of_the_version(version: int, suffix: str, tmp_path: Path) -> None:
    found, _ = gates(version, suffix, tmp_path)
    agrees(found, f"keras{version}/gates.")


@pytest.mark.parametrize(("version", "target"), [(2, "model.json"), (3, "again.keras")])
def test_hard_gates_are_written_where_they_are_the_same(version: int, target: str, tmp_path: Path) -> None:
    _, out = gates(version, ".keras", tmp_path)
    write_network(out, tmp_path / target)
    again = read_network(tmp_path / target)
    assert again.notes == ()
    agrees(again, f"keras{version}/gates.")


@pytest.mark.parametrize(
    ("version", "target", "words"),
    [
        (2, "a.keras", "Keras 2 alone"),
        (2, "a.h5", "Keras 2 alone"),
        (3, "a.h5", "both open"),
        (3, "model.json", "no activation hard_sigmoid"),
    ],
)
def test_hard_gates_are_refused_where_they_are_others(
    version: int, target: str, words: str, tmp_path: Path
) -> None:
    _, out = gates(version, ".keras", tmp_path)
    with pytest.raises(FormatError, match=words):
        write_network(out, tmp_path / target)
    assert not (tmp_path / target).exists()
