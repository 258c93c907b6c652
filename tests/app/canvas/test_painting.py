"""Painting while the scale changes from frame to frame: the same picture as at rest, and no words laid out anew."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QPainter, QStaticText

from app.canvas import letters
from app.canvas.facts import Badge
from app.canvas.letters import Letters
from app.theme.fonts import FontRole, make_font
from engine.graph.edits import RemoveNode, SetMute
from tests.app.canvas.conftest import Hand

FAINT = 90
"""Of 255: differences of outlines that lie between two dots."""

SAME = 2e-4
"""The share of dots that may differ by more: without the smallest sign on a node it is twice as large."""


def frame(hand: Hand, zoom: float) -> QImage:
    """The canvas from (-20, -20) on, as one frame paints it."""
    image = QImage(round(260 * zoom), round(180 * zoom), QImage.Format.Format_RGB32)
    image.fill(hand.scene.look.canvas)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    hand.scene.render(painter, QRectF(image.rect()), QRectF(-20, -20, 260, 180))
    painter.end()
    return image


def differing(one: QImage, other: QImage) -> float:
    """The share of dots whose colours are clearly different."""
    pairs = zip(bytes(one.constBits()), bytes(other.constBits()), strict=True)
    return sum(abs(a - b) > FAINT for a, b in pairs) / one.sizeInBytes()


@pytest.mark.parametrize("zoom", [0.34, 0.7, 2.2])
def test_a_frame_while_the_wheel_turns_is_the_picture_at_rest(hand: Hand, zoom: float) -> None:
    node = hand.node("LSTM", 0, 0)
    hand.scene.nodes[node.id].set_badge(Badge("warning", ""))
    frame(hand, zoom / 1.1)
    turning = frame(hand, zoom)
    frame(hand, zoom)  # a picture is made of what is shown again
    resting = frame(hand, zoom)
    blank = QImage(resting)
    blank.fill(hand.scene.look.canvas)
    assert differing(turning, resting) < SAME < differing(turning, blank)


def test_zooming_lays_no_words_out_anew(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    for index, kind in enumerate(("Dense", "LSTM", "MultiHeadAttention")):
        hand.node(kind, 0, 120 * index)
    frame(hand, 1.0)
    monkeypatch.setattr(letters, "_runs", lambda *_: pytest.fail("Words are laid out."))
    for zoom in (0.6, 0.66, 1.3):
        frame(hand, zoom)


@pytest.mark.parametrize("text", ["Dense 2", "卷积 1", "office", ""])
def test_letters_lie_where_words_of_qt_do(qapp: QGuiApplication, text: str) -> None:
    font = QFont(make_font(FontRole.STRONG))
    static = QStaticText(text)

    def shown(paint: Callable[[QPainter, QPointF], object]) -> QImage:
        image = QImage(120, 30, QImage.Format.Format_RGB32)
        image.fill(QColor("black"))
        painter = QPainter(image)
        painter.setPen(QColor("white"))
        painter.setFont(font)
        paint(painter, QPointF(5, 4))
        painter.end()
        return image

    plain = shown(lambda painter, place: painter.drawStaticText(place, static))
    assert differing(shown(Letters(text, font).paint), plain) < SAME
    assert shown(Letters(text, font).write) == plain
    assert (plain != shown(lambda *_: None)) == bool(text)


def test_what_is_selected_is_known_also_after_it_is_gone(hand: Hand) -> None:
    one, two = hand.node("Dense", 0, 0), hand.node("Dense", 0, 200)
    hand.scene.select([one.id, two.id])
    assert hand.scene.selected_nodes() == [one.id, two.id]
    hand.stack.push_edit(RemoveNode(one.id))
    assert hand.scene.selected_nodes() == [two.id]
    hand.stack.undo()
    hand.scene.select([one.id])
    assert hand.scene.selected_nodes() == [one.id]


def test_no_shadow_is_seen_through_a_pale_body(hand: Hand) -> None:
    node = hand.node("Dropout", 0, 0)
    hand.stack.push_edit(SetMute([node.id], True))
    height = hand.scene.nodes[node.id].body().height()
    shown = frame(hand, 1.0)
    middle, below = (shown.pixelColor(QPoint(20 + 90, 20 + round(height * part))) for part in (0.45, 0.92))
    assert middle == below
