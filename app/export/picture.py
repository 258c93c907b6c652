"""The canvas as a picture in a file: what is painted is what the screen shows, but words stay words and lines stay lines.

A scene of its own is painted, so that the look of the window, what is selected in it and where it is scrolled to do not
matter, and that nothing blinks.
"""

from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QIODevice,
    QMarginsF,
    QPointF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPageSize, QPaintDevice, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from app.canvas.backdrop import paint_backdrop
from app.canvas.facts import Caption
from app.canvas.scene import GraphScene, center_of
from app.export.boxes import Boxes, Shown
from app.export.strokes import Strokes
from app.export.svg import for_others
from app.theme import Theme
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError
from engine.graph.edits import RemoveNode
from engine.graph.inference import Inference
from engine.graph.notes import remove

MARGIN: Final = 40.0
"""Around the network, in canvas units."""

LARGEST_SCALE: Final = 4
_MOST_SIDE: Final = 30_000  # Qt's raster engine counts to 32,767
_MOST_DOTS: Final = 150_000_000  # 600 MB
_POINTS_PER_INCH: Final = 72


class PictureKind(Enum):
    """A format, by how its files are called."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """What the picture shows and how.

    `scale` is the number of dots a canvas unit, 1 to 4, and counts for PNG only. `nodes`: these only; all where it is
    None. `style`: as the canvas shows it, or `boxes` from top to bottom that say what `shown` has.
    """

    kind: PictureKind = PictureKind.SVG
    look: Literal["dark", "light"] = "light"
    scale: int = 2
    background: bool = True
    nodes: frozenset[str] | None = None
    style: Literal["canvas", "boxes"] = "canvas"
    shown: Shown = field(default_factory=Shown)


Paint = Callable[[QPainter], object]


def save_picture(
    path: Path, scene: GraphScene, options: PictureOptions, inference: Inference | None = None
) -> None:
    """Write the picture of a canvas in place of `path`, whole or not at all; `inference`: for the shapes in boxes.

    Raises:
        FormatError: there is nothing to show, it is too large, or the file can't be written.
    """
    content = picture(scene, options, inference)
    with replacing(path) as file:
        file.write(content)


def picture(scene: GraphScene, options: PictureOptions, inference: Inference | None = None) -> bytes:
    """The file of the picture of a canvas. Raises `FormatError` where there is nothing to show or too much."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if options.kind is PictureKind.PNG:
        if not QImageWriter(buffer, QByteArray(b"png")).write(image(scene, options, inference)):
            raise FormatError(_tr("The picture could not be made; choose a smaller scale, or SVG."))
        return bytes(buffer.data().data())
    size = QSize()
    with _drawing(scene, options, inference) as (area, paint):
        size = area.size().toSize()
        device = _svg(buffer, area) if options.kind is PictureKind.SVG else _pdf(buffer, area)
        _paint(device, paint)
    content = bytes(buffer.data().data())
    return for_others(content, size) if options.kind is PictureKind.SVG else content


def image(scene: GraphScene, options: PictureOptions, inference: Inference | None = None) -> QImage:
    """The picture in dots, `scale` a canvas unit; raises `FormatError` where there is nothing to show or too much."""
    with _drawing(scene, options, inference) as (area, paint):
        scale = min(max(options.scale, 1), LARGEST_SCALE)
        size = (area.size() * scale).toSize()
        if max(size.width(), size.height()) > _MOST_SIDE or size.width() * size.height() > _MOST_DOTS:
            raise FormatError(
                _tr(
                    "A PNG has room for 150 million dots; this picture would have {width:,} by {height:,}. "
                    "Choose a smaller scale, or SVG or PDF."
                ).format(width=size.width(), height=size.height())
            )
        made = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        made.fill(Qt.GlobalColor.transparent)
        made.setDevicePixelRatio(scale)
        _paint(made, paint)
    return made


