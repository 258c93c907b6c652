"""`train` from networks that came without data: data is bound, weights are a beginning, a head is new."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import layers
from engine.cli.main import main
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.formats.project import load_project
from engine.formats.sections import INPUTS
from engine.models import Input, Sequential
from tests.engine.cli.test_train import failure


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Three kinds in a table."""
    bundle = load(DataSettings(dataset="iris", normalize=False))
    names = bundle.features["y"].class_names
    rows = zip(bundle.inputs["x"].tolist(), bundle.targets["y"].tolist(), strict=True)
    lines = [",".join(map(repr, x)) + f",{names[y]}" for x, y in rows]
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join(["a,b,c,d,kind", *lines]) + "\n", encoding="utf-8")
    return path


def made(path: Path, classes: int, numbers: int = 4) -> Sequential:
    model = Sequential(
        [
            Input((numbers,), name="flower"),
            layers.Dense(units=8, activation="relu"),
            layers.Dense(units=classes),
        ]
    )
    model.save(path)
    return model


def trained(model: Path, flowers: Path, *more: str) -> Path:
    out = model.with_name("out.loom")
    arguments = ["--data", str(flowers), "--device", "cpu", "--epochs", "1", "--out", str(out), "--json"]
    assert main(["train", str(model), *arguments, *more]) == 0
    return out


def test_a_new_head_learns_and_what_is_before_it_stays(
    tmp_path: Path, flowers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = made(tmp_path / "seven.loom", 7)
    project = load_project(trained(tmp_path / "seven.loom", flowers, "--network", "head"))
    kept = [name for name in model.weights if name in project.weights]
    assert len(kept) == 2
    assert all(np.array_equal(model.weights[name], project.weights[name]) for name in kept)
    assert INPUTS not in project.graph.sections
    assert "frozen layers: 1; new head behind dense: 3 outputs." in capsys.readouterr().err
    assert main(["predict", str(tmp_path / "out.loom"), "--input", str(flowers)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split(",")[0] in {"setosa", "versicolor", "virginica"}


def test_weights_that_fit_are_where_training_begins(tmp_path: Path, flowers: Path) -> None:
    model = made(tmp_path / "three.loom", 3)
    project = load_project(
        trained(tmp_path / "three.loom", flowers, "--set", "optimizer.learning_rate=0.000001")
    )
    for name, array in model.weights.items():
        np.testing.assert_allclose(project.weights[name], array, atol=1e-4)


@pytest.mark.parametrize(
    ("numbers", "more", "sentence"),
    [
        (4, [], "came without data; give it some: --data PATH."),
        (5, ["--data"], "The network takes 5 as flower; this data has"),
        (4, ["--data"], "Change the last layer"),
    ],
)
def test_what_does_not_go_together_is_one_line(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    flowers: Path,
    numbers: int,
    more: list[str],
    sentence: str,
) -> None:
    made(tmp_path / "net.loom", 7, numbers)
    given = [*more, str(flowers)] if more else []
    said = failure(capsys, "train", str(tmp_path / "net.loom"), *given)
    assert sentence in said
