"""Keras 2 opens our `.h5` files as Keras 3 does, and both load our files of weights. Run by `main.py test --judges`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from engine.exchange.formats import write_network
from engine.exchange.keras.options import HDF5Options
from engine.exchange.outgoing import outgoing
from engine.formats.errors import FormatError
from engine.formats.weights import bundled_features
from engine.tensor.spec import Array
from tests.engine.exchange.cases import known
from tests.engine.exchange.test_judge_keras import RUN, far
from tests.engine.exchange.test_keras_nested import NAMES, imported, member
from tests.judges import LONGEST, ROOT, ask, judge_python, tensorflow_python

pytestmark = [pytest.mark.judge, pytest.mark.timeout(LONGEST)]


def judged(folder: Path, *arguments: str) -> tuple[dict[str, list[Array]], dict[str, str]]:
    """What a judge kept: outputs by file, and why it refused others."""
    python = tensorflow_python() if arguments[1:] else judge_python()
    ask(python, RUN, ROOT, arguments[0], folder, *arguments[1:])
    refused: dict[str, str] = json.loads((folder / "refused.json").read_text())
    with np.load(folder / "said.npz") as file:
        found: dict[str, list[Array]] = {}
        for key in sorted(file.files):
            found.setdefault(key.rpartition("/")[0], []).append(file[key])
    return found, refused


def golden(name: str) -> tuple[Array, list[Array]]:
    with np.load(io.BytesIO(member(f"keras3/{name}.npz"))) as file:
        return file["x"], [file[f"y{k}"] for k in range(len(file.files) - 1)]


@pytest.mark.parametrize("version", [(), ("2",)])
def test_models_in_models_and_their_weights(version: tuple[str, ...], tmp_path: Path) -> None:
    wanted: dict[str, list[Array]] = {}
    for name in NAMES:
        read = imported(f"keras3/{name}.keras", tmp_path)
        (tmp_path / f"{name}.keras").unlink()
        out = outgoing(read.graph, bundled_features(read.graph), read.weights)
        x, outputs = golden(name)
        (tmp_path / name).mkdir()
        np.savez(tmp_path / f"{name}.npz", allow_pickle=False, x0=x)
        np.savez(tmp_path / name / "inputs.npz", allow_pickle=False, x=x)
        write_network(out, tmp_path / f"{name}.h5")
        write_network(out, tmp_path / name / "old.h5", HDF5Options(weights_only=True))
        wanted |= {f"{name}.h5": outputs, f"{name}/old.h5": outputs}
        if not version:
            write_network(out, tmp_path / f"{name}.keras")
            write_network(out, tmp_path / name / "new.weights.h5")
            wanted |= {f"{name}.keras": outputs, f"{name}/new.weights.h5": outputs}
    wrong: dict[str, str] = {}
    for what in ("say", "load"):
        found, refused = judged(tmp_path, what, *version)
        wrong |= refused | {n: words for n, y in found.items() if (words := far(y, wanted.pop(n)))}
    assert not wrong
    assert not wanted


def test_keras_2_says_of_layers_that_it_has_what_keras_3_says(tmp_path: Path) -> None:
    wanted: dict[str, list[Array]] = {}
    for area in ("activations", "convolution", "normalization", "recurrent", "shape"):
        for number, case in enumerate(known(area)):
            name = f"{area}-{number}-{case.name.split()[2]}.h5"
            if not case.outputs:
                continue
            try:
                write_network(case.out, tmp_path / name)
            except FormatError:
                continue
            inputs = {f"x{k}": x for k, x in enumerate(case.inputs)}
            np.savez((tmp_path / name).with_suffix(".npz"), allow_pickle=False, **inputs)
            wanted[name] = case.outputs
    found, refused = judged(tmp_path, "say", "2")
    wrong = {n: words for n, y in found.items() if (words := far(y, wanted[n]))}
    assert not wrong
    assert len(found) > 180
    assert len(refused) < 0.3 * len(wanted)  # what it does not have, it names
