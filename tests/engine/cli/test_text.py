"""Text from the command line: a CSV with a column of text, trained on, saved, and predicted with."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.data.settings import DataSettings
from engine.formats.project import Project, save_project
from engine.formats.sections import DATA
from engine.graph.edits import SetSection
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.registry import layers
from tests.engine.cli.test_train import failure

PRAISE, BLAME = ("superb", "lovely", "great"), ("awful", "dull", "poor")


def layer(name: str, **settings: object) -> Layer:
    return layers()[name].model_validate(settings)


def reviews(path: Path) -> Path:
    """Two hundred sentences with one word that tells."""
    chance = random.Random(3)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["review", "verdict"])
        for k in range(200):
            words = chance.sample(["the", "film", "was", "a", "story", "with", "music"], 5)
            words.insert(chance.randrange(6), chance.choice(PRAISE if k % 2 else BLAME))
            writer.writerow([" ".join(words).capitalize() + "!", "good" if k % 2 else "bad"])
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    graph = build_sequential(
        [
            layer("Input"),
            layer("TextVectorization", output_sequence_length=8, max_tokens=40),
            layer("Embedding", input_dim=40, output_dim=8),
            layer("GlobalAveragePooling1D"),
            layer("Dense", units=1),
            layer("Target"),
        ]
    )
    SetSection(DATA, DataSettings(path=str(reviews(tmp_path / "reviews.csv")))).apply(graph)
    path = tmp_path / "text.loom"
    save_project(path, Project(graph))
    return path


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_train_save_predict(
    project: Path, tmp_path: Path, device: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "trained.loom"
    rate = ["--set", "optimizer.learning_rate=0.05"]
    assert main(["train", str(project), "--device", device, "--epochs", "15", "--out", str(out), *rate]) == 0
    capsys.readouterr()
    new = tmp_path / "new.csv"
    new.write_text("review\nA superb film\nthe story was AWFUL!\nlovely\ndull\n", encoding="utf-8")
    assert main(["predict", str(out), "--input", str(new)]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert rows[0] == ["class", "bad", "good"]
    assert [row[0] for row in rows[1:]] == ["good", "bad", "good", "bad"]


def test_text_into_a_dense_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = build_sequential([layer("Input"), layer("Dense", units=1), layer("Target")])
    SetSection(DATA, DataSettings(path=str(reviews(tmp_path / "reviews.csv")))).apply(graph)
    path = tmp_path / "wrong.loom"
    save_project(path, Project(graph))
    wanted = "dense: Dense needs numbers, received text. Put a TextVectorization, a StringLookup or a Hashing before it."
    assert wanted in failure(capsys, "train", str(path), "--epochs", "1")
