"""The one error of this package, so that a caller needs to catch nothing else."""

from __future__ import annotations


class DataError(Exception):
    """Data that cannot be used, as sentences for the user: the rule, what was received, what to do."""
