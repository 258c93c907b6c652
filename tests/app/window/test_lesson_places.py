"""What a lesson points at in the real window is marked where it is, or where the way to it begins."""

from PySide6.QtCore import QRect

from app.lessons.places import find
from engine.layers.base import Role
from tests.app.window.conftest import User
from tests.app.window.test_lessons import begin, desk, node_named


def test_the_ring_lies_around_what_is_pointed_at(user: User) -> None:
    begin(user)
    light = desk(user).spotlight
    light.point_at("button/train")
    button = user.window.top_bar.train
    corner = button.mapTo(user.window, button.rect().topLeft())
    assert light.geometry().contains(QRect(corner, button.size()))
    light.point_at("panel/unheard-of")
    assert not light.isVisible()
    light.point_at("")
    assert not light._timer.isActive()


def test_where_a_setting_is_not_shown_what_leads_to_it_is_marked(user: User) -> None:
    begin(user, "line")
    canvas = user.window.workspace.canvas.view.viewport()
    user.until(lambda: canvas.rect().height() > 200)
    user.select(node_named(user, "dense"))
    found = find(user.window, "training/optimizer")
    assert found is not None
    assert found[0] is canvas
    user.window.workspace.canvas.scene.select()
    user.until(lambda: (find(user.window, "training/optimizer") or (canvas,))[0] is not canvas)
    node = find(user.window, "data/slope")
    assert node is not None
    assert node[0] is canvas
    user.select(next(n.id for n in user.graph.nodes.values() if n.role is Role.SOURCE))
    user.until(lambda: (find(user.window, "data/slope") or (canvas,))[0] is not canvas)
    assert find(user.window, "data/normalize") is not None
    assert find(user.window, "data/unheard-of") is None
