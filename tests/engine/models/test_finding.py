"""Of any file is said what it is; what can't be read is refused in one sentence that says why."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from engine.data.errors import DataError
from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.formats.project import Project, save_project
from engine.models.finding import Finding, finding
from tests.judges import ROOT

GOLDEN = ROOT / "tests" / "golden" / "keras_training.zip"


def refusal(path: Path) -> str:
    with pytest.raises((FormatError, DataError)) as caught:
        finding(path)
    text = str(caught.value)
    assert text
    assert "\n" not in text
    return text


def golden(tmp_path: Path, name: str, as_name: str) -> Path:
    path = tmp_path / as_name
    with zipfile.ZipFile(GOLDEN) as archive:
        path.write_bytes(archive.read(name))
    return path


def test_a_network_of_keras(tmp_path: Path) -> None:
    found = finding(golden(tmp_path, "adam.keras", "adam.keras"))
    assert found == Finding(
        "network",
        "A model of Keras 3 with 6 layers, 112 numbers in its weights, trained for 4 steps.",
        (),
        6,
        112,
    )


def test_what_a_network_would_lose_is_said(tmp_path: Path) -> None:
    path = golden(tmp_path, "adam.h5", "adam.h5")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"]["layers"][1].update(class_name="MyLayer", module="somebody")
        file.attrs["model_config"] = json.dumps(config)
    found = finding(path)
    assert any("MyLayer" in note for note in found.notes)


def test_a_project(tmp_path: Path) -> None:
    path = tmp_path / "a.loom"
    save_project(path, Project(examples()["spiral"].graph()))
    found = finding(path)
    assert found.kind == "project"
    assert "not trained" in found.summary


def test_weights_alone(tmp_path: Path) -> None:
    save_file({"a.weight": np.zeros((3, 4), np.float32)}, tmp_path / "w.safetensors")
    found = finding(tmp_path / "w.safetensors")
    assert (found.kind, found.parameters) == ("weights", 12)
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = np.zeros((2, 3), np.float32)
    assert finding(tmp_path / "w.weights.h5").parameters == 6


def test_data_to_train_on_and_data_to_predict_on(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{2 * i}\n" for i in range(30)))
    assert finding(tmp_path / "t.csv").summary == "Data with 30 rows for a regression task; inputs: x 1."
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / "p.png")
    assert "to predict on" in finding(tmp_path / "p.png").summary
    (tmp_path / "train-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, 3, 4, 4) + bytes(48))
    assert "IDX" in finding(tmp_path / "train-images-idx3-ubyte").summary


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pt", pickle.dumps({"a": 1}), "programs"),
        ("a.pkl", pickle.dumps([1, 2], protocol=4), "pickle"),
        ("noise", bytes(range(255, 0, -1)) * 9, "not known"),
        ("a.pdf", b"%PDF-1.4 and more", "PDF"),
        ("a.exe", b"MZ\x90\x00" + bytes(99), "program"),
        ("a.keras", b"", "empty"),
        ("a.csv", b"", "empty"),
        ("a.gz", b"\x1f\x8b" + bytes(50), "packed"),
        ("other.json", b'{"modelTopology": {}}', "model.json"),
        ("model", b"\x89HDF\r\n\x1a\n" + bytes(90), ".h5"),
        ("a.keras", b"hello", "damaged"),
        ("a.loom", b"hello", "damaged"),
        ("a.h5", b"hello", "damaged"),
    ],
)
def test_what_can_not_be_read_is_named(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert words in refusal(path)


def test_archives_that_are_named_otherwise(tmp_path: Path) -> None:
    assert ".keras" in refusal(golden(tmp_path, "adam.keras", "adam.zip"))
    with zipfile.ZipFile(tmp_path / "torch.model", "w") as file:
        file.writestr("archive/data.pkl", "x")
    assert "pickle" in refusal(tmp_path / "torch.model")


def test_a_saved_model_of_tensorflow(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "saved_model.pb").write_bytes(b"x")
    assert "SavedModel" in refusal(tmp_path / "model")


@pytest.mark.parametrize(("count", "words"), [(1, "1 array, 2 numbers"), (2, "2 arrays, 4 numbers")])
def test_arrays_are_counted_as_people_say_it(tmp_path: Path, count: int, words: str) -> None:
    save_file({f"a{k}": np.zeros(2, np.float32) for k in range(count)}, tmp_path / "w.safetensors")
    assert words in finding(tmp_path / "w.safetensors").summary


def test_the_weights_of_tensorflow_js_say_whose_they_are(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(16))
    (tmp_path / "model.json").write_text("{}", encoding="utf-8")
    assert (
        refusal(tmp_path / "weights.bin")
        == "weights.bin holds weights of the model.json beside it; open that."
    )
