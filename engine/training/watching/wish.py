"""What every wish to see something of a run has in common, so that the trainer knows no kind of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.tensor.spec import Array

if TYPE_CHECKING:  # the window, which only wishes, need not know how networks run
    from engine.training.watching.beside import Beside


class UnseenError(ValueError):
    """What is wished for can't be shown, as one sentence for the user."""


class Work(ABC):
    """Answers one wish bit by bit; lives as long as the wish, on the thread of the run."""

    @abstractmethod
    def advance(self, beside: Beside) -> Mapping[str, Array] | None:
        """Do a piece of the work that takes some milliseconds; what there is to show now, if that is new.

        Raises:
            UnseenError: it can't be shown.
        """

    @property
    @abstractmethod
    def restless(self) -> bool:
        """Whether there is more to come although the weights stay as they are."""

    @abstractmethod
    def renew(self) -> None:
        """The weights are others than at the last piece."""


@dataclass(frozen=True)
class Wish(ABC):
    """Something that somebody watches.

    Attributes:
        name: returned with every answer; another wish of the same name takes the place of this one.
    """

    name: str

    @abstractmethod
    def begin(self) -> Work:
        """What will answer it."""
