"""Every layer that Keras and TensorFlow.js have goes in and out: they say the same of our files as of theirs.

Real Keras saves each golden case as a model of its own; we read it and say the same; what we write of it, Keras and
TensorFlow.js open, and say the same again. Run by `main.py test --judges`.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.exchange.formats import read_network, write_network
from engine.exchange.imported import Imported
from engine.exchange.outgoing import outgoing
from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.formats.project import LoadedProject
from engine.formats.weights import bundled_features
from engine.graph.document import ModelGraph
from engine.graph.inference import infer
from engine.models.exchange import imported_project, probes
from engine.models.files import model_of
from engine.tensor.spec import Array
from tests.judges import LONGEST, ROOT, ask, ask_node, judge_python

pytestmark = [pytest.mark.judge, pytest.mark.timeout(LONGEST)]
AREAS = ("activations", "convolution", "normalization", "recurrent", "shape", "attention", "preprocessing")
TFJS = ROOT / "tests" / "golden" / "judge_tfjs.mjs"
RUN = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('tests.golden.judge_keras', run_name='__main__')"
)


@pytest.fixture(scope="module", params=AREAS)
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what Keras saved of an area: NAME.keras, NAME.h5, and NAME.npz with inputs and outputs."""
    folder = tmp_path_factory.mktemp(str(request.param))
    ask(judge_python(), RUN, ROOT, "save", folder, str(request.param))
    assert list(folder.glob("*.keras"))
    return folder


def arrays(path: Path, letter: str) -> list[Array]:
    with np.load(path.with_suffix(".npz")) as file:
        return [file[f"{letter}{k}"] for k in range(sum(n.startswith(letter) for n in file))]


def said(imported: Imported, inputs: list[Array]) -> list[Array]:
    found = model_of(imported_project(imported), "the file").predict(inputs)
    return found if isinstance(found, list) else [found]


def far(found: list[Array], expected: list[Array]) -> str:
    """What is wrong, in words; "" if all is well."""
    if len(found) != len(expected):
        return f"{len(found)} outputs for {len(expected)}"
    for one, other in zip(found, expected, strict=True):
        if one.size != other.size:
            return f"{one.shape} for {other.shape}"
        scale = max(1.0, float(np.abs(other).max(initial=0.0)))
        difference = float(np.nanmax(np.abs(one.reshape(other.shape) - other), initial=0.0))
        if difference > 1e-5 * scale or not np.array_equal(
            np.isnan(one.reshape(other.shape)), np.isnan(other)
        ):
            return f"differs by {difference:.2e} of {scale:.2g}"
    return ""


def test_what_keras_saved_says_what_keras_said(saved: Path) -> None:
    wrong = {}
    for path in [*saved.glob("*.keras"), *saved.glob("*.h5")]:
        imported = read_network(path)
        words = " ".join(imported.notes) or far(said(imported, arrays(path, "x")), arrays(path, "y"))
        if words:
            wrong[path.name] = words
    assert not wrong


def test_keras_says_the_same_of_what_we_write(saved: Path, tmp_path: Path) -> None:
    for path in saved.glob("*.keras"):
        first = read_network(path)
        out = outgoing(first.graph, bundled_features(first.graph), first.weights)
        write_network(out, tmp_path / f"{path.stem}.keras")
        if "hard_sigmoid" not in str(out.net.parts):  # which Keras 2 computes in another way: refused
            write_network(out, tmp_path / f"{path.stem}.h5")
        shutil.copy(path.with_suffix(".npz"), tmp_path)
    ask(judge_python(), RUN, ROOT, "say", tmp_path)
    wrong: dict[str, str] = json.loads((tmp_path / "refused.json").read_text())
    with np.load(tmp_path / "said.npz") as file:
        for path in [p for p in tmp_path.iterdir() if p.suffix in (".keras", ".h5") and p.name not in wrong]:
            found = [file[n] for n in sorted(file) if n.startswith(f"{path.name}/")]
            if words := far(found, arrays(path, "y")):
                wrong[path.name] = words
    assert not wrong


