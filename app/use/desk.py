"""Asks the trained network of a project for answers, on a thread beside the window; one file at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.i18n import said
from app.lane import Lane
from app.window.workspace import Workspace
from engine.compiler.lower import LoweringError
from engine.data.bundle import DataBundle, DataSpec, Feature
from engine.data.errors import DataError
from engine.devices.base import Watch
from engine.formats.dataless import given_inputs
from engine.formats.errors import FormatError
from engine.formats.project import Project
from engine.graph.diagnostics import Severity
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.tensor.spec import Array, DType, ShapeError
from engine.training.features import feature_specs

if TYPE_CHECKING:
    from engine.data.recipe.preparation import Preparation
    from engine.models.answering.results import Key, Results

_ASK, _ORDER, _SAVE, _READY, _EXTENT = "ask", "order", "save", "ready", "extent"
ANSWERING = "engine.models.answering.results"


@dataclass(frozen=True)
class Ordering:
    """How rows are shown."""

    key: Key = ("row", 0)
    downward: bool = False
    text: str = ""


@dataclass(frozen=True)
class _Wish:
    """A file to answer for, see `UseDesk.ask`."""

    path: Path
    answers: str
    inverted: bool
    centred: bool = False
    title: str = ""  # what it is called, if not as the file
    drawn: bool = False  # then it is centred only where the network learned such pictures


class UseDesk(QObject):
    """Answers for one project.

    `answered` carries `Results`, `ordered` the rows in their order, `failed` and `said` a sentence, `progressed` rows done
    and rows in all (0 where that is not known); `changed` follows each.
    """

    answered = Signal(object)
    ordered = Signal(object)
    failed = Signal(str)
    said = Signal(str)
    progressed = Signal(int, int)
    changed = Signal()
    measured = Signal()

    def __init__(
        self, workspace: Workspace, project: Callable[[], Project], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace, self._project = workspace, project
        self.results: Results | None = None
        self.ordering = Ordering()
        self._answered: _Wish | None = None  # what the results are of
        self._extent: float | None = None
        self._extent_of: DataBundle | None = None
        self._lane = Lane("use", self)
        workspace.closing.connect(self._lane.close)

    @property
    def is_busy(self) -> bool:
        """Whether a file is being answered for."""
        return self._lane.is_busy(_ASK)

    def get_ready(self) -> None:
        """Import what answers, beside the window: it takes longer than all of the page."""
        self._lane.want(_READY, lambda _watch: import_module(ANSWERING), lambda _none: None)

    # -- what the network takes ---------------------------------------------------------------------
    @property
    def preparation(self) -> Preparation | None:
        """How the file was prepared that the network learned from."""
        bundle = self._workspace.run.bundle
        return bundle.preparation if bundle is not None else self._project().preparation

    def inputs(self) -> list[Feature]:
        """What must be given; empty where it is not known."""
        document = self._workspace.document
        given = given_inputs(document.graph)
        if given is not None:
            return [
                Feature(n, "text" if f.dtype is DType.STRING else "numeric", f.shape, f.dtype)
                for n, f in given.items()
            ]
        spec = self._spec()
        return [spec.features[name] for name in spec.inputs] if spec is not None else []

    def _spec(self) -> DataSpec | None:
        """Of the data; where that is gone, of what the network learned from."""
        document, preparation = self._workspace.document, self.preparation
        if document.data_spec is None and not document.is_dataless and preparation is not None:
            return preparation.spec()
        return document.data_spec

    def _features(self) -> Mapping[str, FeatureSpec]:
        spec = self._spec()
        return feature_specs(spec) if spec is not None else self._workspace.document.features

    # -- answers ------------------------------------------------------------------------------------
    def extent(self) -> float | None:
        """The size of what is drawn in the learned pictures, where they are centred; known once `measured`."""
        bundle = self._workspace.run.bundle
        if bundle is not None and self._extent_of is not bundle:
            self._extent_of, self._extent = bundle, None
            if any(bundle.features[name].kind == "image" for name in bundle.inputs):
                self._lane.want(_EXTENT, lambda _watch: _extent(bundle), self._on_measured)
        return self._extent

    def _on_measured(self, extent: float | None) -> None:
        self._extent = extent
        self.measured.emit()

    def ask(
        self,
        path: Path,
        answers: str = "",
        *,
        inverted: bool = False,
        centred: bool = False,
        title: str = "",
    ) -> None:
        """Answer for a file or folder.

        Args:
            path: of it.
            answers: the column of the truth.
            inverted: pictures are turned round first.
            centred: what is drawn in them is brought to the middle first.
            title: what it is called; the file's name where there is none.
        """
        self._ask(_Wish(path, answers, inverted, centred, title))

    def ask_drawn(self, path: Path, answers: str = "", *, centred: bool = True, title: str = "") -> None:
        """Answer for a drawing; `centred` where the network learned centred ones."""
        self._ask(_Wish(path, answers, inverted=False, centred=centred, title=title, drawn=True))

    @property
    def is_drawn(self) -> bool:
        """Whether the answer is that for a drawing."""
        return self._answered is not None and self._answered.drawn

    def _ask(self, wish: _Wish) -> None:
        wrong = self._why_not()
        if wrong:
            self._on_failed(wrong)
            return
        from engine.models.answering.learned import is_untrained  # see `get_ready`

        project, bundle = self._project(), self._workspace.run.bundle
        if is_untrained(project.graph, project.weights, self._features()):
            self._on_failed(self.tr("The network is not trained yet. Press Train first."))
            return
        project = replace(project, graph=project.graph.copy())

        def work(watch: Watch) -> Results:
            return _answers(project, bundle, wish, watch)

        def take(results: Results) -> None:
            self._answered = wish
            self._on_answered(results)

        self._lane.want(_ASK, work, take, self._on_failed, self.progressed.emit)
        self.progressed.emit(0, 0)
        self.changed.emit()

    def ask_inverted(self) -> None:
        """Answer for the same pictures turned round, or as they are where they were turned."""
        wish = self._answered
        if wish is None or self.results is None or not self.results.pictured:
            self._on_failed(self.tr("Only pictures can be inverted. Choose a file of pictures first."))
        else:
            self._ask(replace(wish, inverted=not wish.inverted))

    def ask_centred(self) -> None:
        """Answer for the same pictures with what is drawn in the middle, or as they are where it was brought there."""
        wish = self._answered
        if wish is None or self.results is None or not self.results.pictured:
            self._on_failed(self.tr("Only pictures can be centred. Choose a file of pictures first."))
        else:
            self._ask(replace(wish, centred=not self.results.centred, drawn=False))

    def _why_not(self) -> str:
        document, features = self._workspace.document, self._features()
        known = features == document.features
        inference = document.inference if known else infer(document.graph, features)
        errors = [d for d in inference.diagnostics if d.severity is Severity.ERROR]
        return said(errors[0].sentence) if errors else ""

    def cancel(self) -> None:
        """Nobody waits any more; what was answered before stays."""
        self._lane.cancel(_ASK)
        self.changed.emit()

    def _on_answered(self, results: Results) -> None:
        self.results, self.ordering = results, Ordering()
        self._extent = results.extent if results.extent is not None else self._extent
        self.answered.emit(results)
        if results.rest:
            self.failed.emit(
                self.tr(
                    "There is room for the first {rows:,} rows here; `main.py predict` writes any number."
                ).format(rows=results.rows)
            )
        elif results.notes:
            self.failed.emit(said(results.notes[0]))
        self.changed.emit()

    def _on_failed(self, sentence: str) -> None:
        self.failed.emit(sentence)
        self.changed.emit()

    # -- order --------------------------------------------------------------------------------------
    def order(self, ordering: Ordering) -> None:
        """Show rows in another order, or other rows."""
        results = self.results
        self.ordering = ordering
        if results is not None:
            self._lane.want(
                _ORDER,
                lambda _watch: _ordered(results, ordering),
                self.ordered.emit,
                self._on_failed,
            )

    # -- files --------------------------------------------------------------------------------------
    def save(self, path: Path, write: Callable[[Path], None]) -> None:
        """Write something beside the window."""

        def work(_watch: Watch) -> None:
            try:
                write(path)
            except FormatError as error:
                raise DataError(str(error)) from error

        done = self.tr("Saved {name}.").format(name=path.name)
        self._lane.want(_SAVE, work, lambda _none: self.said.emit(done), self._on_failed)


def _extent(bundle: DataBundle) -> float | None:
    from engine.data.pictures.centring import learned_extent

    return learned_extent(bundle)


def _ordered(results: Results, ordering: Ordering) -> Array:
    return results.order(ordering.key, downward=ordering.downward, text=ordering.text)


def _answers(project: Project, bundle: DataBundle | None, wish: _Wish, watch: Watch) -> Results:
    from engine.models.answering.network import answering
    from engine.models.answering.results import gathered

    try:
        watch(0, 0)
        network = answering(project, "the project", bundle)
        try:
            how = {"inverted": wish.inverted, "centred": wish.centred}
            if wish.drawn and network.extent is None:
                how["centred"] = False
            rows = network.open(wish.path, watch, wish.answers, **how)
            try:
                return gathered(network, rows, wish.title or wish.path.name, watch, **how)
            finally:
                rows.close()
        finally:
            network.close()
    except (FormatError, LoweringError, ShapeError) as error:
        raise DataError(str(error)) from error
