"""A project with text in the window: shown, trained, saved and opened again."""

from pathlib import Path

import numpy as np

from app.inspector import ModelForm
from app.window.settings_pages import document_options
from engine.data.settings import DataSettings
from engine.formats.project import Project, load_project, save_project
from engine.formats.sections import DATA
from engine.graph.edits import SetSection
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.layers.target import Target
from engine.training.reports import VALIDATION, Ended
from tests.app.window.conftest import User
from tests.engine.cli.test_text import reviews


def layer(name: str, **settings: object) -> Layer:
    return layers()[name].model_validate(settings)


def _project(folder: Path) -> Path:
    graph = build_sequential(
        [
            layer("Input"),
            layer("TextVectorization", output_mode="multi_hot", max_tokens=40),
            layer("Dense", units=1),
            layer("Target"),
        ]
    )
    SetSection(DATA, DataSettings(path=str(reviews(folder / "reviews.csv")))).apply(graph)
    save_project(folder / "text.loom", Project(graph))
    return folder / "text.loom"


def test_text_is_trained_on_and_kept(user: User, tmp_path: Path) -> None:
    assert user.window.files.open_path(_project(tmp_path))
    user.until(lambda: user.document.inference.ok)
    (node,) = (n for n in user.graph.nodes.values() if n.name == "text_vectorization")
    assert user.document.inference.specs[node.id, "output"].shape == (40,)
    user.select(node.id)
    assert isinstance(user.window.workspace.inspector.form, ModelForm)
    user.document.set_training(user.document.training.model_copy(update={"epochs": 4, "device": "cpu"}))
    user.click(user.window.top_bar.train)
    user.until(lambda: bool(user.ends()))
    (ended,) = user.ends()
    assert isinstance(ended, Ended)
    user.until(lambda: bool(user.pictures(VALIDATION)))
    saved = tmp_path / "mine.loom"
    assert user.window.files.save_to(saved)
    kept = load_project(saved).weights
    assert kept[f"{node.id}/vocabulary"].dtype == np.uint8


def test_targets_of_two_kinds_each_have_their_own_loss_and_messages_go_with_the_project(
    user: User, tmp_path: Path
) -> None:
    x = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    np.savez(tmp_path / "two.npz", x=x, y0=x[:, :1], y1=(x[:, 2] > 0).astype(np.int64))
    user.document.refused.emit("It can't be done.")
    assert user.message
    user.document.stack.setClean()
    user.window.files.new()
    assert not user.message
    user.document.set_data(DataSettings(path=str(tmp_path / "two.npz")))
    user.until(lambda: "y1" in user.document.features)
    options = document_options(user.document)
    offered = [title for _, title in options(Target, "loss") or ()]
    assert offered[0] == "auto"
    assert {"Mean squared error", "Binary cross-entropy"} <= set(offered)
