"""Zoom, pan, fit, minimap, badges, colours; and that a closed canvas lets go of its document."""

import gc
import weakref

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas import CanvasPanel, Caption, LiveInference, cost_text, short_count
from app.canvas.announce import describe_selection
from app.canvas.facts import Badge
from app.canvas.minimap import Minimap
from app.canvas.viewport import FARTHEST, NEAREST
from app.palette.entries import layer_mime
from app.theme import Theme, ThemeMode
from app.undo import EditStack
from engine.graph.document import ModelGraph
from tests.app.canvas.conftest import LEFT, NONE, Hand


def wheel(hand: Hand, at: QPoint, delta: int) -> None:
    viewport = hand.view.viewport()
    place = QPointF(at)
    phase = Qt.ScrollPhase.NoScrollPhase
    buttons = Qt.MouseButton.NoButton
    event = QWheelEvent(
        place, viewport.mapToGlobal(place), QPoint(), QPoint(0, delta), buttons, NONE, phase, False
    )
    QApplication.sendEvent(viewport, event)


def test_the_wheel_zooms_at_the_pointer_within_limits(hand: Hand) -> None:
    at = QPoint(200, 150)
    before = hand.view.mapToScene(at)
    wheel(hand, at, 240)
    assert hand.view.zoom() > 1.3
    assert (hand.view.mapToScene(at) - before).manhattanLength() < 1.5
    for _ in range(40):
        wheel(hand, at, 480)
    assert hand.view.zoom() == pytest.approx(NEAREST)
    for _ in range(80):
        wheel(hand, at, -480)
    assert hand.view.zoom() == pytest.approx(FARTHEST)


@pytest.mark.parametrize("with_space", [False, True])
def test_middle_drag_and_space_drag_pan(hand: Hand, with_space: bool) -> None:
    button = LEFT if with_space else Qt.MouseButton.MiddleButton
    viewport = hand.view.viewport()
    before = hand.view.mapToScene(QPoint(0, 0))
    if with_space:
        QTest.keyPress(hand.view, Qt.Key.Key_Space)
    QTest.mousePress(viewport, button, NONE, QPoint(300, 300))
    QTest.mouseMove(viewport, QPoint(340, 330))
    QTest.mouseRelease(viewport, button, NONE, QPoint(340, 330))
    if with_space:
        QTest.keyRelease(hand.view, Qt.Key.Key_Space)
    assert hand.view.mapToScene(QPoint(0, 0)) == before - QPointF(40, 30)
    assert not hand.view.popup.isVisible()


def test_the_full_stop_fits_the_selection_or_all(hand: Hand) -> None:
    one, two = hand.node("Dense", -2000, 0), hand.node("Dense", 2000, 900)
    hand.key(Qt.Key.Key_Period)
    assert hand.view.visible_rect().contains(hand.scene.nodes_rect())
    hand.scene.select([two.id])
    hand.key(Qt.Key.Key_Period)
    assert hand.view.zoom() == pytest.approx(1.0)
    assert hand.view.visible_rect().contains(hand.middle(two))
    assert not hand.view.visible_rect().contains(hand.middle(one))


