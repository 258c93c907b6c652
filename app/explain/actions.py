"""What takes a network apart, for the menu, the palette of commands and the list of keys."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from app.window.looks import Looks
    from app.window.main_window import MainWindow

Maker = Callable[[str, str, list[str], Callable[[], object]], QAction]


def fill_looks(window: "MainWindow", menu: QMenu, make: Maker) -> None:
    """Put the actions into a menu."""

    def looks() -> "Looks":
        return window.dock.looks  # of the project in front, whichever that is then

    apart = menu.addMenu(_tr("Take apart"))
    apart.addAction(
        make("show_formula", _tr("Formula of a number"), ["Ctrl+Alt+F"], lambda: looks().show_formula())
    )
    apart.addAction(
        make("step_through", _tr("Step through a batch"), ["Shift+F10"], lambda: looks().begin_steps())
    )
    for name, text, deed in (
        ("next_phase", _tr("Next phase of the step"), "next_phase"),
        ("phase_before", _tr("Phase before"), "phase_before"),
        ("whole_step", _tr("To the end of the step"), "whole_step"),
        ("keep_steps", _tr("Keep the steps that were seen"), "keep"),
        ("discard_steps", _tr("Discard the steps that were seen"), "discard"),
    ):
        apart.addAction(make(name, text, [], partial(_step, looks, deed)))
    surface = _tr("Loss surface")
    apart.addAction(make("show_surface", surface, ["Ctrl+Alt+L"], lambda: looks().show_surface()))
    apart.addAction(make("race", _tr("Race optimizers on the loss surface"), [], lambda: looks().race()))


def _step(looks: "Callable[[], Looks]", deed: str) -> None:
    if looks().steps.is_made:
        getattr(looks().steps.page.mode, deed)()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Looks", text)
