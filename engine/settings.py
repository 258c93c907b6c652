"""Settings that people edit: how a field is declared, and how what is wrong with it is said.

Layers and optimizers are pydantic models whose fields are the settings. A field carries all that a form needs, and
pydantic's findings are turned into the sentences that the form, the problems list and the command line show.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails


class Settings(BaseModel):
    """Base of everything with settings. Instances are immutable: changing a setting makes a new one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def setting(default: Any, title: str, help: str, *, prominent: bool = False, unit: str = "", **bounds: Any) -> Any:  # noqa: A002 - the word the inspector uses
    """A field of a layer or an optimizer.

    Args:
        default: its value on a new node.
        title: label in the inspector.
        help: one short line under the label.
        prominent: shown on the node itself.
        unit: shown behind the number.
        **bounds: pydantic's ge, gt, le, lt, min_length ..
    """
    return Field(default, title=title, description=help, json_schema_extra={"prominent": prominent, "unit": unit}, **bounds)


def problems(model: type[Settings], error: ValidationError) -> dict[str, str]:
    """What is wrong with the settings of a `model`: a sentence by field name; "" where it concerns several fields.

    >>> class Drop(Settings):
    ...     rate: float = setting(0.5, "Rate", "share of numbers left out", ge=0.0, lt=1.0)
    >>> try:
    ...     Drop(rate=2.0)
    ... except ValidationError as error:
    ...     problems(Drop, error)
    {'rate': 'Rate must be less than 1, received 2.0.'}
    """
    found: dict[str, str] = {}
    for details in error.errors(include_url=False):
        name = str(details["loc"][0]) if details["loc"] else ""
        found.setdefault(name, _sentence(model, name, details))
    return found


def _sentence(model: type[Settings], name: str, details: ErrorDetails) -> str:
    info = model.model_fields.get(name)
    title = (info.title if info else None) or name
    if details["type"] == "value_error":  # from a validator of ours, which wrote the sentence itself
        return str(details["ctx"]["error"])
    if details["type"] == "extra_forbidden":
        return f"There is no setting {name!r} here; remove it."
    if details["type"] == "missing":
        return f"{title} is missing; give it a value."
    rule = details["msg"][0].lower() + details["msg"][1:]
    rule = rule.removeprefix("input should be ").removeprefix("input should have ").removeprefix("value should have ")
    return f"{title} must {'be' if 'should be' in details['msg'] else 'have'} {rule}, received {_short(details['input'])}."


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
