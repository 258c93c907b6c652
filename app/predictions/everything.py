"""All views of predictions and what ties them to a run: imported late, since plots take longer to import than all else."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.predictions.own_panel import OwnExample
from app.predictions.panel import PredictionsPanel
from app.predictions.registry import all_views
from app.predictions.watcher import PredictionWatcher
from app.theme import Theme
from app.window.workspace import Workspace

VIEWS = all_views()


def watcher_for(
    theme: Theme, workspace: Workspace, panels: Sequence[PredictionsPanel], parent: QWidget
) -> tuple[PredictionWatcher, OwnExample]:
    """What asks the run of a project for what these panels show, and a panel for an example of one's own."""
    own = OwnExample(theme)
    document = workspace.document
    return PredictionWatcher(workspace.run, lambda: document.graph, panels, own, parent), own
