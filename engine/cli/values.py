"""Values of options: what is no number, or none of the choices, is said as all our errors are."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from engine.cli.errors import UsageError

_CHOICE = re.compile(
    r"argument (?P<name>\S+): invalid choice: (?P<given>.+) \(choose from (?P<known>.+)\)", re.S
)
_EMPTY = re.compile(r"argument (?P<name>\S+): expected (?:one|at least one) argument")
_TYPE = re.compile(r"argument (?P<name>\S+): (?P<rule>must be .+)", re.S)


def whole(text: str) -> int:
    """A whole number, for argparse."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number, received {text!r}.") from None


def number(text: str) -> float:
    """A number, for argparse."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, received {text!r}.") from None


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line: the rule, what was received, and where to read what there is."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError."""
        command = " ".join(self.prog.split()[1:])
        see = f"see `main.py {command} --help`" if command else "see `main.py --help`"
        raise UsageError(f"{_said(message).rstrip('.')} ({see}).")


def _said(message: str) -> str:
    """The words of argparse as ours."""
    if match := _CHOICE.fullmatch(message):
        known = match["known"].replace("'", "")
        what = "the command" if match["name"] == "COMMAND" else match["name"]
        return f"{what} must be one of {known}, received {match['given']}."
    if match := _EMPTY.fullmatch(message):
        return f"{match['name']} needs a value behind it, received none."
    if match := _TYPE.fullmatch(message):
        return f"{match['name']} {match['rule']}"
    return f"{message[0].lower()}{message[1:]}"