def test_a_press_on_the_minimap_goes_there(hand: Hand) -> None:
    far = hand.node("Dense", 6000, 0)
    hand.node("Dense", 0, 0)
    minimap = hand.panel.minimap
    QTest.mouseClick(minimap, LEFT, NONE, QPoint(minimap.width() - 12, minimap.height() // 2))
    assert hand.view.visible_rect().contains(hand.middle(far))


def test_the_minimap_is_not_shown_where_it_would_cover_much_of_the_canvas(hand: Hand) -> None:
    hand.node("Dense", 0, 0)
    hand.node("Dense", 6000, 0)
    minimap = hand.panel.minimap
    shown = []
    for size in ((900, 560), (440, 320), (900, 560)):
        hand.panel.resize(*size)
        QApplication.processEvents()
        shown.append(minimap.isVisible())
    assert shown == [True, False, True]


def test_a_layer_dropped_on_the_minimap_comes_to_what_it_shows_there(hand: Hand) -> None:
    far = hand.node("Dense", 6000, 0)
    hand.node("Dense", 0, 0)
    minimap, action, data = hand.panel.minimap, Qt.DropAction.CopyAction, layer_mime("Dropout")
    at = QPoint(minimap.width() - 12, minimap.height() // 2)
    still = minimap.grab().toImage()
    entering = QDragEnterEvent(at, action, data, LEFT, NONE)
    QApplication.sendEvent(minimap, entering)
    assert entering.isAccepted()
    assert minimap.grab().toImage() != still
    QApplication.sendEvent(minimap, QDragLeaveEvent())
    assert minimap.grab().toImage() == still
    QApplication.sendEvent(minimap, QDragEnterEvent(at, action, data, LEFT, NONE))
    QApplication.sendEvent(minimap, QDropEvent(QPointF(at), action, data, LEFT, NONE))
    (made,) = (node for node in hand.graph.nodes.values() if node.layer.title() == "Dropout")
    assert (hand.middle(made) - hand.middle(far)).manhattanLength() < 400
    assert hand.view.visible_rect().contains(hand.middle(made))
    assert hand.scene.selected_nodes() == [made.id]


def test_a_wrong_node_has_a_badge_and_says_why_when_it_is_selected(hand: Hand) -> None:
    source, pool = hand.node("Input", -300, 0), hand.node("Dense", 0, 0)
    last = hand.node("MaxPooling2D", 250, 0)
    flat = hand.node("Flatten", -50, 200)
    hand.link(source, flat)
    hand.link(flat, last)
    hand.settle()
    badge = hand.scene.nodes[last.id].badge
    assert badge is not None
    assert badge.severity == "error"
    assert hand.view.callout.sentence == ""
    hand.click(hand.middle(last))
    assert hand.view.callout.sentence == badge.sentence
    assert badge.sentence in describe_selection(hand.scene)
    hand.click(hand.middle(flat))
    assert hand.view.callout.sentence == ""
    assert pool.id in hand.scene.nodes


def test_a_click_on_the_remedy_beside_a_badge_mends_the_node(hand: Hand) -> None:
    source, flat = hand.node("Input", -400, 0), hand.node("Flatten", -150, 0)
    dense, target = hand.node("Dense", 100, 0, units=3), hand.node("Target", 300, 0)
    for a, b in ((source, flat), (flat, dense), (dense, target)):
        hand.link(a, b)
    hand.settle()
    badge = hand.scene.nodes[target.id].badge
    assert badge is not None
    assert badge.remedy
    hand.click(hand.middle(target))
    callout = hand.view.callout
    corner = callout.boundingRect().bottomLeft() + QPointF(20, -12)
    QTest.mouseClick(hand.view.viewport(), LEFT, NONE, hand.at(callout.pos()) + corner.toPoint())
    assert getattr(hand.graph.nodes[dense.id].layer, "units", 0) == 10
    hand.settle()
    assert hand.scene.nodes[target.id].badge is None
    assert callout.sentence == ""


def test_costs_captions_and_pictures_on_nodes(hand: Hand) -> None:
    source, dense = hand.node("Input", -300, 0), hand.node("Dense", 0, 0, units=10)
    hand.link(source, dense)
    hand.settle()
    item = hand.scene.nodes[source.id]
    assert hand.scene.nodes[dense.id].footer() == "20 \u00b7 7.84 k"
    height = item.body().height()
    hand.scene.set_caption(source.id, Caption("MNIST", "60,000 pictures"))
    hand.scene.set_thumbnails(source.id, [QImage(28, 28, QImage.Format.Format_Grayscale8)] * 9)
    assert (item.title(), item.subtitle(), len(item.thumbnails)) == ("MNIST", "60,000 pictures", 5)
    assert item.body().height() > height
    hand.scene.set_thumbnails("gone", [])


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (1290, "1.29 k"), (36_928, "36.9 k"), (61_000_000, "61 M")]
)
def test_short_counts(number: int, text: str) -> None:
    assert short_count(number) == text


def test_cost_text() -> None:
    assert cost_text(0, 0) == "0"
    assert cost_text(0, 500) == "500"
    assert cost_text(320, 28_900_000) == "320 \u00b7 28.9 M"


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_a_selected_node_is_painted_in_the_colours_of_the_theme(
    hand: Hand, theme: Theme, mode: ThemeMode
) -> None:
    theme.set_mode(mode)
    node = hand.node("Dense", 0, 0)
    hand.click(hand.middle(node))
    image = hand.view.viewport().grab().toImage()
    ratio = image.devicePixelRatio()

    def pixel(x: float, y: float) -> QColor:
        place = hand.at(QPointF(x, y))
        return image.pixelColor(round(place.x() * ratio), round(place.y() * ratio))

    assert pixel(75, 0) == theme.color("accent")
    assert pixel(12, 25) == theme.color("core")
    assert pixel(100, 50) == theme.color("raised" if mode == "dark" else "panel")
    assert pixel(-37, 37) == theme.color("canvas")


def test_a_closed_canvas_no_longer_follows_its_document(qtbot: QtBot, theme: Theme) -> None:
    stack = EditStack(ModelGraph())
    inference = LiveInference(stack.graph)
    panel = CanvasPanel(theme, stack, inference)
    qtbot.addWidget(panel)
    panel.editor.add_layer("Dense", QPointF(0, 0))
    scene = panel.scene
    panel.close_document()
    inference.close()
    stack.undo()
    assert len(scene.nodes) == 1
    assert not stack.graph.nodes


def test_the_document_does_not_keep_a_forgotten_scene_alive(hand: Hand, qtbot: QtBot, theme: Theme) -> None:
    from app.canvas import GraphScene

    scene = GraphScene(hand.graph, theme)
    gone = weakref.ref(scene)
    del scene
    gc.collect()
    assert gone() is None
    hand.node("Dense", 0, 0)


def test_the_minimap_shows_where_something_is_wrong_and_what_is_selected(hand: Hand, theme: Theme) -> None:
    one, _ = hand.node("Dense", -600, 0), hand.node("Dense", 600, 200)
    minimap = hand.panel.minimap

    def colours() -> set[str]:
        picture = minimap.grab().toImage()
        return {
            picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())
        }

    bad, text = theme.color("bad").name(), theme.color("text").name()
    assert bad not in colours()
    hand.scene.set_badges({one.id: Badge("error", "wrong")})
    assert bad in colours()
    assert minimap.accessibleDescription().startswith("1 ")
    assert text not in colours()
    hand.scene.select([one.id])
    assert text in colours()