@contextmanager
def _drawing(
    scene: GraphScene, options: PictureOptions, inference: Inference | None
) -> Iterator[tuple[QRectF, Paint]]:
    """How large the picture is, and what paints it from (0, 0) on."""
    if options.style == "boxes":
        theme = Theme(options.look, reduced_motion=True)
        boxes = Boxes(scene.graph, inference, theme, options.shown, options.nodes)
        _require_some(boxes.places, options)
        area = boxes.area

        def draw(painter: QPainter) -> None:
            if options.background:
                painter.fillRect(QRectF(QPointF(), area.size()), theme.color("canvas"))
            painter.translate(-area.topLeft())
            boxes.paint(painter)

        yield area, draw
        return
    with _copy(scene, options) as copy:
        whole = _area(copy, options)
        yield whole, lambda painter: _draw(painter, copy, whole, options)


@contextmanager
def _copy(scene: GraphScene, options: PictureOptions) -> Iterator[GraphScene]:
    """The same canvas in the wanted look, nothing selected, without what is not to be shown."""
    graph = scene.graph.copy()
    if options.nodes is not None:
        for node_id in [i for i in graph.nodes if i not in options.nodes]:
            RemoveNode(node_id).apply(graph)
        remove(graph, _notes_without(scene, options.nodes)).apply(graph)
    copy = GraphScene(graph, Theme(options.look, reduced_motion=True), sprites=Strokes)
    try:
        for node_id in copy.nodes:
            item = scene.nodes[node_id]
            copy.set_thumbnails(node_id, item.thumbnails)
            copy.set_caption(node_id, Caption(item.title(), item.subtitle(), item.footer()))
        copy.set_badges({i: item.badge for i, item in scene.nodes.items() if item.badge is not None})
        shown = {wire.edge: wire for wire in scene.wires()}
        for wire in copy.wires():
            wire.set_shape_text(shown[wire.edge].shape_text)
            wire.set_faulty(shown[wire.edge].faulty)
        copy.router.finish()
        yield copy
    finally:
        copy.close()


def _notes_without(scene: GraphScene, nodes: frozenset[str]) -> list[str]:
    """The notes that are neither selected nor frames around one of these nodes."""
    places = [center_of(scene.nodes[i]) for i in nodes]
    return [
        i
        for i, item in scene.notes.items.items()
        if not item.selected and not any(item.note.holds((p.x(), p.y())) for p in places)
    ]


def _area(scene: GraphScene, options: PictureOptions) -> QRectF:
    rect = scene.content_rect()
    _require_some(scene.nodes, options)
    for wire in scene.wires():  # not their bounds, which have room for all that a curve may do
        rect = rect.united(wire.path().boundingRect()).united(wire.pill())
    rect.adjust(-MARGIN, -MARGIN, MARGIN, MARGIN)
    return QRectF(rect.toAlignedRect())


def _require_some(shown: Sized, options: PictureOptions) -> None:
    if not len(shown):
        raise FormatError(
            _tr("A picture shows layers; there are none. Add one first.")
            if options.nodes is None
            else _tr("A picture of the selection shows the selected layers; none is selected. Select some.")
        )


def _paint(device: QPaintDevice, paint: Paint) -> None:
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    paint(painter)
    painter.end()


def _draw(painter: QPainter, scene: GraphScene, area: QRectF, options: PictureOptions) -> None:
    if options.background:
        painter.save()
        painter.translate(-area.topLeft())
        paint_backdrop(painter, area, scene.look, 1.0)
        painter.restore()
    scene.render(painter, QRectF(QPointF(), area.size()), area)


def _svg(buffer: QBuffer, area: QRectF) -> QSvgGenerator:
    made = QSvgGenerator()
    made.setOutputDevice(buffer)
    made.setResolution(_dots_per_inch())
    made.setSize(area.size().toSize())
    made.setViewBox(QRectF(QPointF(), area.size()))
    made.setTitle(_tr("A neural network drawn by Layerloom"))
    return made


def _pdf(buffer: QBuffer, area: QRectF) -> QPdfWriter:
    made = QPdfWriter(buffer)
    dots = _dots_per_inch()
    made.setResolution(dots)
    points = QSizeF(area.size()) * (_POINTS_PER_INCH / dots)
    made.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    made.setPageMargins(QMarginsF())
    made.setCreator("Layerloom")
    made.setTitle(_tr("A neural network drawn by Layerloom"))
    return made


def _dots_per_inch() -> int:
    """At which fonts, whose sizes are points, have on paper the size that they have on the screen."""
    return round(QGuiApplication.primaryScreen().logicalDotsPerInch())


def _tr(text: str) -> str:
    return QCoreApplication.translate("Picture", text)
