"""The line above the canvas says what a run would take, before anybody pressed Train."""

from app.window.cost_strip import short_time
from engine.graph.edits import RenameNode, SetMute
from engine.layers.base import Role
from tests.app.window.conftest import User


def test_memory_and_times_are_there_before_train_is_pressed_and_go_with_the_network(user: User) -> None:
    workspace = user.window.workspace
    strip = workspace.canvas.strip
    user.until(lambda: "on the device" in strip.text())
    assert "a step" in strip.text()
    assert "an epoch" in strip.text()
    assert "would take about" in strip.toolTip()
    hidden = next(n for n in user.graph.nodes.values() if n.role is Role.HIDDEN)
    workspace.document.push(RenameNode(hidden.id, "another name"))
    user.until(lambda: "on the device" in strip.text())
    workspace.document.push(SetMute([hidden.id], True))
    user.until(lambda: "on the device" not in strip.text())
    user.until(lambda: "on the device" in strip.text())


def test_another_batch_size_is_measured_anew(user: User) -> None:
    strip, costs = user.window.workspace.canvas.strip, user.window.workspace.costs
    user.until(lambda: costs.plan() is not None)
    before = costs.plan()
    user.document.set_training(user.document.training.model_copy(update={"batch_size": 512}))
    assert "on the device" not in strip.text()  # what is shown is never of other settings
    user.until(lambda: costs.plan() is not None)
    plan = costs.plan()
    assert before is not None
    assert plan is not None
    assert plan.started.nbytes > before.started.nbytes
    assert plan.started.steps_per_epoch < before.started.steps_per_epoch
    assert "on the device" in strip.text()


def test_durations_have_two_digits_or_so() -> None:
    texts = [short_time(seconds) for seconds in (4.2e-6, 3.1e-5, 0.00041, 0.0123, 1.84, 12.0, 200.0)]
    assert texts == [
        "4.2 \N{MICRO SIGN}s",
        "31 \N{MICRO SIGN}s",
        "0.41 ms",
        "12 ms",
        "1.8 s",
        "12 s",
        "3 min 20 s",
    ]
