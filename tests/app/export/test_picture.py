"""Pictures of the canvas: what is in the file, and that a failure leaves the file before."""

import re
from pathlib import Path
from typing import Literal

import pytest
from PySide6.QtCore import QByteArray, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.canvas.scene import GraphScene
from app.export.picture import MARGIN, PictureKind, PictureOptions, image, picture, save_picture
from app.theme import DARK, LIGHT, Theme
from engine.formats.errors import FormatError
from engine.graph.notes import Note, put
from tests.app.canvas.conftest import Hand, hand

__all__ = ["hand"]


@pytest.fixture
def scene(hand: Hand) -> GraphScene:
    """Input -> Conv2D -> Flatten, with their shapes."""
    first = hand.node("Input", 0, 0)
    second = hand.node("Conv2D", 300, 0)
    third = hand.node("Flatten", 600, 100)
    hand.link(first, second)
    hand.link(second, third)
    hand.settle()
    return hand.scene


def _area(scene: GraphScene) -> QRectF:
    area = scene.content_rect()
    for wire in scene.wires():
        area = area.united(wire.path().boundingRect()).united(wire.pill())
    return QRectF(area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).toAlignedRect())


def _text(scene: GraphScene, **options: object) -> str:
    return picture(scene, PictureOptions(**options)).decode()  # type: ignore[arg-type]  # fields by name


def test_words_and_shapes_are_text_in_an_svg(scene: GraphScene) -> None:
    svg = _text(scene)
    for words in ("Input", "Conv2D", "Flatten", "28×28×1"):
        assert f">{words}" in svg, words
    assert "<image" not in svg  # no sprite of the screen


@pytest.mark.parametrize("look", [DARK, LIGHT])
def test_a_picture_has_the_colours_that_were_asked_for(scene: GraphScene, look: object) -> None:
    tokens = DARK if look is DARK else LIGHT
    made = image(scene, PictureOptions(PictureKind.PNG, tokens.name, 1))
    assert made.pixelColor(1, 1) == QColor(tokens.canvas)


def test_a_picture_without_background_is_clear(scene: GraphScene) -> None:
    made = image(scene, PictureOptions(PictureKind.PNG, background=False))
    assert made.pixelColor(1, 1).alpha() == 0
    assert made.pixelColor(2 * 60, 2 * 60).alpha() == 255  # within the first layer


def test_the_scale_gives_more_dots_of_the_same_picture(scene: GraphScene) -> None:
    one, four = (image(scene, PictureOptions(PictureKind.PNG, scale=scale)) for scale in (1, 4))
    assert four.size() == one.size() * 4
    small = four.scaled(one.size())
    far = [
        (x, y)
        for x in range(0, one.width(), 7)
        for y in range(0, one.height(), 7)
        if abs(small.pixelColor(x, y).lightness() - one.pixelColor(x, y).lightness()) > 96
    ]
    assert len(far) < one.width() * one.height() / 49 / 50  # edges of letters


def test_the_picture_of_the_selection_has_nothing_else(scene: GraphScene) -> None:
    chosen = frozenset(list(scene.nodes)[:2])
    svg = _text(scene, nodes=chosen)
    assert ">Conv2D" in svg
    assert ">Flatten" not in svg
    assert set(scene.nodes) > chosen  # nothing happened to the canvas itself


def test_what_is_selected_in_the_window_does_not_matter(scene: GraphScene) -> None:
    before = _text(scene)
    scene.select(scene.nodes)
    assert _text(scene) == before


@pytest.mark.parametrize("look", [DARK.name, LIGHT.name])
def test_a_picture_looks_like_the_canvas(
    hand: Hand, scene: GraphScene, theme: Theme, look: Literal["dark", "light"]
) -> None:
    theme.set_mode(look)
    area = _area(scene)
    hand.view.look_from(1.0, area.center())
    png = image(scene, PictureOptions(PictureKind.PNG, scale=1, look=look))
    corner = hand.view.mapFromScene(area.topLeft())
    shown = hand.view.viewport().grab(QRect(corner, png.size())).toImage()
    places = [(x, y) for x in range(1, png.width() - 1, 3) for y in range(1, png.height() - 1, 3)]
    far = [p for p in places if abs(shown.pixelColor(*p).lightness() - png.pixelColor(*p).lightness()) > 40]
    assert len(far) < len(places) * 0.02
    assert len({shown.pixelColor(*p).name() for p in places}) > 20  # there is something to be seen


