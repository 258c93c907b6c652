"""The proof of an exported file: it holds for what we write, and not for anything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from engine.data.load import load
from engine.data.settings import DataSettings
from engine.exchange import formats, judges
from engine.exchange.formats import write_network
from engine.exchange.judges import Judge, Places
from engine.exchange.meaning import meaning_of
from engine.exchange.outgoing import Outgoing, outgoing
from engine.formats.examples import examples
from engine.formats.project import LoadedProject
from engine.formats.weights import bundled_features
from engine.models.files import model_of
from engine.models.proof import Proof, Samples, Verdict, prove, samples_of
from engine.objectives.loss import Link


@pytest.fixture(scope="module")
def iris() -> tuple[Samples, Outgoing]:
    graph = examples()["iris"].graph()
    features = bundled_features(graph)
    bundle = load(DataSettings(dataset="iris"))
    weights = model_of(LoadedProject(graph), "iris").weights
    out = outgoing(graph, features, weights, meaning=meaning_of(graph, "Iris", bundle))
    return samples_of(graph, weights, features, bundle), out


def with_judge(monkeypatch: pytest.MonkeyPatch, judge: Judge) -> None:

    known = MappingProxyType({"keras": judge})
    monkeypatch.setattr("engine.models.proof.judges", lambda: known)
    h5 = replace(formats.formats()["h5"], judges=("keras",))
    monkeypatch.setattr("engine.models.proof.format_of", lambda _path: h5)


def test_samples_are_rows_of_the_data_as_the_network_sees_them(iris: tuple[Samples, Outgoing]) -> None:
    samples, out = iris
    assert samples.own
    assert samples.rows == 8
    bundle = load(DataSettings(dataset="iris"))
    start = bundle.validation.start
    np.testing.assert_array_equal(samples.inputs["x"], bundle.inputs["x"][start : start + 8])
    assert out.meaning.links == {"y": Link.SOFTMAX}


def test_without_data_examples_are_random_and_the_same_each_time() -> None:
    graph = examples()["iris"].graph()
    weights = model_of(LoadedProject(graph), "iris").weights
    one, other = (samples_of(graph, weights, bundled_features(graph)) for _ in range(2))
    assert not one.own
    np.testing.assert_array_equal(one.inputs["x"], other.inputs["x"])


@pytest.mark.parametrize("name", ["iris.keras", "iris.h5", "model.json"])
def test_what_we_write_holds(iris: tuple[Samples, Outgoing], tmp_path: Path, name: str) -> None:
    samples, out = iris
    write_network(out, tmp_path / name)
    seen: list[tuple[int, int]] = []
    proof = prove(samples, out, tmp_path / name, Places(), lambda d, t: seen.append((d, t)))
    ours = proof.verdicts[0]
    assert ours.same
    assert "Read again by Layerloom" in ours.says()
    assert seen[0][1] == 2


def test_another_network_does_not_hold(iris: tuple[Samples, Outgoing], tmp_path: Path) -> None:
    samples, out = iris
    others = {name: array + 1.0 for name, array in out.weights.items()}

    write_network(replace(out, weights=others), tmp_path / "iris.h5")
    assert not prove(samples, out, tmp_path / "iris.h5", Places()).verdicts[0].same


@pytest.mark.parametrize(
    ("body", "words", "same"),
    [
        ("return [np.zeros((8, 3))]", "", False),
        ("return [np.zeros((8, 4))]", "other shapes", False),
        ("return [np.full((8, 3), np.nan)]", "not finite", False),
        ("raise ValueError('broken')", "broken", False),
    ],
)
def test_a_judge_that_says_otherwise_is_believed(
    iris: tuple[Samples, Outgoing],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    words: str,
    same: bool,
) -> None:
    samples, out = iris
    write_network(out, tmp_path / "iris.h5")
    script = tmp_path / "script.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(judges.SCRIPTS)!r})\nimport numpy as np\nfrom judge import judge\n"
        f"def predict(model, inputs):\n    {body}\njudge(predict)\n"
    )
    with_judge(monkeypatch, Judge("keras", "One", str(script), modules=("numpy",)))
    proof = prove(samples, out, tmp_path / "iris.h5", Places())
    assert [v.same for v in proof.verdicts] == [True, same]
    assert not proof.holds
    assert words in proof.verdicts[1].says()


def test_who_is_not_installed_is_named_and_does_not_count(
    iris: tuple[Samples, Outgoing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, out = iris
    write_network(out, tmp_path / "iris.h5")
    with_judge(monkeypatch, Judge("keras", "Nobody", "none.py", modules=("no_such_module_anywhere",)))
    proof = prove(samples, out, tmp_path / "iris.h5", Places())
    assert proof.holds
    assert proof.verdicts[1].missing
    assert "Nobody was not asked" in proof.verdicts[1].says()


def test_a_proof_without_verdicts_of_others_holds_by_ours() -> None:
    assert Proof((Verdict("Layerloom", 0.0, True),), 8, True).holds
    assert not Proof((Verdict("Layerloom", 0.1, False),), 8, True).holds


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict("ourselves", 0.0, True), "its predictions are exactly the same."),
        (Verdict("Keras", 8e-07, True), "Read by Keras, its predictions are the same to 8.0e-07."),
        (Verdict("Keras", 3.25, False), "Read by Keras, its predictions differ by up to 3.2e+00."),
        (Verdict("Keras", sentence="Keras was not asked."), "Keras was not asked."),
    ],
)
def test_a_difference_is_told_as_what_it_is(verdict: Verdict, said: str) -> None:
    assert verdict.says().endswith(said)
