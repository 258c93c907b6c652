"""The one error of this package, so that a caller needs to catch nothing else."""

from __future__ import annotations


class FormatError(ValueError):
    """A file that can't be read or written, as one sentence: the rule, what was received, what to do."""
