"""What is wrong with a network, said where it is and with a way out, instead of an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.graph.edits import GraphEdit


class Severity(StrEnum):
    """How bad it is: an error keeps the network from training."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Remedy:
    """A change that would take the problem away, and the text of its button."""

    label: str
    edit: GraphEdit


@dataclass(frozen=True)
class Diagnostic:
    """One problem.

    Attributes:
        severity: an error keeps the network from training.
        rule: short name of the rule that is broken ("missing-input"), the same in every language.
        sentence: the rule, what was found and what to do.
        node: id of the node it concerns; "" for the network as a whole.
        port: name of the port it concerns; "" for the node as a whole.
        remedy: a change that would help, where one is known.
        inside: the part of the node that it is about, by ids joined by `/`; "" for the node itself.
    """

    severity: Severity
    rule: str
    sentence: str
    node: str = ""
    port: str = ""
    remedy: Remedy | None = None
    inside: str = ""

    @property
    def place(self) -> str:
        """Where to look: the node, or what is in it, by ids joined by `/`; "" for the network as a whole."""
        return f"{self.node}/{self.inside}" if self.inside else self.node
