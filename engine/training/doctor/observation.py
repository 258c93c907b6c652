"""One thing the doctor noticed about a run, with what it was seen by."""

from __future__ import annotations

from dataclasses import dataclass

from engine.graph.diagnostics import Diagnostic, Remedy, Severity

HINTS = ("plateau", "underfitting")  # which may be all there is to be had


@dataclass(frozen=True)
class Observation:
    """Something to know about a run.

    Attributes:
        kind: short name of the rule ("overfitting"), the same in every language.
        sentence: what was noticed, with the numbers it was noticed by.
        advice: what helps, as a sentence.
        node: id of the canvas node it is about; "" for the run as a whole.
        rows: of the data set, where it is about some of them; the most suspicious first.
        remedies: changes that help, to be applied by one click.
    """

    kind: str
    sentence: str
    advice: str
    node: str = ""
    rows: tuple[int, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    @property
    def diagnostic(self) -> Diagnostic:
        """The same as an entry of the problems list."""
        remedy = self.remedies[0] if self.remedies else None
        severity = Severity.INFO if self.kind in HINTS else Severity.WARNING
        return Diagnostic(severity, self.kind, f"{self.sentence} {self.advice}", self.node, remedy=remedy)


@dataclass(frozen=True)
class Observed:
    """All that the doctor has to say now; what it said before holds no longer."""

    step: int
    observations: tuple[Observation, ...]
