"""Files of weights that are dropped: what fits is said, and nothing happens without a yes; other files are named."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from app.data.bring import What, offer_of
from app.exchange.weights import LooseWeights
from app.training import TrainState
from engine.exchange.formats import read_network
from tests.app.window.conftest import WAIT_MS, User

ARCHIVE = Path(__file__).parents[2] / "golden" / "keras_training.zip"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of Keras, and its weights as a file of safetensors with other numbers, by the names of the layers."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        (tmp_path / "adam.keras").write_bytes(archive.read("adam.keras"))
    imported = read_network(tmp_path / "adam.keras")
    names = {n.id: n.name for n in imported.graph.nodes.values()}
    doubled = {}
    for name, array in imported.weights.items():
        node, _, weight = name.partition("/")
        theirs = (
            "kernel" if weight == "weight" else weight
        )  # `weight` would be that of PyTorch, the other way round
        doubled[f"{names[node]}.{theirs}"] = np.ascontiguousarray(2.0 * array)
    save_file(doubled, tmp_path / "double.safetensors")
    return tmp_path


@pytest.mark.parametrize("wanted", [True, False])
def test_weights_are_loaded_when_that_is_wanted(
    user: User, folder: Path, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    asked: list[str] = []

    def answer(_self: LooseWeights, title: str, text: str) -> bool:
        asked.append(f"{title} {text}")
        return wanted

    monkeypatch.setattr(LooseWeights, "_answer", answer)
    user.drop_file(folder / "adam.keras")
    user.qtbot.waitUntil(lambda: "opened from adam.keras" in user.message, timeout=WAIT_MS)
    before = user.window.tabs.current.file.project().weights
    user.drop_file(folder / "double.safetensors")
    last = "Loaded weights from double" if wanted else "stay as they were"
    user.qtbot.waitUntil(lambda: last in user.message, timeout=WAIT_MS)
    assert "12 of 12 weights of the network are in the file" in asked[0]
    after = user.window.tabs.current.file.project().weights
    for name, array in before.items():
        np.testing.assert_allclose(after[name], array * (2.0 if wanted else 1.0), rtol=1e-6)


def _first(user: User) -> float:
    """A number of the first weight of the network in front."""
    weights = user.window.tabs.current.file.project().weights
    return float(next(iter(weights.values())).reshape(-1)[0]) if weights else float("nan")


def test_loading_is_one_step_of_undo_and_loses_nothing(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LooseWeights, "_answer", lambda *_: True)
    user.open_example("xor")
    stack = user.document.stack
    facts = user.document.inference.nodes
    names = {n.id: n.name for n in user.graph.nodes.values()}
    save_file(
        {
            f"{names[node]}.{weight.replace('weight', 'kernel')}": np.full(spec.shape, 0.25, np.float32)
            for node, fact in facts.items()
            for weight, spec in fact.weights.items()
        },
        tmp_path / "quarter.safetensors",
    )
    user.drop_file(tmp_path / "quarter.safetensors")
    user.until(lambda: stack.undoText() == "Load the weights of quarter.safetensors")
    assert _first(user) == 0.25
    user.until(lambda: user.state is TrainState.PAUSED)
    user.window.workspace.run.step()
    user.until(lambda: user.snapshot.step == 1)
    trained = _first(user)
    assert trained != 0.25
    stack.undo()
    assert user.window.training.snapshot is None
    assert user.state is TrainState.IDLE
    assert not user.window.tabs.current.file.project().weights
    stack.redo()
    assert _first(user) == trained


def test_weights_that_fit_nothing_are_refused_in_a_sentence(user: User, tmp_path: Path) -> None:
    save_file({"far.weight": np.zeros((777, 3), np.float32)}, tmp_path / "w.safetensors")
    user.open_example("xor")
    user.drop_file(tmp_path / "w.safetensors")
    user.qtbot.waitUntil(lambda: "fits a weight of the network" in user.message, timeout=WAIT_MS)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pkl", pickle.dumps({"a": 1}), "pickle"),
        ("a.pdf", b"%PDF-1.4", "PDF document"),
        ("noise.xyz", bytes(range(255, 0, -1)), "not known"),
    ],
)
def test_a_file_that_nobody_reads_is_named_as_check_names_it(
    user: User, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    user.drop_file(tmp_path / name)
    user.qtbot.waitUntil(lambda: words in user.message, timeout=WAIT_MS)


def test_what_will_happen_is_said_while_the_file_is_held_over_the_window(folder: Path) -> None:
    offer = offer_of([folder / "double.safetensors"])
    assert offer is not None
    assert (offer.what, offer.sentence) == (What.WEIGHTS, "Load the weights of double.safetensors")
