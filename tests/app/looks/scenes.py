"""What is drawn for the comparison: a small network with a node in every state, and the controls of forms.

`python -m tests.app.looks.scenes` draws the references anew, after a change of looks that is wanted; look at them, then
commit them. They are drawn with the bundled fonts on the offscreen platform, where no desktop has a say.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRegion
from PySide6.QtWidgets import QApplication, QWidget

from app.canvas import CanvasPanel, LiveInference
from app.theme import Theme, ThemeMode
from app.undo import EditStack
from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer
from engine.graph.edits import AddNode, Connect, SetBypass, SetMute, SetTag
from engine.graph.features import FeatureSpec
from engine.graph.notes import Note, put
from engine.layers.registry import layers
from engine.tensor.spec import DType
from tests.app.gallery import widgets_page

FOLDER: Final = Path(__file__).parent / "references"
MODES: Final[tuple[ThemeMode, ...]] = ("dark", "light")
SCALES: Final = (1, 2)
SIZE: Final = QSize(940, 560)
FEATURES: Final = {"x": FeatureSpec((28, 28, 1)), "y": FeatureSpec((), DType.INT32, classes=10)}


class Drawn:
    """A panel with the network on it; `close` it when it was looked at."""

    def __init__(self, theme: Theme) -> None:
        self.stack = EditStack(ModelGraph())
        self.inference = LiveInference(self.stack.graph, FEATURES)
        self.panel = CanvasPanel(theme, self.stack, self.inference)
        self.panel.resize(SIZE)
        self._build()
        self.panel.level.show_inference(self.inference.now())
        self.panel.scene.router.finish()
        self.panel.set_strip("2.9 k parameters · 1.2 M multiply-adds")

    def _node(self, kind: str, column: float, row: float, **settings: Any) -> Node:
        node = self.stack.graph.new_node(layers()[kind].model_validate(settings), (250 * column, 125 * row))
        self.stack.push_edit(AddNode(node))
        return node

    def _wire(self, source: Node, target: Node) -> Edge:
        edge = Edge.between(source, target)
        self.stack.push_edit(Connect(edge))
        return edge

    def _build(self) -> None:
        data = self._node("Input", 0, 0)
        first = self._node("Conv2D", 1, 0, filters=8, activation="relu", padding="same")
        second = self._node("Conv2D", 2, 0, filters=8, activation="relu", padding="same")
        both = self._node("Add", 3, 0)
        self._wire(data, first)
        self._wire(first, second)
        self._wire(second, both)
        skip = self._wire(first, both)
        passed = self._node("ReLU", 0, 1.5)
        silent = self._node("BatchNormalization", 1, 1.5)
        self._node("LSTM", 2, 1.5, units=16, return_state=True)
        block = self._node("ResidualBlock", 3, 1.5, filters=8)
        self._node("Dense", 0, 3, units=64)
        pool = self._node("GlobalAveragePooling2D", 1, 3)
        out = self._node("Dense", 2, 3, units=10)
        target = self._node("Target", 3, 3)
        strange = self.stack.graph.new_node(UnknownLayer("Swish9", {}, "of a newer version"), (-250.0, 375.0))
        self.stack.push_edit(AddNode(strange))
        self._wire(both, passed)
        self._wire(passed, silent)
        self._wire(silent, block)
        self._wire(block, pool)
        self._wire(pool, out)
        self._wire(out, target)
        notes = (
            Note(id="a", text="Residual", place=(225, -50), size=(700, 150)),
            Note(
                id="b",
                kind="comment",
                text="Looks at strokes.",
                tag="yellow",
                place=(-250, 0),
                size=(175, 75),
            ),
        )
        for edit in (
            SetBypass([passed.id], True),
            SetMute([silent.id], True),
            SetTag([pool.id], "green"),
            put(self.stack.graph, notes, "Write"),
        ):
            self.stack.push_edit(edit)
        scene = self.panel.scene
        scene.set_thumbnails(first.id, [_stripes(k) for k in range(5)])
        scene.select([second.id], [skip])
        scene.set_hovered(scene.nodes[out.id])

    def view(self) -> QWidget:
        """What is drawn: the whole network at a readable size."""
        view = self.panel.view
        view.resetTransform()
        view.setTransform(view.transform().scale(0.72, 0.72))
        view.centerOn(325, 215)
        return self.panel

    def close(self) -> None:
        """Lets go of everything."""
        self.panel.close_document()
        self.inference.close()
        self.panel.close()
        self.panel.deleteLater()


def _stripes(count: int) -> QImage:
    """A picture of a few coarse pixels."""
    image = QImage(7, 7, QImage.Format.Format_RGB32)
    image.fill(QColor("#440154"))
    for k in range(7):
        image.setPixelColor(k, (k + count) % 7, QColor("#fde725"))
    return image


def shown(widget: QWidget, scale: int) -> QImage:
    """A widget as it looks on a screen of so many pixels for each of its units."""
    image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().window().color())
    painter = QPainter(image)
    widget.render(
        painter,
        QPoint(),
        QRegion(),
        QWidget.RenderFlag.DrawChildren | QWidget.RenderFlag.DrawWindowBackground,
    )
    painter.end()
    return image


def canvas(theme: Theme, scale: int) -> QImage:
    """The network."""
    drawn = Drawn(theme)
    widget = drawn.view()
    widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    widget.show()
    drawn.view()
    for _ in range(3):
        QApplication.processEvents()
    drawn.view()
    try:
        return shown(widget, scale)
    finally:
        drawn.close()


def controls(theme: Theme, scale: int) -> QImage:
    """Buttons, chips and every kind of field."""
    page = widgets_page(theme)
    page.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    page.resize(1180, 640)
    page.show()
    QApplication.processEvents()
    image = shown(page, scale).copy(QRect(0, 0, 1180 * scale, 640 * scale))
    page.close()
    page.deleteLater()
    return image


SCENES: Final[dict[str, Callable[[Theme, int], QImage]]] = {"canvas": canvas, "controls": controls}
PICTURES: Final = [
    (name, mode, scale)
    for name in SCENES
    for mode in MODES
    for scale in (SCALES if name == "canvas" else SCALES[:1])
]


def picture_path(name: str, mode: str, scale: int) -> Path:
    """Where the reference is."""
    return FOLDER / f"{name}-{mode}-{scale}x.png"


def renew() -> None:
    """Draw all references anew."""
    from PIL import Image

    app = QApplication(sys.argv[:1])
    for name, mode, scale in PICTURES:
        theme = Theme(mode, reduced_motion=True)
        theme.apply(app)
        path = picture_path(name, mode, scale)
        SCENES[name](theme, scale).save(str(path))
        with Image.open(path) as image:
            image.convert("RGB").save(path, optimize=True)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    renew()