def test_at_rest_the_minimap_is_as_sharp_as_a_new_one(hand: Hand, theme: Theme, qtbot: QtBot) -> None:
    for k in range(5):
        hand.node("Dense", 250 * k, 100 * k)
    for _ in range(12):
        hand.view.pan(QPoint(100, 60))  # away from the nodes: all of them become smaller on the map
        hand.panel.minimap.grab()

    def fresh() -> QImage:
        return Minimap(hand.view, theme, hand.panel).grab().toImage()

    assert hand.panel.minimap.grab().toImage() != fresh()
    (rest,) = hand.panel.minimap.findChildren(QTimer)
    qtbot.waitUntil(lambda: not rest.isActive())  # to grab it would be no rest
    assert hand.panel.minimap.grab().toImage() == fresh()


def test_what_is_wrong_is_not_said_below_the_strip_of_costs(hand: Hand) -> None:
    node = hand.node("Dense", 0, -300)
    hand.panel.set_strip("203 k parameters \N{MIDDLE DOT} " * 6)
    hand.scene.set_badges({node.id: Badge("error", "It has no input, and so nothing can be computed here.")})
    hand.click(hand.middle(node))
    callout = hand.view.callout
    assert callout.isVisible()
    top = hand.at(callout.pos()).y() + callout.boundingRect().top()
    assert top >= hand.panel.strip.geometry().bottom()
