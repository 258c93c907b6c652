"""Takes pictures of the whole window in every state that people meet: not a test, a tour to judge by eye.

`python -m tests.app.tour OUT_FOLDER [dark|light] [STATION ...]` writes one PNG a station. `QT_SCALE_FACTOR=2` makes them as
sharp as on a 2x screen, `--size 1024x700` takes a smaller window, `--language zh_CN` another language. The stations from
`mnist` on train a small residual network for some hundred steps.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app import main
from app.commands.palette import CommandPalette
from app.document import Document
from app.i18n.language import install_language
from app.theme import Theme
from app.window.bottom_dock import PROBLEMS, PROFILE, RUNS, TIME
from app.window.centre import View
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.edits import AddNode, Connect
from engine.graph.sequence import grid
from engine.layers.add import Add
from engine.layers.base import Layer
from engine.layers.conv2d import Conv2D
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.max_pooling2d import MaxPooling2D
from engine.layers.target import Target

SIZE: Final = "1440x900"
PATIENCE_S: Final = 60.0
STEPS: Final = 240

Station = Callable[["Tour"], None]


def residual() -> ModelGraph:
    """Digits through three convolutions, one of them a short cut, and two dense layers: the network of the sketches."""
    example = examples()["mnist-cnn"].graph()
    graph = ModelGraph(sections=example.sections)

    def add(layer: Layer, column: int, row: float, *sources: Node) -> Node:
        node = graph.new_node(layer, grid(column, row))
        AddNode(node).apply(graph)
        for source in sources:
            Connect(Edge.between(source, node)).apply(graph)
        return node

    def seen(filters: int, size: int, activation: str) -> Layer:
        return Conv2D.model_validate(
            {"filters": filters, "kernel_size": (size, size), "activation": activation, "padding": "same"}
        )

    data = add(Input(), 0, 0)
    first = add(seen(8, 3, "relu"), 1, 0, data)
    second = add(seen(16, 3, "relu"), 2, 0, first)
    around = add(seen(16, 1, "linear"), 2, 1.25, first)
    both = add(Add(), 3, 0, second, around)
    pooled = add(MaxPooling2D(), 4, 0, both)
    flat = add(Flatten(), 1, 2.5, pooled)
    hidden = add(Dense.model_validate({"units": 64, "activation": "relu"}), 2, 2.5, flat)
    out = add(Dense(units=10), 3, 2.5, hidden)
    add(Target(), 4, 2.5, out)
    return graph


class Tour:
    """A window, and the deeds that bring it into the states to look at."""

    def __init__(self, window: MainWindow, theme: Theme, folder: Path, prefix: str) -> None:
        self.window, self.theme, self.folder, self.prefix = window, theme, folder, prefix

    def take(self, name: str, shown: QWidget | None = None) -> None:
        """Take a picture of the window with the popups that are open over it, or of another widget."""
        picture = (shown or self.window).grab()
        picture.save(str(self.folder / f"{self.prefix}_{name}.png"))

    def settle(self, seconds: float = 0.35) -> None:
        """Handle all that waits."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            QApplication.processEvents()
            time.sleep(0.005)

    def until(self, met: Callable[[], bool], patience: float = PATIENCE_S) -> None:
        """Handle events until something is so."""
        end = time.perf_counter() + patience
        while not met() and time.perf_counter() < end:
            self.settle(0.02)

    def open(self, graph: ModelGraph, title: str) -> Document:
        """Show a network."""
        document = Document(graph)
        document.title = title
        document.stack.setClean()
        self.window.open_document(document)
        self.settle()
        return document

    def train(self, steps: int, patience: float = PATIENCE_S) -> None:
        """Train for so many steps; the run goes on."""
        training = self.window.training
        seen = [0]
        training.progressed.connect(lambda progress, *_: seen.__setitem__(0, progress.step))
        self.window.train_or_pause()
        self.until(lambda: seen[0] >= steps, patience)
        self.settle(0.5)

    def hold(self) -> None:
        """Pause."""
        self.window.training.pause()
        self.settle(0.6)

    def named(self, name: str, number: int = 0) -> str:
        """The id of the node of a kind."""
        nodes = self.window.workspace.document.graph.nodes.values()
        return [n.id for n in nodes if n.layer.title() == name][number]


# -- stations ---------------------------------------------------------------------------------------------------
def start(tour: Tour) -> None:
    """What a newcomer sees, then in the middle of the first run."""
    tour.take("start")
    tour.train(2500)
    tour.take("spiral")
    tour.hold()
    tour.window.stop()
    tour.settle()


def welcome(tour: Tour) -> None:
    """The page of a new tab."""
    tour.window.files.welcome()
    tour.settle()
    tour.take("welcome")
    tour.window.files.close_tab()
    tour.settle()


def mnist(tour: Tour) -> None:
    """The network of the sketches while it trains."""
    tour.open(residual(), "mnist-residual")
    tour.take("mnist_before")
    tour.train(STEPS)
    tour.window.workspace.choose(tour.named("Conv2D", 1))
    tour.settle(1.5)
    tour.take("mnist")
    tour.hold()


