"""Training that Keras began goes on here as it would have gone on there: optimizer, schedule, metrics, memory.

The files are made by `tests/golden/judge_training.py`: a model with branches, four steps with each optimizer of Keras,
and what the model says after three more.
"""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.exchange.formats import read_network, write_network
from engine.exchange.keras.slots import groups
from engine.exchange.outgoing import outgoing
from engine.formats.weights import bundled_features
from engine.layers.target import Target
from engine.models.exchange import import_model, imported_project
from engine.models.files import model_of
from engine.optimizers.base import OPTIMIZERS
from engine.tensor.spec import Array
from engine.training.memory import MEMORY, read_memory
from engine.training.settings import TrainingSettings
from tests.judges import ROOT, ask, judge_python

ARCHIVE = ROOT / "tests" / "golden" / "keras_training.zip"
BEFORE, AFTER = 4, 3
RUN = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('tests.golden.judge_training', run_name='__main__')"
)


def names() -> list[str]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return sorted(Path(n).stem for n in archive.namelist() if n.endswith(".npz"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("training")
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(path)
    return path


def facts(folder: Path, name: str) -> dict[str, Array]:
    with np.load(io.BytesIO((folder / f"{name}.npz").read_bytes())) as file:
        return dict(file)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", names())
def test_training_goes_on_as_in_keras(folder: Path, name: str, suffix: str) -> None:
    path = folder / f"{name}{suffix}"
    imported = read_network(path)
    assert imported.notes == ()
    assert imported.step == BEFORE
    known = facts(folder, name)
    model = import_model(path)
    model.fit(known["x"], known["y"], epochs=AFTER, batch_size=len(known["x"]), verbose=False)
    np.testing.assert_allclose(model.predict(known["x"]), known["said"], rtol=1e-5, atol=1e-5)


def trained_here(folder: Path, name: str, target: Path) -> Array:
    """Train three steps of our own on a file of Keras, write it, and return what comes of three more."""
    known = facts(folder, name)
    size = len(known["x"])
    model = import_model(folder / f"{name}.keras")
    model.fit(known["x"], known["y"], epochs=AFTER, batch_size=size, verbose=False)
    project = target.with_name(f"{name}.loom")
    model.save(project)
    from engine.formats.project import load_project

    loaded = load_project(project)
    out = outgoing(
        loaded.graph, bundled_features(loaded.graph), loaded.weights, loaded.optimizer, loaded.step
    )
    write_network(out, target)
    model.fit(known["x"], known["y"], epochs=AFTER, batch_size=size, verbose=False)
    found: Array = model.predict(known["x"])
    return found


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", ["adam", "adamw", "nadam", "rmsprop", "sgd"])
def test_training_goes_on_in_what_we_wrote(folder: Path, name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}{suffix}"
    expected = trained_here(folder, name, path)
    known = facts(folder, name)
    again = read_network(path)
    assert again.notes == ()
    assert again.step == BEFORE + AFTER
    model = model_of(imported_project(again), name)
    model.fit(known["x"], known["y"], epochs=AFTER, batch_size=len(known["x"]), verbose=False)
    np.testing.assert_allclose(model.predict(known["x"]), expected, rtol=1e-5, atol=1e-6)


def test_the_epochs_of_ours_begin_where_those_of_keras_end(folder: Path) -> None:
    imported = read_network(folder / "adam.keras")
    assert read_memory(imported.optimizer[MEMORY]).origin == (BEFORE, 0)


def test_schedule_and_metrics_come_along_and_are_written(folder: Path, tmp_path: Path) -> None:
    imported = read_network(folder / "adamw.keras")
    training = imported.graph.sections["training"]
    assert isinstance(training, TrainingSettings)
    assert (training.schedule.key(), training.optimizer.learning_rate) == ("CosineDecay", 0.01)
    (target,) = [n.layer for n in imported.graph.nodes.values() if isinstance(n.layer, Target)]
    assert [m.key() for m in target.metrics] == ["mean_absolute_error"]
    path = tmp_path / "again.keras"
    write_network(outgoing(imported.graph, bundled_features(imported.graph), imported.weights), path)
    with zipfile.ZipFile(path) as archive:
        compiled = json.loads(archive.read("config.json"))["compile_config"]
    rate = compiled["optimizer"]["config"]["learning_rate"]
    assert (rate["class_name"], rate["config"]["initial_learning_rate"]) == ("CosineDecay", 0.01)
    assert [m["class_name"] for m in compiled["metrics"]] == ["MeanAbsoluteError"]


def test_a_memory_that_does_not_fit_is_left_out_with_a_sentence(folder: Path, tmp_path: Path) -> None:
    import h5py

    path = Path(shutil.copy(folder / "adam.h5", tmp_path))
    with h5py.File(path, "r+") as file:
        group = file["optimizer_weights"]
        group.attrs["weight_names"] = group.attrs["weight_names"][:-1]
    imported = read_network(path)
    assert imported.step == 0
    assert not imported.optimizer
    assert "does not fit" in imported.notes[0]


def test_every_optimizer_of_keras_has_its_order_or_is_said_to_have_none() -> None:
    unknown = {name for name in OPTIMIZERS.members if groups(OPTIMIZERS(name)) is None}
    assert unknown == {"Adafactor", "Muon", "ScheduleFreeAdamW"}
    assert groups(OPTIMIZERS("Adam", amsgrad=True)) == [("momentum", "velocity"), ("velocity_hat",)]
    assert groups(OPTIMIZERS("RMSprop", momentum=0.5)) == [("velocity",), ("momentum",)]
    assert groups(OPTIMIZERS("SGD", use_ema=True)) == [("average",)]


@pytest.mark.judge
@pytest.mark.timeout(600)
def test_keras_goes_on_with_what_we_wrote(folder: Path, tmp_path: Path) -> None:
    expected: dict[str, Array] = {}
    for name in names():  # Keras 3 can't go on with an .h5 file, its own neither
        expected[f"{name}.keras"] = trained_here(folder, name, tmp_path / f"{name}.keras")
        shutil.copy(folder / f"{name}.npz", tmp_path)
    ask(judge_python(), RUN, ROOT, "resume", tmp_path)
    wrong: dict[str, str] = json.loads((tmp_path / "refused.json").read_text())
    with np.load(tmp_path / "said.npz") as said:
        for name, here in expected.items():
            if name in wrong:
                continue
            difference = float(np.abs(said[f"{name}/y"] - here).max())
            if difference > 1e-5 or said[f"{name}/step"] != BEFORE + AFTER:
                wrong[name] = f"{difference} after {said[f'{name}/step']}"
    assert not wrong