def test_svg_looks_like_png(scene: GraphScene) -> None:
    png = image(scene, PictureOptions(PictureKind.PNG, scale=1))
    drawn = QImage(png.size(), QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(0)
    painter = QPainter(drawn)
    renderer = QSvgRenderer(QByteArray(picture(scene, PictureOptions(PictureKind.SVG))))
    renderer.render(painter, QRectF(0, 0, png.width(), png.height()))
    painter.end()
    places = [(x, y) for x in range(0, png.width(), 3) for y in range(0, png.height(), 3)]
    far = [p for p in places if abs(drawn.pixelColor(*p).lightness() - png.pixelColor(*p).lightness()) > 40]
    assert len(far) < len(places) * 0.02


def test_a_pdf_is_one_page_of_the_size_of_the_network(scene: GraphScene) -> None:
    pdf = picture(scene, PictureOptions(PictureKind.PDF))
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"/FontFile" in pdf  # words are words
    assert b"/MediaBox" in pdf


def test_an_svg_counts_in_pixels_and_names_fonts_that_others_have(scene: GraphScene) -> None:
    svg, area = _text(scene), _area(scene)
    assert f'<svg width="{area.width():.0f}" height="{area.height():.0f}"' in svg
    families = set(re.findall(r'font-family="([^"]*)"', svg))
    assert len(families) == 2
    assert all(family.endswith((",sans-serif", ",monospace")) for family in families)


def test_margins_are_equal_where_a_wire_turns_around(hand: Hand) -> None:
    first, second = hand.node("Dense", 0, 0), hand.node("Dense", 0, 300)
    hand.link(first, second)
    hand.settle()
    made = image(hand.scene, PictureOptions(PictureKind.PNG, scale=1, background=False))
    columns = [any(made.pixelColor(x, y).alpha() for y in range(made.height())) for x in range(made.width())]
    left, right = columns.index(True), columns[::-1].index(True)
    assert abs(left - right) <= 3
    assert left <= MARGIN


def test_words_of_notes_stay_within_them_where_nothing_is_clipped(hand: Hand) -> None:
    hand.node("Dense", 0, 300)
    long = "one two three four five six seven eight nine ten eleven twelve thirteen"
    notes = (
        Note(id="a", text=long, size=(200, 100)),
        Note(id="b", kind="comment", text=long, place=(300, 0), size=(100, 50)),
    )
    hand.stack.push_edit(put(hand.scene.graph, notes, "Write"))
    svg = _text(hand.scene)
    assert "one two" in svg
    assert "thirteen" not in svg
    assert svg.count("\N{HORIZONTAL ELLIPSIS}") == 2


def test_nothing_to_show_is_said(hand: Hand, scene: GraphScene) -> None:
    with pytest.raises(FormatError, match="none is selected"):
        picture(scene, PictureOptions(nodes=frozenset()))
    hand.scene.select(hand.scene.nodes)
    hand.view.editor.delete(list(scene.nodes))
    with pytest.raises(FormatError, match="there are none"):
        picture(scene, PictureOptions())


def test_too_many_dots_are_refused_and_the_file_before_stays(
    hand: Hand, scene: GraphScene, tmp_path: Path
) -> None:
    hand.node("Dense", 30_000, 4_000)
    path = tmp_path / "network.png"
    path.write_bytes(b"before")
    with pytest.raises(FormatError, match="smaller scale"):
        save_picture(path, scene, PictureOptions(PictureKind.PNG, scale=4))
    assert path.read_bytes() == b"before"


def test_a_folder_that_is_not_there_is_said(scene: GraphScene, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="could not be written"):
        save_picture(tmp_path / "nowhere" / "network.svg", scene, PictureOptions())
