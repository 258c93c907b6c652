"""Studies, what is said of a run, and its curves, for the menu, the palette of commands and the list of keys."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

Maker = Callable[[str, str, list[str], Callable[[], object]], QAction]


def fill_studies(window: "MainWindow", menu: QMenu, make: Maker) -> None:
    """Put the actions into a menu."""

    def find() -> None:
        from app.window.centre import View

        window.show_view(View.NETWORK)
        window.workspace.find_rate()

    def vary() -> None:
        from app.window.bottom_dock import VARIANTS

        window.dock.show_look(VARIANTS)

    def look() -> None:
        window.dock.show_problems()  # of the project in front, whichever that is then

    def export() -> None:
        window.dock.curves.ask_for_file()

    def count() -> None:
        window.dock.curves.switch_axis()

    studies = menu.addMenu(_tr("Learning"))
    for name, text, run in (
        ("find_rate", _tr("Find a learning rate"), find),
        ("train_variants", _tr("Train variants side by side"), vary),
        ("show_problems", _tr("Show what is wrong and how each layer does"), look),
        ("export_curves", _tr("Export the curves…"), export),
        ("curves_by_step", _tr("Count steps or epochs along the curves"), count),
    ):
        studies.addAction(make(name, text, [], run))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Studies", text)
