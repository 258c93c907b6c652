"""The pages of the dock that take a network apart: one number, one step, the loss as a landscape. Made when wanted."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.theme import Theme
from app.window.later_page import LaterPage
from app.window.workspace import Workspace

if TYPE_CHECKING:
    from app.explain.page import FormulaPage
    from app.steps.page import StepsPage
    from app.surface.page import SurfacePage


class Looks:
    """The pages of one project."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._workspace: Workspace | None = None
        self.formula = LaterPage(self._make_formula)
        self.steps = LaterPage(self._make_steps)
        self.surface = LaterPage(self._make_surface)

    @property
    def titles(self) -> tuple[str, ...]:
        """Of the tabs, in their order."""
        return _tr("Formula"), _tr("Step by step"), _tr("Loss surface")

    @property
    def pages(self) -> tuple[QWidget, ...]:
        """In the same order."""
        return self.formula, self.steps, self.surface

    def watch(self, workspace: Workspace) -> None:
        """Of this project."""
        self._workspace = workspace

    def _make_formula(self) -> "FormulaPage":
        from app.explain.page import FormulaPage

        assert self._workspace is not None
        return FormulaPage(self._theme, self._workspace)

    def _make_steps(self) -> "StepsPage":
        from app.steps.page import StepsPage

        assert self._workspace is not None
        return StepsPage(self._theme, self._workspace)

    def _make_surface(self) -> "SurfacePage":
        from app.surface.page import SurfacePage

        assert self._workspace is not None
        return SurfacePage(self._theme, self._workspace)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Looks", text)
