"""What screen readers are told of training and problems, while nobody has the keyboard there."""

from typing import cast

from PySide6.QtCore import QObject, Qt, Signal

from app.training import TrainingController, TrainState
from app.window.teller import Teller
from engine.training.reports import EpochEnded, Progress
from tests.app.window.conftest import SHIFT, User


def _said(user: User) -> str:
    teller = user.window.tabs.current.teller
    assert isinstance(teller, Teller)
    return teller.last


def test_each_state_of_training_is_said(user: User) -> None:
    user.open_endless("spiral")
    user.key(Qt.Key.Key_F5)
    user.until(lambda: "done" in _said(user))
    user.key(Qt.Key.Key_F5)
    user.until(lambda: _said(user) == "Training is paused")
    user.key(Qt.Key.Key_F5, SHIFT)
    result = ("Training has ended", "loss", "right")  # what came of it is said behind, where anything did
    user.until(lambda: any(word in _said(user) for word in result))


class Training(QObject):
    """What a teller listens to."""

    state_changed, progressed, ended = Signal(object), Signal(object), Signal(object)
    state = TrainState.IDLE


def test_epochs_that_fly_by_are_not_all_said(user: User) -> None:
    now, training = [0.0], Training()
    teller = Teller(user.window, user.document, cast("TrainingController", training), clock=lambda: now[0])
    training.state_changed.emit(TrainState.RUNNING)
    said = []
    for epoch, seconds in ((1, 0.0), (3, 1.0), (8, 2.0), (40, 9.0), (41, 99.0)):
        now[0] = seconds
        ended = EpochEnded(epoch, epoch, {"val_accuracy": epoch / 100, "val_loss": 2.0}, best=False)
        training.progressed.emit(Progress(epoch, epoch, {}, 1.0, (ended,)))
        said.append(teller.last)
    first, later = "One epoch is done. 1.0 % right", "40 epochs are done. 40.0 % right"
    assert said == [first, first, first, later, later]


def test_what_becomes_wrong_and_right_is_said(user: User) -> None:
    user.until(lambda: user.window.workspace.run.bundle is not None)
    dense = next(n.id for n in user.graph.nodes.values() if n.layer.title() == "Dense")
    (edge,) = user.graph.edges_into(dense)
    user.window.workspace.canvas.editor.disconnect_wire(edge)
    sentence = user.document.inference.at(dense)[0].sentence
    user.until(lambda: sentence in _said(user))
    user.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    user.until(lambda: _said(user) == "Nothing is wrong.")
