"""Settings that people edit: how a field is declared, and how what is wrong with it is said.

Layers and optimizers are pydantic models whose fields are the settings. A field carries all that a form
needs, and pydantic's findings are turned into the sentences that the form, the problems list and the command
line show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

_WHOLE, _NUMBER, _SWITCH = "a whole number", "a number", "true or false"
# by pydantic's error type, in words for people; {..} are pydantic's context
_RULES = {
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
    "finite_number": "a finite number",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "string_type": "text",
    "string_too_long": "text of at most {max_length} letters",
    "tuple_type": "a list of numbers",
    "too_short": "{min_length} numbers or more",
    "too_long": "{max_length} numbers or fewer",
    "literal_error": "one of {expected}",
}


class MisplacedError(ValueError):
    """A text is wrong at a place.

    Attributes:
        line, letter: where, counted from 1.
    """

    def __init__(self, sentence: str, line: int, letter: int) -> None:
        super().__init__(sentence)
        self.line, self.letter = line, letter


class Settings(BaseModel):
    """Base of everything with settings. Instances are immutable: changing a setting makes a new one."""

    # defaults are checked, because that of a member of a family is written as its name
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True, defer_build=True
    )


def setting(
    default: Any,
    title: str,
    help: str,  # noqa: A002 - the word the inspector uses
    *,
    prominent: bool = False,
    advanced: bool = False,
    hidden: bool = False,
    unit: str = "",
    usual: tuple[float, float] | None = None,
    **bounds: Any,
) -> Any:
    """A field of a layer or an optimizer.

    Args:
        default: its value on a new node.
        title: label in the inspector.
        help: one short line under the label.
        prominent: shown on the node itself.
        advanced: rarely changed; folded away in the form.
        hidden: not in the form; changed by other means.
        unit: shown behind the number.
        usual: smallest and largest value that makes sense in most networks; others are allowed, and remarked on.
        **bounds: pydantic's ge, gt, le, lt, min_length ..
    """
    return Field(
        default,
        title=title,
        description=help,
        json_schema_extra={
            "prominent": prominent,
            "advanced": advanced,
            "hidden": hidden,
            "unit": unit,
            **({"usual": list(usual)} if usual else {}),
        },
        **bounds,
    )


@dataclass(frozen=True)
class Limits:
    """A check of pairs of numbers, for `AfterValidator`; forms read it to draw the pair between its limits.

    Attributes:
        low, high: smallest and largest number of a pair, themselves allowed.
        outward: both numbers count away from the middle, the first down, the second up; else the pair ascends.
        noun: what a pair is, to begin a sentence with.
    """

    low: float
    high: float
    outward: bool = False
    noun: str = "A factor"

    def __call__(self, value: tuple[float, float]) -> tuple[float, float]:
        """The pair, in ascending order unless it counts outward; raises ValueError beyond the limits."""
        if min(value) < self.low or max(value) > self.high:
            raise ValueError(
                f"{self.noun} lies between {self.low:g} and {self.high:g}, received {value[0]:g} to {value[1]:g}. "
                "Choose others."
            )
        return value if self.outward else (min(value), max(value))


def problems(model: type[BaseModel], error: ValidationError) -> dict[str, str]:
    """What is wrong with the settings of a `model`: a sentence by field name, "" for several at once.

    >>> class Drop(Settings):
    ...     rate: float = setting(0.5, "Rate", "share of numbers left out", ge=0.0, lt=1.0)
    >>> try:
    ...     Drop(rate=2.0)
    ... except ValidationError as error:
    ...     problems(Drop, error)
    {'rate': 'Rate must be below 1, received 2.0.'}
    """
    found: dict[str, str] = {}
    for details in error.errors(include_url=False):
        name = str(details["loc"][0]) if details["loc"] else ""
        found.setdefault(name, _sentence(model, name, details))
    return found


def places(error: ValidationError) -> dict[str, tuple[int, int]]:
    """Where texts are wrong, as far as that is known: line and letter by field name, counted from 1."""
    found: dict[str, tuple[int, int]] = {}
    for details in error.errors(include_url=False):
        cause = details.get("ctx", {}).get("error")
        if isinstance(cause, MisplacedError) and details["loc"]:
            found.setdefault(str(details["loc"][0]), (cause.line, cause.letter))
    return found


def _sentence(model: type[BaseModel], name: str, details: ErrorDetails) -> str:
    info = model.model_fields.get(name)
    title = (info.title if info else None) or name
    if details["type"] == "value_error":  # from a validator of ours, which wrote the sentence itself
        return str(details["ctx"]["error"])
    if details["type"] == "extra_forbidden":
        return f"There is no setting {str(details['loc'][-1])!r} here; remove it."  # it may lie deeper
    if details["type"] == "missing":
        return f"{title} is incomplete, received {_short(details['input'])}; fill in all of it."
    rule = _RULES.get(details["type"])
    bounds = {k: f"{v:g}" if isinstance(v, float) else v for k, v in details.get("ctx", {}).items()}
    wish = f"must be {rule.format(**bounds)}" if rule else f"is not valid ({details['msg']})"
    return f"{title} {wish}, received {_short(details['input'])}."


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
