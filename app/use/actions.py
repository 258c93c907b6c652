"""Using the network and building on it, for the menu, the palette of commands and the list of keys."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.i18n import declared
from app.use import transfer

if TYPE_CHECKING:
    from app.use.page import UsePage
    from app.window.main_window import MainWindow
    from app.window.project_tab import ProjectTab

Maker = Callable[[str, str, list[str], Callable[[], object]], QAction]


def fill_use(window: "MainWindow", menu: QMenu, make: Maker) -> None:
    """Put the actions into a menu."""

    def page() -> "UsePage":
        from app.window.bottom_dock import USE
        from app.window.centre import View

        window.show_view(View.NETWORK)
        window.dock.show_look(USE)  # of the project in front, whichever that is then
        return window.dock.looks.use.page

    def deed(name: str) -> None:
        getattr(page(), name)()

    using = menu.addMenu(_tr("Use"))
    using.addAction(make("use_network", _tr("Use the network"), ["Ctrl+4"], page))
    for name, text, method in (
        ("predict_file", _tr("Predict a file\N{HORIZONTAL ELLIPSIS}"), "ask_for_file"),
        ("predict_folder", _tr("Predict a folder\N{HORIZONTAL ELLIPSIS}"), "ask_for_folder"),
        ("predict_pasted", _tr("Predict pasted rows"), "take_pasted"),
        ("predict_inverted", _tr("Invert the pictures and predict again"), "ask_inverted"),
        ("predict_centred", _tr("Centre what is drawn and predict again"), "ask_centred"),
        ("export_answers", _tr("Export the answers\N{HORIZONTAL ELLIPSIS}"), "ask_where"),
        ("class_names", _tr("Names of the classes\N{HORIZONTAL ELLIPSIS}"), "ask_for_names"),
    ):
        using.addAction(make(name, text, [], partial(deed, method)))
    using.addSeparator()
    shelf = using.addMenu(_tr("Pretrained networks"))
    shelf.aboutToShow.connect(partial(_fill_pretrained, window, shelf))
    for name, text, build in (
        ("start_from_network", _tr("Use as a starting point"), transfer.start_from),
        ("freeze_up_to_here", _tr("Freeze all up to here"), transfer.freeze_before),
        ("fine_tune_all", _tr("Fine-tune all layers"), transfer.fine_tune),
    ):
        using.addAction(make(name, text, [], partial(_build, window, build)))


def _fill_pretrained(window: "MainWindow", shelf: QMenu) -> None:
    from engine.models.bundled import bundled_networks  # the start of the window need not pay for it

    shelf.clear()
    for name, network in bundled_networks().items():
        action = shelf.addAction(declared(network.title))
        action.setToolTip(f"{declared(network.summary)}\n{network.licence}")
        action.triggered.connect(partial(_open_pretrained, window, name))


def _open_pretrained(window: "MainWindow", name: str, _checked: bool = False) -> None:
    window.files.foreign.open_bundled(name)


def _build(window: "MainWindow", build: "Callable[[ProjectTab], bool]") -> None:
    from app.window.centre import View

    window.show_view(View.NETWORK)
    build(window.tabs.current)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Use", text)