def written_for_tfjs(saved: Path, folder: Path) -> Iterator[Path]:
    """The folder of each case that TensorFlow.js can hold."""
    for path in saved.glob("*.keras"):
        first = read_network(path)
        place = folder / path.stem
        place.mkdir()
        try:
            out = outgoing(first.graph, bundled_features(first.graph), first.weights)
            write_network(out, place / "model.json")
        except FormatError:
            shutil.rmtree(place)
            continue
        inputs = [
            {
                "data": x.ravel().tolist(),
                "shape": x.shape,
                "dtype": "int32" if x.dtype.kind == "i" else "float32",
            }
            for x in arrays(path, "x")
        ]
        (place / "inputs.json").write_text(json.dumps(inputs))
        yield place


def test_tensorflow_js_says_the_same_and_what_it_saves_is_read(saved: Path, tmp_path: Path) -> None:
    places = list(written_for_tfjs(saved, tmp_path))
    ask_node(TFJS, tmp_path)
    wrong: dict[str, str] = {}
    for place in places:
        facts = json.loads((place / "said.json").read_text())
        original = saved / f"{place.name}.keras"
        if "refused" in facts:
            wrong[place.name] = facts["refused"][:300]
            continue
        found = [np.array(f["data"], np.float32).reshape(f["shape"]) for f in facts["outputs"]]
        words = far(found, arrays(original, "y"))
        if (
            not words and "SeparableConv2D" not in place.name
        ):  # whose depth multiplier it forgets when it saves
            again = read_network(place / "saved" / "model.json")
            words = " ".join(again.notes) or far(said(again, arrays(original, "x")), arrays(original, "y"))
        if words:
            wrong[place.name] = words
    assert not wrong


def sampled(graph: ModelGraph) -> dict[str, Array]:
    """Weights of a network that has not been trained, none of them zero."""
    generator = np.random.default_rng(0)
    found: dict[str, Array] = {}
    for node, facts in infer(graph, bundled_features(graph)).nodes.items():
        if graph.nodes[node].shares is None:
            for name, spec in facts.weights.items():
                found[f"{node}/{name}"] = generator.uniform(0.1, 0.6, spec.shape).astype(np.float32)
    return found


def written_examples(folder: Path) -> dict[str, list[Array]]:
    """Every bundled example that is not for text, in both formats with inputs; what we say, by file."""
    expected: dict[str, list[Array]] = {}
    for name, example in examples().items():
        graph = example.graph()
        try:
            weights = sampled(graph)
            out = outgoing(graph, bundled_features(graph), weights)
            for suffix in (".keras", ".h5"):
                write_network(out, folder / f"{name}{suffix}")
        except FormatError:
            for suffix in (".keras", ".h5"):
                (folder / f"{name}{suffix}").unlink(missing_ok=True)
            continue
        model = model_of(LoadedProject(graph, weights), name)
        inputs = probes(model)
        np.savez(folder / f"{name}.npz", allow_pickle=False, **{f"x{k}": x for k, x in enumerate(inputs)})
        found = model.predict(inputs)
        for suffix in (".keras", ".h5"):
            expected[f"{name}{suffix}"] = found if isinstance(found, list) else [found]
    return expected


def golden_again(folder: Path) -> dict[str, list[Array]]:
    """The models of `make_keras_files.py`, read and written; what Keras said of them, by file."""
    expected: dict[str, list[Array]] = {}
    with zipfile.ZipFile(ROOT / "tests" / "golden" / "keras_files.zip") as archive:
        archive.extractall(folder)
    for path in sorted(folder.glob("*.npz")):
        first = read_network(path.with_suffix(".keras"))
        out = outgoing(first.graph, bundled_features(first.graph), first.weights)
        for suffix in (".keras", ".h5"):
            write_network(out, path.with_suffix(suffix))
            expected[path.with_suffix(suffix).name] = arrays(path, "y")
    return expected


@pytest.mark.parametrize("make", [written_examples, golden_again])
def test_keras_says_the_same_of_whole_networks(
    make: Callable[[Path], dict[str, list[Array]]], tmp_path: Path
) -> None:
    expected = make(tmp_path)
    assert len(expected) > 10
    ask(judge_python(), RUN, ROOT, "say", tmp_path)
    wrong: dict[str, str] = json.loads((tmp_path / "refused.json").read_text())
    with np.load(tmp_path / "said.npz") as file:
        for name, ours in expected.items():
            found = [file[n] for n in sorted(file) if n.startswith(f"{name}/")]
            if name not in wrong and (words := far(found, ours)):
                wrong[name] = words
    assert not wrong
