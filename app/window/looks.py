"""Pages of the dock that are made when wanted: one number, one step, the loss as a landscape, variants side by side."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

from app.theme import Theme
from app.widgets.later_page import LaterPage
from app.window.workspace import Workspace

if TYPE_CHECKING:
    from app.explain.page import FormulaPage
    from app.many.panel import ManyPanel
    from app.steps.page import StepsPage
    from app.surface.page import SurfacePage
    from app.use.page import UsePage
    from engine.formats.project import Project
    from engine.training.explain.picking import Pick
    from engine.training.many.kept import KeptStudy


class Looks(QObject):
    """The pages of one project. `wanted` carries one that is to be seen; `raced`: a race of optimizers was begun."""

    wanted = Signal(object)
    raced = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._workspace: Workspace | None = None
        self.formula = LaterPage(self._make_formula)
        self.steps = LaterPage(self._make_steps)
        self.surface = LaterPage(self._make_surface)
        self.variants = LaterPage(self._make_variants)
        self.use = LaterPage(self._make_use)
        self.project: Callable[[], Project] | None = None  # gives the project with its weights
        self._study: KeptStudy | None = None  # that came with the file

    @property
    def titles(self) -> tuple[str, ...]:
        """Of the tabs, in their order."""
        return _tr("Formula"), _tr("Step by step"), _tr("Loss surface"), _tr("Variants"), _tr("Use")

    @property
    def pages(self) -> tuple[QWidget, ...]:
        """In the same order."""
        return self.formula, self.steps, self.surface, self.variants, self.use

    def watch(self, workspace: Workspace) -> None:
        """Of this project."""
        self._workspace = workspace
        workspace.inside.number_picked.connect(self._on_number_picked)

    def show_formula(self) -> None:
        """Take the chosen layer or wire apart."""
        self.wanted.emit(self.formula)

    def begin_steps(self) -> None:
        """Step through a batch."""
        self.wanted.emit(self.steps)
        self.steps.page.begin()

    def show_surface(self) -> None:
        """Show the loss surface."""
        self.wanted.emit(self.surface)

    def race(self) -> None:
        """Race optimizers on the loss surface."""
        self.wanted.emit(self.surface)
        self.surface.page.begin_race()

    def take_study(self, study: "KeptStudy | None") -> None:
        """The variants that were trained before, as the project's file has them."""
        self._study = study
        if study is not None and self.variants.is_made:
            self.variants.page.show_kept(study)

    def kept_study(self) -> "KeptStudy | None":
        """The variants that were trained last, for the project's file."""
        return self.variants.page.kept() if self.variants.is_made else self._study

    def _on_number_picked(self, pick: "Pick") -> None:
        assert self._workspace is not None
        chosen = self._workspace.canvas.scene.selected_nodes()
        if len(chosen) == 1:
            self.wanted.emit(self.formula)
            self.formula.page.show_pick(chosen[0], pick)

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
        page = SurfacePage(self._theme, self._workspace)
        page.raced.connect(self.raced)
        return page

    def _make_variants(self) -> "ManyPanel":
        from app.many.panel import ManyPanel

        assert self._workspace is not None
        page = ManyPanel(self._theme)
        page.watch(self._workspace.document, self._workspace.run.training.workers)
        page.opened.connect(self._workspace.open_variant)
        page.refused.connect(self._workspace.said)
        self._workspace.closing.connect(page.close_study)
        if self._study is not None:
            page.show_kept(self._study)
        return page

    def _make_use(self) -> "UsePage":
        from app.use.page import UsePage

        assert self._workspace is not None
        assert self.project is not None  # whoever owns the project says so
        return UsePage(self._theme, self._workspace, self.project)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Looks", text)
