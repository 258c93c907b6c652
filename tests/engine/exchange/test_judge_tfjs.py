"""What we write by choice is taken by TensorFlow.js: rounded weights, hard gates, and how a network is trained.

Rounded weights of others mean to us what they mean to it. Run by `main.py test --judges`.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.exchange.formats import read_network, write_network
from engine.exchange.outgoing import Outgoing, outgoing
from engine.exchange.tfjs.options import TfjsOptions
from engine.formats.weights import bundled_features
from engine.layers.registry import layers
from engine.models.exchange import import_model, imported_project
from engine.models.files import model_of
from engine.objectives.loss import LOSSES
from engine.optimizers.base import OPTIMIZERS
from engine.tensor.spec import Array
from engine.training.settings import TrainingSettings
from tests.engine.exchange.bad_files import golden
from tests.engine.exchange.test_keras_nested import gates
from tests.judges import LONGEST, ROOT, ask_node

pytestmark = [pytest.mark.judge, pytest.mark.timeout(LONGEST)]
ARCHIVE, SCRIPT = ROOT / "tests" / "golden" / "tfjs_files.zip", ROOT / "tests" / "golden" / "judge_tfjs.mjs"
KINDS = {"uint8": "u1", "uint16": "<u2", "float16": "<f2"}


def packed(values: np.ndarray[Any, Any], kind: str) -> tuple[bytes, dict[str, object]]:
    """Numbers as `tensorflowjs.quantization` packs them, and what the manifest says of that."""
    if kind == "float16":
        return values.astype("<f2").tobytes(), {"dtype": kind, "original_dtype": "float32"}
    low, high = float(values.min()), float(values.max())
    scale = (high - low) / np.iinfo(KINDS[kind]).max or 1.0
    data = np.round((values - low) / scale).astype(KINDS[kind])
    return data.tobytes(), {"dtype": kind, "scale": scale, "min": low, "original_dtype": "float32"}


def quantized(folder: Path, kind: str) -> None:
    """Pack the weights of a model again."""
    path = folder / "model.json"
    whole = json.loads(path.read_text())
    (group,) = whole["weightsManifest"]
    data = b"".join((folder / name).read_bytes() for name in group["paths"])
    offset, pieces = 0, []
    for entry in group["weights"]:
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(data, "<f4", count, offset)
        offset += 4 * count
        piece, entry["quantization"] = packed(values, kind)
        pieces.append(piece)
    (folder / "packed.bin").write_bytes(b"".join(pieces))
    group["paths"] = ["packed.bin"]
    path.write_text(json.dumps(whole))


def test_quantized_weights_are_what_tensorflow_js_makes_of_them(tmp_path: Path) -> None:
    places = {f"{name}-{kind}": (name, kind) for name in ("mlp", "cnn") for kind in KINDS}
    with zipfile.ZipFile(ARCHIVE) as archive:
        for place, (name, kind) in places.items():
            for member in (n for n in archive.namelist() if n.startswith(f"{name}/")):
                target = tmp_path / place / Path(member).name
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(archive.read(member))
            facts = json.loads((tmp_path / place / "said.json").read_text())
            (tmp_path / place / "inputs.json").write_text(json.dumps(facts["inputs"]))
            quantized(tmp_path / place, kind)
    ask_node(SCRIPT, tmp_path)
    wrong = {}
    for place in places:
        said = json.loads((tmp_path / place / "said.json").read_text())
        inputs = json.loads((tmp_path / place / "inputs.json").read_text())
        given = [np.array(x["data"], np.float32).reshape(x["shape"]) for x in inputs]
        imported = read_network(tmp_path / place / "model.json")
        found = model_of(imported_project(imported), place).predict(given)
        (output,) = said.get("outputs") or [{"data": [np.nan], "shape": [1]}]
        theirs = np.array(output["data"], np.float32).reshape(output["shape"])
        if imported.notes or not np.allclose(found, theirs, rtol=1e-5, atol=1e-5):
            wrong[place] = said.get("refused", "differs")
    assert not wrong


def of_mlp(folder: Path) -> Outgoing:
    (folder / "mlp.keras").write_bytes(golden("mlp.keras"))
    imported = read_network(folder / "mlp.keras")
    (folder / "mlp.keras").unlink()
    return outgoing(imported.graph, bundled_features(imported.graph), imported.weights)


def put(place: Path, name: str, *arrays: Array) -> None:
    facts = [{"data": a.ravel().tolist(), "shape": a.shape, "dtype": "float32"} for a in arrays]
    (place / f"{name}.json").write_text(json.dumps(facts))


def answers(place: Path) -> Array:
    said = json.loads((place / "said.json").read_text())
    assert "refused" not in said, said
    (output,) = said["outputs"]
    return np.array(output["data"], np.float32).reshape(output["shape"])


X = np.random.default_rng(2).normal(size=(6, 4)).astype(np.float32)


def test_rounded_weights_of_ours_are_taken(tmp_path: Path) -> None:
    out = of_mlp(tmp_path)
    for kind in KINDS:
        (tmp_path / kind).mkdir()
        write_network(out, tmp_path / kind / "model.json", TfjsOptions.model_validate({"weights": kind}))
        put(tmp_path / kind, "inputs", X)
    ask_node(SCRIPT, tmp_path)
    for kind in KINDS:
        model = model_of(imported_project(read_network(tmp_path / kind / "model.json")), kind)
        np.testing.assert_allclose(model.predict(X), answers(tmp_path / kind), rtol=1e-5, atol=1e-5)


OPTIMIZED: dict[str, dict[str, Any]] = {
    "SGD": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    "Adam": {"learning_rate": 0.01, "beta_1": 0.8},
    "Adamax": {"learning_rate": 0.01},
    "RMSprop": {"learning_rate": 0.01, "rho": 0.8},
    "Adagrad": {"learning_rate": 0.05},
    "Adadelta": {"learning_rate": 0.5},
}

OWN_RULES = ("Adam", "Adadelta")  # TensorFlow.js has its epsilons elsewhere in the formula


def without_chance(out: Outgoing) -> Outgoing:
    """The first and the last layer alone: nothing that is drawn, measured or penalized."""
    first, last = out.net.parts[0], out.net.parts[3]
    plain = layers()["Dense"].model_validate({"units": 6, "activation": "relu"})
    end = layers()["Dense"].model_validate({"units": 5, "activation": "sigmoid"})
    parts = (replace(first, what=plain), replace(last, what=end, inputs=((first.id, 0),)))
    return replace(out, net=replace(out.net, parts=parts, outputs=((last.id, 0),)))


def test_it_trains_as_we_say(tmp_path: Path) -> None:
    whole = without_chance(of_mlp(tmp_path))
    targets = np.random.default_rng(4).uniform(size=(6, 5)).astype(np.float32)
    for name, settings in OPTIMIZED.items():
        training = TrainingSettings(optimizer=OPTIMIZERS(name, **settings))
        out = replace(whole, training=training, losses=(LOSSES("MeanSquaredError"),))
        (tmp_path / name).mkdir()
        write_network(out, tmp_path / name / "model.json")
        put(tmp_path / name, "inputs", X)
        put(tmp_path / name, "targets", targets)
    ask_node(SCRIPT, tmp_path)
    wrong = {}
    for name, settings in OPTIMIZED.items():
        answers(tmp_path / name)
        theirs = read_network(tmp_path / name / "trained" / "model.json")
        kept = theirs.graph.sections["training"]
        assert isinstance(kept, TrainingSettings)
        assert name == "Adamax" or kept.optimizer == OPTIMIZERS(name, **settings)
        model = import_model(tmp_path / name / "model.json")
        model.compile(OPTIMIZERS(name, **settings), loss="mean_squared_error")
        model.fit(X, targets, epochs=1, batch_size=6, verbose=False)
        far = [
            float(np.abs(a - b).max())
            for a, b in zip(model.weights.values(), theirs.weights.values(), strict=True)
        ]
        if max(far) > 1e-4 and name not in OWN_RULES:
            wrong[name] = far
    assert not wrong


def test_hard_gates_are_those_of_tensorflow_js(tmp_path: Path) -> None:
    found, out = gates(2, ".keras", tmp_path)
    (tmp_path / "gates").mkdir()
    write_network(out, tmp_path / "gates" / "model.json")
    x = np.random.default_rng(2).normal(scale=2.0, size=(6, 5)).astype(np.float32)
    put(tmp_path / "gates", "inputs", x)
    ask_node(SCRIPT, tmp_path)
    wanted = answers(tmp_path / "gates")
    for imported in (found, read_network(tmp_path / "gates" / "saved" / "model.json")):
        model = model_of(imported_project(imported), "gates")
        np.testing.assert_allclose(model.predict(x), wanted, rtol=1e-5, atol=1e-5)
