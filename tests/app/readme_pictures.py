"""Takes the pictures of README in the real window, with a network that really learns: not a test.

`python -m tests.app.readme_pictures [window] [data]` writes them into `resources/screenshots`; it takes some minutes.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel

from app import main
from app.theme import Theme
from tests.app.tour import Tour, residual

FOLDER: Final = Path(__file__).resolve().parents[2] / "resources" / "screenshots"
TABLE: Final = FOLDER.parent / "datasets" / "penguins" / "table.csv"
SIZE: Final = (1440, 900)
STEPS: Final = 450
PATIENCE_S: Final = 600.0


def write(picture: QPixmap, name: str) -> None:
    """As small a file as there is without another colour anywhere."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    with Image.open(BytesIO(bytes(buffer.data().data()))) as image:
        image.convert("RGB").save(FOLDER / f"{name}.png", optimize=True)


def window(tour: Tour) -> None:
    """The residual network in the middle of its first epoch, dark and light."""
    document = tour.open(residual(), "mnist-residual")
    document.set_training(document.training.model_copy(update={"epochs": 1}))
    document.stack.setClean()
    tour.settle(1.0)
    tour.train(STEPS, PATIENCE_S)
    tour.window.workspace.choose(tour.named("Conv2D", 1))
    tour.settle(3.0)
    for mode in ("dark", "light"):
        tour.theme.set_mode("dark" if mode == "dark" else "light")
        tour.settle(1.0)
        write(tour.window.grab(), f"window-{mode}")


def data(tour: Tour, folder: Path) -> None:
    """A table that somebody brings."""
    file = folder / "penguins.csv"
    shutil.copy(TABLE, file)
    tour.window.files.new()
    tour.settle()
    tour.window.data_files.bring([file])
    desk = tour.window.workspace.desk
    tour.until(lambda: desk.profile is not None and desk.plan is not None)
    desk.choose_column("species")
    tour.settle(2.0)
    for label in tour.window.findChildren(QLabel):
        if str(folder) in label.text():  # where it was made is nobody's business
            label.hide()
    tour.settle()
    write(tour.window.grab(), "data-light")


def run(folder: Path, wanted: Sequence[str]) -> None:
    """Take these."""
    app = main.make_application()
    theme = Theme("dark", reduced_motion=True)
    theme.apply(app)
    shown = main.make_window(theme, main.settings())
    theme.set_mode("dark")
    shown.resize(*SIZE)
    shown.training.start_worker()
    shown.show()
    tour = Tour(shown, theme, folder, "")
    tour.settle(1.0)
    if "window" in wanted:
        window(tour)
    if "data" in wanted:
        theme.set_mode("light")
        data(tour, folder)
    shown.files.may_quit = lambda: True  # type: ignore[method-assign]  # nobody is there to be asked
    shown.close()


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.stderr.write("This trains a network for some minutes.\n")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["LAYERLOOM_DATA_DIR"] = scratch
        run(Path(scratch), sys.argv[1:] or ("window", "data"))
