"""Pictures of the canvas: what is in the file, and that a failure leaves the file before."""

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
    area = scene.content_rect()
    for wire in scene.wires():
        area = area.united(wire.bounds())
    area = QRectF(area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).toAlignedRect())
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
