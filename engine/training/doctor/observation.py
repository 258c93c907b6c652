"""One thing the doctor noticed about a run, with what it was seen by."""

from __future__ import annotations

from dataclasses import dataclass

from engine.graph.diagnostics import Diagnostic, Remedy, Severity

BREAKS = ("broken", "exploded")  # the run stands still before it
HINTS = ("plateau", "underfitting")  # which may be all there is to be had
BACK = 20  # steps before the one that broke something


@dataclass(frozen=True)
class Cure(Remedy):
    """A remedy with which the run goes on at once.

    Attributes:
        back: steps that it goes back first; None: as far as its beginning, with fresh weights.
    """

    back: int | None = BACK


@dataclass(frozen=True)
class Suspect:
    """An example of the data that something is said about.

    Attributes:
        row: of the data set.
        said: number of the class that it is said to be.
        seems: number of the class that the network takes it for.
        share: how sure the network is of that, from 0 to 1.
    """

    row: int
    said: int
    seems: int
    share: float


@dataclass(frozen=True)
class LayerSigns:
    """How one layer does, as a checkup found it.

    Attributes:
        node: its id.
        units: numbers along the last axis of its output, of which
        dead: gave 0 for every example; None where the activation has no 0 to rest at.
        flat: share of its outputs at the ends of an activation that is flat there; None where it is not.
        slope: root mean square of the loss's gradient with respect to its outputs; None where it gives no numbers.
        gradient: greatest root mean square of the gradients of its weights; None where it has none.
        ratio: greatest share of their size by which a step changed its weights; None where it has none.
    """

    node: str
    units: int = 0
    dead: int | None = None
    flat: float | None = None
    slope: float | None = None
    gradient: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Checked:
    """What a checkup found of each layer, in their order."""

    step: int
    epoch: float
    layers: tuple[LayerSigns, ...]


@dataclass(frozen=True)
class Observation:
    """Something to know about a run.

    Attributes:
        kind: short name of the rule ("overfitting"), the same in every language.
        sentence: what was noticed, with the numbers it was noticed by.
        advice: what helps, as a sentence.
        node: id of the canvas node it is about; "" for the run as a whole.
        rows: of the data set, where it is about some of them; the most suspicious first.
        suspects: the same rows, where it is their class that is doubted.
        remedies: changes that help, to be applied by one click.
    """

    kind: str
    sentence: str
    advice: str
    node: str = ""
    rows: tuple[int, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    suspects: tuple[Suspect, ...] = ()

    @property
    def severity(self) -> Severity:
        """An error holds the run."""
        if self.kind in BREAKS:
            return Severity.ERROR
        return Severity.INFO if self.kind in HINTS else Severity.WARNING

    @property
    def diagnostic(self) -> Diagnostic:
        """The same as an entry of the problems list."""
        remedy = self.remedies[0] if self.remedies else None
        return Diagnostic(
            self.severity, self.kind, f"{self.sentence} {self.advice}", self.node, remedy=remedy
        )


@dataclass(frozen=True)
class Observed:
    """All that the doctor has to say now; what it said before holds no longer."""

    step: int
    observations: tuple[Observation, ...]


@dataclass(frozen=True)
class Halted:
    """The run stands still before the first step that breaks it, and waits.

    Attributes:
        step: that it stands at: all is well so far.
        epoch: the same in epochs.
        observation: what would break, where, and what helps.
    """

    step: int
    epoch: float
    observation: Observation
