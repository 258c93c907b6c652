"""The network of a project with its weights of now, as a copy that a thread beside the window may work on."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.i18n import said
from app.window.run_control import RunControl
from engine.data.bundle import DataBundle
from engine.graph.diagnostics import Severity
from engine.graph.document import ModelGraph
from engine.tensor.spec import Array
from engine.training.settings import TrainingSettings


@dataclass(frozen=True, eq=False)
class Subject:
    """What is looked at.

    Attributes:
        graph: nobody else's.
        bundle: its data.
        training: how it is trained.
        states: of the last run, as in a snapshot; None where it has not been trained.
        step: that they belong to.
    """

    graph: ModelGraph
    bundle: DataBundle
    training: TrainingSettings
    states: Mapping[str, Array] | None
    step: int

    def is_same(self, other: "Subject | None") -> bool:
        """Whether there is nothing new to be seen."""
        return (
            other is not None
            and self.states is other.states
            and self.bundle is other.bundle
            and self.training == other.training
            and self.graph.snapshot() == other.graph.snapshot()
        )


def subject_of(run: RunControl) -> Subject | str:
    """The network of now, or a sentence on why there is none to look at."""
    document = run.document
    errors = [d for d in document.inference.diagnostics if d.severity is Severity.ERROR]
    if document.data_problem:
        return said(document.data_problem)
    if errors:
        return said(errors[0].sentence)
    if run.bundle is None:
        return QCoreApplication.translate("Subject", "The data is being read.")
    nodes, edges, _ = document.graph.snapshot()
    snapshot = run.state_for_file()
    states, step = (snapshot.states, snapshot.step) if snapshot is not None else (None, 0)
    return Subject(ModelGraph(nodes, edges), run.bundle, document.training, states, step)
