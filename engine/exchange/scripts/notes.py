"""What a script does not do as the project does: said in it."""

from __future__ import annotations

from collections.abc import Iterable

from engine.exchange.torch.text import plain


def comment(notes: Iterable[str]) -> list[str]:
    """The notes as lines of a comment, each once."""
    unique = list(dict.fromkeys(notes))
    if not unique:
        return ["# Everything of the project's training is here."]
    return ["# Not as in the project:", *(f"# - {plain(note)}" for note in unique)]
