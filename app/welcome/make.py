"""Makes the pictures of the welcome page: trains every example in the real window and takes a picture of what it learned.

`python -m app.welcome.make [NAME ...]` writes them into `resources/welcome`, dark and light. The largest examples are
trained for one epoch, which is enough for a picture. Of a trained network that comes along the picture shows its canvas.
Legends and names of axes are left out: they are in one language, and too small to be read.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from app.canvas.scene import center_of
from app.document import Document
from app.plots.roll import PianoRoll
from app.plots.surface import PlotSurface
from app.theme import Theme, ThemeMode
from app.welcome.pictures import FOLDER, PICTURE_SIZE
from app.window.main_window import MainWindow
from app.window.project_tab import ProjectTab
from engine.formats.examples import examples
from engine.models.bundled import bundled_networks

_LARGE: Final = ("mnist-cnn", "fashion-cnn", "shakespeare", "mnist-mlp")
_RATIO: Final = 1.5  # pixels of the file for one of the page
_COLORS: Final = 96
_MARGIN: Final = 4
_CANVAS: Final = 2.2  # times the width of the page, for a few nodes
_SETTLE_MS: Final = 400  # until the last pictures of a run are drawn


def make(names: Sequence[str]) -> None:
    """Train these examples, open these networks, and write their pictures."""
    app = QApplication(sys.argv[:1])
    theme = Theme("dark", reduced_motion=True)
    theme.apply(app)
    FOLDER.mkdir(parents=True, exist_ok=True)
    window = MainWindow(theme, Document(examples()["circle"].graph()))
    window.resize(1500, 900)
    window.show()
    for name in names:
        tab = _open(window, name) if name in bundled_networks() else _train(window, name)
        modes: tuple[ThemeMode, ...] = ("dark", "light")
        for mode in modes:
            theme.set_mode(mode)
            _wait(_SETTLE_MS)
            _write(
                tab.workspace.canvas.view.grab() if name in bundled_networks() else _picture(tab),
                FOLDER / f"{name}-{mode}.png",
            )
        theme.set_mode("dark")
        sys.stderr.write(f"{name}: {tab.run_bar.progress.caption()}\n")
        window.tabs.open(Document(examples()["circle"].graph()), instead=False)
        window.tabs.close(tab)
    window.close()


def _open(window: MainWindow, name: str) -> ProjectTab:
    """A network that needs no training, seen near where it begins to branch: all of it would be too small to see."""
    loop = QEventLoop()
    window.tabs.added.connect(loop.quit)
    window.files.foreign.open_bundled(name)
    loop.exec()
    _wait(_SETTLE_MS)
    view = window.tabs.current.workspace.canvas.view
    view.setFixedSize(PICTURE_SIZE * _CANVAS)
    branches = [item for item in view.graph_scene.nodes.values() if len(item.inputs) > 1]
    view.look_from(1.0, center_of(branches[0]))
    return window.tabs.current


def _train(window: MainWindow, name: str) -> ProjectTab:
    document = Document(examples()[name].graph())
    if name in _LARGE:
        document.set_training(document.training.model_copy(update={"epochs": 1}))
        document.stack.setClean()
    tab = window.open_document(document)
    loop = QEventLoop()
    tab.training.ended.connect(loop.quit)
    tab.workspace.run.train()
    loop.exec()
    _wait(_SETTLE_MS)
    return tab


def _picture(tab: ProjectTab) -> QPixmap:
    """What the network predicts, else its curves, in the middle of the size that the page shows."""
    shown: QWidget = tab.dock.predictions.view or tab.dock.curves.view
    for area in (shown, *shown.findChildren(QAbstractScrollArea)):
        if isinstance(area, QAbstractScrollArea):
            area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    drawn = shown.findChild(PlotSurface) or shown.findChild(PianoRoll) or shown
    if isinstance(drawn, PlotSurface):
        drawn.set_axis_names("", "")
        drawn.restyle()
    for _ in range(2):  # what is above it may need another line once it is narrow
        shown.resize(PICTURE_SIZE * 1.6 + shown.size() - drawn.size())
        _wait(_SETTLE_MS)
    return drawn.grab()


def _wait(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def _write(picture: QPixmap, path: Path) -> None:
    """Scaled to the size of the page and with few colours, which keeps the file small."""
    from io import BytesIO

    from PIL import Image, ImageChops

    scaled = picture.scaled(
        PICTURE_SIZE * _RATIO,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    scaled.save(buffer, "PNG")
    with Image.open(BytesIO(bytes(buffer.data().data()))) as image:
        plain = image.convert("RGB")
        ground = Image.new("RGB", plain.size, plain.getpixel((plain.width - 1, plain.height - 1)))
        _, _, right, _ = ImageChops.difference(plain, ground).getbbox() or (0, 0, *plain.size)
        kept = plain.crop((0, 0, min(right + _MARGIN, plain.width), plain.height))  # a grid leaves some room
        kept.quantize(_COLORS).save(path, optimize=True)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LAYERLOOM_DATA_DIR"] = folder
        make(sys.argv[1:] or [*examples(), *bundled_networks()])
