"""What projects said of their file before there were recipes (target, weight, task, text), as a recipe.

Such a project must stay what it was: rules of then guess what it does not say, so that saved weights still fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.data.recipe.settings import ANY_TARGET

OPTIONS = ("target", "weight", "task", "text")
_STEPS = {"classes": {"categories": "one_hot"}, "numbers": {"numbers": "standardize"}}


def with_recipe(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data settings as a file has them, with a recipe in place of the options of earlier versions."""
    options = data.get("options")
    if data.get("path") is None or "recipe" in data or not isinstance(options, Mapping):
        return dict(data)
    known = {name: options[name] for name in OPTIONS if isinstance(options.get(name), str)}
    kept = {name: value for name, value in options.items() if name not in OPTIONS}
    recipe = {"rules": 1, "columns": columns_of(known, bool(data.get("normalize", True)))}
    return {**data, "options": kept, "recipe": recipe}


def columns_of(options: Mapping[str, str], normalize: bool = True) -> dict[str, Any]:
    """The decisions on columns that these options stand for."""
    columns: dict[str, Any] = {}
    target, weight = options.get("target", ""), options.get("weight", "")
    steps = dict(_STEPS.get(options.get("task", "auto"), {}))
    if "numbers" in steps and not normalize:
        steps["numbers"] = "as_is"
    if target:
        columns[target] = {"role": "target", **steps}
    elif steps:
        columns[ANY_TARGET] = steps
    if weight:
        columns[weight] = {"role": "weight"}
    for name in (part.strip() for part in options.get("text", "").split(",")):
        if name:
            columns[name] = {"role": "input", "categories": "text"}
    return columns
