"""The data of a run is gone: every panel that looks at the network says so in a sentence, and nothing breaks."""

from pathlib import Path

import pytest

from app.training import TrainState
from app.widgets import ProgressStrip
from app.window.bottom_dock import FORMULA, MORE, STEPS, SURFACE, VARIANTS
from tests.app.window.conftest import User, settings, user
from tests.app.window.test_files import CSV

__all__ = ["settings", "user"]


@pytest.fixture
def gone(user: User, tmp_path: Path) -> User:
    """Somebody whose network was trained on a table that cannot be read any more."""
    path = tmp_path / "flowers.csv"
    path.write_text(CSV)
    user.drop_file(path)
    user.until(lambda: user.window.workspace.run.bundle is not None)
    user.click(user.button("Train"))
    user.until(lambda: bool(user.progress()))
    user.window.training.stop()
    user.until(lambda: user.state is TrainState.IDLE and bool(user.ends()))
    data = user.document.data
    path.unlink()
    user.document.set_data(data.model_copy(update={"path": str(tmp_path / "moved.csv")}))
    user.until(lambda: bool(user.document.data_problem))
    return user


@pytest.mark.slow
def test_every_panel_says_why_it_is_empty(gone: User) -> None:
    problem, dock, looks = gone.document.data_problem, gone.window.dock, gone.window.dock.looks
    assert "moved.csv" in problem
    assert problem.endswith(".")
    dock.tabs.setCurrentIndex(MORE)
    gone.until(lambda: dock.more.panel._nothing.text() == problem)
    dock.show_look(SURFACE)
    looks.surface.page.compute()
    gone.until(lambda: looks.surface.page.sentence.text() == problem)
    dock.show_look(FORMULA)
    gone.until(lambda: looks.formula.page.sentence.text() == problem)
    dock.show_look(STEPS)
    looks.begin_steps()
    gone.until(lambda: looks.steps.page.sentence.text() == problem)
    dock.show_look(VARIANTS)
    looks.variants.page.begin()
    gone.until(lambda: looks.variants.page.sentence.text() == problem)
    finder = gone.window.workspace.finder
    finder.begin()
    gone.until(lambda: finder.sentence.text() == problem)
    gone.click(gone.window.top_bar.train)
    assert gone.message == problem
    assert gone.state is TrainState.IDLE


@pytest.mark.slow
def test_a_file_that_is_gone_at_the_next_run_leaves_nothing_preparing(user: User, tmp_path: Path) -> None:
    path = tmp_path / "flowers.csv"
    path.write_text(CSV)
    user.drop_file(path)
    user.until(lambda: user.window.workspace.run.bundle is not None)
    path.unlink()
    user.click(user.button("Train"))
    strip = user.window.findChildren(ProgressStrip)[0]
    user.until(lambda: user.state is TrainState.IDLE and "cannot be read" in user.message)
    assert strip.caption() == ""
    assert strip.maximum() > 0, "nothing sweeps across it"


@pytest.mark.slow
def test_a_trained_project_has_its_shapes_until_the_data_is_found(user: User, tmp_path: Path) -> None:
    path, project = tmp_path / "flowers.csv", tmp_path / "mine.loom"
    path.write_text(CSV)
    user.drop_file(path)
    user.until(lambda: user.window.workspace.run.bundle is not None)
    untrained = user.window.tabs.current.file.project()
    assert not untrained.weights
    assert untrained.preparation is not None  # by which it would have its shapes, too
    user.click(user.button("Train"))
    user.until(lambda: bool(user.progress()) and user.window.training.snapshot is not None)
    user.window.training.stop()
    user.until(lambda: user.state is TrainState.IDLE)
    parameters = user.document.inference.parameters
    assert user.window.files.save_to(project)
    path.rename(tmp_path / "moved.csv")
    user.window.files.new()
    user.window.tabs.close(user.window.tabs[0])
    assert user.window.files.open_path(project)
    user.until(lambda: bool(user.document.data_problem))
    assert user.document.inference.parameters == parameters > 0
    assert "has the shapes that it had with it" in user.message
    user.document.set_data(user.document.data.model_copy(update={"path": str(tmp_path / "moved.csv")}))
    user.until(lambda: user.document.data_spec is not None)
    assert not user.message
