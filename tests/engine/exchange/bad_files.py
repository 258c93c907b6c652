"""Files that mean harm, or that went through a bad disk: made from good ones of every format that is read.

A library for `test_bad_files.py`. A format that is added is broken in all these ways without a word here.
"""

from __future__ import annotations

import io
import json
import random
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from engine.exchange.formats import formats, read_network, write_network
from engine.exchange.outgoing import outgoing
from engine.formats.project import Project, save_project
from engine.formats.weights import bundled_features
from tests.judges import ROOT

ARCHIVE = ROOT / "tests" / "golden" / "keras_files.zip"
NAME = "mlp"


def golden(name: str) -> bytes:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return archive.read(name)


def good_files(folder: Path) -> dict[str, Path]:
    """One network in every format that is read, ours included, by the name of the format."""
    first = folder / f"{NAME}.keras"
    first.write_bytes(golden(first.name))
    imported = read_network(first)
    out = outgoing(imported.graph, bundled_features(imported.graph), imported.weights)
    found = {"keras": first, "loom": folder / f"{NAME}.loom"}
    save_project(found["loom"], Project(imported.graph, imported.weights))
    for name, kind in formats().items():
        if kind.read is not None and name != "keras":
            ending = kind.suffixes[0]
            place = folder / name / (f"{NAME}{ending}" if ending.startswith(".") else ending)
            place.parent.mkdir()
            write_network(out, place)
            found[name] = place
    return found


