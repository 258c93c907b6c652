"""What a run says of the data of before is not drawn over other data: its rows and columns do not fit."""

from engine.training.inside.records import InsideSeen
from engine.training.reports import VALIDATION, Pictured
from tests.app.window.conftest import User

FEW = 0.01  # of the rows: fewer than the run has predicted


def test_late_answers_of_other_data_are_dropped(user: User) -> None:
    user.open_endless("digits")
    run, training, panel = user.window.workspace.run, user.window.training, user.window.dock.predictions
    user.until(lambda: panel.validation)
    user.click(user.window.top_bar.step)
    user.until(lambda: bool(user.pictures(VALIDATION)))
    late = user.pictures(VALIDATION)[-1]
    seen = InsideSeen("late", 1, {})
    heard: list[str] = []
    run.pictured.connect(lambda report: heard.append("late") if report is late else None)
    run.seen.connect(lambda report: heard.append("seen") if report is seen else None)

    assert user.document.set_data(user.document.data.model_copy(update={"validation_fraction": FEW}))
    user.until(lambda: run.bundle is not None and panel.validation)
    assert run.bundle is not None
    assert len(run.bundle.validation) < len(next(iter(late.outputs.values())))
    training.pictured.emit(late)  # an exception in a slot fails the test
    training.seen.emit(seen)
    assert heard == []

    user.document.stack.undo()
    user.until(lambda: run.bundle is not None and panel.validation)
    training.pictured.emit(late)
    training.seen.emit(seen)
    assert heard == ["late", "seen"]


def test_nothing_passes_before_a_run_has_begun(user: User) -> None:
    user.open_endless("spiral")
    run, heard = user.window.workspace.run, list[object]()
    run.pictured.connect(heard.append)
    report = Pictured("nobody's", 0, {})
    user.window.training.pictured.emit(report)  # nothing has run on this data
    assert heard == []
    user.click(user.window.top_bar.step)
    user.until(lambda: user.last_step() == 1)
    user.window.training.pictured.emit(report)
    assert any(passed is report for passed in heard)
