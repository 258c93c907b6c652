"""Nodes from afar: blocks in the colours of their categories, with names as large as there is room for."""

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.far_painter import READABLE, FarPainter
from app.canvas.geometry import NODE_WIDTH
from app.canvas.scene import center_of
from app.canvas.style import CanvasStyle
from app.theme import AA_GRAPHIC, AA_TEXT, Theme, contrast_ratio, readable_on
from app.theme.tokens import CATEGORIES
from tests.app.canvas.conftest import Hand

ZOOMS = (0.1, 0.15, 0.19, 0.25, 0.3, 0.38)


@pytest.fixture(params=["dark", "light"])
def style(request: pytest.FixtureRequest, qapp: object) -> CanvasStyle:
    return CanvasStyle(Theme(request.param))


def shown(hand: Hand, zoom: float) -> QImage:
    """The canvas from (-100, -100) on, at this zoom."""
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    image.fill(hand.scene.look.canvas)
    for _ in range(3):  # a picture is made of what is shown again
        painter = QPainter(image)
        target = QRectF(0, 0, image.width(), image.height())
        hand.scene.render(painter, target, QRectF(QPointF(-100, -100), target.size() / zoom))
        painter.end()
    return image


def color_at(image: QImage, place: QPointF, zoom: float) -> QColor:
    dot = (place + QPointF(100, 100)) * zoom
    return image.pixelColor(round(dot.x()), round(dot.y()))


@pytest.mark.parametrize("zoom", ZOOMS)
def test_colours_stand_out_and_names_on_them_can_be_read(style: CanvasStyle, zoom: float) -> None:
    painter = FarPainter(style)
    for category in (*CATEGORIES, "bad"):
        body = painter.color(category, zoom).name()
        assert contrast_ratio(style.color(category).name(), style.canvas.name()) >= AA_GRAPHIC  # the outline
        assert contrast_ratio(readable_on(body), body) >= AA_TEXT
    assert painter.color("core", 0.15) != painter.color("merge", 0.15)


def test_the_farther_the_more_colour_and_near_by_none(hand: Hand) -> None:
    node = hand.node("Dense", 0, 0)
    corner = hand.scene.nodes[node.id].pos() + QPointF(NODE_WIDTH - 14, 12)  # without a name on it
    pure = hand.scene.look.color("core")

    def distance(zoom: float) -> int:
        seen = color_at(shown(hand, zoom), corner, zoom)
        parts = ((seen.red(), pure.red()), (seen.green(), pure.green()), (seen.blue(), pure.blue()))
        return sum(abs(one - other) for one, other in parts)

    near, middle, far = (distance(zoom) for zoom in (READABLE + 0.05, 0.36, 0.18))
    assert near > middle > far


def test_names_are_as_large_as_fits_in_two_lines_where_that_helps_and_cut_last(hand: Hand) -> None:
    painter = FarPainter(hand.scene.look)
    dense, norm, own = (hand.node(kind, 0, 0) for kind in ("Dense", "BatchNormalization", "Dense"))
    hand.view.editor.rename(own.id, "supercalifragilistic")
    items = [hand.scene.nodes[node.id] for node in (dense, norm, own)]
    short, broken, cut = (painter.name(item, READABLE) for item in items)
    assert short is not None
    assert broken is not None
    assert cut is not None
    assert short.lines == ("Dense",)
    assert broken.lines == ("Batch", "Normalization")
    assert 1 < broken.scale < short.scale
    assert cut.lines[0].startswith("super")
    far = painter.name(items[1], 0.2)
    assert far is not None
    assert far.lines[0].startswith("Bat")
    assert painter.name(items[0], 0.1) is None


@pytest.mark.parametrize("zoom", ZOOMS)
def test_names_stay_within_their_nodes(hand: Hand, zoom: float) -> None:
    painter = FarPainter(hand.scene.look)
    metrics = hand.scene.look.metrics(hand.scene.look.name_font)
    for kind in ("Dense", "BatchNormalization", "GlobalAveragePooling2D", "MultiHeadAttention", "GRU"):
        item = hand.scene.nodes[hand.node(kind, 0, 0).id]
        name = painter.name(item, zoom)
        if name is not None:
            assert max(map(metrics.horizontalAdvance, name.lines)) * name.scale <= NODE_WIDTH - 24
            assert len(name.lines) * metrics.height() * name.scale <= item.body().height()


def test_a_selected_node_is_seen_from_afar(hand: Hand) -> None:
    node = hand.node("Dense", 0, 0)
    before = shown(hand, 0.15)
    hand.scene.select([node.id])
    edge = hand.scene.nodes[node.id].pos() + QPointF(NODE_WIDTH / 2, 0)
    ring = color_at(shown(hand, 0.15), edge, 0.15)
    text = hand.scene.look.text.color()
    assert contrast_ratio(ring.name(), color_at(before, edge, 0.15).name()) > 1.5
    assert contrast_ratio(ring.name(), text.name()) < contrast_ratio(
        color_at(before, edge, 0.15).name(), text.name()
    )


def test_nodes_of_one_look_keep_their_names_apart(hand: Hand) -> None:
    one, two = hand.node("Dense", -100, 0), hand.node("Dense", 200, 0)
    hand.view.editor.rename(one.id, "IIII")
    hand.view.editor.rename(two.id, "WWWW")
    image = shown(hand, 0.3)
    cuts = []
    for node in (one, two):
        middle = (center_of(hand.scene.nodes[node.id]) + QPointF(100, 100)) * 0.3
        cuts.append(image.copy(round(middle.x()) - 14, round(middle.y()) - 6, 28, 12))
    assert cuts[0] != cuts[1]
    assert image.pixelColor(0, 0) != Qt.GlobalColor.black


def test_a_name_has_all_of_a_node_whose_pictures_are_too_far_away(hand: Hand) -> None:
    node = hand.node("BatchNormalization", 0, 0)
    item, painter = hand.scene.nodes[node.id], FarPainter(hand.scene.look)
    image = QImage(7, 7, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    hand.scene.set_thumbnails(node.id, [image])
    above, whole = painter.name(item, 0.35), painter.name(item, 0.22)
    assert above is not None
    assert whole is not None
    assert len(above.lines) == 1
    assert len(whole.lines) == 2
