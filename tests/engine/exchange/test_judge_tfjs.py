"""Quantized weights mean to us what they mean to TensorFlow.js. Run by `main.py test --judges`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.exchange.formats import read_network
from engine.models.exchange import imported_project
from engine.models.files import model_of
from tests.judges import ROOT, ask_node

pytestmark = [pytest.mark.judge, pytest.mark.timeout(600)]
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
