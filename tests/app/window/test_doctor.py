"""A run that would break waits; its culprit is marked; one click really mends it. Suspected examples can be looked at."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from app.training import TrainState
from engine.optimizers.sgd import SGD
from engine.training.doctor.observation import Observation, Observed, Suspect
from tests.app.window.conftest import User


def _break(user: User, rate: float = 100.0) -> None:
    user.open_endless("line")
    training = user.document.training
    user.document.set_training(training.model_copy(update={"optimizer": SGD(learning_rate=rate)}))
    user.click(user.window.top_bar.train)
    user.until(lambda: user.window.workspace.remarks.is_halted)


def _mends(user: User) -> list[QPushButton]:
    """What the doctor offers; beside it stands advice on the settings that broke the run."""
    shown = [b for b in user.window.dock.problems.findChildren(QPushButton) if b.isVisible() and b.text()]
    return [b for b in shown if not b.text().startswith("Set it to")]


def test_a_run_that_would_break_waits_with_its_culprit_marked(user: User) -> None:
    _break(user)
    workspace = user.window.workspace
    assert user.state is TrainState.PAUSED
    seen = workspace.remarks.observations[0]
    assert seen.node in workspace.canvas.scene.selected_nodes()
    assert workspace.canvas.scene.badges()[seen.node].severity == "error"
    assert seen.sentence in user.message
    assert user.window.dock.problems.isVisible()
    assert [b.text() for b in _mends(user)][:2] == [
        "Lower the rate, 20 steps back",
        "Clip gradients, 20 steps back",
    ]


def test_one_click_lowers_the_rate_goes_back_and_trains_on(user: User) -> None:
    _break(user, 3.0)
    workspace = user.window.workspace
    before = user.document.training.optimizer.learning_rate
    user.click(_mends(user)[0])
    user.until(lambda: user.state is TrainState.RUNNING)
    assert user.document.training.optimizer.learning_rate == before / 10
    assert not workspace.remarks.is_halted
    user.until_steps(3)
    assert len(workspace.past.history.lines) == 2
    user.document.stack.undo()
    assert user.document.training.optimizer.learning_rate == before
    user.click(user.window.top_bar.stop)
    user.until(lambda: user.state in (TrainState.IDLE, TrainState.PAUSED))


def test_suspected_examples_are_listed_and_shown(user: User) -> None:
    user.open_example("circle")
    dock, workspace = user.window.dock, user.window.workspace
    suspects = (Suspect(3, 0, 1, 0.97), Suspect(5, 1, 0, 0.9))
    seen = Observation("label-noise", "Label noise suspected.", "Look.", rows=(3, 5), suspects=suspects)
    dock.show_problems()
    user.window.training.observed.emit(Observed(10, (seen,)))
    user.until(lambda: user.has_button("Show the examples"))
    show = user.button("Show the examples")
    user.click(show)
    rows = dock.problems.evidence.rows
    assert rows.isVisible()
    assert rows.count() == 2
    assert "97 %" in rows.item(0).text()
    rows.setCurrentRow(1)
    assert "90 %" in dock.problems.evidence.what.text()
    assert dock.problems.evidence.values.text()
    user.click(dock.problems.evidence.close_button)
    assert not rows.isVisible()
    assert workspace.remarks.observations == (seen,)
