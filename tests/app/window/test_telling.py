"""What screen readers are told of training and problems, while nobody has the keyboard there."""

from PySide6.QtCore import Qt

from app.window.teller import Teller
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
    user.until(lambda: _said(user) == "Training has ended")


def test_what_becomes_wrong_and_right_is_said(user: User) -> None:
    user.until(lambda: user.window.workspace.run.bundle is not None)
    dense = next(n.id for n in user.graph.nodes.values() if n.layer.title() == "Dense")
    (edge,) = user.graph.edges_into(dense)
    user.window.workspace.canvas.editor.disconnect_wire(edge)
    sentence = user.document.inference.at(dense)[0].sentence
    user.until(lambda: sentence in _said(user))
    user.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    user.until(lambda: _said(user) == "Nothing is wrong.")