def cut(content: bytes, pieces: int = 16) -> Iterator[bytes]:
    """The first so many sixteenths."""
    return (content[: len(content) * k // pieces] for k in range(pieces))


def flipped(content: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """With some bits turned over, always the same ones."""
    generator = random.Random(seed)
    for _ in range(count):
        changed = bytearray(content)
        for _ in range(generator.choice((1, 1, 2, 5, 20))):
            changed[generator.randrange(len(changed))] ^= 1 << generator.randrange(8)
        yield bytes(changed)


# -- files that mean harm ----------------------------------------------------------------------------
def keras_with(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The model with another config."""
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(golden("mlp.keras"))) as old, zipfile.ZipFile(memory, "w") as new:
        config = json.loads(old.read("config.json"))
        change(config)
        new.writestr("config.json", json.dumps(config))
        new.writestr("model.weights.h5", old.read("model.weights.h5"))
    return memory.getvalue()


def archive_with(*entries: tuple[zipfile.ZipInfo | str, bytes], squeeze: bool = False) -> bytes:
    """A `.keras` file with these in it."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED) as file:
        for name, data in entries:
            file.writestr(name, data, zipfile.ZIP_DEFLATED if squeeze else None)
    return memory.getvalue()


def linked() -> bytes:
    """An archive whose config is a symbolic link."""
    entry = zipfile.ZipInfo("config.json")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return archive_with((entry, b"/etc/passwd"))


def settings_of(config: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = config["config"]["layers"][number]["config"]
    return found


def circle(config: dict[str, Any]) -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["b", 0, 0]}}
    other = {"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 0]}}
    layers = [
        {"class_name": "InputLayer", "name": "i", "config": {"batch_shape": [None, 4]}, "inbound_nodes": []},
        {"class_name": "Dense", "name": "a", "config": {"units": 4}, "inbound_nodes": [{"args": [tensor]}]},
        {"class_name": "Dense", "name": "b", "config": {"units": 4}, "inbound_nodes": [{"args": [other]}]},
    ]
    config["class_name"] = "Functional"
    config["config"] = {"layers": layers, "input_layers": [["i", 0, 0]], "output_layers": [["b", 0, 0]]}


def nested(depth: int) -> bytes:
    return archive_with(("config.json", b'{"a":' * depth + b"1" + b"}" * depth))


def hdf5_with(change: Callable[[Any], object]) -> bytes:
    """The model in HDF5 with something changed in it."""
    memory = io.BytesIO(golden("mlp.h5"))
    with h5py.File(memory, "r+") as file:
        change(file)
    return memory.getvalue()


def replaced(file: Any, **how: Any) -> None:
    """Another array in the place of the first weights."""
    (name, *_) = file["model_weights/dense"].attrs["weight_names"]
    place = f"model_weights/dense/{name.decode() if isinstance(name, bytes) else name}"
    del file[place]
    file.create_dataset(place, **how)


def tfjs_with(folder: Path, change: Callable[[dict[str, Any]], object]) -> bytes:
    whole = json.loads((folder / "tfjs" / "model.json").read_text())
    change(whole)
    return json.dumps(whole).encode()


def set_in(config: dict[str, Any], number: int, **values: Any) -> None:
    settings_of(config, number).update(values)


def paths_of(whole: dict[str, Any], *paths: object) -> None:
    whole["weightsManifest"][0]["paths"] = list(paths)


def shape_of(whole: dict[str, Any], shape: object) -> None:
    whole["weightsManifest"][0]["weights"][0]["shape"] = shape


def harmful(folder: Path) -> dict[str, bytes]:
    """Files that are refused, by their name; `folder` has the good ones."""
    zeros = bytes(300 << 20)
    many = np.zeros((4096, 4096), np.float32)
    return {
        "bomb.keras": archive_with(("config.json", zeros), squeeze=True),
        "weights-bomb.keras": archive_with(
            ("config.json", json.dumps({"class_name": "Sequential"}).encode()),
            ("model.weights.h5", zeros),
            squeeze=True,
        ),
        "link.keras": linked(),
        "absolute.keras": archive_with(("config.json", b"{}"), ("/etc/evil", b"x")),
        "above.keras": archive_with(("config.json", b"{}"), ("../evil", b"x")),
        "drive.keras": archive_with(("config.json", b"{}"), ("C:/evil", b"x")),
        "deep.keras": nested(100_000),
        "not-so-deep.keras": nested(300),
        "circle.keras": keras_with(circle),
        "negative.keras": keras_with(lambda c: set_in(c, 0, batch_shape=[None, -4])),
        "huge.keras": keras_with(lambda c: set_in(c, 0, batch_shape=[None, 2**40])),
        "list.keras": archive_with(("config.json", b"[1, 2, 3]")),
        "number.keras": archive_with(("config.json", b"7")),
        "infinite.keras": archive_with(("config.json", b'{"class_name": 1e999}')),
        "subclass.keras": archive_with(
            ("config.json", b'{"module": "os", "class_name": "system", "config": {}}')
        ),
        "text.keras": b"hello",
        "bomb.h5": hdf5_with(
            lambda f: replaced(
                f, shape=(100_000, 100_000), chunks=(1000, 1000), compression="gzip", dtype="f4"
            )
        ),
        "filled-bomb.h5": hdf5_with(lambda f: replaced(f, data=many, chunks=(512, 512), compression="gzip")),
        "outside.h5": hdf5_with(
            lambda f: replaced(f, shape=(4, 6), dtype="f4", external=[("/etc/passwd", 0, 96)])
        ),
        "texts.h5": hdf5_with(lambda f: replaced(f, data=["code"] * 3)),
        "text.h5": b"hello",
        "tfjs-above/model.json": tfjs_with(folder, lambda w: paths_of(w, "../secret.bin")),
        "tfjs-absolute/model.json": tfjs_with(folder, lambda w: paths_of(w, "/etc/passwd")),
        "tfjs-address/model.json": tfjs_with(folder, lambda w: paths_of(w, "https://example.org/w.bin")),
        "tfjs-drive/model.json": tfjs_with(folder, lambda w: paths_of(w, "C:\\w.bin")),
        "tfjs-gone/model.json": tfjs_with(folder, lambda w: paths_of(w, "gone.bin")),
        "tfjs-huge/model.json": tfjs_with(folder, lambda w: shape_of(w, [2**20, 2**20])),
        "tfjs-negative/model.json": tfjs_with(folder, lambda w: shape_of(w, [-4, 6])),
        "tfjs-graph/model.json": b'{"format": "graph-model", "modelTopology": {"node": []}}',
        "tfjs-deep/model.json": b'{"modelTopology":' * 5000 + b"1" + b"}" * 5000,
        "pickle.pt": b"\x80\x04\x95\x10\x00cos\nsystem\n.",
        "text.loom": b"hello",
        "bomb.loom": archive_with(("project.json", zeros), squeeze=True),
        "above.loom": archive_with(("project.json", b"{}"), ("../evil", b"x")),
        "future.loom": archive_with(("project.json", b'{"format": 9999}')),
        "huge.safetensors": (2**62).to_bytes(8, "little") + b"{}",
    }