def dock(tour: Tour) -> None:
    """The pages of the dock."""
    tabs = tour.window.dock.tabs
    for place, name in ((RUNS, "runs"), (PROBLEMS, "problems"), (PROFILE, "profile"), (TIME, "time")):
        tabs.setCurrentIndex(place)
        tour.settle(1.0)
        tour.take(f"dock_{name}")
    strip = tour.window.dock.past.strip
    strip.setFocus()
    for _ in range(3):
        QTest.keyClick(strip, Qt.Key.Key_Left)
    tour.settle(1.0)
    tour.take("dock_time_past")
    tour.window.dock.show_what_if()
    tour.settle()
    tour.take("dock_time_what_if")
    tour.window.dock.past.look_now()
    tabs.setCurrentIndex(0)
    tour.settle()


def inspectors(tour: Tour) -> None:
    """The inspector on the data, a dense layer, the target, several layers, nothing."""
    workspace = tour.window.workspace
    for name, node in (("data", "Input"), ("dense", "Dense"), ("target", "Target")):
        workspace.choose(tour.named(node))
        tour.settle(0.8)
        tour.take(f"inspector_{name}")
    workspace.canvas.scene.select([tour.named("Conv2D", k) for k in range(3)])
    tour.settle()
    tour.take("inspector_several")
    workspace.canvas.scene.select()
    tour.settle()
    tour.take("inspector_training")


def problem(tour: Tour) -> None:
    """A network with advice and with an error."""
    tour.open(residual(), "broken")
    workspace = tour.window.workspace
    document, graph = workspace.document, workspace.document.graph
    wire = next(e for e in graph.edges if graph.nodes[e.source].layer.title() == "Flatten")
    from engine.graph.edits import Disconnect

    document.stack.push_edit(Disconnect(wire))
    node = graph.new_node(Dropout(), grid(5, 1))
    document.stack.push_edit(AddNode(node))
    tour.settle()
    tour.window.dock.tabs.setCurrentIndex(PROBLEMS)
    tour.settle()
    workspace.choose(tour.named("Dense"))
    tour.settle(0.8)
    tour.take("problem")
    document.stack.undo()
    document.stack.undo()
    tour.settle()


def popups(tour: Tour) -> None:
    """Search at the pointer, what suits a wire, the command palette, keys, preferences, menu."""
    window = tour.window
    view = window.workspace.canvas.view
    view.open_search(view.mapToScene(QPoint(500, 240)))
    tour.settle()
    tour.take("popup_search")
    tour.take("popup_search_alone", view.popup)
    view.popup.close()
    window.actions_.show_commands()
    tour.settle()
    tour.take("popup_commands")
    for palette in window.findChildren(CommandPalette):
        palette.close()  # Escape reaches nobody where no window is active, as offscreen
    window.actions_.show_keys()
    tour.settle()
    for page in QApplication.topLevelWidgets():
        if page.isVisible() and page is not window:
            tour.take(f"popup_{type(page).__name__}", page)
            page.close()
    window.actions_.show_preferences()
    tour.settle()
    for page in QApplication.topLevelWidgets():
        if page.isVisible() and page is not window:
            tour.take(f"popup_{type(page).__name__}", page)
            page.close()
    window.actions_.menu.popup(window.mapToGlobal(QPoint(12, 40)))
    tour.settle()
    tour.take("popup_menu", window.actions_.menu)
    window.actions_.menu.close()
    tour.settle()


def sides(tour: Tour) -> None:
    """Outline and reference."""
    tour.window.actions_._outline()
    tour.settle()
    tour.take("outline")
    tour.window.outline.close()
    tour.window.workspace.choose(tour.named("Conv2D"))
    tour.window.show_help()
    tour.settle(0.8)
    tour.take("help")
    tour.window.help.close()
    tour.settle()


def data(tour: Tour) -> None:
    """The Data view of a table."""
    document = Document(examples()["penguins"].graph())
    document.title = "Penguins"
    tour.window.open_document(document)
    tour.window.show_view(View.DATA)
    tour.settle(1.5)
    tour.take("data")
    tour.window.show_view(View.NETWORK)
    tour.settle()


STATIONS: Final[dict[str, Station]] = {
    "start": start,
    "welcome": welcome,
    "mnist": mnist,
    "inspectors": inspectors,
    "dock": dock,
    "popups": popups,
    "sides": sides,
    "problem": problem,
    "data": data,
}


def run(arguments: argparse.Namespace) -> None:
    """Go through the stations."""
    folder = Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    app = main.make_application()
    if arguments.language:
        install_language(app, arguments.language)
    theme = Theme(arguments.mode, reduced_motion=True)
    theme.apply(app)
    window = main.make_window(theme, main.settings())
    width, height = map(int, arguments.size.split("x"))
    window.resize(width, height)
    window.training.start_worker()
    window.show()
    tour = Tour(window, theme, folder, arguments.mode)
    tour.settle(1.0)
    for name in arguments.stations or STATIONS:
        STATIONS[name](tour)
    for tab in window.tabs:
        tab.document.stack.setClean()
    window.files.may_quit = lambda: True  # type: ignore[method-assign]  # nobody is there to be asked
    window.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("mode", choices=("dark", "light"))
    parser.add_argument("stations", nargs="*")
    parser.add_argument("--size", default=SIZE)
    parser.add_argument("--language", default="")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["LAYERLOOM_DATA_DIR"] = scratch
        run(parser.parse_intermixed_args(sys.argv[1:]))
