"""What the command palette offers of predictions: each view that suits the data, and one's own example."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.commands.command import Command

if TYPE_CHECKING:
    from app.predictions.view import PredictionView
    from app.window.bottom_dock import BottomDock


def prediction_commands(dock: "BottomDock") -> Iterator[Command]:
    """For the project whose dock this is."""
    group = QCoreApplication.translate("Commands", "Predictions")
    shows = QCoreApplication.translate("Commands", "Show predictions: {view}")
    for kind in dock.more.panel.suiting:
        yield Command(
            name=f"predictions/{kind.__name__}",
            title=shows.format(view=kind.title()),
            group=group,
            run=partial(_show, dock, kind),
            words=(kind.__name__, "predictions"),
        )


def _show(dock: "BottomDock", kind: "type[PredictionView]") -> None:
    dock.show_predictions()
    dock.more.panel.choose(kind)
    if dock.more.panel.view is not None:
        dock.more.panel.view.setFocus()
